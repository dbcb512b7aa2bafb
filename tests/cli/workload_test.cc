// What each connection asks for: every node once, parents first, and mixes that keep their ratio.
#include "cli/bench/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace zabra::cli::bench {
namespace {

using testing::ElementsAre;

// "create leaf 7"
std::string to_text(const Operation& operation) {
  constexpr const char* kinds[] = {"read", "write", "create", "remove", "ping", "close"};
  constexpr const char* levels[] = {"leaf", "parent", "directory"};
  return std::string(kinds[static_cast<int>(operation.kind)]) + " " + levels[static_cast<int>(operation.level)] + " " +
         std::to_string(operation.number);
}

std::vector<Operation> taken(Workload& workload, std::size_t connection, std::size_t max = 100'000) {
  std::vector<Operation> operations;
  while (operations.size() < max) {
    const auto operation = workload.next(connection);
    if (!operation) break;
    operations.push_back(*operation);
  }
  return operations;
}

std::vector<std::string> texts(Workload& workload, std::size_t connection, std::size_t max = 100'000) {
  std::vector<std::string> lines;
  for (const Operation& operation : taken(workload, connection, max)) lines.push_back(to_text(operation));
  return lines;
}

TEST(Steps, ComeOneAfterTheOtherOnTheFirstConnectionOnly) {
  Steps steps({{Kind::create, Level::directory, 0, 0}, {Kind::create, Level::directory, 1, 0}});
  EXPECT_EQ(steps.next(1), std::nullopt);
  EXPECT_THAT(texts(steps, 0), ElementsAre("create directory 0", "create directory 1"));
  EXPECT_EQ(steps.next(0), std::nullopt);
}

// ---- mixes ----

std::size_t reads_among(const std::vector<Operation>& operations) {
  std::size_t reads = 0;
  for (const Operation& operation : operations) reads += operation.kind == Kind::read ? 1 : 0;
  return reads;
}

TEST(Mix, KeepsTheShareOfReads) {
  constexpr std::size_t count = 100'000;
  for (const double share : {0.1, 0.5, 0.9}) {
    Mix mix(1000, share, 1);
    const double reads = static_cast<double>(reads_among(taken(mix, 0, count))) / count;
    EXPECT_NEAR(reads, share, 0.01);
  }
}

TEST(Mix, AllReadsOrNoneAreExact) {
  Mix reads(1000, 1, 1), writes(1000, 0, 1);
  EXPECT_EQ(reads_among(taken(reads, 0)), 100'000U);
  EXPECT_EQ(reads_among(taken(writes, 0)), 0U);
}

TEST(Mix, ChoosesAllLeavesEvenlyAndNoOther) {
  constexpr std::uint32_t leaves = 50;
  Mix mix(leaves, 0.5, 3);
  std::vector<std::size_t> counts(leaves);
  for (const Operation& operation : taken(mix, 0)) {
    ASSERT_LT(operation.number, leaves);
    ASSERT_EQ(operation.level, Level::leaf);
    ++counts[operation.number];
  }
  for (const std::size_t count : counts) EXPECT_NEAR(static_cast<double>(count), 2000, 300);
}

TEST(Mix, EveryWriteHasAStampOfItsOwn) {
  Mix mix(10, 0, 1);
  std::set<std::uint32_t> stamps;
  for (const Operation& operation : taken(mix, 0, 1000)) stamps.insert(operation.stamp);
  EXPECT_EQ(stamps.size(), 1000U);
  EXPECT_FALSE(stamps.contains(0));  // of the values that the leaves were made with
}

TEST(Mix, ASeedRepeatsItself) {
  Mix one(1000, 0.5, 9), same(1000, 0.5, 9), other(1000, 0.5, 10);
  const std::vector<Operation> first = taken(one, 0, 1000);
  EXPECT_EQ(taken(same, 0, 1000), first);
  EXPECT_NE(taken(other, 0, 1000), first);
}

// ---- sweeps ----

TEST(Shares, ParentsGoRoundTheConnections) {
  const auto leaves = [](const SweepShares& shares) {
    std::vector<std::uint32_t> counts;
    for (const SweepShare& share : shares) counts.push_back(share.leaves);
    return counts;
  };
  EXPECT_THAT(leaves(shares_of(10, 4, 2)), ElementsAre(6U, 4U));
  EXPECT_THAT(leaves(shares_of(3, 4, 3)), ElementsAre(3U, 0U, 0U));
  EXPECT_THAT(leaves(shares_of(12, 2, 3)), ElementsAre(4U, 4U, 4U));
}

TEST(Sweep, CreatesEachParentBeforeItsLeaves) {
  Sweep sweep(Kind::create, 2, shares_of(7, 2, 2));
  EXPECT_THAT(texts(sweep, 0), ElementsAre("create parent 0", "create leaf 0", "create leaf 1", "create parent 2",
                                           "create leaf 4", "create leaf 5"));
  EXPECT_THAT(texts(sweep, 1),
              ElementsAre("create parent 1", "create leaf 2", "create leaf 3", "create parent 3", "create leaf 6"));
}

TEST(Sweep, RemovesTheLeavesBeforeTheirParent) {
  Sweep sweep(Kind::remove, 2, shares_of(7, 2, 2));
  EXPECT_THAT(texts(sweep, 0), ElementsAre("remove leaf 0", "remove leaf 1", "remove parent 0", "remove leaf 4",
                                           "remove leaf 5", "remove parent 2"));
  EXPECT_THAT(texts(sweep, 1),
              ElementsAre("remove leaf 2", "remove leaf 3", "remove parent 1", "remove leaf 6", "remove parent 3"));
}

TEST(Sweep, ReadsTheLeavesOnly) {
  Sweep sweep(Kind::read, 2, shares_of(5, 2, 2));
  EXPECT_THAT(texts(sweep, 0), ElementsAre("read leaf 0", "read leaf 1", "read leaf 4"));
  EXPECT_THAT(texts(sweep, 1), ElementsAre("read leaf 2", "read leaf 3"));
}

TEST(Sweep, AllConnectionsTogetherMeetEveryLeafOnce) {
  for (const std::size_t connections : {1U, 3U, 8U}) {
    for (const std::uint32_t count : {1U, 10U, 99U, 100U}) {
      Sweep sweep(Kind::read, 10, shares_of(count, 10, connections));
      std::vector<std::uint32_t> met;
      for (std::size_t at = 0; at < connections; ++at) {
        for (const Operation& operation : taken(sweep, at)) met.push_back(operation.number);
      }
      std::vector<std::uint32_t> every(count);
      for (std::uint32_t i = 0; i < count; ++i) every[i] = i;
      EXPECT_THAT(met, testing::UnorderedElementsAreArray(every)) << connections << " connections, " << count;
    }
  }
}

// Whenever an endless sweep ends, the sweep of what it handed out removes exactly what was created.
TEST(Sweep, WhatWasHandedOutIsRemovedWhereverItStopped) {
  for (std::size_t stop = 0; stop < 12; ++stop) {
    Sweep creating(Kind::create, 3, SweepShares(2, SweepShare{endless, false}));
    std::multiset<std::pair<Level, std::uint32_t>> standing;
    for (std::size_t connection = 0; connection < 2; ++connection) {
      for (const Operation& made : taken(creating, connection, stop + connection))
        standing.insert({made.level, made.number});
    }
    Sweep removing(Kind::remove, 3, creating.handed_out());
    for (std::size_t connection = 0; connection < 2; ++connection) {
      for (const Operation& gone : taken(removing, connection)) {
        ASSERT_EQ(standing.erase({gone.level, gone.number}), 1U) << "stopped after " << stop << ": " << to_text(gone);
      }
    }
    EXPECT_TRUE(standing.empty()) << "stopped after " << stop;
  }
}

}  // namespace
}  // namespace zabra::cli::bench
