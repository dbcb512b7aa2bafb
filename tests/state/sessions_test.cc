// The table of sessions and the index of their ephemerals.
#include "state/sessions.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/seed.h"

namespace zabra::state {
namespace {

constexpr SessionId alice{0x100001f8b200000}, bob{0x100001f8b200001};

class SessionsTest : public testing::Test {
 protected:
  NodeRef add_ephemeral(const std::string& path, SessionId owner) {
    NodeFacts facts;
    facts.owner = Owner::session(owner);
    const NodeRef ref = tree.add(tree.root(), path, "", facts);
    sessions.add_ephemeral(tree, ref);
    return ref;
  }
  void remove_ephemeral(NodeRef ref) {
    sessions.remove_ephemeral(tree, ref);
    tree.remove(ref);
  }
  std::vector<std::string> ephemerals(SessionId id) const {
    std::vector<std::string> paths;
    const RefList& refs = sessions.ephemerals(id);
    for (std::uint32_t i = 0; i < refs.size(); ++i) paths.push_back(tree.path_of({refs[i]}));
    return paths;
  }

  Tree tree{1};
  Sessions sessions;
};

TEST_F(SessionsTest, AnOpenedOneIsThereWithItsTimeout) {
  sessions.open(alice, 6000);
  EXPECT_TRUE(sessions.has(alice));
  EXPECT_EQ(sessions.timeout_ms(alice), 6000);
  EXPECT_FALSE(sessions.has(bob));
  EXPECT_EQ(sessions.timeout_ms(bob), std::nullopt);
  EXPECT_EQ(sessions.count(), 1U);
}

TEST_F(SessionsTest, OpenedAgainTheNewerTimeoutCounts) {
  sessions.open(alice, 6000);
  sessions.open(alice, 9000);
  EXPECT_EQ(sessions.timeout_ms(alice), 9000);
  EXPECT_EQ(sessions.count(), 1U);
}

TEST_F(SessionsTest, AClosedOneIsGoneAndMayBeClosedAgain) {
  sessions.open(alice, 6000);
  sessions.close(alice);
  sessions.close(alice);
  sessions.close(bob);
  EXPECT_FALSE(sessions.has(alice));
  EXPECT_EQ(sessions.count(), 0U);
}

TEST_F(SessionsTest, IdsComeInRisingOrder) {
  for (const std::int64_t id : {5, -7, 300, 1}) sessions.open({id}, 6000);
  EXPECT_EQ(sessions.ids(), (std::vector<SessionId>{{-7}, {1}, {5}, {300}}));
}

TEST_F(SessionsTest, EphemeralsAreListedByTheirOwner) {
  sessions.open(alice, 6000);
  sessions.open(bob, 6000);
  add_ephemeral("/a1", alice);
  add_ephemeral("/b1", bob);
  add_ephemeral("/a2", alice);
  EXPECT_EQ(ephemerals(alice), (std::vector<std::string>{"/a1", "/a2"}));
  EXPECT_EQ(ephemerals(bob), std::vector<std::string>{"/b1"});
  EXPECT_EQ(sessions.ephemeral_count(), 3U);
}

TEST_F(SessionsTest, ARemovedEphemeralLeavesTheOthers) {
  sessions.open(alice, 6000);
  const NodeRef first = add_ephemeral("/1", alice);
  add_ephemeral("/2", alice);
  const NodeRef last = add_ephemeral("/3", alice);
  remove_ephemeral(first);
  remove_ephemeral(last);  // which has taken the first one's place
  EXPECT_EQ(ephemerals(alice), std::vector<std::string>{"/2"});
  EXPECT_EQ(sessions.ephemeral_count(), 1U);
}

TEST_F(SessionsTest, EphemeralsOutliveTheSessionInTheIndex) {
  sessions.open(alice, 6000);
  const NodeRef ref = add_ephemeral("/1", alice);
  sessions.close(alice);
  EXPECT_FALSE(sessions.has(alice));
  EXPECT_EQ(ephemerals(alice), std::vector<std::string>{"/1"});
  remove_ephemeral(ref);
  EXPECT_TRUE(ephemerals(alice).empty());
  EXPECT_EQ(sessions.ephemeral_count(), 0U);
}

TEST_F(SessionsTest, AnOwnerThatIsNotInTheTableIsNoSession) {
  add_ephemeral("/early", bob);
  EXPECT_FALSE(sessions.has(bob));
  EXPECT_EQ(sessions.count(), 0U);
  EXPECT_TRUE(sessions.ids().empty());
  EXPECT_EQ(sessions.change(bob), nullptr);
  sessions.open(bob, 4000);
  EXPECT_EQ(ephemerals(bob), std::vector<std::string>{"/early"});
}

TEST_F(SessionsTest, TheNumberOfTheLastChangeIsKeptWhileOpen) {
  EXPECT_EQ(sessions.change(alice), nullptr);
  sessions.open(alice, 6000);
  ASSERT_NE(sessions.change(alice), nullptr);
  EXPECT_EQ(*sessions.change(alice), 0U);
  *sessions.change(alice) = 5;
  sessions.open(alice, 7000);
  EXPECT_EQ(*sessions.change(alice), 5U);
  sessions.close(alice);
  EXPECT_EQ(sessions.change(alice), nullptr);
  sessions.open(alice, 6000);
  EXPECT_EQ(*sessions.change(alice), 0U);
}

class SessionsAtRandom : public SessionsTest {
 protected:
  struct Model {
    std::map<SessionId, std::int32_t> open;
    std::map<SessionId, std::set<std::string>> ephemerals;
    std::map<std::string, std::pair<SessionId, NodeRef>> nodes;
  };
  void step(int number, std::mt19937_64& random) {
    const SessionId id{1 + static_cast<std::int64_t>(test::pick(random, 2000))};
    switch (test::pick(random, 5)) {
      case 0:
        sessions.open(id, number);
        model.open[id] = number;
        break;
      case 1:
        sessions.close(id);
        model.open.erase(id);
        break;
      case 2:
      case 3:
        add("/e" + std::to_string(number), id);
        break;
      default:
        remove(random);
    }
    ASSERT_EQ(sessions.timeout_ms(id).value_or(-1), model.open.contains(id) ? model.open[id] : -1);
  }
  void add(const std::string& path, SessionId id) {
    model.nodes[path] = {id, add_ephemeral(path, id)};
    model.ephemerals[id].insert(path);
  }
  void remove(std::mt19937_64& random) {
    if (model.nodes.empty()) return;
    const auto chosen =
        std::next(model.nodes.begin(), static_cast<std::ptrdiff_t>(test::pick(random, model.nodes.size())));
    const auto [id, ref] = chosen->second;
    model.ephemerals[id].erase(chosen->first);
    model.nodes.erase(chosen);
    remove_ephemeral(ref);
  }
  void expect_same() {
    std::vector<SessionId> ids;
    for (const auto& [id, timeout] : model.open) ids.push_back(id);
    EXPECT_EQ(sessions.ids(), ids);
    EXPECT_EQ(sessions.count(), ids.size());
    EXPECT_EQ(sessions.ephemeral_count(), model.nodes.size());
    for (const auto& [id, expected] : model.ephemerals) {
      const std::vector<std::string> listed = ephemerals(id);
      ASSERT_EQ(std::set<std::string>(listed.begin(), listed.end()), expected) << to_string(id);
    }
  }

  Model model;
};

TEST_F(SessionsAtRandom, HoldWhatMapsHold) {
  test::Seed seed(7105);
  std::mt19937_64 random = seed.engine();
  for (int number = 1; number <= 20'000 && !HasFailure(); ++number) {
    step(number, random);
    if (number % 2000 == 0) expect_same();
  }
}

}  // namespace
}  // namespace zabra::state
