#include "tests/zab/role_world.h"

#include "tests/support/seed.h"

namespace zabra::test {
namespace {

// Every promise is looked after inside the world, after every event.
class Roles : public testing::Test {
 protected:
  void run(WorldSettings settings, std::size_t worlds, std::size_t steps) {
    const Seed seed(1);
    auto random = seed.engine();
    for (std::size_t i = 0; i < worlds; ++i) {
      const std::uint64_t world_seed = random();
      SCOPED_TRACE(testing::Message() << "world " << i << " of seed " << world_seed);
      World world(settings, world_seed);
      for (std::size_t step = 0; step < steps; ++step) {
        world.step(true);
        if (HasFatalFailure()) return;
      }
      ASSERT_TRUE(world.settles());
      committed += world.committed_count();
      reached.insert(world.reached().begin(), world.reached().end());
    }
  }
  std::set<std::string> reached;
  std::size_t committed = 0;
};

TEST_F(Roles, ThreeServersNeverLoseWhatWasCommitted) {
  run({}, 150, 20'000);
  EXPECT_GT(committed, 1500U);
  for (const char* place :
       {"DIFF", "DIFF from disk", "TRUNC", "SNAP", "trimmed", "link cut", "leader crashed in discovery",
        "leader crashed in storing the accepted epoch", "leader crashed in epoch",
        "leader crashed in storing the current epoch", "leader crashed in synchronisation",
        "leader crashed in broadcast", "learner crashed in synchronisation", "learner crashed in storing the history",
        "learner crashed in storing the current epoch", "learner crashed in waiting for UPTODATE"}) {
    EXPECT_TRUE(reached.contains(place)) << "never reached: " << place;
  }
}

TEST_F(Roles, FiveServersNeverLoseWhatWasCommitted) {
  run({.voters = 5}, 30, 20'000);
}

TEST_F(Roles, ObserversSeeWhatWasCommittedAndDecideNothing) {
  run({.voters = 3, .observers = 2}, 30, 20'000);
}

}  // namespace
}  // namespace zabra::test
