// The open loop's timetable.
#include "cli/bench/schedule.h"

#include <gtest/gtest.h>

#include "tests/support/seed.h"

namespace zabra::cli::bench {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

TEST(Schedule, ASecondHasAsManySlotsAsTheRate) {
  EXPECT_EQ(Schedule(1000, 0, second).slots(), 1000U);
  EXPECT_EQ(Schedule(3, 0, second).slots(), 3U);
  EXPECT_EQ(Schedule(0.5, 0, 10 * second).slots(), 5U);
  EXPECT_EQ(Schedule(1e8, 0, second).slots(), 100'000'000U);
}

TEST(Schedule, TheFirstSlotIsAtTheStartAndTheRestAtEqualDistances) {
  const Schedule schedule(1000, 77 * second, 78 * second);
  EXPECT_EQ(schedule.intended(0), 77 * second);
  EXPECT_EQ(schedule.intended(1), 77 * second + 1'000'000);
  EXPECT_EQ(schedule.intended(999), 77 * second + 999'000'000);
}

TEST(Schedule, ASlotIsDueFromItsOwnTimeOn) {
  const Schedule schedule(1000, second, 2 * second);
  EXPECT_EQ(schedule.due(second - 1), 0U);
  EXPECT_EQ(schedule.due(second), 1U);
  EXPECT_EQ(schedule.due(second + 999'999), 1U);
  EXPECT_EQ(schedule.due(second + 1'000'000), 2U);
}

TEST(Schedule, NothingComesDueAfterTheEnd) {
  const Schedule schedule(1000, 0, second);
  EXPECT_EQ(schedule.due(second), 1000U);
  EXPECT_EQ(schedule.due(100 * second), 1000U);
}

TEST(Schedule, WithoutTimeThereAreNoSlots) {
  EXPECT_EQ(Schedule(1000, second, second).slots(), 0U);
  EXPECT_EQ(Schedule(1000, second, 0).slots(), 0U);
}

TEST(ScheduleAtRandom, TimesDueAndSlotsAgreeWhateverTheRate) {
  test::Seed seed(7201);
  std::mt19937_64 random = seed.engine();
  for (int round = 0; round < 2000; ++round) {
    const double rate = static_cast<double>(1 + test::pick(random, 10'000'000)) / 37;
    const auto start = static_cast<Nanoseconds>(test::pick(random, 1ULL << 50));
    const Nanoseconds end = start + static_cast<Nanoseconds>(1 + test::pick(random, 5'000'000'000));
    const Schedule schedule(rate, start, end);
    ASSERT_GT(schedule.slots(), 0U);
    ASSERT_LT(schedule.intended(schedule.slots() - 1), end);
    ASSERT_GE(schedule.intended(schedule.slots()), end);
    const std::uint64_t slot = test::pick(random, schedule.slots());
    ASSERT_EQ(schedule.due(schedule.intended(slot)), slot + 1)
        << "rate " << rate << " start " << start << " slot " << slot;
    ASSERT_EQ(schedule.due(schedule.intended(slot) - 1), slot)
        << "rate " << rate << " start " << start << " slot " << slot;
  }
}

}  // namespace
}  // namespace zabra::cli::bench
