// From role to role: what a server has outlives them, and the disk comes first.
#include "zab/peer.h"

#include <gtest/gtest.h>

#include "tests/zab/recorded_actions.h"

namespace zabra::test {
namespace {

using wire::PacketType;
using zab::Role;

constexpr LinkId link{7};

// Server 2 of three; its checkpoint stands at 4:1, its log goes to 4:2, its epoch is 4.
class APeer : public testing::Test {
 protected:
  APeer() {
    peer.recovered({4, 1});
    peer.restore({{4, 2}, "uncommitted", 0});
    peer.start(now, {4, 4});
    peer.begin_step(now);
    peer.pass_time();
  }

  // The two others sit under server 1, which leads.
  void find_leader() {
    const zab::Vote vote{ServerId{1}, {4, 9}, 5};
    peer.notification(ServerId{3}, {.state = zab::PeerState::following, .vote = vote, .round = 3});
    peer.notification(ServerId{1}, {.state = zab::PeerState::leading, .vote = vote, .round = 3});
    ASSERT_EQ(peer.role(), Role::following);
    peer.connected(link);
    actions.take();
  }
  void hear(PacketType type, Zxid zxid, wire::NullableView data = {}) {
    ASSERT_TRUE(peer.takes_packets(link));
    peer.received(link, {.type = type, .zxid = zxid, .data = data, .authinfo = {}});
  }
  void discover(std::uint32_t epoch = 6) {
    find_leader();
    hear(PacketType::leader_info, {epoch, 0});
    peer.epochs_stored();
    actions.take();
  }
  void follow() {
    discover();
    hear(PacketType::diff, {4, 2});
    hear(PacketType::new_leader, {6, 0});
    peer.epochs_stored();
    hear(PacketType::up_to_date, wire::no_zxid);
    ASSERT_TRUE(peer.serves());
    actions.take();
  }
  std::vector<Zxid> applied() {
    std::vector<Zxid> zxids;
    while (const zab::Proposal* next = peer.next_committed()) zxids.push_back(next->zxid);
    return zxids;
  }

