#include "zab/sync_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/seed.h"

namespace zabra::zab {

void PrintTo(const SyncPlan& plan, std::ostream* out) {
  if (const auto* memory = std::get_if<FromMemory>(&plan)) {
    *out << (memory->cut ? "cut to " : "from ") << to_string(memory->from);
  } else if (const auto* log = std::get_if<FromLog>(&plan)) {
    *out << "from the log, " << to_string(log->last);
  } else {
    *out << "everything";
  }
}

namespace {

History history_of(Zxid base, const std::vector<Zxid>& zxids) {
  History history(base);
  for (const Zxid zxid : zxids) history.append({zxid, "x", 0});
  return history;
}

// In memory 2:3 2:4 4:1 4:2, before it (on disk, from 1:1 on) 2:2.
class Plan : public testing::Test {
 protected:
  SyncPlan of(Zxid learner_last) const {
    return plan_sync(ours, committed.value_or(ours.last()), log_start, learner_last);
  }
  History ours = history_of({2, 2}, {{2, 3}, {2, 4}, {4, 1}, {4, 2}});
  std::optional<Zxid> committed;  // none: all
  std::optional<Zxid> log_start = Zxid{1, 1};
};
using SyncPlanOf = Plan;

TEST_F(SyncPlanOf, ALearnerWithAllOfItGetsNothing) {
  EXPECT_EQ(of({4, 2}), SyncPlan(FromMemory{{4, 2}, false}));
}

TEST_F(SyncPlanOf, ALearnerInsideTheHistoryGetsWhatFollows) {
  EXPECT_EQ(of({4, 1}), SyncPlan(FromMemory{{4, 1}, false}));
  EXPECT_EQ(of({2, 3}), SyncPlan(FromMemory{{2, 3}, false}));
  EXPECT_EQ(of({2, 2}), SyncPlan(FromMemory{{2, 2}, false})) << "the base";
}

TEST_F(SyncPlanOf, ALearnerAheadInAnEpochIsCutFirst) {
  EXPECT_EQ(of({4, 9}), SyncPlan(FromMemory{{4, 2}, true}));
  EXPECT_EQ(of({2, 7}), SyncPlan(FromMemory{{2, 4}, true}));
}

TEST_F(SyncPlanOf, WhatIsNotCommittedIsTakenFromTheLearnerAndSentAgain) {
  committed = Zxid{2, 4};
  EXPECT_EQ(of({4, 1}), SyncPlan(FromMemory{{2, 4}, true}));
  EXPECT_EQ(of({4, 9}), SyncPlan(FromMemory{{2, 4}, true}));
  EXPECT_EQ(of({2, 4}), SyncPlan(FromMemory{{2, 4}, false}));
  EXPECT_EQ(of({2, 3}), SyncPlan(FromMemory{{2, 3}, false}));
}

TEST_F(SyncPlanOf, ALearnerWithAnEpochThatWeLackGetsEverything) {
  EXPECT_EQ(of({3, 1}), SyncPlan(Everything{}));
  EXPECT_EQ(of({5, 1}), SyncPlan(Everything{}));
}

TEST_F(SyncPlanOf, ALeaderThatProposedNothingHasAllBeforeItsEpoch) {
  EXPECT_EQ(of({4, 0}), SyncPlan(FromMemory{{2, 4}, false}));
  EXPECT_EQ(of({5, 0}), SyncPlan(FromMemory{{4, 2}, false}));
}

TEST_F(SyncPlanOf, ALearnerBeforeTheMemoryIsFedFromTheLogWhereThatReachesIt) {
  EXPECT_EQ(of({2, 1}), SyncPlan(FromLog{{2, 1}}));
  EXPECT_EQ(of({1, 1}), SyncPlan(FromLog{{1, 1}}));
  EXPECT_EQ(of({0, 7}), SyncPlan(Everything{}));
  EXPECT_EQ(of(zxid_zero), SyncPlan(Everything{}));
  log_start.reset();
  EXPECT_EQ(of({2, 1}), SyncPlan(Everything{}));
}

TEST_F(SyncPlanOf, ALogIsReadFromTheLearnersLastOrNotAtAll) {
  EXPECT_EQ(plan_from_log({2, 1}, {2, 1}), SyncPlan(FromMemory{{2, 1}, false}));
  EXPECT_EQ(plan_from_log({1, 5}, {1, 9}), SyncPlan(FromMemory{{1, 5}, true}));
  EXPECT_EQ(plan_from_log({1, 5}, {2, 0}), SyncPlan(FromMemory{{1, 5}, false}));
  EXPECT_EQ(plan_from_log({1, 5}, {2, 1}), SyncPlan(Everything{}));
}

TEST_F(SyncPlanOf, AnEmptyLearnerOfAYoungEnsembleGetsTheWholeHistory) {
  ours = history_of(zxid_zero, {{1, 1}, {1, 2}});
  EXPECT_EQ(of(zxid_zero), SyncPlan(FromMemory{zxid_zero, false}));
  EXPECT_EQ(of({0, 3}), SyncPlan(Everything{})) << "a standalone server's, of no epoch";
  ours = History(zxid_zero);
  EXPECT_EQ(of(zxid_zero), SyncPlan(FromMemory{zxid_zero, false}));
}

Zxid pick_committed(const History& history, std::mt19937_64& random) {
  const std::size_t behind = test::pick(random, history.size() + 1);
  return behind == 0 ? history.base() : history.at(history.begin() + behind - 1).zxid;
}

// Leaders of rising epochs, each with a beginning of an older one's history and some proposals of its own, as ZAB
// allows: whatever the plan says, the learner's log is ours afterwards.
TEST(SyncPlanProperty, AfterItTheLearnerHasOurHistory) {
  const test::Seed seed(1);
  auto random = seed.engine();
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::vector<Zxid>> logs{{}};
    for (std::uint32_t epoch = 1; epoch <= 5; ++epoch) {
      std::vector<Zxid> log = logs[random() % logs.size()];
      const std::size_t kept = random() % (log.size() + 1);
      log.resize(kept);
      for (std::uint32_t counter = 1, count = random() % 4; counter <= count; ++counter) {
        log.push_back({epoch, counter});
        logs.push_back(log);
      }
    }
    const std::vector<Zxid>& ours = logs[random() % logs.size()];
    std::vector<Zxid> theirs = logs[random() % logs.size()];
    const Zxid theirs_last = theirs.empty() ? zxid_zero : theirs.back();

    const std::size_t on_disk = random() % (ours.size() + 1);
    const auto middle = ours.begin() + static_cast<std::ptrdiff_t>(on_disk);
    const History memory = history_of(on_disk == 0 ? zxid_zero : ours[on_disk - 1], {middle, ours.end()});
    const auto log_start = on_disk == 0 ? std::nullopt : std::optional<Zxid>(ours.front());

    const Zxid committed = pick_committed(memory, random);
    SyncPlan plan = plan_sync(memory, committed, log_start, theirs_last);
    if (std::holds_alternative<FromLog>(plan)) {
      const auto behind = std::upper_bound(ours.begin(), ours.end(), theirs_last);
      ASSERT_NE(behind, ours.begin());
      plan = plan_from_log(*(behind - 1), theirs_last);
    }
    if (const auto* memory_plan = std::get_if<FromMemory>(&plan)) {
      const auto has = std::find(theirs.begin(), theirs.end(), memory_plan->from);
      if (memory_plan->from == zxid_zero) {
        ASSERT_TRUE(memory_plan->cut || theirs.empty());
        theirs.clear();
      } else {
        ASSERT_NE(has, theirs.end()) << "cut to what the learner does not have";
        ASSERT_TRUE(memory_plan->cut || has + 1 == theirs.end());
        ASSERT_LE(memory_plan->from, committed);
        theirs.erase(has + 1, theirs.end());
      }
      theirs.insert(theirs.end(), std::upper_bound(ours.begin(), ours.end(), memory_plan->from), ours.end());
      ASSERT_EQ(theirs, ours);
    }
  }
}

}  // namespace
}  // namespace zabra::zab
