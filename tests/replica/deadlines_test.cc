// When a replica wants to be woken although nothing happens: what it can't do anyway is no reason.
#include <gtest/gtest.h>

#include "tests/replica/test_client.h"

namespace zabra::replica {
namespace {

using namespace test;

// The host would spin on a deadline that has passed.
void expect_rest(ReplicaHost& host) {
  const std::optional<MonotonicTime> due = host.replica().next_deadline();
  if (due) {
    EXPECT_GT(*due, host.now().monotonic);
  }
}

TEST(Deadlines, AFullDiskIsNoReasonToLookForContainersWithoutRest) {
  Disk disk;
  ReplicaHost host(disk);
  host.tell(Room{{.ordinary = 0, .reserve = 0, .full = true}});
  host.pass(Settings{}.container_check_ms + 2000);
  expect_rest(host);
  host.tell(Room{disk.room});
  host.step();
  expect_rest(host);
}

TEST(Deadlines, AStopThatTakesLongRestsMeanwhile) {
  Disk disk;
  ReplicaHost host(disk);
  TestClient ann(host), bob(host);
  ann.established(4000);
  bob.established(40'000);
  bob.send(state::test::create("/a"));
  host.step();
  host.tell(Stop{});
  host.step();
  host.pass(Settings{}.container_check_ms + 2000);
  EXPECT_FALSE(host.replica().stopped());
  expect_rest(host);
  host.settle();
  EXPECT_TRUE(host.replica().stopped());
}

}  // namespace
}  // namespace zabra::replica
