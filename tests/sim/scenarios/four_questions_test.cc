// The four questions that everybody asks of a coordination service, and what its clients see.
#include <gtest/gtest.h>

#include "tests/sim/scenarios/parts.h"

namespace zabra::sim {
namespace {

// A client writes to a server that is not the leader: passed on, and answered by its own server in the session's order.
TEST(FourQuestions, AWriteToAServerThatDoesNotLeadIsPassedOnAndAnsweredInOrder) {
  Story story({.observers = 1});
  story.start_all();
  for (const Node server : {1, 2, 4}) {
    ASSERT_NE(story.leader(), server);
    Caller caller(story, server);
    CountedPackets passed_on(story, PacketKind::request, story.leader());
    const std::string path = "/of-" + std::to_string(server);
    const std::size_t creation = caller.send(Op::create, create_body(path, "1", 0));
    const std::size_t first = caller.send(Op::get_data, path_body(path, false));
    const std::size_t change = caller.send(Op::set_data, set_data_body(path, "2", 0));
    const std::size_t second = caller.send(Op::get_data, path_body(path, false));
    EXPECT_TRUE(caller.answer(second).is_ok());
    EXPECT_TRUE(caller.answer(creation).is_ok());
    EXPECT_EQ(In(caller.answer(first).body).text(), "1");
    EXPECT_TRUE(caller.answer(change).is_ok());
    EXPECT_EQ(In(caller.answer(second).body).text(), "2");
    EXPECT_EQ(passed_on.count(), 2);
  }
  story.expect_same_everywhere();
}

// The leader has committed, a follower has not heard of it: a client there may see the older state, but nobody is taken
// back, and behind a sync it is seen.
TEST(FourQuestions, AFollowerThatHasNotHeardOfACommitShowsTheOldStateToNobodyWhoHasSeenTheNew) {
  Story story;
  story.start_all();
  Caller writer(story, 3), slow(story, 1), mover(story, 2);
  EXPECT_TRUE(writer.create("/a", "old").is_ok());
  story.await_service();
  story.hold_at(PacketKind::commit, 1);
  EXPECT_TRUE(writer.set("/a", "new").is_ok());
  EXPECT_TRUE(mover.sync().is_ok());
  EXPECT_EQ(mover.data("/a"), "new");
  EXPECT_EQ(slow.data("/a"), "old");
  EXPECT_FALSE(mover.connect(1, 300 * ms)) << "server 1 is behind what it has seen";
  const std::size_t sync = slow.send(Op::sync, Out().text("/").bytes());
  const std::size_t read = slow.send(Op::get_data, path_body("/a", false));
  story.run(100 * ms);
  EXPECT_FALSE(slow.has_answer(sync));
  story.let_go();
  EXPECT_TRUE(slow.answer(sync).is_ok());
  EXPECT_EQ(In(slow.answer(read).body).text(), "new");
  EXPECT_TRUE(mover.connect(1));
  EXPECT_EQ(mover.data("/a"), "new");
}

// A server joins, at whatever point it is when the leader dies: what was committed is in the next leader's history,
// what was not is one and the same for all.
TEST(FourQuestions, AServerThatJoinsJustAsTheLeaderDiesHasNoOtherHistory) {
  at_every_packet([](std::uint64_t packet) {
    Story story({.seed = packet});
    story.start_all();
    story.kill(2);
    {
      Caller caller(story, 3);
      create_some(caller, "/committed-", 2);
    }
    NthPacket last(story, 2, packet, Fate::cut_after);
    story.start({2});
    story.await([&] { return last.was_met() || story.serves(2); });
    story.on_packet(nullptr);
    story.kill(3);
    {
      story.await_service();
      Caller caller(story, 1);
      EXPECT_TRUE(caller.create("/of-the-next-leader").is_ok());
    }
    story.start({3});
    story.expect_same_everywhere();
    return last.was_met();
  });
}

// The same with a tail that only the dead leader has, and which it brings back: it is taken from it before it serves.
TEST(FourQuestions, ATailThatWasNotCommittedIsCutBeforeItsServerServesAgain) {
  Story story;
  story.start_all();
  Caller caller(story, 3);
  story.await_service();
  story.silence(3);
  caller.send(Op::create, create_body("/tail", "", 0));
  story.run(100 * ms);
  story.cut_off(3);
  story.lose_power(3);
  story.heal();
  ASSERT_TRUE(story.await([&] { return story.leads(2); }));
  Caller next(story, 1);
  EXPECT_TRUE(next.create("/next").is_ok());
  CountedPackets cuts(story, PacketKind::trunc, 3);
  story.start({3});
  EXPECT_FALSE(story.expect_same_everywhere().contains("/tail"));
  EXPECT_EQ(cuts.count(), 1);
}

// A follower that is cut off answers at most until syncLimit is over, and acknowledges no write at all.
TEST(FourQuestions, AFollowerThatIsCutOffLosesItsClientsAtOnceOrAtSyncLimit) {
  for (const bool links_break : {true, false}) {
    Story story;
    story.start_all();
    Caller caller(story, 1), other(story, 2);
    EXPECT_TRUE(other.create("/a", "old").is_ok());
    story.await_service();
    links_break ? story.cut_off(1) : story.silence(1);
    const Micros cut = story.schedule().now();
    const std::size_t write = caller.send(Op::create, create_body("/b", "", 0));
    EXPECT_TRUE(other.set("/a", "new").is_ok());
    ASSERT_TRUE(story.await([&] { return !caller.is_connected(); }));
    EXPECT_LE(story.schedule().now() - cut, links_break ? 50 * ms : 6 * Story::tick_ms * ms);
    EXPECT_TRUE(caller.answer(write).is_lost);
    EXPECT_FALSE(caller.connect(1, second));
    story.heal();
    story.expect_same_everywhere();
  }
}

}  // namespace
}  // namespace zabra::sim
