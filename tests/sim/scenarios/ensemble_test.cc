// What an ensemble promises beyond elections and commits: time, disks that are wiped or swapped, restarts, learners far
// behind.
#include <gtest/gtest.h>

#include "tests/sim/scenarios/parts.h"

namespace zabra::sim {
namespace {

// A leader that has lost its quorum answers no sync, though it can't know yet what it has lost.
TEST(Ensembles, ASyncIsABarrierThatALeaderWithoutAQuorumDoesNotPass) {
  Story story;
  story.start_all();
  Caller writer(story, 1), reader(story, 3);
  EXPECT_TRUE(writer.create("/a", "old").is_ok());
  EXPECT_TRUE(reader.sync().is_ok());
  // Nothing that it is sent arrives; what it sends does, so that the others go on following for a while.
  story.silence(1, 3);
  story.silence(2, 3);
  const std::size_t sync = reader.send(Op::sync, Out().text("/").bytes());
  ASSERT_TRUE(story.await([&] { return story.leads(2) && story.serves(1); }));
  EXPECT_TRUE(writer.connect(1));
  EXPECT_TRUE(writer.set("/a", "new").is_ok());
  EXPECT_TRUE(reader.answer(sync).is_lost);
  story.heal();
  story.expect_same_everywhere();
  EXPECT_TRUE(reader.connect(3));
  EXPECT_EQ(reader.data("/a"), "new");
}

// One round of pings serves many, each sees what was committed before it was asked for.
TEST(Ensembles, WhatIsReadBehindASyncIsAllThatWasCommittedBefore) {
  Story story;
  story.start_all();
  Caller writer(story, 3), reader(story, 1);
  EXPECT_TRUE(writer.create("/a", "0").is_ok());
  for (int i = 1; i <= 20; ++i) {
    EXPECT_TRUE(writer.set("/a", std::to_string(i)).is_ok());
    const std::size_t sync = reader.send(Op::sync, Out().text("/").bytes());
    const std::size_t read = reader.send(Op::get_data, path_body("/a", false));
    EXPECT_TRUE(reader.answer(sync).is_ok());
    EXPECT_EQ(In(reader.answer(read).body).text(), std::to_string(i));
  }
}

// The whole machine sleeps, for longer than any session lives: that is nobody's silence.
TEST(Ensembles, AMachineThatWasSuspendedTakesItsSleepOutOfTheSessions) {
  Story story;
  story.start_all();
  Caller caller(story, 1);
  EXPECT_TRUE(caller.create("/ephemeral", "", ephemeral_flag).is_ok());
  caller.vanish();
  for (const Node id : {1, 2, 3}) story.server(id).pause_until(story.schedule().now() + 60 * second);
  story.run(60 * second);
  ASSERT_TRUE(story.await([&] { return caller.connect(1, second); }));
  EXPECT_TRUE(caller.exists("/ephemeral"));
  caller.vanish();
  EXPECT_TRUE(story.await([&] { return story.leader() != 0; }));
  story.run(10 * second);
  EXPECT_FALSE(story.expect_same_everywhere().contains("/ephemeral")) << "its own silence still counts";
}

// A follower that was stopped for longer than syncLimit leaves its leader before it answers anything.
TEST(Ensembles, AFollowerThatWasStoppedShowsNothingOldWhenItGoesOn) {
  Story story;
  story.start_all();
  Caller writer(story, 3), reader(story, 1);
  EXPECT_TRUE(writer.create("/a", "old").is_ok());
  EXPECT_TRUE(reader.sync().is_ok());
  story.server(1).pause_until(story.schedule().now() + 3 * second);
  story.run(second);
  EXPECT_TRUE(writer.set("/a", "new").is_ok());
  const std::size_t read = reader.send(Op::get_data, path_body("/a", false));
  EXPECT_TRUE(reader.answer(read).is_lost);
  story.expect_same_everywhere();
}

// A leader that was cut off had proposed a write that came to nothing. Its session comes back to it, as a follower and as the
// next leader, before anything else was committed, and waits for that write no more.
TEST(Ensembles, AWriteThatWasLostWithItsLeaderHoldsNobodyUp) {
  for (const bool leads_again : {false, true}) {
    SCOPED_TRACE(leads_again);
    Story story;
    story.start_all();
    Caller caller(story, 3);
    ASSERT_TRUE(caller.create("/a", "old").is_ok());
    story.await_service();
    story.silence(3);
    caller.send(Op::set_data, set_data_body("/a", "lost", -1));
    ASSERT_TRUE(story.await([&] { return story.leads(2); }));
    story.heal();
    story.await_service();
    if (leads_again) {
      story.kill(2);
      ASSERT_TRUE(story.await([&] { return story.leads(3); }));
    }
    ASSERT_TRUE(caller.connect(3));
    const std::size_t write = caller.send(Op::create, create_body("/b", "", 0));
    EXPECT_EQ(caller.data("/a"), "old");
    EXPECT_TRUE(caller.answer(write).is_ok());
  }
}

// Whatever its first synchronisation breaks off at: with a part of the history on its disk nobody could tell it from a voter
// that was only away, and its vote would count.
TEST(Ensembles, AWipedServerHasAllOfTheHistoryOrNoneOfIt) {
  Story story;
  story.start_all();
  Caller caller(story, 2);
  create_some(caller, "/n-", 6);
  story.lose_power(1);
  story.server(1).wipe();
  int proposals = 0;
  story.on_packet([&](const Packet& packet) {
    return packet.is(PacketKind::proposal, 1) && ++proposals % 3 == 0 ? Fate::cut_after : Fate::deliver;
  });
  story.start({1});
  ASSERT_TRUE(story.await([&] { return proposals >= 9; }));
  story.lose_power(1);
  EXPECT_TRUE(story.log_of(1).empty());
  story.on_packet(nullptr);
  story.start({1});
  story.expect_same_everywhere();
}

// A wiped server is brought back by the others, and votes again then.
TEST(Ensembles, AWipedDiskIsFilledByTheOthersAndCountsAgain) {
  Story story;
  story.start_all();
  Caller caller(story, 2);
  create_some(caller, "/n-", 3);
  story.lose_power(1);
  story.server(1).wipe();
  story.start({1});
  story.expect_same_everywhere();
  story.lose_power(3);
  story.expect_same_everywhere();
  EXPECT_EQ(story.leader(), 2);
  story.lose_power_everywhere();
  story.start({1, 3});
  story.expect_same_everywhere();
}

// Two disks are swapped: neither server takes the other's.
TEST(Ensembles, ASwappedDiskIsRefused) {
  Story story;
  story.start_all();
  {
    Caller caller(story, 3);
    create_some(caller, "/n-", 3);
  }
  story.stop(1);
  story.stop(2);
  story.server(1).swap_disk(story.server(2));
  story.start({1, 2});
  for (const Node id : {1, 2}) {
    EXPECT_FALSE(story.is_up(id));
    EXPECT_TRUE(story.take_end(id).value_or("").starts_with("start refused: "));
  }
  story.server(1).swap_disk(story.server(2));
  story.start_all();
  story.expect_same_everywhere();
}

// A leader tells it to cut its log to where its history has no beginning: nothing on its disk changes, it asks the next
// time for everything.
TEST(Ensembles, ATruncationBelowWhatALogBeginsWithIsRefusedAndEverythingAskedFor) {
  Story story;
  story.start_all();
  story.outgrow_the_log();
  Caller caller(story, 2);
  create_some(caller, "/n-", 2);
  story.await_service();
  story.kill(1);
  create_some(caller, "/missed-", 2);
  const std::set<std::int64_t> log = story.log_of(1);
  int cuts = 0, snapshots = 0;
  story.on_packet([&](Packet& packet) {
    snapshots += packet.is(PacketKind::snap, 1) ? 1 : 0;
    if (!packet.is(PacketKind::diff, 1) || cuts > 0) return Fate::deliver;
    ++cuts;
    packet.bytes.replace(0, 12, Out().i32(static_cast<std::int32_t>(PacketKind::trunc)).i64(0x100000001).bytes());
    EXPECT_EQ(story.log_of(1), log);
    return Fate::deliver;
  });
  story.start({1});
  story.await([&] { return snapshots > 0; });
  EXPECT_EQ(story.log_of(1), log);
  story.expect_same_everywhere();
  EXPECT_EQ(cuts, 1);
  EXPECT_EQ(snapshots, 1);
  story.lose_power(1);
  story.start({1});
  story.expect_same_everywhere();
}

// The commit of a write may come together with the word that a sync before it waits for.
TEST(Ensembles, ASyncAndAWriteBehindItAreBothAnsweredThoughTheirWordsComeAtOnce) {
  Story story;
  story.start_all();
  Caller caller(story, 1);
  story.server(1).hold_disk(true);
  story.hold_at(PacketKind::sync, 1);
  const std::size_t sync = caller.send(Op::sync, Out().text("/").bytes());
  const std::size_t read = caller.send(Op::get_children, Out().text("/").flag(false).bytes());
  const std::size_t write = caller.send(Op::create, create_body("/behind", "", 0));
  story.run(50 * ms);
  story.let_go();
  story.server(1).hold_disk(false);
  EXPECT_TRUE(caller.answer(sync).is_ok());
  EXPECT_EQ(caller.answer(read).body.find("behind"), std::string::npos);
  EXPECT_TRUE(caller.answer(write).is_ok());
}

// What a connection still had to come when it was left is no answer to what the next one asks for.
TEST(Ensembles, AnAnswerThatCameToNobodyIsNotTakenFromTheNextConnection) {
  Story story;
  story.start_all();
  Caller caller(story, 1);
  story.on_packet([](const Packet& packet) { return packet.is(PacketKind::request, 3) ? Fate::hold : Fate::deliver; });
  caller.send(Op::create, create_body("/first", "", 0));
  story.run(20 * ms);
  caller.vanish();
  story.run(20 * ms);
  story.let_go();
  story.run(50 * ms);
  ASSERT_TRUE(caller.connect(1));
  EXPECT_TRUE(caller.create("/second").is_ok());
  EXPECT_TRUE(story.expect_same_everywhere().contains("/first"));
}

// A close that is still on its way when its client has gone on to another server ends nothing, and shuts no door.
TEST(Ensembles, ASessionCanComeBackToTheServerWhereItsCloseCameTooLate) {
  Story story;
  story.start_all();
  Caller caller(story, 1);
  story.on_packet([](const Packet& packet) {
    return packet.is(PacketKind::request, 3) && packet.from == 1 ? Fate::hold : Fate::deliver;
  });
  caller.send(Op::close, "");
  story.run(20 * ms);
  ASSERT_TRUE(caller.connect(2));
  story.let_go();
  ASSERT_TRUE(caller.set("/", "here").is_ok());
  ASSERT_TRUE(caller.connect(1)) << "the leader has refused the close long ago";
  EXPECT_TRUE(caller.create("/ephemeral", "", ephemeral_flag).is_ok());
  EXPECT_TRUE(caller.close().is_ok());
  EXPECT_FALSE(story.expect_same_everywhere().contains("/ephemeral"));
}

// Whoever is restarted, and however: all that was answered is there, sessions with their ephemerals too.
TEST(Ensembles, ARestartOfOneOfSeveralOrOfAllLosesNothing) {
  enum class End { killed, power, stopped };
  for (const End end : {End::killed, End::power, End::stopped}) {
    for (unsigned which = 1; which < 8; ++which) {
      SCOPED_TRACE(testing::Message() << "servers by bits " << which << ", end " << static_cast<int>(end));
      Story story({.seed = which});
      story.start_all();
      Caller caller(story, 1);
      create_some(caller, "/n-", 3);
      EXPECT_TRUE(caller.create("/ephemeral", "", ephemeral_flag).is_ok());
      for (const Node id : {1, 2, 3}) {
        if ((which >> (id - 1) & 1) == 0) continue;
        if (end == End::stopped) story.server(id).stop();
        else story.server(id).crash(end == End::power);
      }
      for (const Node id : {1, 2, 3}) {
        EXPECT_TRUE((which >> (id - 1) & 1) == 0 || story.await([&] { return !story.is_up(id); }));
      }
      story.start({1, 2, 3});
      EXPECT_TRUE(story.await([&] { return caller.connect(2, second); }));
      create_some(caller, "/later-", 2);
      EXPECT_TRUE(story.expect_same_everywhere().contains("/ephemeral"));
    }
  }
}

// A learner far behind is fed from the checkpoint while the leader goes on answering, however long that takes.
TEST(Ensembles, ALearnerFarBehindIsFedFromTheCheckpointWhileTheLeaderGoesOn) {
  Story story;
  story.start_all();
  story.kill(1);
  story.outgrow_the_log();
  const Node leader = story.leader();
  Caller caller(story, leader);
  bool is_fed = false;
  story.on_packet([&](const Packet& packet) {
    is_fed = is_fed || packet.is(PacketKind::snap, 1);
    return is_fed && packet.to == 1 ? Fate::hold : Fate::deliver;
  });
  story.start({1});
  ASSERT_TRUE(story.await([&] { return is_fed; }));
  for (int i = 0; i < 20; ++i) {
    const Micros begun = story.schedule().now();
    EXPECT_TRUE(caller.create("/meanwhile-" + std::to_string(i)).is_ok());
    EXPECT_LT(story.schedule().now() - begun, 200 * ms);
  }
  EXPECT_FALSE(story.serves(1));
  EXPECT_EQ(story.leader(), leader);
  story.let_go();
  story.expect_same_everywhere();
}

// Many learners at once, all of them empty, on a leader that goes on answering.
TEST(Ensembles, ManyLearnersAreFedAtOnceWhileTheLeaderGoesOn) {
  Story story({.voters = 5, .observers = 3});
  story.start({1, 2, 3, 4, 5});
  story.await_service();
  story.kill(1);
  story.kill(2);
  story.outgrow_the_log();
  for (const Node id : {1, 2}) story.server(id).wipe();
  int snapshots = 0;
  story.on_packet([&](const Packet& packet) {
    snapshots += packet.kind == PacketKind::snap ? 1 : 0;
    return Fate::deliver;
  });
  Caller caller(story, story.leader());
  story.start({1, 2, 6, 7, 8});
  create_some(caller, "/meanwhile-", 20);
  story.expect_same_everywhere();
  EXPECT_EQ(snapshots, 5);
}

}  // namespace
}  // namespace zabra::sim
