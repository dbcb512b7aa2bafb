// What happens when the log can't take more: for the moment, or because the disk is full.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "tests/replica/cluster.h"
#include "tests/replica/test_client.h"

namespace zabra::replica {
namespace {

using namespace test;
using state::test::create;
using state::test::set_data;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t tick = 2000;

class Space : public testing::Test {
 protected:
  Space() { ann.established(40'000); }
  void fill(std::uint64_t reserve = limits::log_reserve_bytes) {
    kept_room_ = disk.room;
    disk.room = {.ordinary = 0, .reserve = reserve, .full = true};
    host.tell(Room{disk.room});
  }
  void free() {
    disk.room = kept_room_;
    host.tell(Room{disk.room});
  }

  Disk disk;
  ReplicaHost host{disk};
  TestClient ann{host};

 private:
  LogRoom kept_room_;
};

// ---- a full disk ----

TEST_F(Space, AFullDiskRefusesWritesWithoutAZxidAndReadsGoOn) {
  ann.send(create("/a", "x"));
  host.settle();
  fill();
  ann.send(set_data("/a", "y"));
  ann.send(get_data("/a"));
  host.step();
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @2 /a", "2 SystemError @2", "3 ok @2 \"x\""));
  EXPECT_EQ(host.appends_under_way(), 0U);
  EXPECT_TRUE(host.replica().status().no_space);
}

TEST_F(Space, WritesComeBackWithTheSpaceAndZxidsGoOnWithoutAHole) {
  fill();
  ann.send(create("/a"));
  host.step();
  free();
  ann.send(create("/a"));
  host.settle();
  EXPECT_THAT(ann.heard(), ElementsAre("1 SystemError @1", "2 ok @2 /a"));
  EXPECT_FALSE(host.replica().status().no_space);
  EXPECT_EQ(host.said.count("no space left for the transaction log"), 1U);
  EXPECT_EQ(host.said.count("there is space for the transaction log and the next checkpoint again"), 1U);
}

TEST_F(Space, ARefusedWriteKeepsItsTurnBehindOneUnderWay) {
  ann.send(create("/a"));
  host.step();
  fill();
  ann.send(create("/b"));
  ann.send(exists("/a"));
  host.step();
  EXPECT_THAT(ann.heard(), IsEmpty());
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @2 /a", "2 SystemError @2", "3 ok @2"));
}

TEST_F(Space, NewSessionsAreSentAwayAndKnownOnesComeBack) {
  fill();
  TestClient fresh(host), known(host);
  fresh.connect();
  known.connect(ann.again());
  host.step();
  EXPECT_THAT(fresh.heard(), ElementsAre("closed"));
  EXPECT_THAT(known.heard(), ElementsAre("connected 10000"));
}

TEST_F(Space, ClosingAndExpiryUseTheReserve) {
  TestClient leaves(host), expires(host);
  leaves.established();
  expires.established(4000);
  expires.send(create("/e", CreateMode::ephemeral));
  host.settle();
  fill();
  leaves.send(close_session());
  host.settle();
  EXPECT_THAT(leaves.heard(), ElementsAre("1 ok @5", "closed after that"));
  host.pass(4000 + tick);
  host.settle();
  EXPECT_TRUE(expires.is_closed());
  EXPECT_EQ(host.replica().status().ephemerals, 0U);
}

TEST_F(Space, ACloseWhoseListDoesNotFitIsWrittenWithoutItAndDeletesTheSame) {
  TestClient client(host);
  client.established(4000);
  for (int i = 0; i < 20; ++i) {
    client.send(create("/ephemeral-with-a-rather-long-name-" + std::to_string(i), CreateMode::ephemeral));
  }
  host.settle();
  fill(300);
  const std::uint64_t before = host.log_bytes();
  host.pass(4000 + tick);
  EXPECT_LE(host.log_bytes() - before, 300U);
  host.settle();
  EXPECT_EQ(host.replica().status().ephemerals, 0U);
  ReplicaHost restarted(disk);
  EXPECT_EQ(restarted.replica().status().ephemerals, 0U);
}

TEST_F(Space, WithoutAnyReserveSessionsExpireWhenThereIsSpaceAgain) {
  TestClient client(host);
  client.established(4000);
  fill(0);
  host.pass(4000 + tick);
  host.pass(20'000);
  EXPECT_EQ(host.appends_under_way(), 0U);
  EXPECT_EQ(host.said.count("sessions do not expire"), 1U);
  free();
  host.settle();
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(host.replica().status().sessions, 1U);
}

TEST_F(Space, AWriteThatWaitedIsRefusedAlthoughACloseBeforeItGoesOnWaiting) {
  TestClient leaves(host), writes(host);
  leaves.established();
  writes.established();
  host.tell(Room{{.ordinary = 0, .reserve = 0, .full = false}});
  leaves.send(close_session());
  writes.send(create("/a"));
  host.step();
  EXPECT_THAT(writes.heard(), IsEmpty());
  fill(0);
  host.step();
  EXPECT_THAT(writes.heard(), ElementsAre("1 SystemError @3"));
  EXPECT_THAT(leaves.heard(), IsEmpty());
  free();
  host.tell(Room{{.ordinary = 1 << 30, .reserve = 1 << 20, .full = false}});
  host.settle();
  EXPECT_THAT(leaves.heard(), ElementsAre("1 ok @4", "closed after that"));
}

TEST_F(Space, ANewSessionThatWaitedIsSentAwayWhenTheDiskTurnsOutToBeFull) {
  host.tell(Room{{.ordinary = 0, .reserve = 0, .full = false}});
  TestClient client(host);
  client.connect();
  host.step();
  EXPECT_FALSE(client.is_closed());
  fill();
  host.step();
  EXPECT_THAT(client.heard(), ElementsAre("closed"));
}

// ---- much under way ----

// Writes of half a MiB until no more is begun; how many were sent.
std::int32_t send_until_full(ReplicaHost& host, TestClient& client) {
  const std::string half(512 << 10, 'x');
  std::int32_t sent = 0;
  for (std::uint64_t before = 1; before != host.log_bytes();) {
    before = host.log_bytes();
    sent = client.send(set_data("/a", half));
    host.step();
  }
  return sent;
}

TEST_F(Space, WritesBeyondTheLimitInFlightWaitAndGoOnInOrder) {
  ann.send(create("/a"));
  host.settle();
  ann.heard();
  const std::int32_t sent = send_until_full(host, ann);
  EXPECT_EQ(sent, 18) << "16 halves reach the limit: the first is xid 2, the 18th waits";
  TestClient bob(host);
  bob.connect();
  ann.send(exists("/a"));
  host.step();
  EXPECT_THAT(ann.heard(), IsEmpty());
  EXPECT_THAT(bob.heard(), IsEmpty());
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("2 ok @3"));
  host.settle();
  std::vector<std::string> expected;
  for (std::int32_t xid = 3; xid <= sent; ++xid) {
    expected.push_back(std::to_string(xid) + " ok @" + std::to_string(xid + 1));
  }
  expected.push_back(std::to_string(sent + 1) + " ok @" + std::to_string(sent + 1));
  EXPECT_EQ(ann.heard(), expected) << "the read comes as soon as the write before it, ahead of bob's session";
  EXPECT_THAT(bob.heard(), ElementsAre("connected 10000"));
}

TEST_F(Space, RoomForTheLargestTransactionIsNeededBeforeOneIsBegun) {
  const std::uint64_t largest = Settings{}.state.txn_bytes_max + 13;
  host.tell(Room{{.ordinary = largest - 1, .reserve = 0, .full = false}});
  ann.send(create("/a"));
  host.step();
  EXPECT_EQ(host.appends_under_way(), 0U);
  host.tell(Room{{.ordinary = largest, .reserve = 0, .full = false}});
  ann.send(create("/b"));
  host.step();
  EXPECT_EQ(host.appends_under_way(), 1U);
  host.settle();
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @2 /a", "2 ok @3 /b"));
}

// ---- several servers: who has no space must not keep those from working who have ----

class SpaceOfSeveral : public testing::Test {
 protected:
  SpaceOfSeveral() {
    EXPECT_TRUE(cluster.settle());
    leader = cluster.leader();
  }
  // Until it serves no more, or for some megabytes.
  void write_without_checkpoints_of(std::int64_t full) {
    cluster.disk(full).has_checkpoint_room = false;
    TestClient client(cluster.host(leader));
    client.connect();
    for (int i = 0; i < 40 && cluster.mode(full) != Mode::not_serving; ++i) {
      client.send(create("/n" + std::to_string(i), std::string(256 << 10, 'x')));
      cluster.run(20);
    }
    ASSERT_TRUE(cluster.run_until([&] { return cluster.leader() != 0; }));
    EXPECT_EQ(cluster.mode(full), Mode::not_serving);
  }
  void comes_back(std::int64_t full) {
    cluster.disk(full).has_checkpoint_room = true;
    ASSERT_TRUE(cluster.settle());
    EXPECT_EQ(cluster.mode(full), Mode::follower);
  }

  Cluster cluster{3};
  std::int64_t leader = 0;
};

TEST_F(SpaceOfSeveral, ALeaderThatCanStoreNoCheckpointLeavesItToTheOthers) {
  write_without_checkpoints_of(leader);
  EXPECT_NE(cluster.leader(), leader);
  comes_back(leader);
}

TEST_F(SpaceOfSeveral, AFollowerThatCanStoreNoCheckpointLeavesUntilItCan) {
  const std::int64_t follower = cluster.follower();
  write_without_checkpoints_of(follower);
  EXPECT_EQ(cluster.leader(), leader);
  comes_back(follower);
}

}  // namespace
}  // namespace zabra::replica
