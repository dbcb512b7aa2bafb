#include "zab/leader.h"

#include <gtest/gtest.h>

#include "tests/zab/recorded_actions.h"
#include "wire/quorum_payloads.h"

namespace zabra::test {
namespace {

using wire::PacketType;
using Phase = zab::Leader::Phase;

constexpr LinkId two{2}, three{3}, four{4};  // of the servers of these ids

template <class Payload>
std::string bytes_of(const Payload& payload) {
  std::string bytes;
  wire::Writer writer(bytes);
  write(writer, payload);
  return bytes;
}

// Server 1 of three was elected in epoch 4 with 3:1 4:1 4:2 4:3; server 4 is an observer.
class Leading : public testing::Test {
 protected:
  Leading() { leader.begin(now); }

  static zab::History elected_with() {
    zab::History history({3, 0});
    for (const Zxid zxid : {Zxid{3, 1}, Zxid{4, 1}, Zxid{4, 2}, Zxid{4, 3}}) {
      history.append({zxid, "t" + RecordedActions::short_form(zxid), 0});
    }
    return history;
  }

  static zab::Leader::Identity identity() {
    zab::Members members{.voters = {ServerId{1}, ServerId{2}, ServerId{3}}, .observers = {ServerId{4}}, .groups = {}};
    return {
        .server = ServerId{1}, .quorums = zab::Ensemble(std::move(members), zxid_zero), .ensemble_text = "version=0"};
  }

  void say(LinkId link, PacketType type, Zxid zxid, wire::NullableView data = {}) {
    leader.received(link, {.type = type, .zxid = zxid, .data = data, .authinfo = {}});
  }
  void inform(LinkId link, std::uint32_t accepted, PacketType type = PacketType::follower_info) {
    leader.opened(link);
    const wire::LearnerInfo info{.server = ServerId{static_cast<std::int64_t>(link.value)}};
    say(link, type, {accepted, 0}, bytes_of(info));
  }
  void ack_epoch(LinkId link, std::optional<std::uint32_t> current, Zxid last) {
    say(link, PacketType::ack_epoch, last, bytes_of(wire::EpochAck{current}));
  }
  void pass(std::int64_t ms) {
    now = now + ms;
    leader.begin_step(now);
    leader.pass_time();
  }

  // With server 2, which has all: epoch 5 is led.
  void establish() {
    inform(two, 4);
    leader.epochs_stored();
    ack_epoch(two, 4, {4, 3});
    leader.epochs_stored();
    say(two, PacketType::ack, {5, 0});
    ASSERT_EQ(leader.phase(), Phase::broadcast);
    actions.take();
  }
  void join(LinkId link, Zxid last, PacketType type = PacketType::follower_info) {
    inform(link, 5, type);
    ack_epoch(link, std::nullopt, last);
  }

