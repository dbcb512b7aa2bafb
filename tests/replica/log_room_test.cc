// A learner and the room in its own log: its leader knows nothing of it.
#include <gtest/gtest.h>

#include <utility>

#include "tests/replica/cluster.h"
#include "tests/replica/test_client.h"

namespace zabra::replica {
namespace {

using namespace test;
using state::test::create;

// All of them come at once; the disk may be unable to give more room.
TEST(LogRoomOfALearner, NoMoreProposalsAreTakenThanThereIsRoomFor) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient client(cluster.host(cluster.leader()));
  client.connect();
  cluster.run(20);
  ReplicaHost& follower = cluster.host(cluster.follower());
  constexpr std::uint64_t room = 3 << 20;
  follower.disk().room = {.ordinary = room, .reserve = 0, .full = false};
  client.send(create("/first"));  // with what it logs it hears of its room
  cluster.run(20);

  cluster.hold_disks(true);
  const std::uint64_t before = follower.log_bytes();
  for (int i = 0; i < 8; ++i) client.send(create("/n" + std::to_string(i), std::string(600 << 10, 'x')));
  cluster.run(20);
  EXPECT_GT(follower.log_bytes(), before);
  EXPECT_LE(follower.log_bytes() - before, room);

  cluster.hold_disks(false);
  cluster.run(200);
  EXPECT_TRUE(cluster.settle());
  EXPECT_GE(follower.log_bytes() - before, std::uint64_t{8 * 600 << 10}) << "the rest came when there was room";
}

// Nothing changes afterwards that it would be told of.
TEST(LogRoomOfALearner, WhoStartsWithoutAnyHasNoRoleUntilThereIsSome) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  const std::int64_t follower = cluster.follower();
  cluster.crash(follower);
  const LogRoom room = std::exchange(cluster.disk(follower).room, {.ordinary = 0, .reserve = 1 << 20, .full = true});
  cluster.start(follower);
  cluster.run(5000);
  EXPECT_EQ(cluster.mode(follower), Mode::not_serving);

  cluster.disk(follower).room = room;
  cluster.host(follower).tell(Room{room});
  EXPECT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.mode(follower), Mode::follower);
}

}  // namespace
}  // namespace zabra::replica
