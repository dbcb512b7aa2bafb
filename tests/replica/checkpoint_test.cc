// When a replica has its state stored, what waits meanwhile, and what a stop leaves behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "tests/replica/test_client.h"

namespace zabra::replica {
namespace {

using namespace test;
using state::test::create;
using state::test::set_data;
using testing::ElementsAre;
using testing::IsEmpty;

class Checkpoints : public testing::Test {
 protected:
  Checkpoints() { ann.established(40'000); }
  // So many changed nodes of 256 KiB, durable; whatever checkpoint begins is left under way.
  void change(int nodes) {
    for (int i = 0; i < nodes; ++i) {
      ann.send(create("/n" + std::to_string(made_++), std::string(256 << 10, 'x')));
      host.step();
      while (host.appends_under_way() > 0) host.log_done();
    }
  }
  void encode() {
    for (int i = 0; i < 200 && !host.checkpoint_under_way(); ++i) host.step();
  }

  Disk disk;
  ReplicaHost host{disk};
  TestClient ann{host};
  int made_ = 0;
};

TEST_F(Checkpoints, BeginWhenEnoughHasChanged) {
  change(7);
  encode();
  EXPECT_FALSE(host.checkpoint_under_way());
  change(1);
  encode();
  ASSERT_TRUE(host.checkpoint_under_way());
  EXPECT_EQ(host.checkpoint_under_way()->meta.zxid, disk.last());
  EXPECT_EQ(host.checkpoint_under_way()->meta.server, ServerId{1});
}

TEST_F(Checkpoints, BeginWhenEnoughWasLoggedAlthoughLittleHasChanged) {
  ann.send(create("/a"));
  for (std::uint64_t logged = 0; logged < limits::checkpoint_log_trigger; logged = host.log_bytes()) {
    EXPECT_EQ(host.checkpoints_begun(), 0U);
    ann.send(set_data("/a", std::string(1000 << 10, 'x')));
    host.step();
    host.log_done();
  }
  encode();
  EXPECT_EQ(host.checkpoints_begun(), 1U);
}

TEST_F(Checkpoints, CountTheLogThatWasReplayed) {
  ann.send(create("/a"));
  for (std::uint64_t logged = 0; logged + (2 << 20) < limits::checkpoint_log_trigger; logged = host.log_bytes()) {
    ann.send(set_data("/a", std::string(1000 << 10, 'x')));
    host.step();
    host.log_done();
  }
  EXPECT_EQ(host.checkpoints_begun(), 0U);
  ReplicaHost restarted(disk);
  TestClient bob(restarted);
  bob.established();
  for (int i = 0; i < 3; ++i) bob.send(set_data("/a", std::string(1000 << 10, 'y')));
  restarted.settle();
  EXPECT_EQ(restarted.checkpoints_begun(), 1U);
}

TEST_F(Checkpoints, AreMadeInSlicesThatTheHostIsToldToGoOnWith) {
  change(8);
  int slices = 0;
  for (; !host.checkpoint_under_way(); ++slices) {
    EXPECT_LE(*host.replica().next_deadline(), host.now().monotonic);
    host.step();
  }
  EXPECT_GT(slices, 3);
  EXPECT_GT(*host.replica().next_deadline(), host.now().monotonic);
}

TEST_F(Checkpoints, HoldTheStateOfOneZxidWhateverChangesMeanwhile) {
  change(8);
  const Zxid begun = disk.last();
  ann.send(set_data("/n0", "changed"));
  ann.send(create("/new"));
  host.step();
  host.log_done();
  encode();
  ASSERT_TRUE(host.checkpoint_under_way());
  EXPECT_EQ(host.checkpoint_under_way()->meta.zxid, begun);
  host.checkpoint_done();
  disk.log.erase(disk.log.begin(), disk.log.end() - 2);
  ReplicaHost restarted(disk);
  EXPECT_EQ(restarted.replica().status().last_applied, (Zxid{0, begun.counter + 2}));
  TestClient bob(restarted);
  bob.connect();
  bob.send(get_data("/n0"));
  bob.send(exists("/new"));
  restarted.settle();
  EXPECT_THAT(bob.heard(), ElementsAre("connected 10000", "1 ok @12 \"changed\"", "2 ok @12"));
}

TEST_F(Checkpoints, ComeOneAtATimeAndNewWritesWaitAtTheLimit) {
  change(8);
  encode();
  change(16);
  EXPECT_EQ(host.checkpoints_begun(), 1U);
  ann.heard();
  ann.send(create("/waits"));
  ann.send(ping());
  host.step();
  EXPECT_EQ(host.appends_under_way(), 0U);
  EXPECT_THAT(ann.heard(), IsEmpty());
  host.checkpoint_done();
  host.settle();
  EXPECT_THAT(ann.heard(), ElementsAre("25 ok @26 /waits", "ping ok @26"));
  EXPECT_EQ(host.checkpoints_begun(), 2U);
}

// All of it becomes durable at once: what is beyond one batch is applied, and answered, behind the next.
TEST_F(Checkpoints, HoldNoMoreThanABatchHoweverMuchWasOnItsWay) {
  for (int i = 0; i < 30; ++i) ann.send(create("/n" + std::to_string(i), std::string(256 << 10, 'x')));
  host.step();
  host.log_done();
  std::size_t answered = 0;
  for (int checkpoint = 0; answered < 30; ++checkpoint) {
    ASSERT_LT(checkpoint, 5);
    answered += ann.heard().size();
    encode();
    if (!host.checkpoint_under_way()) break;
    EXPECT_LE(host.checkpoint_under_way()->batch.bytes(), limits::checkpoint_batch_max + (300 << 10));
    host.checkpoint_done();
  }
  EXPECT_EQ(answered, 30U);
  EXPECT_GT(host.checkpoints_begun(), 1U);
}

TEST_F(Checkpoints, ThatFindNoSpaceRefuseWritesOnlyAtTheLimit) {
  change(8);
  encode();
  host.checkpoint_delayed();
  change(1);
  EXPECT_THAT(ann.heard(), testing::SizeIs(9));
  change(15);
  ann.heard();
  ann.send(create("/refused"));
  host.step();
  EXPECT_THAT(ann.heard(), ElementsAre("25 SystemError @25"));
  host.checkpoint_done();
  host.settle();
  ann.send(create("/taken"));
  host.settle();
  EXPECT_THAT(ann.heard(), ElementsAre("26 ok @26 /taken"));
}

TEST_F(Checkpoints, ACompletionOfAnotherGenerationCountsForNothing) {
  change(8);
  encode();
  host.tell(Stored{LogGeneration{0}, host.checkpoint_under_way()->meta.zxid});
  host.tell(StoreDelayed{LogGeneration{0}});
  host.tell(Durable{LogGeneration{0}, Zxid{0, 99}, disk.room});
  host.step();
  change(8);
  encode();
  EXPECT_EQ(host.checkpoints_begun(), 1U);
  host.settle();
  EXPECT_EQ(host.checkpoints_begun(), 2U);
}

// ---- a stop ----

TEST_F(Checkpoints, AStopAnswersWhatIsUnderWayStoresEverythingAndIsThenDone) {
  ann.send(create("/a"));
  host.step();
  host.tell(Stop{});
  ann.send(create("/late"));
  host.step();
  EXPECT_THAT(ann.heard(), IsEmpty());
  EXPECT_FALSE(host.replica().stopped());
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @2 /a", "closed after that"));
  encode();
  EXPECT_FALSE(host.replica().stopped());
  host.checkpoint_done();
  EXPECT_TRUE(host.replica().stopped());
  EXPECT_EQ(disk.meta->zxid, (Zxid{0, 2}));

  disk.log.clear();
  disk.log.push_back({{0, 2}, ""});  // only its position is looked at: the checkpoint has it
  ReplicaHost restarted(disk);
  EXPECT_EQ(restarted.replica().status().sessions, 1U);
  TestClient again(restarted);
  again.connect(ann.again());
  again.send(exists("/a"));
  restarted.settle();
  EXPECT_THAT(again.heard(), ElementsAre("connected 10000", "1 ok @2"));
}

TEST_F(Checkpoints, AStopWaitsForTheCheckpointUnderWayAndMakesAnother) {
  change(8);
  encode();
  change(1);
  host.tell(Stop{});
  host.step();
  EXPECT_FALSE(host.replica().stopped());
  host.checkpoint_done();
  EXPECT_FALSE(host.replica().stopped());
  host.settle();
  EXPECT_TRUE(host.replica().stopped());
  EXPECT_EQ(disk.meta->zxid, disk.last());
}

TEST_F(Checkpoints, AStopOnAFullDiskDoesNotWaitForSpace) {
  host.tell(Stop{});
  host.step();
  encode();
  EXPECT_FALSE(host.replica().stopped());
  host.checkpoint_delayed();
  EXPECT_TRUE(host.replica().stopped());
}

TEST_F(Checkpoints, AStopOfAServerThatHasNothingNewStoresNothing) {
  host.tell(Stop{});
  host.settle();
  ReplicaHost restarted(disk);
  restarted.tell(Stop{});
  restarted.step();
  EXPECT_TRUE(restarted.replica().stopped());
  EXPECT_EQ(restarted.checkpoints_begun(), 0U);
}

TEST_F(Checkpoints, DuringAStopLinksAreTurnedAwayAndSessionsDoNotExpire) {
  ann.send(create("/a"));
  host.step();
  host.tell(Stop{});
  host.step();
  TestClient late(host);
  host.step();
  EXPECT_THAT(late.heard(), ElementsAre("closed"));
  host.pass(60'000);
  EXPECT_EQ(host.appends_under_way(), 1U);
}

}  // namespace
}  // namespace zabra::replica
