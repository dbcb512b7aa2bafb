// Containers and TTL nodes: which of them nobody needs any more.
#include "state/expiring.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/seed.h"
#include "wire/path.h"

namespace zabra::state {
namespace {

using Paths = std::vector<std::string>;

class ExpiringTest : public testing::Test {
 protected:
  NodeRef add(const std::string& path, Owner owner, std::int64_t mtime = 0) {
    NodeFacts facts;
    facts.owner = owner;
    facts.mtime = mtime;
    const NodeRef ref = tree.add(tree.find(wire::parent_path(path)), path, "", facts);
    if (owner != Owner::none()) expiring.add(tree, ref);
    return ref;
  }
  void remove(NodeRef ref) {
    expiring.remove(tree, ref);
    tree.remove(ref);
  }
  void use(NodeRef container) {
    tree.change_facts(container, [](NodeFacts& facts) { ++facts.cversion; });
  }
  std::optional<std::string> next(ExpirySweep& sweep, std::uint32_t looks, std::int64_t now_ms = 1'000'000) const {
    return expiring.next_removable(tree, sweep, looks, {now_ms}, 0);
  }
  // What one whole sweep finds.
  Paths removable_at(std::int64_t now_ms, std::int64_t never_used_ms = 0) const {
    Paths paths;
    for (ExpirySweep sweep = expiring.begin_sweep(); !sweep.is_over();) {
      const auto path = expiring.next_removable(tree, sweep, 3, {now_ms}, never_used_ms);
      if (path) paths.push_back(*path);
    }
    return paths;
  }

  Tree tree{1};
  Expiring expiring;
};

TEST_F(ExpiringTest, AContainerGoesOnceItHadChildrenAndHasNone) {
  const NodeRef container = add("/c", Owner::container());
  EXPECT_EQ(removable_at(1'000'000), Paths{});
  use(container);
  const NodeRef child = add("/c/child", Owner::none());
  EXPECT_EQ(removable_at(1'000'000), Paths{});
  tree.remove(child);
  EXPECT_EQ(removable_at(0), Paths{"/c"});
}

TEST_F(ExpiringTest, AContainerThatWasNeverUsedGoesWhenThatIsAskedForAndItsTimeIsOver) {
  add("/c", Owner::container(), 1000);
  EXPECT_EQ(removable_at(1500, 500), Paths{});
  EXPECT_EQ(removable_at(1501, 500), Paths{"/c"});
  EXPECT_EQ(removable_at(1501, 0), Paths{});
}

TEST_F(ExpiringTest, ATtlNodeGoesWhenItsTimeSinceTheLastChangeIsOver) {
  const NodeRef ref = add("/t", Owner::ttl(200), 1000);
  EXPECT_EQ(removable_at(1200), Paths{});
  EXPECT_EQ(removable_at(1201), Paths{"/t"});
  tree.change_facts(ref, [](NodeFacts& facts) { facts.mtime = 1100; });
  EXPECT_EQ(removable_at(1300), Paths{});
  EXPECT_EQ(removable_at(1301), Paths{"/t"});
}

TEST_F(ExpiringTest, ATtlNodeWithChildrenStays) {
  add("/t", Owner::ttl(200));
  const NodeRef child = add("/t/child", Owner::none());
  EXPECT_EQ(removable_at(10'000), Paths{});
  tree.remove(child);
  EXPECT_EQ(removable_at(10'000), Paths{"/t"});
}

TEST_F(ExpiringTest, AClockThatWentBackRemovesNothing) {
  add("/t", Owner::ttl(1), 1000);
  EXPECT_EQ(removable_at(500), Paths{});
}

TEST_F(ExpiringTest, TheLongestTtlIsOverToo) {
  add("/t", Owner::ttl(ttl_ms_max), 1000);
  EXPECT_EQ(removable_at(1000 + ttl_ms_max), Paths{});
  EXPECT_EQ(removable_at(1001 + ttl_ms_max), Paths{"/t"});
}

TEST_F(ExpiringTest, ASweepLooksAtNoMoreThanItIsAskedTo) {
  add("/over", Owner::ttl(1));
  for (int i = 0; i < 5; ++i) add("/stays" + std::to_string(i), Owner::ttl(ttl_ms_max));
  ExpirySweep sweep = expiring.begin_sweep();
  EXPECT_EQ(next(sweep, 3), std::nullopt);
  EXPECT_EQ(next(sweep, 2), std::nullopt);
  EXPECT_FALSE(sweep.is_over());
  EXPECT_EQ(next(sweep, 1), "/over");
  EXPECT_TRUE(sweep.is_over());
  EXPECT_EQ(next(sweep, 9), std::nullopt);
}

TEST_F(ExpiringTest, ASweepMissesNothingWhenNodesGoMeanwhile) {
  test::Seed seed(7107);
  std::mt19937_64 random = seed.engine();
  for (int round = 0; round < 200 && !HasFailure(); ++round) {
    std::map<std::string, NodeRef> there;
    for (int i = 0; i < 30; ++i) there["/" + std::to_string(i)] = add("/" + std::to_string(i), Owner::ttl(1));
    std::set<std::string> unseen;
    for (const auto& [path, ref] : there) unseen.insert(path);
    for (ExpirySweep sweep = expiring.begin_sweep(); !sweep.is_over();) {
      if (const auto path = next(sweep, 1)) unseen.erase(*path);
      for (auto gone = test::pick(random, 3); gone > 0 && !there.empty(); --gone) {
        const auto node = std::next(there.begin(), static_cast<std::ptrdiff_t>(test::pick(random, there.size())));
        remove(node->second);
        unseen.erase(node->first);
        there.erase(node);
      }
    }
    EXPECT_THAT(unseen, testing::IsEmpty());
    for (const auto& [path, ref] : there) remove(ref);
  }
}

TEST_F(ExpiringTest, ARemovedOneIsForgottenAndTheOthersAreNot) {
  const NodeRef first = add("/1", Owner::ttl(1));
  add("/2", Owner::ttl(1));
  const NodeRef last = add("/3", Owner::ttl(1));
  remove(first);
  remove(last);  // which has taken the first one's place
  EXPECT_EQ(removable_at(100), Paths{"/2"});
}

TEST_F(ExpiringTest, AtRandomExactlyThoseAreFoundWhoseTimeIsOver) {
  test::Seed seed(7106);
  std::mt19937_64 random = seed.engine();
  std::map<std::string, std::pair<NodeRef, std::int64_t>> model;  // until when each one stays
  for (int step = 0; step < 5000 && !HasFailure(); ++step) {
    const std::string path = "/t" + std::to_string(test::pick(random, 300));
    if (const auto known = model.find(path); known != model.end()) {
      remove(known->second.first);
      model.erase(known);
    } else {
      const auto ttl = static_cast<std::int64_t>(1 + test::pick(random, 1000));
      model[path] = {add(path, Owner::ttl(ttl), step), step + ttl};
    }
    if (step % 100 != 0) continue;
    Paths expected, found = removable_at(step + 300);
    for (const auto& [over, stays] : model) {
      if (step + 300 > stays.second) expected.push_back(over);
    }
    EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected));
  }
}

}  // namespace
}  // namespace zabra::state
