// The pool of records: handles, addresses, and what goes back to the system.
#include "state/slab.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "tests/support/seed.h"

namespace zabra::state {
namespace {

constexpr unsigned segment_bits = 4;
constexpr std::size_t segment = std::size_t{1} << segment_bits;

// Counts the records that exist, used or free: so much memory stands behind a slab.
struct Counted {
  Counted() { ++living; }
  Counted(const Counted& other) : value(other.value) { ++living; }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --living; }

  int value = 0;
  static inline std::size_t living = 0;
};
using Pool = Slab<Counted, segment_bits>;

std::vector<Handle> filled(Pool& pool, std::size_t count) {
  std::vector<Handle> handles;
  for (std::size_t i = 0; i < count; ++i) handles.push_back(pool.add());
  return handles;
}

TEST(Slab, NoRecordHasTheHandleThatMeansNone) {
  Pool pool;
  for (const Handle handle : filled(pool, 3 * segment)) EXPECT_NE(handle, no_handle);
  EXPECT_EQ(pool.size(), 3 * segment);
  EXPECT_EQ(pool.find(no_handle), nullptr);
}

TEST(Slab, ARecordStaysWhereItIsWhileOthersComeAndGo) {
  Pool pool;
  const Handle first = pool.add();
  Counted* const address = &pool[first];
  address->value = 17;
  const std::vector<Handle> others = filled(pool, 20 * segment);
  for (const Handle handle : others) pool.remove(handle);
  EXPECT_EQ(pool.find(first), address);
  EXPECT_EQ(pool[first].value, 17);
}

TEST(Slab, ARemovedRecordIsGoneAndItsHandleComesBackEmpty) {
  Pool pool;
  const Handle handle = pool.add();
  pool[handle].value = 17;
  pool.remove(handle);
  EXPECT_EQ(pool.size(), 0U);
  EXPECT_EQ(pool.find(handle), nullptr);
  ASSERT_EQ(pool.add(), handle);
  EXPECT_EQ(pool[handle].value, 0);
}

TEST(Slab, EmptySegmentsGoBackButForOne) {
  const std::size_t before = Counted::living;
  Pool pool;
  const std::vector<Handle> handles = filled(pool, 10 * segment - 1);  // handle 0 takes a place
  EXPECT_EQ(Counted::living - before, 10 * segment);
  for (const Handle handle : handles) pool.remove(handle);
  EXPECT_LE(Counted::living - before, 2 * segment);
  EXPECT_EQ(pool.size(), 0U);
}

TEST(Slab, ACountAtTheEdgeOfASegmentAllocatesOnce) {
  const std::size_t before = Counted::living;
  Pool pool;
  filled(pool, 2 * segment - 1);
  pool.remove(pool.add());
  const std::size_t with_the_third = Counted::living - before;
  EXPECT_EQ(with_the_third, 3 * segment);
  for (int i = 0; i < 5; ++i) {
    const Handle over_the_edge = pool.add();
    EXPECT_EQ(Counted::living - before, with_the_third);
    pool.remove(over_the_edge);
    EXPECT_EQ(Counted::living - before, with_the_third);
  }
}

TEST(SlabDeathTest, ARecordCannotBeRemovedTwice) {
  Pool pool;
  const Handle handle = pool.add();
  pool.remove(handle);
  EXPECT_DEATH(pool.remove(handle), "broken promise");
}

// Adds in the first half of each hundred steps, removes in the other: many segments, and again few.
bool grows(int step, std::mt19937_64& random) {
  return test::pick(random, 100) < (step % 400 < 200 ? 80U : 20U);
}

TEST(SlabAtRandom, HoldsWhatAMapHolds) {
  test::Seed seed(7101);
  std::mt19937_64 random = seed.engine();
  Pool pool;
  std::map<Handle, int> model;
  for (int step = 1; step <= 4000; ++step) {
    if (model.empty() || grows(step, random)) {
      const Handle handle = pool.add();
      ASSERT_EQ(pool[handle].value, 0);
      pool[handle].value = step;
      ASSERT_TRUE(model.emplace(handle, step).second);
    } else {
      const auto chosen = std::next(model.begin(), static_cast<std::ptrdiff_t>(test::pick(random, model.size())));
      pool.remove(chosen->first);
      model.erase(chosen);
    }
    ASSERT_EQ(pool.size(), model.size());
    if (step % 50 != 0) continue;
    std::vector<std::pair<Handle, int>> visited;
    pool.for_each([&](Handle handle, const Counted& record) { visited.emplace_back(handle, record.value); });
    ASSERT_EQ(visited, (std::vector<std::pair<Handle, int>>(model.begin(), model.end())));
  }
}

}  // namespace
}  // namespace zabra::state
