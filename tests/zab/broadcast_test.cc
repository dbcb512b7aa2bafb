// Which acknowledgements commit which proposals, on ensembles of one, three and five.
#include "zab/broadcast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zabra::zab {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr ServerId one{1}, two{2}, three{3}, four{4}, five{5}, stranger{9};
constexpr Zxid start{1, 100};
constexpr Zxid at(std::uint32_t counter) {
  return {1, counter};
}

class Story {
 public:
  explicit Story(std::vector<ServerId> voters, Zxid last = start)
      : Story(Quorums(Ensemble(std::move(voters), zxid_zero)), last) {}
  explicit Story(Quorums quorums, Zxid last = start) : broadcast(std::move(quorums), last) {}

  // The next `count` zxids.
  Story& propose(int count) {
    for (; count > 0; --count) {
      const Zxid zxid = broadcast.last_proposed().next();
      broadcast.propose({.zxid = zxid, .entry = "entry " + to_string(zxid), .checksum = zxid.counter});
    }
    return *this;
  }
  // What this acknowledgement commits.
  std::vector<Zxid> acknowledged(ServerId server, Zxid zxid) {
    broadcast.acknowledged(server, zxid);
    std::vector<Zxid> committed;
    while (const std::optional<Proposal> proposal = broadcast.next_committed()) {
      EXPECT_EQ(proposal->entry, "entry " + to_string(proposal->zxid));
      EXPECT_EQ(proposal->checksum, proposal->zxid.counter);
      committed.push_back(proposal->zxid);
    }
    return committed;
  }
  Broadcast broadcast;
};

TEST(Broadcast, BeginsWithItsHistoryCommittedAndNothingUnderWay) {
  Story story({one, two, three});
  EXPECT_EQ(story.broadcast.committed(), start);
  EXPECT_EQ(story.broadcast.last_proposed(), start);
  EXPECT_EQ(story.broadcast.in_flight(), 0U);
}

TEST(Broadcast, OfOneServerCommitsWithItsOwnDisk) {
  Story story({one});
  story.propose(3);
  EXPECT_EQ(story.broadcast.in_flight(), 3U);
  EXPECT_THAT(story.acknowledged(one, at(102)), ElementsAre(at(101), at(102)));
  EXPECT_THAT(story.acknowledged(one, at(103)), ElementsAre(at(103)));
  EXPECT_EQ(story.broadcast.in_flight(), 0U);
}

TEST(Broadcast, OfThreeServersCommitsWithTwo) {
  Story story({one, two, three});
  story.propose(1);
  EXPECT_THAT(story.acknowledged(two, at(101)), IsEmpty());
  EXPECT_THAT(story.acknowledged(three, at(101)), ElementsAre(at(101)));
  EXPECT_THAT(story.acknowledged(one, at(101)), IsEmpty()) << "each is given out once";
}

TEST(Broadcast, OfFiveServersCommitsWithThree) {
  Story story({one, two, three, four, five});
  story.propose(1);
  EXPECT_THAT(story.acknowledged(five, at(101)), IsEmpty());
  EXPECT_THAT(story.acknowledged(one, at(101)), IsEmpty());
  EXPECT_THAT(story.acknowledged(three, at(101)), ElementsAre(at(101)));
}

TEST(Broadcast, OfAnEvenNumberNeedsMoreThanHalf) {
  Story story({one, two, three, four});
  story.propose(1);
  story.acknowledged(one, at(101));
  EXPECT_THAT(story.acknowledged(two, at(101)), IsEmpty());
  EXPECT_THAT(story.acknowledged(three, at(101)), ElementsAre(at(101)));
}

TEST(Broadcast, AnAcknowledgementCoversAllBeforeIt) {
  Story story({one, two, three});
  story.propose(5);
  EXPECT_THAT(story.acknowledged(one, at(105)), IsEmpty());
  EXPECT_THAT(story.acknowledged(two, at(103)), ElementsAre(at(101), at(102), at(103)));
  EXPECT_THAT(story.acknowledged(three, at(105)), ElementsAre(at(104), at(105)));
}

TEST(Broadcast, OneServerTwiceIsNoQuorum) {
  Story story({one, two, three});
  story.propose(2);
  EXPECT_THAT(story.acknowledged(one, at(101)), IsEmpty());
  EXPECT_THAT(story.acknowledged(one, at(102)), IsEmpty());
  EXPECT_EQ(story.broadcast.committed(), start);
}

