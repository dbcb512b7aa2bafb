// Bugs that other servers had while a follower was brought to its leader's history, each by its name there.
#include <gtest/gtest.h>

#include "tests/sim/scenarios/parts.h"

namespace zabra::sim {
namespace {

// 3 was away while 2 and 1 wrote; on the way of its synchronisation it is held at one packet, and they write on. False:
// it had come through before that packet.
bool join_while_others_write(Story& story, std::uint64_t packet) {
  story.start_all();
  {
    Caller caller(story, 1);
    create_some(caller, "/early-", 2);
  }
  story.kill(3);
  if (story.is_up(4)) story.kill(4);
  story.await_service();
  Caller caller(story, 2);
  create_some(caller, "/missed-", 3);
  NthPacket held(story, 3, packet, Fate::hold);
  story.start({3});
  story.await([&] { return held.was_met() || story.serves(3); });
  create_some(caller, "/meanwhile-", 3);
  story.let_go();
  story.await_service();
  create_some(caller, "/later-", 1);
  return held.was_met();
}

// A server that was synchronised while writes went on leads, and sends what it was sent then.
TEST(KnownBugs, Zookeeper4925_ADiffOfALeaderThatWasSynchronisedUnderLoadHasNoHole) {
  at_every_packet([](std::uint64_t packet) {
    Story story({.observers = 1});
    const bool was_held = join_while_others_write(story, packet);
    story.kill(2);
    story.await_service();
    EXPECT_EQ(story.leader(), 3);
    std::int64_t last = 0, sent = 0;
    story.on_packet([&](const Packet& its) {
      if (!its.is(PacketKind::proposal, 4)) return Fate::deliver;
      EXPECT_TRUE(last == 0 || its.zxid == last + 1 || its.zxid >> 32 > last >> 32) << last << " then " << its.zxid;
      last = its.zxid;
      ++sent;
      return Fate::deliver;
    });
    story.start({4});
    story.expect_same_everywhere();
    EXPECT_GE(sent, 7) << "it is the log that is sent";
    return was_held;
  });
}

// No transaction of a synchronisation is in memory only.
TEST(KnownBugs, Zookeeper4785_WhatComesDuringADiffIsInTheLogWhenThePowerGoes) {
  at_every_packet([](std::uint64_t packet) {
    Story story({.seed = packet});
    const bool was_held = join_while_others_write(story, packet);
    story.lose_power_everywhere();
    story.start({1, 3});
    story.expect_same_everywhere();
    story.kill(1);
    story.start({2});
    story.expect_same_everywhere();
    return was_held;
  });
}

std::string commit_packet(std::int64_t zxid) {
  return Out().i32(static_cast<std::int32_t>(PacketKind::commit)).i64(zxid).i32(-1).i32(-1).bytes();
}

// Proposals between NEWLEADER and UPTODATE are taken, and so are commits, which a Java leader sends even then: the link
// lasts, nobody elects again.
TEST(KnownBugs, Zookeeper4394_4685_3023_WhatComesBeforeUpToDateDoesNotSendTheFollowerAway) {
  for (const bool commits_come_early : {false, true}) {
    Story story;
    story.start_all();
    story.kill(3);
    story.await_service();
    Caller caller(story, 2);
    create_some(caller, "/missed-", 3);
    int told_new_leader = 0, proposals = 0;
    std::set<std::int64_t> early;
    const auto as_java = [&](Packet& packet) {
      told_new_leader += packet.is(PacketKind::new_leader, 3) ? 1 : 0;
      if (packet.is(PacketKind::commit, 3) && early.erase(packet.zxid) > 0) packet.bytes.clear();
      return Fate::deliver;
    };
    story.on_packet([&](Packet& packet) {
      if (packet.from == 3 && packet.kind == PacketKind::ack) return Fate::hold;
      if (packet.is(PacketKind::proposal, 3) && told_new_leader > 0) {
        ++proposals;
        if (commits_come_early) packet.bytes += commit_packet(packet.zxid);
        if (commits_come_early) early.insert(packet.zxid);
      }
      return as_java(packet);
    });
    story.start({3});
    ASSERT_TRUE(story.await([&] { return told_new_leader == 1; }));
    const std::size_t elections = story.checkers().elections();
    create_some(caller, "/meanwhile-", 5);
    EXPECT_EQ(proposals, 5);
    EXPECT_FALSE(story.serves(3));
    story.let_go(as_java);
    story.expect_same_everywhere();
    EXPECT_EQ(told_new_leader, 1);
    EXPECT_EQ(story.checkers().elections(), elections);
  }
}

// A server has the new epoch, and not the history: it would win over those that have it, and cut them.
TEST(KnownBugs, Zookeeper4643_TheEpochIsNotStoredBeforeTheHistory) {
  at_every_step([](std::uint64_t step) {
    Story story({.seed = step});
    story.start_all();
    {
      Caller caller(story, 3);
      create_some(caller, "/early-", 3);  // so that it is sent what it lacks, and no snapshot
      story.await_service();
      story.kill(1);
      create_some(caller, "/kept-", 3);
    }
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

// One transaction is on server 3's disk alone, and the power is gone everywhere.
void leave_one_on_one_disk(Story& story) {
  story.start_all();
  {
    Caller stranded(story, 3);
    story.await_service();
    story.silence(3);
    stranded.send(Op::create, create_body("/on-one-disk", "", 0));
    story.run(100 * ms);
  }
  story.lose_power_everywhere();
  story.heal();
  ASSERT_EQ(story.log_of(3).size(), story.log_of(1).size() + 1) << "nobody else has it";
}

// A leader shows what a quorum acknowledged with NEWLEADER: whatever power goes then, it is on the quorum's disks.
TEST(KnownBugs, Zookeeper4646_WhatWasSynchronisedIsDurableWhenNewLeaderIsAcknowledged) {
  for (const Micros later : {0 * ms, 1 * ms, 3 * ms, 10 * ms, 30 * ms}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", power goes " << later << " us after");
      Story story({.seed = seed});
      leave_one_on_one_disk(story);
      story.start({1, 3});
      ASSERT_TRUE(story.await([&] { return story.leads(3); }));
      story.run(later);
      story.lose_power(1);
      story.lose_power(3);
      story.start({1, 2});
      EXPECT_TRUE(story.expect_same_everywhere().contains("/on-one-disk")) << "the leader served it";
    }
  }
}

// The power goes everywhere when a follower is told UPTODATE, before and after it has taken it.
TEST(KnownBugs, Zookeeper3911_WhatWasSynchronisedIsDurableWhenItIsUpToDate) {
  for (const Node told : {1, 2}) {
    for (const Micros later : {0 * ms, 1 * ms, 5 * ms}) {
      for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(testing::Message() << "server " << told << ", " << later << " us later, seed " << seed);
        Story story({.seed = seed});
        leave_one_on_one_disk(story);
        bool has_come = false;
        story.on_packet([&](const Packet& packet) {
          has_come = has_come || packet.is(PacketKind::up_to_date, told);
          return later == 0 && has_come ? Fate::hold : Fate::deliver;
        });
        story.start({1, 2, 3});
        ASSERT_TRUE(story.await([&] { return has_come; }));
        story.run(later);
        story.lose_power_everywhere();
        story.on_packet(nullptr);
        story.start({1, 2});
        EXPECT_TRUE(story.expect_same_everywhere().contains("/on-one-disk"));
      }
    }
  }
}

}  // namespace
}  // namespace zabra::sim
