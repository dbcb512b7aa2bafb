// Bugs that other servers had with a snapshot that a follower is sent, or that they made of themselves.
#include <gtest/gtest.h>

#include "tests/sim/scenarios/parts.h"

namespace zabra::sim {
namespace {

// 1 is away, and what it lacks is in no log any more. It has old children of /p, which are gone meanwhile; or nothing.
void leave_one_behind(Story& story, bool is_wiped) {
  story.start_all();
  Caller caller(story, 2);
  EXPECT_TRUE(caller.create("/p").is_ok());
  create_some(caller, "/p/old-", 4);
  EXPECT_TRUE(caller.create("/x").is_ok());
  EXPECT_TRUE(caller.create("/y").is_ok());
  story.await_service();
  story.kill(1);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(caller.remove("/p/old-" + std::to_string(i)).is_ok());
  create_some(caller, "/p/new-", 2);
  caller.vanish();
  story.outgrow_the_log();
  if (is_wiped) story.server(1).wipe();
}

// The link breaks anywhere in the synchronisation, and the process goes on with what it has in memory.
TEST(KnownBugs, Zookeeper3642_ASnapshotThatDoesNotArriveLeavesNothingBehind) {
  for (const Fate fate : {Fate::cut_before, Fate::cut_within, Fate::cut_after}) {
    at_every_packet([&](std::uint64_t packet) {
      Story story({.seed = packet});
      leave_one_behind(story, false);
      NthPacket cut(story, 1, packet, fate);
      story.start({1});
      story.await([&] { return cut.was_met() || story.serves(1); });
      story.on_packet(nullptr);
      Caller caller(story, 2);
      create_some(caller, "/after-", 2);
      story.expect_same_everywhere();
      story.lose_power(1);
      story.start({1});
      story.expect_same_everywhere();
      return cut.was_met();
    });
  }
}

// What is half written is never taken for a whole one: the server that had the power cut is needed to elect again. The other
// has not heard of the epoch in which the snapshot was sent: said too early to be in it, an old history would win.
TEST(KnownBugs, Zookeeper2872_APowerCutWhileASnapshotIsReceivedLeavesTheOldHistoryOrTheNew) {
  at_every_step([](std::uint64_t step) {
    Story story({.seed = step});
    leave_one_behind(story, false);
    story.kill(2);
    story.kill(3);
    story.server(1).crash_at_disk_step(step);
    story.start({1, 3});
    story.await([&] { return !story.is_up(1) || story.serves(1); });
    const bool was_cut = !story.is_up(1);
    story.server(1).crash_at_disk_step(0);
    story.kill(3);
    story.start({1, 2});
    story.expect_same_everywhere();
    return was_cut;
  });
}

// Transactions and multis go on while the snapshot is on its way: none is in it by half, none is missing behind it.
TEST(KnownBugs, Zookeeper3104_3127_ASnapshotIsOfOneMomentWhileMultisGoOn) {
  at_every_packet([](std::uint64_t packet) {
    Story story({.seed = packet});
    leave_one_behind(story, true);
    Caller caller(story, 2);
    NthPacket held(story, 1, packet, Fate::hold);
    story.start({1});
    story.await([&] { return held.was_met() || story.serves(1); });
    for (const char* data : {"1", "2", "3"}) {
      EXPECT_TRUE(caller.ask(Op::multi, multi_set_body("/x", "/y", data)).is_ok());
    }
    story.let_go();
    story.await_service();
    for (const bool again : {false, true}) {
      if (again) story.lose_power(1);
      story.start({1});
      const SeenTree tree = story.expect_same_everywhere();
      EXPECT_EQ(tree.at("/x").data, "3");
      EXPECT_EQ(tree.at("/y").data, "3");
      EXPECT_EQ(tree.at("/x").stat.mzxid, tree.at("/y").stat.mzxid);
    }
    return held.was_met();
  });
}

// A session is closed while the snapshot is on its way: it and its ephemerals are gone, and who comes back with a watch
// on the parent hears of that.
TEST(KnownBugs, Zookeeper3144_3145_ASessionThatIsClosedDuringASnapshotDoesNotComeBack) {
  at_every_packet([](std::uint64_t packet) {
    Story story({.seed = packet});
    leave_one_behind(story, true);
    Caller closing(story, 2), watcher(story, 3);
    EXPECT_TRUE(closing.create("/p/ephemeral", "", ephemeral_flag).is_ok());
    EXPECT_TRUE(watcher.sync().is_ok());
    const std::int64_t before = watcher.last_zxid();
    NthPacket held(story, 1, packet, Fate::hold);
    story.start({1});
    story.await([&] { return held.was_met() || story.serves(1); });
    EXPECT_TRUE(closing.close().is_ok());
    story.let_go();
    story.await_service();
    EXPECT_TRUE(watcher.connect(1));
    EXPECT_TRUE(watcher.ask(Op{101}, Out().i64(before).i32(0).i32(0).i32(1).text("/p").bytes()).is_ok());
    EXPECT_EQ(watcher.events(), std::vector<std::string>{"/p"});
    const SeenTree tree = story.expect_same_everywhere();
    EXPECT_FALSE(tree.contains("/p/ephemeral"));
    EXPECT_EQ(tree.at("/p").stat.children, 2);
    return held.was_met();
  });
}

// Lists of rights are there after a snapshot, and after a start from disk.
TEST(KnownBugs, Zookeeper3306_4846_RightsAreThereAfterASnapshotAndAfterAReplay) {
  Story story;
  leave_one_behind(story, true);
  Caller caller(story, 2);
  for (const std::int32_t rights : {1, 17, 25}) {
    Out body;
    body.text("/rights-" + std::to_string(rights)).text("").i32(1).i32(rights).text("world").text("anyone").i32(0);
    EXPECT_TRUE(caller.ask(Op::create, body.bytes()).is_ok());
  }
  CountedPackets snapshots(story, PacketKind::snap, 1);
  story.start({1});
  story.await_service();
  ASSERT_EQ(snapshots.count(), 1);
  const auto expect_rights = [&] {
    Caller at_first(story, 1);
    for (const std::int32_t rights : {1, 17, 25}) {
      const Answer answer = at_first.ask(Op{6}, Out().text("/rights-" + std::to_string(rights)).bytes());
      EXPECT_EQ(answer.body.substr(0, 8), Out().i32(1).i32(rights).bytes());
      EXPECT_EQ(at_first.data("/rights-" + std::to_string(rights)), "");
    }
  };
  expect_rights();
  story.kill(1);
  story.start({1});
  story.await_service();
  expect_rights();
  story.stop(1);
  story.start({1});
  story.expect_same_everywhere();
  expect_rights();
}

// A received state replaces what was in memory, and is not laid over it.
TEST(KnownBugs, RaftKeeper99_ASnapshotReplacesTheOldStateInMemory) {
  Story story;
  leave_one_behind(story, false);
  story.start({1});
  ASSERT_TRUE(story.await([&] { return story.serves(1); }));
  const SeenTree tree = story.expect_same_everywhere();
  EXPECT_EQ(tree.at("/p").stat.children, 2);
  EXPECT_FALSE(tree.contains("/p/old-0"));
}

}  // namespace
}  // namespace zabra::sim