TEST(Broadcast, AnAcknowledgementThatGoesBackCountsForNothing) {
  Story story({one, two, three});
  story.propose(3);
  story.acknowledged(one, at(103));
  EXPECT_THAT(story.acknowledged(one, at(101)), IsEmpty());
  EXPECT_THAT(story.acknowledged(two, at(103)), ElementsAre(at(101), at(102), at(103)));
  EXPECT_EQ(story.broadcast.committed(), at(103));
}

TEST(Broadcast, AServerThatIsNoVoterCountsForNothing) {
  Story story({one, two, three});
  story.propose(1);
  EXPECT_THAT(story.acknowledged(stranger, at(101)), IsEmpty());
  EXPECT_THAT(story.acknowledged(one, at(101)), IsEmpty());
  EXPECT_THAT(story.acknowledged(ServerId{0}, at(101)), IsEmpty());
}

TEST(Broadcast, AnAcknowledgementOfTheHistoryBeforeItCommitsNothing) {
  Story story({one, two, three});
  story.propose(1);
  story.acknowledged(one, at(101));
  EXPECT_THAT(story.acknowledged(two, start), IsEmpty());
  EXPECT_THAT(story.acknowledged(three, at(7)), IsEmpty());
}

TEST(Broadcast, VotersMayBeNamedInAnyOrder) {
  Story story({three, one, two});
  story.propose(1);
  story.acknowledged(three, at(101));
  EXPECT_THAT(story.acknowledged(one, at(101)), ElementsAre(at(101)));
}

TEST(Broadcast, OfOneServerCarriesAFullCounterIntoTheEpoch) {
  Story story({one}, Zxid{0, 0xfffffffe});
  story.propose(3);
  EXPECT_THAT(story.acknowledged(one, Zxid{1, 1}), ElementsAre(Zxid{0, 0xffffffff}, Zxid{1, 0}, Zxid{1, 1}));
}

TEST(Broadcast, MayBeginALaterEpoch) {
  Story story({one});
  story.broadcast.propose({.zxid = {2, 0}, .entry = "entry " + to_string(Zxid{2, 0})});
  EXPECT_THAT(story.acknowledged(one, Zxid{2, 0}), ElementsAre(Zxid{2, 0}));
}

TEST(BroadcastDeathTest, AHoleOrAnAcknowledgementOfTheFutureIsABrokenPromise) {
  Story story({one});
  EXPECT_DEATH(story.broadcast.propose({.zxid = at(102), .entry = ""}), "broken promise");
  EXPECT_DEATH(story.broadcast.acknowledged(one, at(101)), "broken promise");
}

// ---- weights, and a change of membership under way ----

TEST(Broadcast, OfWeightedGroupsCommitsWithTheWeightNotWithTheNumber) {
  const VoterGroup heavy{{one, 3}, {two, 1}, {three, 1}}, light{{four, 1}, {five, 0}};
  Story story(Ensemble({{one, two, three, four, five}, {}, {heavy, light}}, zxid_zero));
  story.propose(2);
  EXPECT_THAT(story.acknowledged(two, at(102)), IsEmpty());
  EXPECT_THAT(story.acknowledged(three, at(102)), IsEmpty());
  EXPECT_THAT(story.acknowledged(five, at(102)), IsEmpty()) << "no weight";
  EXPECT_THAT(story.acknowledged(four, at(101)), IsEmpty()) << "four of five, and one group of two";
  EXPECT_THAT(story.acknowledged(one, at(102)), ElementsAre(at(101))) << "as far as the light group has come";
  EXPECT_THAT(story.acknowledged(four, at(102)), ElementsAre(at(102)));
}

TEST(Broadcast, DuringAChangeOfMembersNeedsAQuorumOfTheOldAndOfTheNew) {
  Story story(Quorums(Ensemble({one, two, three}, zxid_zero), Ensemble({three, four, five}, at(50))));
  story.propose(1);
  EXPECT_THAT(story.acknowledged(one, at(101)), IsEmpty());
  EXPECT_THAT(story.acknowledged(two, at(101)), IsEmpty()) << "all that the old one needs";
  EXPECT_THAT(story.acknowledged(four, at(101)), IsEmpty());
  EXPECT_THAT(story.acknowledged(three, at(101)), ElementsAre(at(101))) << "votes in both";
}

}  // namespace
}  // namespace zabra::zab
