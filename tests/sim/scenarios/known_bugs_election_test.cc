// Bugs that other servers had with elections, epochs and what a server does that should not lead or vote.
#include <gtest/gtest.h>

#include "tests/sim/scenarios/parts.h"

namespace zabra::sim {
namespace {

// Who was elected dies in the middle of what follows, with five servers that start at different times: the others do
// not go on voting for it.
TEST(KnownBugs, Zookeeper3109_1419_569_AnElectionSettlesThoughWhoWasElectedDies) {
  for (const PacketKind kind : {PacketKind::follower_info, PacketKind::leader_info, PacketKind::ack_epoch,
                                PacketKind::new_leader, PacketKind::up_to_date}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message() << "packet " << static_cast<int>(kind) << ", seed " << seed);
      Story story({.voters = 5, .seed = seed});
      story.start_all();
      {
        Caller caller(story, 1);
        create_some(caller, "/n-", 2);
      }
      story.await_service();
      story.lose_power_everywhere();
      Node killed = 0;
      story.on_packet([&](const Packet& packet) {
        if (killed != 0 || packet.kind != kind) return Fate::deliver;
        killed = kind == PacketKind::follower_info || kind == PacketKind::ack_epoch ? packet.to : packet.from;
        story.schedule().after(0, [&] { story.kill(killed); });
        return Fate::cut_after;
      });
      Random random(seed);
      for (const Node id : {1, 2, 3, 4, 5}) {
        story.schedule().after(random.between(0, 300) * ms, [&story, id] { story.start({id}); });
      }
      ASSERT_TRUE(story.await([&] { return killed != 0; }));
      EXPECT_TRUE(story.await([&] { return story.leader() != 0 && story.leader() != killed; }, 10 * second));
      story.start({killed});
      story.expect_same_everywhere();
    }
  }
}

// The counter of the zxid is full: another epoch, in no more time than a fail-over takes, and nothing is lost.
TEST(KnownBugs, Zookeeper1277_AFullCounterMeansAnotherEpochAndNoLoss) {
  constexpr std::uint32_t counter_max = 20;
  Story story({.counter_max = counter_max});
  story.start_all();
  const std::size_t elections = story.checkers().elections();
  Caller caller(story, 1);
  const std::int64_t session = caller.session();
  EXPECT_TRUE(caller.create("/ephemeral", "", ephemeral_flag).is_ok());
  Micros longest = 0;
  for (int i = 0; i < 60; ++i) {
    const Micros begun = story.schedule().now();
    while (!caller.create("/n-" + std::to_string(i)).is_ok() && !caller.exists("/n-" + std::to_string(i))) {
      ASSERT_LT(story.schedule().now() - begun, 10 * second);
      if (!caller.is_connected()) caller.connect(1, second);
    }
    longest = std::max(longest, story.schedule().now() - begun);
    EXPECT_LE(caller.last_zxid() & 0xffffffff, counter_max);
  }
  EXPECT_LT(longest, 2 * second);
  EXPECT_GE(story.checkers().elections(), elections + 3);
  EXPECT_EQ(caller.session(), session);
  EXPECT_TRUE(story.expect_same_everywhere().contains("/ephemeral"));
}

// A server that lost its disk does not help one that has missed the last writes to lead.
TEST(KnownBugs, Zookeeper261_AWipedVoterDoesNotMakeAStaleOneWin) {
  Story story;
  story.start_all();
  story.kill(1);
  {
    Caller caller(story, 3);
    EXPECT_TRUE(caller.create("/missed-by-1").is_ok());
  }
  story.await_service();
  story.kill(2);
  story.kill(3);
  story.server(2).wipe();
  story.start({1, 2});
  EXPECT_FALSE(story.await([&] { return story.leader() != 0 || story.serves(1) || story.serves(2); }, 10 * second));
  story.start({3});
  EXPECT_TRUE(story.expect_same_everywhere().contains("/missed-by-1"));
}

