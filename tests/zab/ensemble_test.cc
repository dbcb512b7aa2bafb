// Who is a member, who can be elected, and which sets of servers are a quorum: by count, by weight, in two ensembles at
// once.
#include "zab/ensemble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zabra::zab {
namespace {

using testing::ElementsAre;

constexpr ServerId one{1}, two{2}, three{3}, four{4}, five{5}, six{6}, seven{7}, stranger{9};

TEST(ServerSet, IsSortedAndHoldsEachServerOnce) {
  ServerSet servers{three, one, three};
  EXPECT_THAT(servers, ElementsAre(one, three));
  EXPECT_TRUE(servers.insert(two));
  EXPECT_FALSE(servers.insert(two));
  EXPECT_THAT(servers, ElementsAre(one, two, three));
  EXPECT_TRUE(servers.erase(one));
  EXPECT_FALSE(servers.erase(one));
  EXPECT_FALSE(servers.contains(one));
  EXPECT_EQ(servers, (ServerSet{two, three}));
}

TEST(Ensemble, OfOneIsItsOwnQuorum) {
  const Ensemble ensemble = Ensemble::of_one(three);
  EXPECT_TRUE(ensemble.is_voter(three));
  EXPECT_TRUE(ensemble.is_electable(three));
  EXPECT_FALSE(ensemble.is_voter(one));
  EXPECT_FALSE(ensemble.is_quorum({}));
  EXPECT_FALSE(ensemble.is_quorum({one}));
  EXPECT_TRUE(ensemble.is_quorum({three}));
}

TEST(Ensemble, NeedsMoreThanHalfOfItsVoters) {
  const Ensemble four_voters({one, two, three, four}, zxid_zero), five_voters({one, two, three, four, five}, zxid_zero);
  EXPECT_FALSE(four_voters.is_quorum({one, two}));
  EXPECT_TRUE(four_voters.is_quorum({one, two, four}));
  EXPECT_FALSE(five_voters.is_quorum({one, two}));
  EXPECT_TRUE(five_voters.is_quorum({one, two, five}));
}

TEST(Ensemble, CountsNeitherObserversNorStrangers) {
  const Ensemble ensemble({{one, two, three}, {four, five}, {}}, zxid_zero);
  EXPECT_TRUE(ensemble.is_observer(four));
  EXPECT_TRUE(ensemble.is_member(four));
  EXPECT_FALSE(ensemble.is_voter(four));
  EXPECT_FALSE(ensemble.is_electable(four));
  EXPECT_FALSE(ensemble.is_member(stranger));
  EXPECT_FALSE(ensemble.is_quorum({one, four, five, stranger}));
}

TEST(Ensemble, OfGroupsNeedsMoreThanHalfOfTheGroupsEachWithMoreThanHalfOfItsWeight) {
  const Ensemble ensemble(
      {{one, two, three, four, five, six, seven}, {}, {{{one}, {two}, {three}}, {{four}, {five}, {six}}, {{seven, 5}}}},
      zxid_zero);
  EXPECT_TRUE(ensemble.is_quorum({one, two, four, five}));
  EXPECT_TRUE(ensemble.is_quorum({one, three, seven})) << "three of seven servers";
  EXPECT_FALSE(ensemble.is_quorum({one, two, three, four})) << "four of seven servers";
  EXPECT_FALSE(ensemble.is_quorum({one, four, seven}));
}

TEST(Ensemble, HalfOfAnEvenWeightIsNotEnough) {
  const Ensemble ensemble({{one, two, three}, {}, {{{one, 2}, {two, 1}, {three, 1}}}}, zxid_zero);
  EXPECT_FALSE(ensemble.is_quorum({one}));
  EXPECT_FALSE(ensemble.is_quorum({two, three}));
  EXPECT_TRUE(ensemble.is_quorum({one, three}));
}

TEST(Ensemble, AGroupWithoutWeightIsNotAmongTheGroups) {
  const Ensemble ensemble({{one, two, three}, {}, {{{one}}, {{two, 0}}, {{three, 0}}}}, zxid_zero);
  EXPECT_TRUE(ensemble.is_quorum({one}));
  EXPECT_FALSE(ensemble.is_quorum({two, three}));
}

TEST(Ensemble, AVoterOfWeightZeroIsAVoterThatCannotBeElected) {
  const Ensemble ensemble({{one, two, three}, {}, {{{one}, {two}, {three, 0}}}}, zxid_zero);
  EXPECT_TRUE(ensemble.is_voter(three));
  EXPECT_FALSE(ensemble.is_electable(three));
  EXPECT_TRUE(ensemble.is_electable(two));
}

// All that ZAB needs of quorums, over every pair of sets.
TEST(Ensemble, TwoQuorumsAlwaysShareAVoter) {
  const std::vector<ServerId> voters{one, two, three, four, five, six};
  const Ensemble by_count(voters, zxid_zero);
  const Ensemble by_weight({voters, {}, {{{one, 3}, {two, 2}}, {{three, 2}, {four, 2}, {five, 0}}, {{six, 1}}}},
                           zxid_zero);
  const auto subset = [&](unsigned bits) {
    ServerSet servers;
    for (std::size_t i = 0; i < voters.size(); ++i) {
      if ((bits >> i & 1U) != 0) servers.insert(voters[i]);
    }
    return servers;
  };
  for (unsigned bits = 0; bits < 64; ++bits) {
    EXPECT_FALSE(by_count.is_quorum(subset(bits)) && by_count.is_quorum(subset(63 - bits)));
    EXPECT_FALSE(by_weight.is_quorum(subset(bits)) && by_weight.is_quorum(subset(63 - bits)));
  }
  EXPECT_TRUE(by_weight.is_quorum(subset(63)));
}

TEST(Ensemble, HasTheSameMembersInWhateverOrderTheyAreNamed) {
  const Ensemble ensemble({{one, two, three}, {four}, {{{one, 2}, {two, 1}}, {{three, 1}}}}, {1, 1});
  EXPECT_TRUE(
      ensemble.has_same_members(Ensemble({{three, two, one}, {four}, {{{three, 1}}, {{two, 1}, {one, 2}}}}, {7, 7})));
  EXPECT_FALSE(
      ensemble.has_same_members(Ensemble({{one, two, three}, {}, {{{one, 2}, {two, 1}}, {{three, 1}}}}, {1, 1})));
  EXPECT_FALSE(
      ensemble.has_same_members(Ensemble({{one, two, three}, {four}, {{{one, 1}, {two, 1}}, {{three, 1}}}}, {1, 1})));
  EXPECT_FALSE(ensemble.has_same_members(Ensemble({{one, two, three}, {four}, {}}, {1, 1})));
  EXPECT_FALSE(ensemble.has_same_members(Ensemble({{one, two, four}, {three}, {}}, {1, 1})));
}

TEST(Ensemble, WhatIsWrongWithMembersIsSaid) {
  EXPECT_EQ(fault_in({{one}, {two}, {}}), std::nullopt);
  EXPECT_EQ(fault_in({{}, {one}, {}}), "nobody votes");
  EXPECT_EQ(fault_in({{one, one}, {}, {}}), "a server is named twice");
  EXPECT_EQ(fault_in({{one}, {one}, {}}), "a server is named twice");
  EXPECT_EQ(fault_in({{one, two}, {}, {{{one}}}}), "a voter stands in no group");
  EXPECT_EQ(fault_in({{one}, {two}, {{{one}, {two}}}}), "a group names a server that does not vote");
  EXPECT_EQ(fault_in({{one, two}, {}, {{{one}, {two}}, {{one}}}}), "a server stands in two groups");
  EXPECT_EQ(fault_in({{one, two}, {}, {{{one, 0}, {two, 0}}}}), "no voter has any weight");
}

TEST(Quorums, OfOneEnsembleAreItsOwn) {
  const Quorums quorums = Ensemble({{one, two, three}, {four}, {}}, {1, 5});
  EXPECT_TRUE(quorums.is_quorum({one, three}));
  EXPECT_FALSE(quorums.is_quorum({one, four}));
  EXPECT_TRUE(quorums.is_observer(four));
  EXPECT_EQ(quorums.last_seen().version(), (Zxid{1, 5}));
}

TEST(Quorums, OfTwoEnsemblesNeedBoth) {
  const Quorums quorums(Ensemble({{one, two, three}, {five}, {}}, zxid_zero),
                        Ensemble({{three, four, five}, {one}, {}}, {1, 5}));
  EXPECT_THAT(quorums.voters(), ElementsAre(one, two, three, four, five));
  EXPECT_FALSE(quorums.is_quorum({one, two}));
  EXPECT_FALSE(quorums.is_quorum({four, five}));
  EXPECT_FALSE(quorums.is_quorum({one, two, three}));
  EXPECT_TRUE(quorums.is_quorum({one, three, five}));
  EXPECT_TRUE(quorums.is_electable(five));
  EXPECT_FALSE(quorums.is_observer(one)) << "still votes in the committed one";
  EXPECT_EQ(quorums.committed().version(), zxid_zero);
  EXPECT_EQ(quorums.last_seen().version(), (Zxid{1, 5}));
}

}  // namespace
}  // namespace zabra::zab
