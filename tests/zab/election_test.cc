// Elections as stories of one server: what it hears, what it says, what comes of it.
#include "zab/election.h"

#include <gtest/gtest.h>

namespace zabra::zab {
namespace {

constexpr ServerId one{1}, two{2}, three{3}, four{4}, five{5}, observer{8}, stranger{9};
constexpr Zxid at(std::uint32_t epoch, std::uint32_t counter) {
  return {epoch, counter};
}
constexpr Vote vote(ServerId leader, Zxid zxid, std::int64_t epoch) {
  return {leader, zxid, epoch};
}
Notification looking(Vote for_whom, Round round) {
  return {.state = PeerState::looking, .vote = for_whom, .round = round};
}
Notification following(Vote whom, Round round) {
  return {.state = PeerState::following, .vote = whom, .round = round};
}
Notification leading(Vote vote, Round round) {
  return {.state = PeerState::leading, .vote = vote, .round = round};
}
Ensemble of_three() {
  return Ensemble({{one, two, three}, {observer}, {}}, zxid_zero);
}
Ensemble of_five() {
  return Ensemble({{one, two, three, four, five}, {observer}, {}}, zxid_zero);
}

class Story {
 public:
  explicit Story(ServerId self, Quorums quorums = of_three()) : election(self, std::move(quorums)) {}

  Story& links(ServerSet live) {
    election.links(std::move(live), now);
    return *this;
  }
  Story& begin(Zxid last, std::uint32_t epoch) { return begin({last, epoch, epoch}); }
  Story& begin(Election::Position own) {
    election.begin(own, now);
    return *this;
  }
  Story& hear(ServerId from, Notification said) {
    election.notification(from, said, now);
    return *this;
  }
  Story& wait(std::int64_t ms) {
    for (const MonotonicTime end = now + ms; election.next_deadline() && *election.next_deadline() <= end;) {
      now = *election.next_deadline();
      election.tick(now);
    }
    return *this;
  }
  bool has_elected(PeerState role, ServerId leader) const {
    return election.elected() && election.elected()->role == role && election.elected()->vote.leader == leader;
  }
  // What was said since the last time, and whether it was to that one (none: all voters) only.
  std::vector<Notification> told(std::optional<ServerId> whom) {
    std::vector<Notification> said;
    for (const Election::Send& send : election.take_sends()) {
      EXPECT_EQ(send.to.has_value(), whom.has_value());
      EXPECT_EQ(send.to.value_or(one), whom.value_or(one));
      said.push_back(send.notification);
    }
    return said;
  }

