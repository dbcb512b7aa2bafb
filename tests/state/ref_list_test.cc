// The list of refs that remember their places: small, large, and the way between.
#include "state/ref_list.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/seed.h"

namespace zabra::state {
namespace {

std::vector<std::uint32_t> all_of(const RefList& list) {
  std::vector<std::uint32_t> refs;
  for (std::uint32_t place = 0; place < list.size(); ++place) refs.push_back(list[place]);
  return refs;
}

RefList list_of(std::uint32_t count) {
  RefList list;
  for (std::uint32_t ref = 1; ref <= count; ++ref) EXPECT_EQ(list.add(ref), ref - 1);
  return list;
}

TEST(RefList, KeepsTheOrderInWhichRefsCame) {
  EXPECT_EQ(all_of(list_of(5)), (std::vector<std::uint32_t>{1, 2, 3, 4, 5}));
}

TEST(RefList, TheLastOneMovesToThePlaceThatBecomesFree) {
  RefList list = list_of(5);
  EXPECT_EQ(list.remove(1), 5U);
  EXPECT_EQ(all_of(list), (std::vector<std::uint32_t>{1, 5, 3, 4}));
}

TEST(RefList, NothingMovesWhenTheLastOneGoes) {
  RefList list = list_of(3);
  EXPECT_EQ(list.remove(2), 0U);
  EXPECT_EQ(all_of(list), (std::vector<std::uint32_t>{1, 2}));
}

TEST(RefList, IsEmptyAgainAfterTheLastAndTakesMore) {
  RefList list = list_of(1);
  EXPECT_FALSE(list.empty());
  EXPECT_EQ(list.remove(0), 0U);
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0U);
  EXPECT_EQ(list.add(9), 0U);
  EXPECT_EQ(all_of(list), (std::vector<std::uint32_t>{9}));
}

TEST(RefList, AMovedListIsWhole) {
  RefList list = list_of(3000);
  const RefList taken = std::move(list);
  EXPECT_EQ(taken.size(), 3000U);
  EXPECT_EQ(taken[2999], 3000U);
}

TEST(RefList, LongListsAreAsShortOnes) {
  constexpr std::uint32_t count = 20'000;
  RefList list = list_of(count);
  ASSERT_EQ(list.size(), count);
  for (std::uint32_t place = 0; place < count; ++place) ASSERT_EQ(list[place], place + 1);
  for (std::uint32_t left = count; left > 1; --left) {
    ASSERT_EQ(list.remove(0), left);
    ASSERT_EQ(list[0], left);
  }
  EXPECT_EQ(list.remove(0), 0U);
  EXPECT_TRUE(list.empty());
}

TEST(RefListDeathTest, APlaceThatIsNotThereCannotBecomeFree) {
  RefList list = list_of(2);
  EXPECT_DEATH(list.remove(2), "broken promise");
}

// What remove() promises, on a vector.
std::uint32_t remove_from(std::vector<std::uint32_t>& model, std::size_t place) {
  const std::uint32_t last = model.back();
  const bool moves = place + 1 < model.size();
  if (moves) model[place] = last;
  model.pop_back();
  return moves ? last : 0;
}

// The length wanders between 0 and `highest`, up and down again and again.
void wander(std::uint32_t highest, int steps, std::mt19937_64& random) {
  RefList list;
  std::vector<std::uint32_t> model;
  bool rising = true;
  for (int step = 0; step < steps; ++step) {
    if (model.empty()) rising = true;
    if (model.size() == highest) rising = false;
    if (model.empty() || test::pick(random, 10) < (rising ? 9U : 1U)) {
      const auto ref = static_cast<std::uint32_t>(1 + test::pick(random, 1U << 30));
      ASSERT_EQ(list.add(ref), model.size());
      model.push_back(ref);
    } else {
      const std::size_t place = test::pick(random, model.size());
      ASSERT_EQ(list.remove(static_cast<std::uint32_t>(place)), remove_from(model, place));
    }
    ASSERT_EQ(list.size(), model.size());
    if (step % 97 != 0) continue;
    ASSERT_EQ(all_of(list), model);
  }
  ASSERT_EQ(all_of(list), model);
}

TEST(RefListAtRandom, HoldsWhatAVectorHolds) {
  test::Seed seed(7103);
  std::mt19937_64 random = seed.engine();
  for (const std::uint32_t highest : {6U, 40U, 1100U, 3000U}) {
    SCOPED_TRACE("up to " + std::to_string(highest));
    wander(highest, highest < 100 ? 3000 : 12'000, random);
  }
}

}  // namespace
}  // namespace zabra::state
