// Bugs that other servers had with the end of sessions, each by its name there.
#include <gtest/gtest.h>

#include "tests/sim/scenarios/parts.h"

namespace zabra::sim {
namespace {

void expect_no_ephemerals(const SeenTree& tree) {
  for (const auto& [path, node] : tree) EXPECT_EQ(node.stat.owner, 0) << path << " has outlived its session";
}

// The link to a follower breaks before, within and behind the proposal, and the commit, that close a session.
TEST(KnownBugs, Zookeeper2355_ACloseThatIsCutOffOnItsWayToAFollowerIsNotSkipped) {
  for (const PacketKind kind : {PacketKind::proposal, PacketKind::commit}) {
    for (const Fate fate : {Fate::cut_before, Fate::cut_within, Fate::cut_after}) {
      SCOPED_TRACE(testing::Message() << "packet " << static_cast<int>(kind) << ", fate " << static_cast<int>(fate));
      Story story;
      story.start_all();
      Caller caller(story, 3);
      EXPECT_TRUE(caller.create("/ephemeral", "", ephemeral_flag).is_ok());
      story.await_service();
      bool was_cut = false;
      story.on_packet([&](const Packet& packet) {
        if (was_cut || !packet.is(kind, 1)) return Fate::deliver;
        was_cut = true;
        return fate;
      });
      EXPECT_TRUE(caller.close().is_ok());
      EXPECT_TRUE(story.await([&] { return was_cut && story.serves(1); }));
      expect_no_ephemerals(story.expect_same_everywhere());
      story.lose_power(1);
      story.start({1});
      expect_no_ephemerals(story.expect_same_everywhere());
    }
  }
}

// Behind its close a session creates nothing any more, whichever way the requests come to the leader.
TEST(KnownBugs, Zookeeper1208_1496_NothingIsCreatedBehindTheCloseOfItsSession) {
  for (const Node server : {1, 3}) {
    Story story;
    story.start_all();
    Caller caller(story, server);
    for (const Node id : {1, 2, 3}) story.server(id).hold_disk(true);
    caller.send(Op::create, create_body("/before", "", ephemeral_flag));
    caller.send(Op::close, "");
    caller.send(Op::create, create_body("/behind", "", ephemeral_flag));
    story.run(100 * ms);
    for (const Node id : {1, 2, 3}) story.server(id).hold_disk(false);
    ASSERT_TRUE(story.await([&] { return !caller.is_connected(); }));
    expect_no_ephemerals(story.expect_same_everywhere());
  }
}

// The same session on two servers: one closes it, over the other a creation is still on its way.
TEST(KnownBugs, Zookeeper1496_ACreationOverTheServerThatTheSessionLeftComesToNothing) {
  for (const Micros later : {0 * ms, 1 * ms, 5 * ms, 20 * ms}) {
    SCOPED_TRACE(later);
    Story story;
    story.start_all();
    Caller caller(story, 1);
    story.on_packet([](const Packet& packet) {
      return packet.is(PacketKind::request, 3) && packet.from == 1 ? Fate::hold : Fate::deliver;
    });
    caller.send(Op::create, create_body("/late", "", ephemeral_flag));
    story.run(20 * ms);
    EXPECT_TRUE(caller.connect(2));
    const std::size_t close = caller.send(Op::close, "");
    story.run(later);
    story.let_go();
    EXPECT_TRUE(caller.answer(close).is_ok());
    expect_no_ephemerals(story.expect_same_everywhere());
  }
}

// A session expires while a server can't hear of it, or can't be heard.
TEST(KnownBugs, Zookeeper4837_AnEphemeralDoesNotSurviveOnTheServerThatWasCutOff) {
  for (const Node away : {1, 2, 3}) {
    for (const int direction : {0, 1, 2}) {
      SCOPED_TRACE(testing::Message() << "server " << away << ", direction " << direction);
      Story story;
      story.start_all();
      Caller caller(story, away);
      EXPECT_TRUE(caller.create("/ephemeral", "", ephemeral_flag).is_ok());
      story.await_service();
      for (const Node other : {1, 2, 3}) {
        if (other != away && direction != 1) story.silence(away, other);
        if (other != away && direction != 2) story.silence(other, away);
      }
      ASSERT_TRUE(story.await([&] { return !caller.is_connected(); })) << "a server without a leader serves nobody";
      story.run(15 * second);
      story.heal();
      expect_no_ephemerals(story.expect_same_everywhere());
      EXPECT_FALSE(caller.connect(away));
      EXPECT_TRUE(caller.is_expired());
    }
  }
}

// Requests of a session are judged while its close, or what it has authenticated as, is only on its way.
TEST(KnownBugs, ClickHouse65198_48595_ServersAgreeOnWhatCameBesideACloseOrAnAuthentication) {
  Story story;
  story.start_all();
  Caller caller(story, 1), other(story, 2);
  for (const Node id : {1, 2, 3}) story.server(id).hold_disk(true);
  Out own;
  own.text("/own").text("").i32(1).i32(31).text("auth").text("").i32(0);
  caller.send(Op{100}, Out().i32(0).text("digest").text("somebody:secret").bytes());
  const std::size_t creation = caller.send(Op::create, own.bytes());
  const std::size_t change = caller.send(Op::set_data, set_data_body("/own", "1", -1));
  caller.send(Op::create, create_body("/ephemeral", "", ephemeral_flag));
  story.run(20 * ms);
  const std::size_t refused = other.send(Op::set_data, set_data_body("/own", "2", -1));
  caller.send(Op::close, "");
  story.run(20 * ms);
  const std::size_t free_again = other.send(Op::create, create_body("/ephemeral", "", ephemeral_flag));
  story.run(20 * ms);
  for (const Node id : {1, 2, 3}) story.server(id).hold_disk(false);
  EXPECT_TRUE(caller.answer(creation).is_ok());
  EXPECT_TRUE(caller.answer(change).is_ok());
  EXPECT_EQ(other.answer(refused).error, -102) << "no authority";
  EXPECT_TRUE(other.answer(free_again).is_ok()) << "the close comes first";
  story.await_service();
  std::set<std::string> lists;
  for (const Node id : {1, 2, 3}) {
    Caller reader(story, id);
    lists.insert(reader.ask(Op{6}, Out().text("/own").bytes()).body);
    EXPECT_TRUE(reader.exists("/ephemeral"));
  }
  EXPECT_EQ(lists.size(), 1U);
  EXPECT_TRUE(other.close().is_ok());
  story.lose_power_everywhere();
  story.start_all();
}

}  // namespace
}  // namespace zabra::sim