  Election election;
  MonotonicTime now{1'000};
};
using Said = std::vector<Notification>;

// ---- looking ----

TEST(Election, BeginsByTellingAllItsOwnVote) {
  Story story(two);
  story.begin(at(4, 7), 4);
  EXPECT_TRUE(story.election.is_looking());
  EXPECT_EQ(story.told(std::nullopt), Said{looking(vote(two, at(4, 7), 4), 1)});
}

TEST(Election, TakesTheBetterVoteByEpochThenZxidThenServerAndTellsAll) {
  Story story(two);
  story.begin(at(4, 7), 4).told(std::nullopt);
  story.hear(one, looking(vote(one, at(4, 7), 4), 1));
  EXPECT_EQ(story.told(std::nullopt), Said{}) << "a smaller server";
  story.hear(three, looking(vote(three, at(4, 7), 4), 1));
  EXPECT_EQ(story.told(std::nullopt), Said{looking(vote(three, at(4, 7), 4), 1)});
  story.hear(one, looking(vote(one, at(4, 8), 4), 1));
  EXPECT_EQ(story.told(std::nullopt), Said{looking(vote(one, at(4, 8), 4), 1)});
  story.hear(three, looking(vote(three, at(4, 2), 5), 1));
  EXPECT_EQ(story.told(std::nullopt), Said{looking(vote(three, at(4, 2), 5), 1)}) << "a later epoch with a shorter log";
}

TEST(Election, WaitsForSomethingBetterWhileAVoterThatItCanReachIsSilent) {
  Story story(two);
  story.links({one, three}).begin(at(1, 1), 1).hear(one, looking(vote(two, at(1, 1), 1), 1));
  EXPECT_TRUE(story.election.is_looking());
  EXPECT_TRUE(story.wait(election_finalize_wait_ms - 1).election.is_looking());
  EXPECT_TRUE(story.wait(election_finalize_wait_ms).has_elected(PeerState::leading, two));
  EXPECT_FALSE(story.election.elected()->is_joined);
}

TEST(Election, EndsAtOnceWhenEveryVoterThatItCanReachHasSaidTheSame) {
  Story story(two);
  story.links({one}).begin(at(1, 1), 1).hear(one, looking(vote(two, at(1, 1), 1), 1));
  EXPECT_TRUE(story.has_elected(PeerState::leading, two));
}

TEST(Election, EndsAtOnceWhenTheSilentVotersLinkEnds) {
  Story story(two);
  story.links({one, three}).begin(at(1, 1), 1).hear(one, looking(vote(two, at(1, 1), 1), 1));
  EXPECT_TRUE(story.links({one}).has_elected(PeerState::leading, two));
}

TEST(Election, DoesNotHurryToALeaderWhomItCannotReach) {
  Story story(one, of_five());
  story.links({two, three}).begin(at(1, 1), 1);
  story.hear(two, looking(vote(five, at(1, 9), 1), 1)).hear(three, looking(vote(five, at(1, 9), 1), 1));
  EXPECT_TRUE(story.election.is_looking());
  EXPECT_TRUE(story.wait(election_finalize_wait_ms).has_elected(PeerState::following, five));
}

TEST(Election, ABetterVoteDuringTheWaitBeginsItAnew) {
  Story story(two, of_five());
  story.links({one, three, four}).begin(at(1, 1), 1);
  story.hear(one, looking(vote(two, at(1, 1), 1), 1)).hear(three, looking(vote(two, at(1, 1), 1), 1));
  story.wait(100).hear(four, looking(vote(four, at(1, 5), 1), 1));
  EXPECT_TRUE(story.wait(election_finalize_wait_ms).election.is_looking()) << "one and three have not followed";
  story.hear(one, looking(vote(four, at(1, 5), 1), 1));
  EXPECT_TRUE(story.wait(election_finalize_wait_ms).has_elected(PeerState::following, four));
}

TEST(Election, ALaterRoundMakesEarlierVotesVoid) {
  Story story(three, of_five());
  story.links({one, two, four}).begin(at(1, 5), 1);
  story.hear(one, looking(vote(three, at(1, 5), 1), 1)).told(std::nullopt);
  story.hear(two, looking(vote(two, at(1, 1), 1), 6));
  EXPECT_EQ(story.election.round(), 6);
  EXPECT_EQ(story.told(std::nullopt), Said{looking(vote(three, at(1, 5), 1), 6)});
  story.hear(two, looking(vote(three, at(1, 5), 1), 6));
  EXPECT_TRUE(story.wait(1'000).election.is_looking()) << "what one said was of round 1";
  story.hear(one, looking(vote(three, at(1, 5), 1), 6));
  EXPECT_TRUE(story.wait(1'000).has_elected(PeerState::leading, three));
}

TEST(Election, WhoIsInAnEarlierRoundIsToldOurVote) {
  Story story(three);
  story.begin(at(1, 5), 1).hear(two, looking(vote(two, at(1, 1), 1), 4)).told(std::nullopt);
  story.hear(one, looking(vote(one, at(9, 9), 9), 3));
  EXPECT_EQ(story.told(one), Said{looking(vote(three, at(1, 5), 1), 4)}) << "and it counts for nothing here";
}

TEST(Election, RepeatsItsVoteLessAndLessOften) {
  Story story(one);
  story.begin(at(1, 1), 1).told(std::nullopt);
  const std::size_t in_six_seconds = story.wait(6'000).told(std::nullopt).size();
  EXPECT_EQ(in_six_seconds, 4U) << "at 0.2, 0.6, 1.4 and 3.0 s";
  story.wait(600'000).told(std::nullopt);
  EXPECT_EQ(story.wait(600'000).told(std::nullopt).size(), 10U) << "once a minute";
}

TEST(Election, TellsAVoterWhoseLinkComesUpAtOnce) {
  Story story(one);
  story.begin(at(1, 1), 1).told(std::nullopt);
  story.links({two, observer});
  EXPECT_EQ(story.told(two), Said{looking(vote(one, at(1, 1), 1), 1)});
}

TEST(Election, OfOneVoterEndsWhereItBegins) {
  Story story(one, Ensemble::of_one(one));
  EXPECT_TRUE(story.begin(at(3, 3), 3).has_elected(PeerState::leading, one));
}

TEST(Election, RoundsThatNobodyCanReachAndStrangeVotesCountForNothing) {
  Story story(one);
  story.begin(at(1, 1), 1).told(std::nullopt);
  story.hear(two, looking(vote(two, at(9, 9), 9), round_max + 1)).hear(two, looking(vote(two, at(9, 9), 9), -1));
  story.hear(two, looking(vote(stranger, at(9, 9), 9), 1)).hear(two, looking(vote(observer, at(9, 9), 9), 1));
  story.hear(stranger, looking(vote(two, at(9, 9), 9), 1)).hear(one, looking(vote(two, at(9, 9), 9), 7));
  EXPECT_EQ(story.told(std::nullopt), Said{});
  EXPECT_EQ(story.election.round(), 1);
}

TEST(Election, DuringAChangeOfMembersNeedsAQuorumInEachEnsemble) {
  Story story(three, Quorums(Ensemble({one, two, three}, zxid_zero), Ensemble({three, four, five}, at(1, 1))));
  const Notification for_three = looking(vote(three, at(1, 5), 1), 1);
  story.links({one, two}).begin(at(1, 5), 1).hear(one, for_three).hear(two, for_three);
  EXPECT_TRUE(story.wait(1'000).election.is_looking());
  EXPECT_TRUE(story.hear(four, for_three).has_elected(PeerState::leading, three));
}

// ---- weights, observers, joiners ----

TEST(Election, AVoterOfWeightZeroIsNotElectedAndFollowsWhoIs) {
  const Ensemble weighted({{one, two, three}, {}, {{{one}, {two}, {three, 0}}}}, zxid_zero);
  Story story(one, weighted);
  story.begin(at(1, 1), 1).told(std::nullopt);
  story.hear(three, looking(vote(three, at(9, 9), 9), 1));
  EXPECT_EQ(story.told(std::nullopt), Said{});
  Story weightless(three, weighted);
  weightless.begin(at(9, 9), 9);
  weightless.hear(one, looking(vote(two, at(1, 1), 1), 1)).hear(two, looking(vote(two, at(1, 1), 1), 1));
  EXPECT_TRUE(weightless.wait(election_finalize_wait_ms).has_elected(PeerState::following, two));
}

TEST(Election, AnObserverVotesForNobodyAndObservesWhomTheVotersFollow) {
  Story story(observer);
  story.begin(at(9, 9), 9);
  EXPECT_EQ(story.told(std::nullopt), Said{looking(Vote{}, 1)});
  story.hear(one, following(vote(three, at(1, 1), 2), 5));
  EXPECT_TRUE(story.election.is_looking());
  story.hear(three, leading(vote(three, at(1, 1), 2), 5));
  EXPECT_TRUE(story.has_elected(PeerState::observing, three));
}

TEST(Election, AJoinerThatNobodyKnowsFollows) {
  Story story(stranger);
  story.begin(at(0, 0), 0).hear(one, following(vote(three, at(1, 1), 2), 5));
  EXPECT_TRUE(story.hear(three, leading(vote(three, at(1, 1), 2), 5)).has_elected(PeerState::following, three));
}

TEST(Election, WhoHasNoVoteIsAnsweredWhenThereIsAnAnswer) {
  Story story(two);
  story.links({one}).begin(at(1, 1), 1).told(std::nullopt);
  story.hear(observer, looking(Vote{}, 30)).hear(observer, looking(Vote{}, 30));
  EXPECT_EQ(story.told(observer), Said{});
  EXPECT_EQ(story.election.round(), 1) << "its clock is not ours";
  story.hear(one, looking(vote(two, at(1, 1), 1), 1));
  EXPECT_EQ(story.told(observer), Said{leading(vote(two, at(1, 1), 1), 1)}) << "once, when it is over";
  story.hear(stranger, looking(Vote{}, 1));
  EXPECT_EQ(story.told(stranger), Said{leading(vote(two, at(1, 1), 1), 1)});
  story.hear(stranger, leading(vote(stranger, at(1, 1), 1), 1));
  EXPECT_EQ(story.told(stranger), Said{}) << "no question";
}

// ---- settled ----

TEST(Election, AnswersWhoLooksWithTheVoteOfItsElectionAndLaterWithTheEpochAgreedOn) {
  Story story(two);
  story.links({one, three}).begin(at(4, 7), 4);
  story.hear(three, looking(vote(three, at(4, 7), 4), 1))
      .hear(one, looking(vote(three, at(4, 7), 4), 1))
      .told(std::nullopt);
  ASSERT_TRUE(story.has_elected(PeerState::following, three));
  story.hear(one, looking(vote(one, at(4, 6), 4), 9));
  EXPECT_EQ(story.told(one), Said{following(vote(three, at(4, 7), 4), 1)});
  story.election.synchronised(5);
  story.hear(one, looking(vote(one, at(4, 6), 4), 9));
  EXPECT_EQ(story.told(one), Said{following(vote(three, at(4, 7), 5), 1)});
  story.hear(one, following(vote(three, at(4, 7), 5), 1)).hear(three, leading(vote(three, at(4, 7), 5), 1));
  EXPECT_EQ(story.told(one), Said{});
  EXPECT_FALSE(story.election.next_deadline());
}

TEST(Election, NobodyIsAnsweredBeforeTheFirstBegins) {
  Story story(two);
  story.hear(one, looking(vote(one, at(4, 6), 4), 1)).hear(observer, looking(Vote{}, 1)).wait(1'000);
  EXPECT_EQ(story.told(one), Said{});
}

// ---- joining a leader that others have ----

TEST(Election, WhoComesLateJoinsTheLeaderOfAQuorumOnTheLeadersOwnWordOnly) {
  Story story(one, of_five());
  const Vote elected = vote(five, at(4, 7), 5);
  story.begin(at(4, 8), 4);
  story.hear(two, following(elected, 3)).hear(three, following(elected, 3)).hear(four, following(elected, 3));
  EXPECT_TRUE(story.wait(10'000).election.is_looking()) << "five may be gone";
  story.hear(five, leading(elected, 3));
  EXPECT_TRUE(story.has_elected(PeerState::following, five));
  EXPECT_TRUE(story.election.elected()->is_joined);
  EXPECT_EQ(story.election.current(), following(elected, 3));
}

TEST(Election, WhoHearsOfALeaderAsksAgainSoon) {
  Story story(one);
  story.begin(at(4, 8), 4).wait(600'000);
  story.hear(two, following(vote(three, at(4, 7), 5), 3)).hear(three, leading(vote(three, at(4, 7), 4), 3));
  ASSERT_TRUE(story.election.is_looking()) << "their epochs differ: they are being synchronised";
  EXPECT_LE(story.election.next_deadline().value() - story.now, notification_interval_joining_max_ms);
  story.election.take_sends();
  EXPECT_EQ(story.wait(16'000).told(std::nullopt).size(), 10U);
}

TEST(Election, ALeaderWithoutAQuorumIsNotJoined) {
  Story story(one, of_five());
  story.begin(at(4, 8), 4);
  story.hear(five, leading(vote(five, at(4, 7), 5), 3)).hear(two, following(vote(five, at(4, 7), 5), 3));
  EXPECT_TRUE(story.wait(10'000).election.is_looking());
}

TEST(Election, FollowersThatCameAtDifferentTimesAgreeByLeaderAndEpoch) {
  Story story(one, of_five());
  story.begin(at(4, 8), 4)
      .hear(five, leading(vote(five, at(4, 7), 5), 3))
      .hear(two, following(vote(five, at(4, 1), 5), 8));
  EXPECT_TRUE(story.hear(three, following(vote(five, at(4, 7), 4), 3)).election.is_looking()) << "not yet synchronised";
  EXPECT_TRUE(story.hear(four, following(vote(five, at(4, 7), 5), 9)).has_elected(PeerState::following, five));
}

TEST(Election, TheEpochOfAServerOfAnOldFormatCountsForNothing) {
  Story story(one);
  Notification old = following(vote(three, at(4, 7), 0), 3);
  old.format = 0;
  story.begin(at(4, 8), 4).hear(two, old);
  EXPECT_TRUE(story.hear(three, leading(vote(three, at(4, 7), 5), 3)).has_elected(PeerState::following, three));
}

TEST(Election, InTheSameRoundWhoHasSettledIsCountedWithWhoHasNot) {
  Story story(one, of_five());
  const Vote for_five = vote(five, at(4, 7), 4);
  story.links({five}).begin(at(4, 6), 4).hear(five, looking(for_five, 1)).told(std::nullopt);
  story.hear(two, following(for_five, 1));
  EXPECT_TRUE(story.wait(election_finalize_wait_ms).has_elected(PeerState::following, five));
}

// ZOOKEEPER-1419, 3109: the elected one is gone, and those that follow it keep saying so.
TEST(Election, ADeadLeadersWordEndsWithItsLink) {
  Story story(one, of_five());
  const Vote dead = vote(five, at(4, 7), 5);
  story.links({two, three, four, five}).begin(at(4, 8), 4).hear(five, leading(dead, 3)).links({two, three, four});
  story.hear(two, following(dead, 3)).hear(three, following(dead, 3)).hear(four, following(dead, 3));
  EXPECT_TRUE(story.wait(10'000).election.is_looking());
}

// ZOOKEEPER-569: it led, and leads no more.
TEST(Election, ALeaderThatLooksAgainIsNotJoined) {
  Story story(one, of_five());
  const Vote stale = vote(five, at(4, 7), 5);
  story.begin(at(4, 8), 4).hear(five, leading(stale, 3)).hear(two, following(stale, 3));
  story.hear(five, looking(vote(five, at(4, 7), 5), 4));
  story.hear(three, following(stale, 3)).hear(four, following(stale, 3));
  EXPECT_TRUE(story.election.is_looking());
}

TEST(Election, WhoWasElectedWhileItChangedItsMindLeadsAfterAll) {
  Story story(three, of_five());
  story.begin(at(4, 7), 4).hear(five, looking(vote(five, at(4, 9), 4), 1));
  const Vote for_three = vote(three, at(4, 7), 4);
  story.hear(one, following(for_three, 1)).hear(two, following(for_three, 1));
  EXPECT_TRUE(story.election.is_looking());
  EXPECT_TRUE(story.hear(four, following(for_three, 1)).has_elected(PeerState::leading, three));
}

TEST(Election, WhoWasElectedInAnotherRoundDoesNotLeadForIt) {
  Story story(three);
  story.begin(at(4, 7), 4).begin(at(4, 7), 4);
  story.hear(one, following(vote(three, at(4, 7), 4), 1)).hear(two, following(vote(three, at(4, 7), 4), 1));
  EXPECT_TRUE(story.election.is_looking());
}

TEST(Election, WhenTheCandidatesLinkEndsANewRoundBegins) {
  Story story(one);
  story.links({two, three}).begin(at(1, 1), 1).hear(three, looking(vote(three, at(1, 5), 1), 1)).told(std::nullopt);
  story.links({two});
  EXPECT_EQ(story.told(std::nullopt), Said{looking(vote(one, at(1, 1), 1), 2)});
}

TEST(Election, ARoundIsNeverUsedTwice) {
  Story story(one);
  story.begin(at(1, 1), 1).begin(at(1, 1), 1).begin(at(1, 1), 1);
  story.hear(two, following(vote(three, at(1, 5), 1), 1)).hear(three, leading(vote(three, at(1, 5), 1), 1));
  ASSERT_TRUE(story.has_elected(PeerState::following, three));
  EXPECT_EQ(story.begin(at(1, 5), 1).election.round(), 4) << "though the leader was elected in round 1";
}

// ---- wiped disks (ZOOKEEPER-261) ----

TEST(Election, NewServersElectOneOfThem) {
  Story story(two);
  story.links({one}).begin(at(0, 0), 0);
  EXPECT_EQ(story.told(std::nullopt), Said{looking(vote(two, zxid_zero, 0), 1)});
  EXPECT_TRUE(story.hear(one, looking(vote(two, zxid_zero, 0), 1)).has_elected(PeerState::leading, two));
}

TEST(Election, AnEmptyVoterThatHearsOfHistoryVotesNoMore) {
  Story story(three, of_five());
  story.links({one, two, four}).begin(at(0, 0), 0).told(std::nullopt);
  story.hear(one, looking(vote(one, at(2, 1), 2), 1));
  EXPECT_EQ(story.told(std::nullopt), Said{looking(vote(three, zxid_untrusted, 0), 1)});
  story.hear(two, looking(vote(one, at(2, 1), 2), 1)).hear(four, looking(vote(one, at(2, 1), 2), 1));
  EXPECT_TRUE(story.wait(10'000).election.is_looking()) << "others have to elect";
  EXPECT_FALSE(story.election.is_trusted());
  EXPECT_EQ(story.begin(at(0, 0), 0).election.current().vote.zxid, zxid_untrusted) << "in the next round too";
}

// It was wiped, and its leader's link broke before NEWLEADER: what it had, and had acknowledged, may be what is missing.
TEST(Election, AVoterWithAPartOfAHistoryIsAsGoodAsEmptyUntilItIsSynchronised) {
  Story story(three);
  story.links({one, two}).begin(at(1, 5), 0).hear(one, looking(vote(one, at(1, 9), 1), 1));
  EXPECT_FALSE(story.election.is_trusted());
  EXPECT_EQ(story.begin(at(1, 5), 0).election.current().vote.zxid, zxid_untrusted);
  story.hear(one, leading(vote(one, at(1, 9), 1), 1)).hear(two, following(vote(one, at(1, 9), 1), 1));
  ASSERT_TRUE(story.has_elected(PeerState::following, one));
  story.election.synchronised(2);
  EXPECT_EQ(story.begin(at(1, 9), 2).election.current().vote, vote(three, at(1, 9), 2));
}

TEST(Election, ASingleServersHistoryOfNoEpochVotes) {
  Story story(two);
  story.links({one}).begin(at(0, 5), 0).hear(one, looking(vote(two, at(0, 5), 0), 1));
  EXPECT_TRUE(story.has_elected(PeerState::leading, two));
}

TEST(Election, AnEmptyVoterAbandonsTheElectionOfEmptyServersWhenItHearsOfHistory) {
  Story story(three);
  story.links({one, two}).begin(at(0, 0), 0).hear(two, looking(vote(three, zxid_zero, 0), 1));
  story.hear(one, looking(vote(one, at(2, 1), 2), 1));
  EXPECT_TRUE(story.wait(10'000).election.is_looking());
}

TEST(Election, AVoteThatVouchesForNothingIsIgnoredAndNotWaitedFor) {
  Story story(two);
  story.links({one, three}).begin(at(1, 1), 1).hear(three, looking(vote(three, zxid_untrusted, 0), 7));
  EXPECT_EQ(story.election.round(), 1);
  story.hear(one, looking(vote(three, zxid_untrusted, 9), 1));
  EXPECT_TRUE(story.wait(1'000).election.is_looking());
  story.hear(three, looking(vote(three, zxid_untrusted, 0), 1));
  EXPECT_TRUE(story.hear(one, looking(vote(two, at(1, 1), 1), 1)).has_elected(PeerState::leading, two));
}

TEST(Election, AVoterThatVouchesForNothingIsToldWhenItIsOverWhateverItsRound) {
  Story story(two);
  story.links({one, three}).begin(at(1, 1), 1).begin(at(1, 1), 1);
  story.hear(three, looking(vote(three, zxid_untrusted, 0), 1)).election.take_sends();
  story.hear(one, looking(vote(two, at(1, 1), 1), 2));
  EXPECT_EQ(story.told(three), Said{leading(vote(two, at(1, 1), 1), 2)});
}

TEST(Election, AWipedServerFollowsWhomOthersElectedAndVotesAgainOnceItIsSynchronised) {
  Story story(three);
  story.begin(at(0, 0), 0)
      .hear(one, following(vote(two, at(2, 1), 2), 1))
      .hear(two, leading(vote(two, at(2, 1), 2), 1));
  ASSERT_TRUE(story.has_elected(PeerState::following, two));
  EXPECT_FALSE(story.election.is_trusted());
  story.election.synchronised(3);
  EXPECT_TRUE(story.election.is_trusted());
  EXPECT_EQ(story.begin(at(2, 1), 3).election.current().vote, vote(three, at(2, 1), 3));
}

TEST(Election, AWipedServerThatOthersStillFollowDoesNotLead) {
  Story story(three);
  story.begin(at(0, 0), 0);
  story.hear(one, following(vote(three, at(2, 1), 2), 1)).hear(two, following(vote(three, at(2, 1), 2), 1));
  EXPECT_TRUE(story.election.is_looking());
}

TEST(Election, AFirstLeaderThatFellMayBeElectedAgainByThoseThatHadAcceptedItsEpoch) {
  Story accepted(one), wiped(one);
  const Notification first_leader = looking(vote(three, zxid_zero, 1), 1);
  accepted.begin({zxid_zero, 0, 1}).hear(three, first_leader);
  EXPECT_EQ(accepted.election.current(), first_leader);
  wiped.begin({zxid_zero, 0, 0}).hear(three, first_leader);
  EXPECT_FALSE(wiped.election.is_trusted());
}

}  // namespace
}  // namespace zabra::zab