  MonotonicTime now{1000};
  zab::History history = elected_with();
  RecordedActions actions;
  NoLog log;
  zab::Leader leader{identity(),
                     {.tick_ms = 100, .init_limit_ms = 1000, .sync_limit_ms = 500, .counter_max = 4},
                     {.accepted = 4, .current = 4},
                     history,
                     actions,
                     log};
};

TEST_F(Leading, EachDurableStepComesBeforeWhatItPromises) {
  inform(two, 4);
  EXPECT_EQ(actions.take(), (Lines{"store epochs 5/4"}));
  leader.epochs_stored();
  EXPECT_EQ(actions.take(), (Lines{"2 <- LEADERINFO 5:0"}));
  ack_epoch(two, 4, {4, 2});
  EXPECT_EQ(actions.take(), (Lines{"store epochs 5/5", "2 <- DIFF 4:3", "2 <- PROPOSAL 4:3 t4:3", "2 <- COMMIT 4:3",
                                   "2 <- NEWLEADER 5:0"}));
  say(two, PacketType::ack, {5, 0});
  EXPECT_EQ(actions.take(), Lines{}) << "our own epoch is not on disk";
  leader.epochs_stored();
  EXPECT_EQ(actions.take(), (Lines{"2 <- UPTODATE"}));
  EXPECT_EQ(leader.committed(), (Zxid{4, 3}));
}

TEST_F(Leading, TheEpochIsAboveWhateverAQuorumAndWhoElseIsThereHasAccepted) {
  inform(four, 8, PacketType::observer_info);
  EXPECT_EQ(actions.take(), Lines{}) << "an observer is no quorum";
  inform(two, 6);
  EXPECT_EQ(actions.take(), (Lines{"store epochs 9/4"}));
}

TEST_F(Leading, WhoIsBehindItsQuorumDoesNotLead) {
  inform(two, 4);
  leader.epochs_stored();
  actions.take();
  ack_epoch(two, 4, {4, 4});
  EXPECT_TRUE(leader.is_over());
  EXPECT_EQ(actions.take(), (Lines{"close 2"}));
}

TEST_F(Leading, AnEpochThatWasAcceptedBeforeCountsForNoQuorum) {
  inform(two, 5);
  leader.epochs_stored();
  inform(three, 6);
  actions.take();
  ack_epoch(two, std::nullopt, {4, 3});
  EXPECT_EQ(leader.phase(), Phase::epoch);
  ack_epoch(three, 4, {4, 3});
  EXPECT_EQ(leader.phase(), Phase::storing_current);
}

TEST_F(Leading, WithoutAQuorumInTimeItEnds) {
  pass(1000);
  EXPECT_FALSE(leader.is_over());
  pass(1);
  EXPECT_TRUE(leader.is_over());
}

TEST_F(Leading, ALateLearnerIsCutWhereItLeftUs) {
  establish();
  join(three, {3, 5});
  EXPECT_EQ(actions.take(), (Lines{"3 <- LEADERINFO 5:0", "3 <- TRUNC 3:1", "3 <- PROPOSAL 4:1 t4:1", "3 <- COMMIT 4:1",
                                   "3 <- PROPOSAL 4:2 t4:2", "3 <- COMMIT 4:2", "3 <- PROPOSAL 4:3 t4:3",
                                   "3 <- COMMIT 4:3", "3 <- NEWLEADER 5:0"}));
  say(three, PacketType::ack, {5, 0});
  EXPECT_EQ(actions.take(), (Lines{"3 <- UPTODATE"}));
}

TEST_F(Leading, ALearnerFarBehindIsFedFromTheLogAndThenFromMemory) {
  actions.log_starts = Zxid{2, 1};
  establish();
  join(three, {2, 7});
  EXPECT_EQ(actions.take(), (Lines{"3 <- LEADERINFO 5:0", "read log for 3 after 2:7 until 3:0"}));
  EXPECT_TRUE(leader.log_found(three, {2, 5}));
  EXPECT_EQ(actions.take(), (Lines{"3 <- TRUNC 2:5"}));
  leader.propose("first");
  EXPECT_EQ(actions.take(), (Lines{"append 5:1", "2 <- PROPOSAL 5:1 first"})) << "nothing may overtake the log";
  leader.fed(three, Zxid{3, 0});
  EXPECT_EQ(actions.take(),
            (Lines{"3 <- PROPOSAL 3:1 t3:1", "3 <- COMMIT 3:1", "3 <- PROPOSAL 4:1 t4:1", "3 <- COMMIT 4:1",
                   "3 <- PROPOSAL 4:2 t4:2", "3 <- COMMIT 4:2", "3 <- PROPOSAL 4:3 t4:3", "3 <- COMMIT 4:3",
                   "3 <- PROPOSAL 5:1 first", "3 <- NEWLEADER 5:0"}));
}

TEST_F(Leading, WhereTheLogIsGoneMeanwhileASnapshotIsSentAndWhereThatIsGoneTheLinkEnds) {
  actions.log_starts = Zxid{2, 1};
  establish();
  join(three, {2, 7});
  actions.take();
  leader.fed(three, std::nullopt);
  EXPECT_EQ(actions.take(), (Lines{"snapshot for 3"}));
  leader.fed(three, std::nullopt);
  EXPECT_EQ(actions.take(), (Lines{"close 3"}));
}

TEST_F(Leading, ALearnerOfAnEpochThatWeLackGetsASnapshot) {
  establish();
  join(three, {2, 7});
  EXPECT_EQ(actions.take(), (Lines{"3 <- LEADERINFO 5:0", "snapshot for 3"}));
  leader.fed(three, Zxid{4, 2});
  EXPECT_EQ(actions.take(), (Lines{"3 <- PROPOSAL 4:3 t4:3", "3 <- COMMIT 4:3", "3 <- NEWLEADER 5:0"}));
}

TEST_F(Leading, AProposalIsCommittedByAQuorumsDisks) {
  establish();
  leader.propose("first");
  leader.propose("second");
  actions.take();
  say(two, PacketType::ack, {5, 1});
  EXPECT_EQ(leader.committed(), (Zxid{4, 3})) << "one of three";
  leader.durable({5, 2});
  EXPECT_EQ(leader.committed(), (Zxid{5, 1}));
  EXPECT_EQ(actions.take(), (Lines{"2 <- COMMIT 5:1"}));
  say(two, PacketType::ack, {5, 2});
  EXPECT_EQ(actions.take(), (Lines{"2 <- COMMIT 5:2"}));
}

// ZOOKEEPER-4394: Java before 3.9.3 drops the link on a COMMIT there.
TEST_F(Leading, NoCommitComesBetweenNewLeaderAndUpToDate) {
  establish();
  leader.propose("first");
  join(three, {4, 3});
  actions.take();
  leader.durable({5, 1});
  say(two, PacketType::ack, {5, 1});
  EXPECT_EQ(actions.take(), (Lines{"2 <- COMMIT 5:1"}));
  say(three, PacketType::ack, {5, 0});
  EXPECT_EQ(actions.take(), (Lines{"3 <- UPTODATE", "3 <- COMMIT 5:1"}));
}

// ZOOKEEPER-4685: Java's log thread may be faster than its main thread.
TEST_F(Leading, AnAckThatOvertakesThatOfNewLeaderCountsAfterIt) {
  establish();
  leader.propose("first");
  join(three, {4, 3});
  leader.durable({5, 1});
  actions.take();
  say(three, PacketType::ack, {5, 1});
  EXPECT_EQ(leader.committed(), (Zxid{4, 3}));
  say(three, PacketType::ack, {5, 0});
  EXPECT_EQ(leader.committed(), (Zxid{5, 1}));
}

TEST_F(Leading, WhatALearnerAcknowledgedOnAnOlderLinkCountsForNothing) {
  establish();
  leader.propose("first");
  say(two, PacketType::ack, {5, 1});
  leader.closed(two);
  join(two, {5, 1});
  const Lines lines = actions.take();
  ASSERT_EQ(lines[lines.size() - 3], "2 <- TRUNC 4:3") << "it is made to forget";
  leader.durable({5, 1});
  EXPECT_EQ(leader.committed(), (Zxid{4, 3}));
  say(two, PacketType::ack, {5, 0});
  say(two, PacketType::ack, {5, 1});
  EXPECT_EQ(leader.committed(), (Zxid{5, 1}));
}

TEST_F(Leading, AnObserverIsInformedAndDecidesNothing) {
  establish();
  join(four, {4, 3}, PacketType::observer_info);
  say(four, PacketType::ack, {5, 0});
  leader.propose("first");
  EXPECT_EQ(actions.take(), (Lines{"4 <- LEADERINFO 5:0", "4 <- DIFF 4:3", "4 <- NEWLEADER 5:0", "4 <- UPTODATE",
                                   "append 5:1", "2 <- PROPOSAL 5:1 first"}));
  leader.durable({5, 1});
  EXPECT_EQ(leader.committed(), (Zxid{4, 3}));
  say(two, PacketType::ack, {5, 1});
  EXPECT_EQ(actions.take(), (Lines{"2 <- COMMIT 5:1", "4 <- INFORM 5:1 first"}));
}

TEST_F(Leading, CountsWhoServesAndWhoOfThemDoesNotVote) {
  establish();
  join(three, {4, 3});
  join(four, {4, 3}, PacketType::observer_info);
  say(four, PacketType::ack, {5, 0});
  EXPECT_EQ(leader.serving_count(false), 1U) << "three has not acknowledged yet";
  EXPECT_EQ(leader.serving_count(true), 1U);
  EXPECT_EQ(leader.serving_non_voter_count(), 0U);
  const LinkId five{5};  // no member, but it says that it follows
  join(five, {4, 3});
  EXPECT_EQ(leader.serving_non_voter_count(), 0U);
  say(five, PacketType::ack, {5, 0});
  EXPECT_EQ(leader.serving_count(false), 2U);
  EXPECT_EQ(leader.serving_non_voter_count(), 1U);
}

TEST_F(Leading, ABarrierIsPassedWhenAQuorumHasAnsweredAPingSentAfterIt) {
  establish();
  pass(0);
  EXPECT_EQ(actions.take(), (Lines{"2 <- PING 5:0"}));
  const std::uint64_t barrier = leader.begin_barrier();
  EXPECT_EQ(actions.take(), (Lines{"2 <- PING 5:0"}));
  say(two, PacketType::ping, {5, 0}, "");
  EXPECT_LT(leader.barrier_passed(), barrier) << "that answers the one before";
  say(two, PacketType::ping, {5, 0}, "");
  EXPECT_EQ(leader.barrier_passed(), barrier);
}

TEST_F(Leading, ASilentQuorumEndsItAtSyncLimit) {
  establish();
  pass(500);
  EXPECT_TRUE(leader.leads());
  pass(1);
  EXPECT_TRUE(leader.is_over());
}

TEST_F(Leading, ABrokenLinkHasATickToComeBack) {
  establish();
  pass(10);
  leader.closed(two);
  pass(100);
  EXPECT_TRUE(leader.leads());
  pass(1);
  EXPECT_TRUE(leader.is_over());
}

TEST_F(Leading, AProposalThatIsNotAcknowledgedInTimeEndsTheLink) {
  establish();
  join(three, {4, 3});
  say(three, PacketType::ack, {5, 0});
  leader.propose("first");
  say(two, PacketType::ack, {5, 1});
  actions.take();
  for (int i = 0; i < 3; ++i) {
    pass(200);
    leader.received(two, {.type = PacketType::ack, .zxid = {5, 1}, .data = {}, .authinfo = {}});
    leader.received(three, {.type = PacketType::ack, .zxid = {4, 3}, .data = {}, .authinfo = {}});
  }
  const Lines lines = actions.take();
  EXPECT_NE(std::find(lines.begin(), lines.end(), "close 3"), lines.end());
  EXPECT_EQ(std::find(lines.begin(), lines.end(), "close 2"), lines.end());
}

// What comes while a learner is brought to our history is acknowledged when it has that: initLimit holds until then. A
// learner far behind an ensemble under load would else be closed for ever.
TEST_F(Leading, ALearnerThatIsStillSynchronisingOwesNoAcknowledgement) {
  establish();
  join(three, {4, 3});
  leader.propose("first");
  actions.take();
  const auto pass_with_two = [&] {
    pass(200);
    say(two, PacketType::ack, {5, 1});
  };
  const auto is_closed = [&] {
    const Lines lines = actions.take();
    return std::find(lines.begin(), lines.end(), "close 3") != lines.end();
  };
  for (int i = 0; i < 4; ++i) pass_with_two();
  EXPECT_FALSE(is_closed()) << "more than syncLimit after the proposal";
  say(three, PacketType::ack, {5, 0});
  for (int i = 0; i < 2; ++i) {
    pass_with_two();
    say(three, PacketType::ack, {4, 3});
  }
  EXPECT_FALSE(is_closed()) << "it has syncLimit from then on";
  pass_with_two();
  EXPECT_TRUE(is_closed());
}

TEST_F(Leading, AUsedUpCounterIsHandedOverWhenNothingIsInFlight) {
  establish();
  for (int i = 0; i < 4; ++i) leader.propose("some");
  EXPECT_FALSE(leader.next_zxid());
  pass(1);
  EXPECT_TRUE(leader.leads());
  leader.durable({5, 4});
  say(two, PacketType::ack, {5, 4});
  pass(1);
  EXPECT_TRUE(leader.is_over());
}

TEST_F(Leading, AVoterThatHasAcceptedALaterEpochNeedsANewElection) {
  establish();
  inform(three, 6);
  EXPECT_TRUE(leader.is_over());
}

TEST_F(Leading, WhatNoLearnerSaysClosesItsLinkAndNothingElse) {
  establish();
  const auto expect_closed = [&](const char* what) {
    const Lines lines = actions.take();
    ASSERT_FALSE(lines.empty()) << what;
    EXPECT_EQ(lines.back(), "close 3") << what;
    EXPECT_TRUE(leader.leads()) << what;
  };
  leader.opened(three);
  say(three, PacketType::ack, {5, 1});
  expect_closed("no FOLLOWERINFO");
  leader.opened(three);
  say(three, PacketType::follower_info, {4, 0});
  expect_closed("FOLLOWERINFO without data");
  leader.opened(three);
  say(three, PacketType::follower_info, {4, 0}, bytes_of(wire::LearnerInfo{.server = ServerId{1}}));
  expect_closed("our own id");
  inform(three, 5);
  say(three, PacketType::request, wire::no_zxid);
  expect_closed("no ACKEPOCH");
  join(three, {4, 3});
  say(three, PacketType::ping, {5, 0}, "");
  expect_closed("no ACK of NEWLEADER");
  join(three, {4, 3});
  say(three, PacketType::ack, {5, 0});
  say(three, PacketType::ack, {5, 1});
  expect_closed("an ACK of what was never proposed");
  join(three, {4, 3});
  say(three, PacketType::ack, {5, 0});
  say(three, PacketType::ping, {5, 0}, "");
  expect_closed("an answer to no ping");
  join(three, {4, 3});
  say(three, PacketType::ack, {5, 0});
  say(three, PacketType::commit, {4, 3});
  expect_closed("COMMIT");
}

}  // namespace
}  // namespace zabra::test