// A partition heals, and who watched on the other side is told what changed meanwhile, and shown nothing older.
TEST(KnownBugs, Etcd15271_AWatchDoesNotGoBackInTimeAfterAPartition) {
  Story story;
  story.start_all();
  Caller writer(story, 3), watcher(story, 1);
  EXPECT_TRUE(writer.create("/a", "1").is_ok());
  EXPECT_TRUE(watcher.sync().is_ok());
  EXPECT_EQ(watcher.data("/a", true), "1");
  const std::int64_t seen = watcher.last_zxid();
  story.cut_off(1);
  EXPECT_TRUE(writer.set("/a", "2").is_ok());
  ASSERT_TRUE(story.await([&] { return !watcher.is_connected(); }));
  EXPECT_TRUE(watcher.connect(2));
  EXPECT_TRUE(watcher.ask(Op{101}, Out().i64(seen).i32(1).text("/a").i32(0).i32(0).bytes()).is_ok());
  EXPECT_EQ(watcher.events(), std::vector<std::string>{"/a"});
  EXPECT_EQ(watcher.data("/a"), "2");
  story.heal();
  story.await_service();
  EXPECT_TRUE(watcher.connect(1));
  EXPECT_EQ(watcher.data("/a", true), "2");
  EXPECT_TRUE(writer.set("/a", "3").is_ok());
  EXPECT_TRUE(watcher.data("/a") == "2" || watcher.events().size() == 2) << "the event comes before what it tells of";
  EXPECT_TRUE(story.await([&] { return watcher.events().size() == 2; }));
}

// A watcher that takes nothing for a while misses nothing: all events come then, in order.
TEST(KnownBugs, Etcd17529_ASlowWatcherMissesNothing) {
  Story story;
  story.start_all();
  Caller writer(story, 3), watcher(story, 1);
  EXPECT_TRUE(writer.create("/w").is_ok());
  EXPECT_TRUE(watcher.sync().is_ok());
  EXPECT_TRUE(watcher.ask(Op{106}, Out().text("/w").i32(1).bytes()).is_ok());
  watcher.take_nothing(true);
  std::vector<std::string> changed;
  for (int i = 0; i < 200; ++i) {
    changed.push_back("/w/" + std::to_string(i));
    EXPECT_TRUE(writer.create(changed.back()).is_ok());
  }
  EXPECT_TRUE(watcher.events().empty());
  watcher.take_nothing(false);
  EXPECT_TRUE(watcher.sync().is_ok());
  EXPECT_EQ(watcher.events(), changed);
}

// The change that a watch waits for stands in no log any more: it is told all the same.
TEST(KnownBugs, Etcd18089_AnEventOutlivesTheLogOfItsChange) {
  Story story;
  story.start_all();
  Caller writer(story, 3), watcher(story, 1);
  EXPECT_TRUE(writer.create("/a", "1").is_ok());
  EXPECT_TRUE(watcher.sync().is_ok());
  const std::int64_t seen = watcher.last_zxid();
  watcher.vanish();
  const std::int64_t changed = writer.set("/a", "2").zxid;
  story.outgrow_the_log();
  ASSERT_GT(*story.log_of(2).begin(), changed);
  Caller late(story, 2);
  EXPECT_TRUE(late.ask(Op{101}, Out().i64(seen).i32(1).text("/a").i32(0).i32(0).bytes()).is_ok());
  EXPECT_EQ(late.events(), std::vector<std::string>{"/a"});
}

// A leader was stopped, others have led since: what it is asked when it goes on it does not answer as if it still led.
TEST(KnownBugs, Etcd20418_ALeaderThatWasStoppedShowsNothingOldWhenItGoesOn) {
  Story story;
  story.start_all();
  Caller writer(story, 1), reader(story, 3);
  EXPECT_TRUE(writer.create("/a", "old").is_ok());
  EXPECT_TRUE(reader.sync().is_ok());
  story.server(3).pause_until(story.schedule().now() + 3 * second);
  ASSERT_TRUE(story.await([&] { return story.leads(2); }));
  EXPECT_TRUE(writer.connect(1));
  EXPECT_TRUE(writer.set("/a", "new").is_ok());
  const std::size_t sync = reader.send(Op::sync, Out().text("/").bytes());
  const std::size_t read = reader.send(Op::get_data, path_body("/a", false));
  EXPECT_TRUE(reader.answer(sync).is_lost);
  EXPECT_TRUE(reader.answer(read).is_lost);
  story.expect_same_everywhere();
}

}  // namespace
}  // namespace zabra::sim
