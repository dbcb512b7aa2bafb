// How far a quorum has come, by what each voter has acknowledged.
#include "zab/acknowledgements.h"

#include <gtest/gtest.h>

namespace zabra::zab {
namespace {

constexpr ServerId one{1}, two{2}, three{3}, four{4}, five{5}, stranger{9};

Acknowledgements<int> of(std::vector<ServerId> voters, int start = 100) {
  return {Quorums(Ensemble(std::move(voters), zxid_zero)), start};
}

TEST(AcknowledgementsOf, OneServerAreItsOwn) {
  auto acks = of({one});
  EXPECT_EQ(acks.quorum(), 100);
  acks.reached(one, 103);
  EXPECT_EQ(acks.quorum(), 103);
}

TEST(AcknowledgementsOf, ThreeServersNeedTwo) {
  auto acks = of({one, two, three});
  acks.reached(one, 103);
  EXPECT_EQ(acks.quorum(), 100);
  acks.reached(three, 102);
  EXPECT_EQ(acks.quorum(), 102) << "what the slower of the two has, and all before it";
  acks.reached(two, 101);
  EXPECT_EQ(acks.quorum(), 102);
}

TEST(AcknowledgementsOf, AnEvenNumberNeedMoreThanHalf) {
  auto acks = of({one, two, three, four});
  acks.reached(one, 101);
  acks.reached(two, 101);
  EXPECT_EQ(acks.quorum(), 100);
  acks.reached(four, 101);
  EXPECT_EQ(acks.quorum(), 101);
}

TEST(AcknowledgementsOf, FiveServersNeedThree) {
  auto acks = of({one, two, three, four, five});
  acks.reached(five, 109);
  acks.reached(one, 105);
  EXPECT_EQ(acks.quorum(), 100);
  acks.reached(three, 102);
  EXPECT_EQ(acks.quorum(), 102);
}

TEST(AcknowledgementsOf, OneServerTwiceAreNoQuorum) {
  auto acks = of({one, two, three});
  acks.reached(one, 101);
  acks.reached(one, 102);
  EXPECT_EQ(acks.quorum(), 100);
}

TEST(Acknowledgements, ThatGoBackCountForNothing) {
  auto acks = of({one, two, three});
  acks.reached(one, 105);
  acks.reached(one, 101);
  acks.reached(two, 105);
  EXPECT_EQ(acks.quorum(), 105);
}

TEST(Acknowledgements, OfAServerThatDoesNotVoteCountForNothing) {
  auto acks = of({one, two, three});
  acks.reached(stranger, 105);
  acks.reached(one, 105);
  EXPECT_EQ(acks.quorum(), 100);
}

TEST(Acknowledgements, OfAServerThatStartsAnewAreForgottenAndWhatAQuorumHadStays) {
  auto acks = of({one, two, three});
  acks.reached(one, 105);
  acks.reached(two, 103);
  acks.start_anew(two, 0);
  EXPECT_EQ(acks.quorum(), 103);
  acks.reached(three, 104);
  EXPECT_EQ(acks.quorum(), 104);
  acks.reached(two, 102);
  EXPECT_EQ(acks.quorum(), 104);
}

TEST(Acknowledgements, OfWeightedGroupsCountByWeightNotByNumber) {
  const Members members{.voters = {one, two, three, four},
                        .observers = {},
                        .groups = {{{one, 3}, {two, 1}}, {{three, 1}, {four, 1}}, {}}};
  Acknowledgements<int> acks(Quorums(Ensemble(members, zxid_zero)), 100);
  acks.reached(two, 101);
  acks.reached(three, 101);
  acks.reached(four, 101);
  EXPECT_EQ(acks.quorum(), 100) << "of the first group the heavier one is missing";
  acks.reached(one, 101);
  EXPECT_EQ(acks.quorum(), 101);
}

TEST(Acknowledgements, WhileMembersChangeNeedAQuorumOfTheOldAndOfTheNew) {
  Acknowledgements<int> acks(Quorums(Ensemble({one, two, three}, zxid_zero), Ensemble({three, four, five}, Zxid{1, 1})),
                             100);
  acks.reached(one, 101);
  acks.reached(two, 101);
  EXPECT_EQ(acks.quorum(), 100);
  acks.reached(four, 101);
  EXPECT_EQ(acks.quorum(), 100);
  acks.reached(three, 101);
  EXPECT_EQ(acks.quorum(), 101) << "three votes in both";
}

}  // namespace
}  // namespace zabra::zab
