#include "zab/learner.h"

#include <gtest/gtest.h>

#include "tests/zab/recorded_actions.h"
#include "wire/quorum_payloads.h"

namespace zabra::test {
namespace {

using wire::PacketType;
using Phase = zab::Learner::Phase;

constexpr LinkId link{7};

// Server 2, in epoch 4 with 4:1 4:2, follows server 1, which leads epoch 5.
class Following : public testing::Test {
 protected:
  Following() {
    for (const Zxid zxid : {Zxid{4, 1}, Zxid{4, 2}}) history.append({zxid, "old", 0});
    begin({.server = ServerId{2}});
  }

  void begin(zab::Learner::Identity identity) {
    learner = std::make_unique<zab::Learner>(identity, ServerId{1}, settings, zab::Epochs{4, 4}, history, actions, log);
    learner->begin(now);
    actions.take();
  }
  void hear(PacketType type, Zxid zxid, wire::NullableView data = {}) {
    ASSERT_TRUE(learner->takes_packets());
    learner->received({.type = type, .zxid = zxid, .data = data, .authinfo = {}});
  }
  void discover() {
    learner->connected(link);
    hear(PacketType::leader_info, {5, 0});
    learner->epochs_stored();
    actions.take();
  }
  void follow() {
    discover();
    hear(PacketType::diff, {4, 2});
    hear(PacketType::new_leader, {5, 0});
    learner->epochs_stored();
    hear(PacketType::up_to_date, wire::no_zxid);
    ASSERT_TRUE(learner->serves());
    actions.take();
  }
  void pass(std::int64_t ms) {
    now = now + ms;
    learner->begin_step(now);
    learner->pass_time();
  }