  MonotonicTime now{1000};
  RecordedActions actions;
  NoLog log;
  zab::Peer peer{{.server = ServerId{2},
                  .quorums = zab::Ensemble({ServerId{1}, ServerId{2}, ServerId{3}}, zxid_zero),
                  .ensemble_text = ""},
                 {.roles = {.tick_ms = 100, .init_limit_ms = 1000, .connect_limit_ms = 1000, .sync_limit_ms = 500},
                  .retention = {}},
                 actions,
                 log};
};

TEST_F(APeer, WhatTheLogHasBehindTheCheckpointIsNotAppliedBeforeALeaderHasSpoken) {
  EXPECT_EQ(peer.role(), Role::looking);
  EXPECT_TRUE(applied().empty());
  follow();
  EXPECT_EQ(applied(), (std::vector<Zxid>{{4, 2}}));
}

TEST_F(APeer, ARoleIsLeftAfterAStandstillLongerThanSyncLimit) {
  follow();
  now = now + 501;
  peer.begin_step(now);
  EXPECT_EQ(peer.role(), Role::looking);
  EXPECT_FALSE(peer.serves());
  EXPECT_EQ(actions.take(), (Lines{"close 7"}));
}

TEST_F(APeer, TheNextElectionWaitsForWhatIsOnItsWayToTheDisk) {
  follow();
  hear(PacketType::proposal, {6, 1}, "one");
  peer.take_sends();
  peer.closed(link);
  EXPECT_EQ(peer.role(), Role::resting);
  EXPECT_TRUE(peer.take_sends().empty()) << "nobody is answered";
  peer.notification(ServerId{3}, {.state = zab::PeerState::looking, .vote = {ServerId{3}, {4, 2}, 4}, .round = 9});
  EXPECT_TRUE(peer.take_sends().empty());
  const LogGeneration before = peer.generation();
  peer.durable({6, 1});
  EXPECT_EQ(peer.role(), Role::looking);
  EXPECT_GT(peer.generation(), before);
  ASSERT_FALSE(peer.take_sends().empty());
  EXPECT_EQ(peer.election().current().vote.zxid, (Zxid{6, 1})) << "it counts, committed or not";
}

TEST_F(APeer, TheEpochsOfALostRoleAreStoredBeforeTheNext) {
  find_leader();
  hear(PacketType::leader_info, {6, 0});
  peer.closed(link);
  EXPECT_EQ(peer.role(), Role::resting);
  peer.epochs_stored();
  EXPECT_EQ(peer.role(), Role::looking);
  EXPECT_EQ(peer.epochs(), (zab::Epochs{6, 4}));
}

TEST_F(APeer, AHistoryBegunBesideOursIsGivenUpWithTheRole) {
  discover();
  hear(PacketType::snap, {5, 3});
  EXPECT_EQ(peer.last_logged(), (Zxid{4, 2})) << "ours is in force";
  peer.begun();
  hear(PacketType::proposal, {5, 4}, "of the other");
  const LogGeneration before = peer.generation();
  actions.take();
  peer.closed(link);
  EXPECT_EQ(actions.take(), (Lines{"abandon"})) << "the disk need not finish what nobody wants";
  EXPECT_GT(peer.generation(), before) << "what it still says of the other is old";
  EXPECT_EQ(peer.role(), Role::looking);
  EXPECT_EQ(peer.election().current().vote.zxid, (Zxid{4, 2}));
}

TEST_F(APeer, AnAdoptedHistoryIsOursAlthoughItsRoleIsOver) {
  discover();
  hear(PacketType::snap, {5, 3});
  peer.begun();
  hear(PacketType::new_leader, {6, 0});
  peer.closed(link);
  EXPECT_EQ(peer.role(), Role::resting) << "it is decided on the disk";
  peer.adopted();
  EXPECT_EQ(peer.role(), Role::looking);
  EXPECT_EQ(peer.last_logged(), (Zxid{5, 3}));
  EXPECT_EQ(peer.committed(), (Zxid{5, 3}));
  EXPECT_EQ(peer.epochs().current, 4U) << "the epoch was not stored: it may not lead by it";
}

TEST_F(APeer, WhatIsCommittedIsNotCutAndTheNextLeaderIsAskedForEverything) {
  follow();
  peer.closed(link);
  discover(7);
  hear(PacketType::trunc, {4, 1});
  EXPECT_EQ(peer.role(), Role::looking);
  EXPECT_EQ(peer.last_logged(), (Zxid{4, 2}));
  EXPECT_EQ(actions.take(), (Lines{"close 7"})) << "the disk was not asked";
  find_leader();
  hear(PacketType::leader_info, {8, 0});
  actions.take();
  peer.epochs_stored();
  EXPECT_EQ(actions.take(), (Lines{"7 <- ACKEPOCH 0:0"})) << "as one that has nothing";
}

TEST_F(APeer, WithoutSpaceThereIsNoRole) {
  follow();
  peer.has_space(false);
  EXPECT_EQ(peer.role(), Role::resting);
  EXPECT_FALSE(peer.serves());
  peer.has_space(true);
  EXPECT_EQ(peer.role(), Role::looking);
}

TEST_F(APeer, OneThatLosesItsSpaceWhileItLooksHasNoVoteUntilThereIsSome) {
  ASSERT_EQ(peer.role(), Role::looking);
  peer.has_space(false);
  EXPECT_EQ(peer.role(), Role::resting);
  const zab::Vote vote{ServerId{1}, {4, 9}, 5};
  peer.notification(ServerId{3}, {.state = zab::PeerState::following, .vote = vote, .round = 3});
  peer.notification(ServerId{1}, {.state = zab::PeerState::leading, .vote = vote, .round = 3});
  EXPECT_EQ(peer.role(), Role::resting) << "nor does it follow";
  peer.has_space(true);
  EXPECT_EQ(peer.role(), Role::looking);
}

TEST_F(APeer, LearnersThatComeBeforeWeLeadWaitAndAreSentAwayWhenWeFollow) {
  peer.accepted(LinkId{8});
  EXPECT_FALSE(peer.takes_packets(LinkId{8}));
  EXPECT_TRUE(actions.take().empty());
  const zab::Vote vote{ServerId{1}, {4, 9}, 5};
  peer.notification(ServerId{3}, {.state = zab::PeerState::following, .vote = vote, .round = 3});
  peer.notification(ServerId{1}, {.state = zab::PeerState::leading, .vote = vote, .round = 3});
  EXPECT_EQ(actions.take(), (Lines{"close 8", "dial 1"}));
}

TEST(Alone, ItsOwnDiskIsTheQuorumAndTheCounterCarriesIntoTheEpoch) {
  RecordedActions actions;
  NoLog log;
  zab::Peer peer({.server = ServerId{1}, .quorums = zab::Ensemble::of_one(ServerId{1}), .ensemble_text = "", .is_alone = true},
                 {.roles = {}, .retention = {}}, actions, log);
  peer.recovered({0, 0xfffffffe});
  peer.start(MonotonicTime{1}, {});
  EXPECT_EQ(peer.role(), Role::alone);
  for (const char* entry : {"one", "two"}) peer.propose(entry);
  EXPECT_EQ(peer.next_committed(), nullptr);
  peer.durable({1, 0});
  EXPECT_EQ(peer.next_committed()->zxid, (Zxid{0, 0xffffffff}));
  EXPECT_EQ(peer.next_committed()->zxid, (Zxid{1, 0}));
  EXPECT_EQ(peer.next_committed(), nullptr);
}

}  // namespace
}  // namespace zabra::test
