// Elections among servers that come late, crash, lose their disks and their connections: what FLE promises holds in
// every world, and every world settles once the faults end.
#include "tests/zab/election_world.h"

#include <gtest/gtest.h>

namespace zabra::zab::test {
namespace {

using zabra::test::Seed;

// Bounds on virtual time. A dial may wait for dial_retry_max_ms, a failed attempt to lead or to follow for
// init_limit_ms, a question for notification_interval_joining_max_ms; where messages were lost, some of these come one
// after the other.
constexpr std::int64_t calm_start_max = 2'000, settle_max = 5'000, lossy_settle_max = 10'000, fail_over_max = 500;
constexpr std::int64_t faults_ms = 15'000;

std::vector<ServerId> ids(std::int64_t first, std::size_t count) {
  std::vector<ServerId> servers;
  for (std::size_t i = 0; i < count; ++i) servers.push_back({first + static_cast<std::int64_t>(i)});
  return servers;
}

// 3, 5 or 7 voters from id 10 on; observers below and above them; sometimes three groups with weights, one of them
// zero.
Ensemble some_ensemble(std::mt19937_64& random) {
  Members members{.voters = ids(10, 3 + 2 * zabra::test::pick(random, 3)), .observers = {}, .groups = {}};
  if (zabra::test::pick(random, 3) == 0) members.observers.push_back({2});
  if (zabra::test::pick(random, 3) == 0) members.observers.push_back({90});
  if (members.voters.size() >= 5 && zabra::test::pick(random, 3) == 0) {
    members.groups.resize(members.voters.size() == 5 ? 1 : 3);
    for (std::size_t i = 0; i < members.voters.size(); ++i) {
      const std::uint32_t weight = i == members.voters.size() - 1 ? 0 : i == 0 ? 2 : 1;
      members.groups[i % members.groups.size()].push_back({members.voters[i], weight});
    }
  }
  return Ensemble(std::move(members), zxid_zero);
}

ServerId any_of(World& world, std::span<const ServerId> servers) {
  return servers[world.pick(servers.size())];
}

// Either all are new, or all have some history.
void age_disks(World& world) {
  if (world.pick(3) == 0) return;
  for (const ServerId id : world.all()) {
    const auto epoch = static_cast<std::uint32_t>(1 + world.pick(3));
    const Zxid last{static_cast<std::uint32_t>(1 + world.pick(epoch)), static_cast<std::uint32_t>(1 + world.pick(4))};
    world.disk(id) = {last, epoch, epoch, true};
  }
}

void start_all_within(World& world, std::int64_t ms) {
  for (const ServerId id : world.all()) {
    world.run(static_cast<std::int64_t>(world.pick(static_cast<std::size_t>(ms) / world.all().size())));
    world.start(id);
  }
}

void wipe_one(World& world) {
  const ServerId id = any_of(world, world.ensemble().voters());
  const bool do_others_suffice = world.ensemble().is_quorum_where([&](ServerId voter) { return voter != id; });
  if (do_others_suffice && world.have_all_been_synchronised()) world.wipe(id);
}

void do_harm(World& world) {
  const std::vector<ServerId> all = world.all();
  const ServerId a = any_of(world, all), b = any_of(world, all);
  switch (world.pick(10)) {
    case 0:
    case 1:
      return world.crash(a);
    case 2:
    case 3:
    case 4:
      return world.start(a);
    case 5:
      return a == b ? world.reconnect() : world.separate(a, b);
    case 6:
      for (const ServerId other : all) {
        if (other != a) world.separate(a, other);
      }
      return;
    case 7:
      return world.reconnect();
    case 8:
      return wipe_one(world);
    default:
      return world.write(1 + world.pick(3));
  }
}

struct Seen {
  std::int64_t longest = 0;
  std::size_t elections = 0, joins = 0, establishments = 0, refused = 0;