  MonotonicTime now{1000};
  zab::History history{{4, 0}};
  RecordedActions actions;
  NoLog log;
  const zab::RoleSettings settings{
      .tick_ms = 100, .init_limit_ms = 1000, .connect_limit_ms = 700, .sync_limit_ms = 500};
  std::unique_ptr<zab::Learner> learner;
};

TEST_F(Following, EachDurableStepComesBeforeWhatItPromises) {
  learner->connected(link);
  EXPECT_EQ(actions.take(), (Lines{"7 <- FOLLOWERINFO 4:0"}));
  hear(PacketType::leader_info, {5, 0});
  EXPECT_EQ(actions.take(), (Lines{"store epochs 5/4"}));
  EXPECT_FALSE(learner->takes_packets());
  learner->epochs_stored();
  EXPECT_EQ(actions.take(), (Lines{"7 <- ACKEPOCH 4:2"}));
  hear(PacketType::diff, {4, 3});
  hear(PacketType::proposal, {4, 3}, "new");
  hear(PacketType::commit, {4, 3});
  hear(PacketType::new_leader, {5, 0});
  EXPECT_EQ(actions.take(), (Lines{"append 4:3"})) << "the history first";
  EXPECT_FALSE(learner->takes_packets());
  learner->durable({4, 3});
  EXPECT_EQ(actions.take(), (Lines{"store epochs 5/5"}));
  learner->epochs_stored();
  EXPECT_EQ(actions.take(), (Lines{"7 <- ACK 5:0"}));
  EXPECT_FALSE(learner->serves());
  hear(PacketType::up_to_date, wire::no_zxid);
  EXPECT_EQ(actions.take(), (Lines{"7 <- ACK 5:0"}));
  EXPECT_TRUE(learner->serves());
  EXPECT_EQ(learner->committed(), (Zxid{4, 3}));
}

TEST_F(Following, AProposalIsAcknowledgedWhenItIsDurableAndAppliedWhenItIsCommitted) {
  follow();
  hear(PacketType::proposal, {5, 1}, "a");
  hear(PacketType::proposal, {5, 2}, "b");
  EXPECT_EQ(actions.take(), (Lines{"append 5:1", "append 5:2"}));
  hear(PacketType::commit, {5, 1});
  EXPECT_EQ(learner->committed(), (Zxid{5, 1})) << "others have it";
  learner->durable({5, 2});
  EXPECT_EQ(actions.take(), (Lines{"7 <- ACK 5:1", "7 <- ACK 5:2"}));
}

TEST_F(Following, WhatComesBeforeUpToDateIsAcknowledgedAfterIt) {
  discover();
  hear(PacketType::diff, {4, 2});
  hear(PacketType::proposal, {5, 1}, "early");
  hear(PacketType::new_leader, {5, 0});
  learner->durable({5, 1});
  learner->epochs_stored();
  hear(PacketType::proposal, {5, 2}, "later");
  hear(PacketType::commit, {5, 1});  // ZOOKEEPER-4394: only remembered
  learner->durable({5, 2});
  EXPECT_EQ(actions.take(), (Lines{"append 5:1", "store epochs 5/5", "7 <- ACK 5:0", "append 5:2"}));
  hear(PacketType::up_to_date, wire::no_zxid);
  EXPECT_EQ(actions.take(), (Lines{"7 <- ACK 5:0", "7 <- ACK 5:2"})) << "that of NEWLEADER covers 5:1";
  EXPECT_EQ(learner->committed(), (Zxid{5, 1}));
}

TEST_F(Following, ATruncationEndsBeforeAnythingFollows) {
  discover();
  hear(PacketType::trunc, {4, 1});
  EXPECT_EQ(actions.take(), (Lines{"truncate 4:1"}));
  EXPECT_FALSE(learner->takes_packets());
  history.truncate({4, 1});
  learner->truncated(true);
  hear(PacketType::proposal, {5, 1}, "new");
  EXPECT_EQ(actions.take(), (Lines{"append 5:1"}));
}

TEST_F(Following, WhoCannotGoBackAsksTheNextTimeForEverything) {
  discover();
  hear(PacketType::trunc, {3, 9});
  learner->truncated(false);
  EXPECT_TRUE(learner->is_over());
  EXPECT_TRUE(learner->needs_everything());
  begin({.server = ServerId{2}, .wants_everything = true});
  learner->connected(link);
  hear(PacketType::leader_info, {5, 0});
  learner->epochs_stored();
  EXPECT_EQ(actions.take().back(), "7 <- ACKEPOCH 0:0");
  hear(PacketType::diff, {4, 3});
  EXPECT_EQ(actions.take(), (Lines{"begin anew with nothing"})) << "it is taken at its word";
}

TEST_F(Following, ASnapshotTakesThePlaceOfTheHistoryOnlyAtNewLeader) {
  discover();
  hear(PacketType::snap, {4, 9});
  EXPECT_EQ(actions.take(), (Lines{"begin anew with 4:9"}));
  EXPECT_FALSE(learner->takes_packets());
  history.restart({4, 9});
  learner->begun();
  hear(PacketType::proposal, {4, 8}, "in the snapshot already");
  hear(PacketType::commit, {4, 8});
  hear(PacketType::proposal, {4, 10}, "new");
  hear(PacketType::new_leader, {5, 0});
  EXPECT_EQ(actions.take(), (Lines{"append 4:10"}));
  learner->durable({4, 10});
  EXPECT_EQ(actions.take(), (Lines{"adopt"}));
  learner->adopted();
  EXPECT_EQ(actions.take(), (Lines{"store epochs 5/5"}));
}

TEST_F(Following, AnEpochThatWasAcceptedBeforeIsAcknowledgedWithoutCounting) {
  learner->connected(link);
  hear(PacketType::leader_info, {4, 0});
  EXPECT_EQ(actions.take(), (Lines{"7 <- FOLLOWERINFO 4:0", "7 <- ACKEPOCH 4:2"}));
}

TEST_F(Following, AnOlderEpochIsNotFollowed) {
  learner->connected(link);
  hear(PacketType::leader_info, {3, 0});
  EXPECT_TRUE(learner->is_over());
}

TEST_F(Following, AnObserverAppliesWhatItIsInformedOfAndAcknowledgesNoProposal) {
  begin({.server = ServerId{4}, .observes = true});
  follow();
  hear(PacketType::inform, {5, 1}, "new");
  EXPECT_EQ(learner->committed(), (Zxid{5, 1}));
  learner->durable({5, 1});
  EXPECT_EQ(actions.take(), (Lines{"append 5:1"}));
}

TEST_F(Following, ALeaderThatRefusesIsDialledFiveTimes) {
  for (int failed = 1; failed < 5; ++failed) {
    learner->dial_failed();
    pass(99);
    EXPECT_EQ(actions.take(), Lines{});
    pass(1);
    EXPECT_EQ(actions.take(), (Lines{"dial 1"}));
  }
  learner->dial_failed();
  EXPECT_TRUE(learner->is_over());
  EXPECT_EQ(learner->end_reason(), "the leader can't be reached");
}

TEST_F(Following, ALeaderThatDoesNotAnswerADialIsLeftAtConnectToLearnerMasterLimit) {
  pass(700);
  EXPECT_FALSE(learner->is_over());
  pass(1);
  EXPECT_TRUE(learner->is_over());
}

TEST_F(Following, ASilentLeaderIsLeftAtSyncLimit) {
  follow();
  pass(500);
  EXPECT_TRUE(learner->serves());
  hear(PacketType::ping, {5, 0});
  EXPECT_EQ(actions.take(), (Lines{"answer ping of 7"}));
  pass(500);
  EXPECT_TRUE(learner->serves());
  pass(1);
  EXPECT_TRUE(learner->is_over());
  EXPECT_EQ(actions.take(), (Lines{"close 7"}));
}

TEST_F(Following, OurOwnDiskIsNotTheLeadersSilence) {
  discover();
  hear(PacketType::diff, {4, 2});
  hear(PacketType::proposal, {5, 1}, "slow");
  hear(PacketType::new_leader, {5, 0});
  for (int i = 0; i < 10; ++i) pass(900);
  EXPECT_FALSE(learner->is_over());
}

TEST_F(Following, ALeaderThatFallsSilentInTheMiddleOfASnapshotIsLeft) {
  discover();
  hear(PacketType::snap, {4, 9});
  for (int i = 0; i < 3; ++i) {
    pass(900);
    learner->snapshot_goes_on();
  }
  EXPECT_FALSE(learner->is_over());
  EXPECT_EQ(learner->next_deadline(), now + 1001) << "nothing is to be done before";
  pass(1000);
  EXPECT_FALSE(learner->is_over());
  pass(1);
  EXPECT_TRUE(learner->is_over());
}

TEST_F(Following, WhatNoLeaderSaysEndsIt) {
  const struct {
    PacketType type;
    Zxid zxid;
    const char* data;
  } never[] = {{PacketType::proposal, {5, 2}, "behind a hole"},
               {PacketType::proposal, {6, 1}, "of a later epoch"},
               {PacketType::proposal, {5, 1}, "poison"},
               {PacketType::commit, {5, 1}, nullptr},
               {PacketType::new_leader, {5, 0}, nullptr},
               {PacketType::request, wire::no_zxid, "x"},
               {PacketType::diff, {5, 1}, nullptr},
               {PacketType::commit_and_activate, {5, 1}, "x"}};
  for (const auto& packet : never) {
    history = zab::History({4, 0});
    history.append({{4, 1}, "old", 0});
    history.append({{4, 2}, "old", 0});
    begin({.server = ServerId{2}});
    follow();
    hear(packet.type, packet.zxid, packet.data ? wire::NullableView(packet.data) : wire::NullableView());
    EXPECT_TRUE(learner->is_over()) << wire::to_string(packet.type);
    EXPECT_EQ(actions.take(), (Lines{"close 7"})) << wire::to_string(packet.type);
  }
}

}  // namespace
}  // namespace zabra::test
