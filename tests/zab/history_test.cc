#include "zab/history.h"

#include <gtest/gtest.h>

#include <vector>

namespace zabra::zab {
namespace {

Proposal proposal(Zxid zxid, std::size_t bytes = 10) {
  return {zxid, std::string(bytes, 'x'), 0};
}

// 1:1 1:2 1:3 2:1 2:2 behind a base of 1:0.
History two_epochs() {
  History history({1, 0});
  for (const Zxid zxid : {Zxid{1, 1}, Zxid{1, 2}, Zxid{1, 3}, Zxid{2, 1}, Zxid{2, 2}}) history.append(proposal(zxid));
  return history;
}

std::vector<Zxid> given_out(History& history, Zxid until) {
  std::vector<Zxid> zxids;
  while (const Proposal* next = history.next(until)) zxids.push_back(next->zxid);
  return zxids;
}

TEST(History, GivesOutInOrderWhatIsCommitted) {
  History history = two_epochs();
  EXPECT_EQ(given_out(history, {1, 2}), (std::vector<Zxid>{{1, 1}, {1, 2}}));
  EXPECT_EQ(history.given(), (Zxid{1, 2}));
  EXPECT_EQ(given_out(history, {1, 2}), std::vector<Zxid>{});
  EXPECT_EQ(given_out(history, {9, 0}), (std::vector<Zxid>{{1, 3}, {2, 1}, {2, 2}}));
  EXPECT_EQ(history.given(), history.last());
}

TEST(History, KnowsWhatItHasAndWhatFollows) {
  const History history = two_epochs();
  EXPECT_TRUE(history.has({1, 0}));
  EXPECT_TRUE(history.has({1, 3}));
  EXPECT_FALSE(history.has({1, 4}));
  EXPECT_FALSE(history.has({2, 0}));
  EXPECT_FALSE(history.has({2, 3}));
  EXPECT_EQ(history.at(history.after({1, 3})).zxid, (Zxid{2, 1}));
  EXPECT_EQ(history.at(history.after({1, 7})).zxid, (Zxid{2, 1}));
  EXPECT_EQ(history.after({2, 2}), history.end());
}

TEST(History, ForgetsOnlyWhatWasGivenOutAndIsNotWanted) {
  History history = two_epochs();
  EXPECT_FALSE(history.take_oldest({}, history.end()));
  given_out(history, {1, 3});
  EXPECT_EQ(history.take_oldest({}, history.end())->zxid, (Zxid{1, 1}));
  EXPECT_EQ(history.base(), (Zxid{1, 1}));
  EXPECT_FALSE(history.take_oldest({}, history.begin())) << "pinned";
  EXPECT_FALSE(history.take_oldest({.entries = 4}, history.end())) << "wanted";
  EXPECT_FALSE(history.take_oldest({.entries = 9, .bytes = 40}, history.end())) << "wanted";
  EXPECT_TRUE(history.take_oldest({.entries = 9, .bytes = 39}, history.end()));
  EXPECT_TRUE(history.take_oldest({.entries = 2}, history.end()));
  EXPECT_FALSE(history.take_oldest({}, history.end())) << "2:1 was not given out";
  EXPECT_EQ(history.bytes(), 20U);
  EXPECT_EQ(given_out(history, {2, 2}), (std::vector<Zxid>{{2, 1}, {2, 2}}));
}

TEST(History, AnIndexStaysRightWhileTheFrontIsForgotten) {
  History history = two_epochs();
  const History::Index index = history.after({1, 3});
  given_out(history, {1, 3});
  while (history.take_oldest({}, history.end())) {
  }
  EXPECT_EQ(history.at(index).zxid, (Zxid{2, 1}));
}

TEST(History, AfterATruncationTheNextEpochFollows) {
  History history = two_epochs();
  given_out(history, {1, 3});
  history.truncate({1, 2});
  EXPECT_EQ(history.last(), (Zxid{1, 2}));
  EXPECT_EQ(history.given(), (Zxid{1, 2})) << "what was given out and is gone was taken back";
  EXPECT_EQ(history.bytes(), 20U);
  history.append(proposal({3, 1}));
  EXPECT_EQ(given_out(history, {3, 1}), (std::vector<Zxid>{{3, 1}}));
  history.truncate({1, 0});
  EXPECT_EQ(history.size(), 0U);
  EXPECT_EQ(history.last(), history.base());
}

TEST(History, BehindWhatIsInMemoryNothingStaysOfIt) {
  History history = two_epochs();
  given_out(history, {1, 3});
  history.truncate({0, 7});
  EXPECT_EQ(history.base(), (Zxid{0, 7}));
  EXPECT_EQ(history.given(), (Zxid{0, 7}));
  EXPECT_EQ(history.bytes(), 0U);
  history.append(proposal({3, 1}));
  EXPECT_EQ(given_out(history, {3, 1}), (std::vector<Zxid>{{3, 1}}));
}

TEST(HistoryDeath, AHoleIsABrokenPromise) {
  EXPECT_DEATH(two_epochs().append(proposal({2, 4})), "broken promise");
  EXPECT_DEATH(two_epochs().append(proposal({2, 2})), "broken promise");
  EXPECT_DEATH(two_epochs().append(proposal({1, 4})), "broken promise");
}

}  // namespace
}  // namespace zabra::zab