  void add(const World& world, std::int64_t settled_after) {
    longest = std::max(longest, settled_after);
    elections += world.elections;
    joins += world.joins;
    establishments += world.establishments;
    refused += world.refused_learners;
  }
  void print() const {
    std::printf("settled after at most %lld ms; elected %zu, joined %zu, established %zu, refused as ahead %zu\n",
                static_cast<long long>(longest), elections, joins, establishments, refused);
  }
};

Seen run_worlds_with_faults(std::uint64_t first, std::size_t count, bool are_lossy, std::int64_t most) {
  Seen seen;
  for (std::uint64_t seed = first; seed < first + count && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("world of ZABRA_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    World world(some_ensemble(random), seed, are_lossy);
    age_disks(world);
    start_all_within(world, 2'000);
    for (std::int64_t ms = 0; ms < faults_ms;) {
      const auto pause = static_cast<std::int64_t>(1 + world.pick(500));
      world.run(pause);
      ms += pause;
      do_harm(world);
    }
    world.end_faults();
    const std::int64_t took = world.run_until_settled(most);
    EXPECT_LT(took, most) << "did not settle";
    seen.add(world, took);
  }
  seen.print();
  return seen;
}

TEST(ElectionWorld, StartsWithTheBestOfAQuorumAndSoon) {
  Seed seed(1);
  Seen seen;
  for (std::uint64_t value = seed.value(); value < seed.value() + 100; ++value) {
    SCOPED_TRACE("world of ZABRA_SEED=" + std::to_string(value));
    std::mt19937_64 random(value);
    World world(some_ensemble(random), value, false);
    age_disks(world);
    start_all_within(world, 400);
    const std::int64_t took = world.run_until_settled(calm_start_max);
    EXPECT_LT(took, calm_start_max);
    seen.add(world, took);
  }
  seen.print();
}

TEST(ElectionWorld, SettlesSoonAfterTheFaultsEnd) {
  Seed seed(1'000);
  const Seen seen = run_worlds_with_faults(seed.value(), 150, false, settle_max);
  EXPECT_GT(seen.joins, 0U);
}

TEST(ElectionWorld, SettlesWhereMessagesWereLostAndDoubledToo) {
  Seed seed(2'000);
  const Seen seen = run_worlds_with_faults(seed.value(), 150, true, lossy_settle_max);
  EXPECT_GT(seen.joins, 0U);
}

TEST(ElectionWorld, AnotherLeadsSoonAfterTheLeaderIsKilled) {
  Seed seed(3'000);
  Seen seen;
  for (std::uint64_t value = seed.value(); value < seed.value() + 60; ++value) {
    SCOPED_TRACE("world of ZABRA_SEED=" + std::to_string(value));
    World world(Ensemble(ids(1, 3 + 2 * (value % 3)), zxid_zero), value, false);
    start_all_within(world, 400);
    ASSERT_LT(world.run_until_settled(settle_max), settle_max);
    world.write(1);
    world.run(3'000);
    world.crash(*world.established());
    std::int64_t took = 0;
    for (; !world.established() && took < fail_over_max; ++took) world.run(1);
    EXPECT_LT(took, fail_over_max);
    seen.add(world, took);
  }
  seen.print();
}

TEST(ElectionWorld, WhoComesLateJoinsWithoutAnElection) {
  Seed seed(4'000);
  for (std::uint64_t value = seed.value(); value < seed.value() + 40; ++value) {
    SCOPED_TRACE("world of ZABRA_SEED=" + std::to_string(value));
    World world(Ensemble(ids(1, 5), zxid_zero), value, false);
    const ServerId late = any_of(world, ids(1, 5));
    for (const ServerId id : ids(1, 5)) {
      if (id != late) world.start(id);
    }
    world.run(static_cast<std::int64_t>(3'000 + world.pick(60'000)));
    const std::optional<ServerId> leader = world.established();
    ASSERT_TRUE(leader);
    const std::size_t establishments = world.establishments;
    world.start(late);
    EXPECT_LT(world.run_until_settled(calm_start_max), calm_start_max);
    EXPECT_EQ(world.established(), leader);
    EXPECT_EQ(world.establishments, establishments);
  }
}

// ZOOKEEPER-261: of the two that have the last write, one is down and one has lost its disk.
TEST(ElectionWorld, AWipedServerDoesNotMakeAStaleOneWin) {
  Seed seed(5'000);
  for (std::uint64_t value = seed.value(); value < seed.value() + 20; ++value) {
    SCOPED_TRACE("world of ZABRA_SEED=" + std::to_string(value));
    World world(Ensemble(ids(1, 3), zxid_zero), value, false);
    start_all_within(world, 400);
    ASSERT_LT(world.run_until_settled(settle_max), settle_max);
    const ServerId leader = *world.established();
    ServerSet others{{1}, {2}, {3}};
    others.erase(leader);
    const ServerId stale = *others.begin(), wiped = *std::next(others.begin());
    world.crash(stale);
    world.run(500);
    world.write(1);
    ASSERT_GT(world.disk(wiped).last_logged, world.disk(stale).last_logged);
    world.crash(leader);
    world.wipe(wiped);
    world.start(stale);
    world.start(wiped);
    for (int i = 0; i < 200; ++i) {
      world.run(100);
      ASSERT_FALSE(world.established());
    }
    world.start(leader);
    EXPECT_LT(world.run_until_settled(settle_max), settle_max);
    EXPECT_EQ(world.established(), leader);
  }
}

}  // namespace
}  // namespace zabra::zab::test
