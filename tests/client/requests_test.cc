// What is asked, what comes back, and what becomes of both when a connection is lost. Watches over connections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "client/limits.h"
#include "tests/client/story.h"
#include "tests/support/seed.h"

namespace zabra::client {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr WatcherId ann{1}, bob{2};
std::string path_bytes(std::string_view path) { return Out().text(path).bytes(); }

// ---- order and loss ----

TEST(Requests, AreAnsweredInTheirOrder) {
  Story story;
  story.served();
  story.submit(7, Create{.path = "/a", .data = "x"});
  story.submit(8, GetData{"/a"});
  story.submit(9, Exists{"/b"});
  EXPECT_THAT(story.heard(), ElementsAre("send 1 1 create /a", "send 1 2 getData /a", "send 1 3 exists /b"));
  story.answer(1, 5, 0, path_bytes("/a"));
  story.answer(2, 5, 0, data_bytes("x"));
  story.answer(3, 5, -101);
  EXPECT_THAT(story.heard(), ElementsAre("7: ok @5 /a", "8: ok @5 \"x\" v0", "9: NoNode @5"));
}

TEST(Requests, ThatComeBeforeAConnectionAreSentOnceItServes) {
  Story story;
  story.submit(1, Sync{"/"});
  story.opened();
  EXPECT_THAT(story.heard(), ElementsAre("dial 1 a:2181", "send 1 connect 0x0 @0 timeout 9000"));
  story.grant();
  EXPECT_THAT(story.heard(), ElementsAre("SyncConnected", "send 1 1 sync /"));
}

TEST(Requests, ThatWereSentAreLostWithTheirConnectionAndTheOthersWait) {
  Story story;
  story.served();
  story.submit(1, Sync{"/"});
  story.submit(2, Sync{"/"});
  story.answer(1, 5, 0, path_bytes("/"));
  story.heard();
  story.closed();
  story.submit(3, Sync{"/"});
  EXPECT_THAT(story.heard(), ElementsAre("Disconnected", "2: ConnectionLoss", "dial 2 b:2181"));
  story.opened();
  story.grant();
  EXPECT_THAT(story.heard(), ElementsAre("send 2 connect 0x11 @5 timeout 9000", "SyncConnected", "send 2 3 sync /"));
}

TEST(Requests, WaitForAServerNoLongerThanOneTimeout) {
  Story story;
  story.submit(1, Sync{"/"});
  story.pass(4000);
  story.submit(2, Sync{"/"});
  story.heard();
  story.pass(4999);
  EXPECT_THAT(story.heard(), testing::Not(testing::Contains("1: ConnectionLoss")));
  story.pass(1);
  EXPECT_THAT(story.heard(), testing::Contains("1: ConnectionLoss"));
  story.pass(4000);
  EXPECT_THAT(story.heard(), testing::Contains("2: ConnectionLoss"));
}

TEST(Requests, WithAPathThatIsNoneAreNotSent) {
  Settings settings = settings_of();
  settings.chroot = Chroot("/app");
  Story story(settings);
  story.served();
  story.submit(1, GetData{"a"});
  story.submit(2, Remove{"/a/"});
  story.submit(3, Multi{{Check{"/a"}, Remove{"//"}}});
  story.submit(4, Create{.path = "/a/", .mode = CreateMode::persistent_sequential});
  EXPECT_THAT(story.heard(), ElementsAre("1: BadArguments", "2: BadArguments", "3: BadArguments", "send 1 1 create /app/a/"))
      << "the last one gets a name from its server";
}

// ---- servers that don't keep to the protocol ----

void expect_lost(Story& story) {
  EXPECT_THAT(story.heard(), ElementsAre("close 1", "Disconnected", "1: ConnectionLoss", "dial 2 b:2181"));
}

TEST(BrokenServer, ThatAnswersOutOfOrderIsLeft) {
  Story story;
  story.served().submit(1, GetData{"/a"});
  story.heard();
  story.answer(2, 5, 0, data_bytes("x"));
  expect_lost(story);
}

TEST(BrokenServer, ThatAnswersWhatWasNotAskedIsLeft) {
  Story story;
  story.served();
  story.answer(1, 5);
  EXPECT_THAT(story.heard(), ElementsAre("close 1", "Disconnected", "dial 2 b:2181"));
}

TEST(BrokenServer, WhoseAnswersCantBeReadIsLeft) {
  const std::string whole = data_bytes("x");
  for (const std::string& frame : {Out().i32(1).i64(5).i32(0).raw(whole.substr(0, whole.size() - 1)).framed(),
                                   Out().i32(1).framed(), Out().i32(-1).bytes(), Out().i32(-1).i64(1).i32(0).framed()}) {
    Story story;
    story.served().submit(1, GetData{"/a"});
    story.heard();
    story.bytes(frame);
    expect_lost(story);
  }
}

TEST(BrokenServer, WhoseGreetingCantBeReadIsLeft) {
  Story story;
  story.opened();
  story.heard();
  story.bytes(Out().i32(0).i32(9000).framed());
  EXPECT_THAT(story.heard(), ElementsAre("close 1", "dial 2 b:2181"));
}

// ---- bytes come as they like ----

TEST(Bytes, MayBeCutAnywhere) {
  const std::string all = Out().i32(0).i32(9000).i64(0x11).text("0123456789abcdef").flag(false).framed() +
                          Out().i32(1).i64(5).i32(0).raw(data_bytes("x")).framed() +
                          Out().i32(-1).i64(6).i32(0).i32(3).i32(3).text("/a").framed() +
                          Out().i32(2).i64(6).i32(-101).framed();
  const std::vector<std::string> expected{"dial 1 a:2181", "send 1 connect 0x0 @0 timeout 9000", "SyncConnected",
                                          "send 1 1 getData /a watch", "send 1 2 exists /b", "1: ok @5 \"x\" v0",
                                          "changed /a @6 for 1", "2: NoNode @6"};
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    Story story;
    story.submit(1, GetData{"/a", ann});
    story.submit(2, Exists{"/b"});
    story.opened();
    for (std::size_t at = 0; at < all.size(); at += piece) story.bytes(std::string_view(all).substr(at, piece));
    EXPECT_EQ(story.heard(), expected) << "in pieces of " << piece;
  }
}

// What a broken server may send: whatever it is, each request ends once, and the session comes to its end.
TEST(Bytes, ThatAreDamagedEndEachRequestOnce) {
  const zabra::test::Seed seed(1);
  std::mt19937_64 random = seed.engine();
  const std::string good = Out().i32(0).i32(9000).i64(0x11).text("0123456789abcdef").flag(false).framed() +
                           Out().i32(1).i64(5).i32(0).raw(data_bytes("x")).framed() +
                           Out().i32(-1).i64(6).i32(0).i32(3).i32(3).text("/a").framed() +
                           Out().i32(2).i64(6).i32(0).i32(2).text("b").text("c").framed() +
                           Out().i32(3).i64(7).i32(0).i32(-1).flag(false).i32(-2).i32(-2).i32(-1).flag(true).i32(-1).framed();
  std::size_t whole = 0;
  for (int run = 0; run < 3000; ++run) {
    Story story;
    story.opened();
    story.submit(1, GetData{"/a", ann});
    story.submit(2, GetChildren{"/a"});
    story.submit(3, Multi{{Check{"/a"}}});
    std::string bytes = good;
    for (std::size_t left = zabra::test::pick(random, 3); left > 0; --left) {
      bytes[zabra::test::pick(random, bytes.size())] = static_cast<char>(random());
    }
    story.bytes(std::string_view(bytes).substr(0, zabra::test::pick(random, bytes.size() + 1)));
    story.pass(10'000);
    story.close(4);
    story.closed();
    std::map<char, int> ends;
    for (const std::string& line : story.heard()) {
      if (line.size() > 2 && line[1] == ':') ++ends[line[0]];
      if (line.starts_with("3: RuntimeInconsistency")) ++whole;
    }
    EXPECT_THAT(ends, ElementsAre(testing::Pair('1', 1), testing::Pair('2', 1), testing::Pair('3', 1), testing::Pair('4', 1)));
    EXPECT_TRUE(is_final(story.session.state()));
  }
  EXPECT_GT(whole, 0U) << "some came through whole";
}

// ---- values ----

TEST(Answers, CarryWhatWasAsked) {
  Story story;
  story.served();
  const std::string acl = Out().i32(2).i32(31).text("world").text("anyone").i32(1).text("digest").text("u:x").bytes();
  story.submit(1, GetAcl{"/a"});
  story.submit(2, GetChildren{"/a"});
  story.submit(3, GetChildren{.path = "/a", .wants_stat = true});
  story.submit(4, SetData{"/a", std::nullopt, 3});
  story.submit(5, WhoAmI{});
  story.submit(6, GetEphemerals{});
  story.submit(7, GetAllChildrenNumber{"/"});
  story.heard();
  story.answer(1, 5, 0, acl + stat_bytes());
  story.answer(2, 5, 0, Out().i32(2).text("b").text("c").bytes());
  story.answer(3, 5, 0, Out().i32(0).raw(stat_bytes(5, 4)).bytes());
  story.answer(4, 6, -103);
  story.answer(5, 6, 0, Out().i32(1).text("ip").text("::1").bytes());
  story.answer(6, 6, 0, Out().i32(1).text("/e").bytes());
  story.answer(7, 6, 0, Out().i32(12).bytes());
  EXPECT_THAT(story.heard(), ElementsAre("1: ok @5 [31:world:anyone,1:digest:u:x] v0", "2: ok @5 [b,c]", "3: ok @5 [] v4",
                                         "4: BadVersion @6", "5: ok @6 [ip:::1]", "6: ok @6 [/e]", "7: ok @6 12"));
}

TEST(Answers, OfAMultiSayWhichItemFailed) {
  Story story;
  story.served();
  story.submit(1, Multi{{Create{.path = "/a"}, Check{"/b", 3}, Remove{"/c"}}});
  story.heard();
  Out body;
  for (const std::int32_t error : {0, -103, -2}) body.i32(-1).flag(false).i32(error).i32(error);
  story.answer(1, 5, 0, body.i32(-1).flag(true).i32(-1).bytes());
  EXPECT_THAT(story.heard(), ElementsAre("1: BadVersion @5 [ok,BadVersion,RuntimeInconsistency]"));
}

TEST(Answers, LoseTheChroot) {
  Settings settings = settings_of();
  settings.chroot = Chroot("/app");
  Story story(settings);
  story.served();
  story.submit(1, Create{.path = "/s-", .mode = CreateMode::persistent_sequential});
  story.submit(2, Sync{"/"});
  story.submit(3, GetChildren{"/", ann});
  story.submit(4, GetConfig{bob});
  EXPECT_THAT(story.heard(), ElementsAre("send 1 1 create /app/s-", "send 1 2 sync /app", "send 1 3 getChildren /app watch",
                                         "send 1 4 getData /zookeeper/config watch"));
  story.answer(1, 5, 0, path_bytes("/app/s-0000000001"));
  story.answer(2, 5, 0, path_bytes("/app"));
  story.answer(3, 5, 0, Out().i32(1).text("s-0000000001").bytes());
  story.answer(4, 5, 0, data_bytes(""));
  story.event(4, "/app", 6);
  story.event(3, "/zookeeper/config", 7);
  EXPECT_THAT(story.heard(), ElementsAre("1: ok @5 /s-0000000001", "2: ok @5 /", "3: ok @5 [s-0000000001]",
                                         "4: ok @5 \"\" v0", "child / @6 for 1", "changed /zookeeper/config @7 for 2"));
}

// ---- watches ----

TEST(WatchesOfASession, AreThereOnceTheServerHasAnswered) {
  Story story;
  story.served();
  story.submit(1, GetData{"/a", ann});
  story.submit(2, GetData{"/b", ann});
  story.submit(3, Exists{"/c", bob});
  story.answer(1, 5, 0, data_bytes("x"));
  story.answer(2, 5, -101);
  story.answer(3, 5, -101);
  story.heard();
  story.event(3, "/a");
  story.event(1, "/b");
  story.event(1, "/c");
  EXPECT_THAT(story.heard(), ElementsAre("changed /a for 1", "created /c for 2")) << "no watch is left on a node without data";
}

TEST(WatchesOfASession, AreRegisteredAgainBeforeAnythingElseIsAsked) {
  Story story;
  story.served();
  story.submit(1, GetData{"/a", ann});
  story.submit(2, GetChildren{"/a", ann});
  story.submit(3, Exists{"/n", ann});
  story.answer(1, 5, 0, data_bytes("x"));
  story.answer(2, 6, 0, Out().i32(0).bytes());
  story.answer(3, 7, -101);
  story.closed();
  story.submit(4, GetData{"/a"});
  story.opened();
  story.heard();
  story.grant();
  EXPECT_THAT(story.heard(), ElementsAre("SyncConnected", "send 2 -8 setWatches @7 [/a] [/n] [/a]", "send 2 4 getData /a"));
  story.event(3, "/a");
  story.answer(-8, 9);
  story.answer(4, 9, 0, data_bytes("y"));
  EXPECT_THAT(story.heard(), ElementsAre("changed /a for 1", "4: ok @9 \"y\" v0"));
}

// One transaction may fire two watches: the connection can end between their events.
TEST(WatchesOfASession, AreToldWhatAnEventOfTheSameTransactionHidesFromThem) {
  Story story;
  story.served();
  story.submit(1, GetData{"/a", ann});
  story.submit(2, GetData{"/b", ann});
  story.answer(1, 5, 0, data_bytes("x"));
  story.answer(2, 5, 0, data_bytes("x"));
  story.event(3, "/a", 8);
  story.closed();
  story.heard();
  story.opened();
  story.grant();
  EXPECT_THAT(story.heard(), ElementsAre("send 2 connect 0x11 @8 timeout 9000", "SyncConnected",
                                         "send 2 -8 setWatches @5 [/b] [] []"));
}

TEST(WatchesOfASession, AreToldWhatHappenedWhileOthersWereRegistered) {
  Story story;
  story.served();
  std::uint64_t id = 0;
  for (; id < 3; ++id) {
    story.submit(id, GetData{"/" + std::to_string(id) + std::string(100'000, 'x'), ann});
    story.answer(static_cast<std::int32_t>(id + 1), 5, 0, data_bytes("x"));
  }
  story.closed();
  story.opened();
  story.heard();
  story.grant();
  EXPECT_EQ(story.heard().size(), 3U) << "two pieces";
  story.answer(-8, 9);
  story.pass(limits::proven_after_ms);
  story.closed();
  story.opened();
  story.heard();
  story.grant();
  const std::vector<std::string> again = story.heard();
  ASSERT_EQ(again.size(), 3U);
  EXPECT_THAT(again[1], testing::StartsWith("send 3 -8 setWatches @5 "))
      << "of the second piece nothing was said up to 9";
}

TEST(WatchesOfASession, ThatArePersistentTakeTheNewerForm) {
  Story story;
  story.served();
  story.submit(1, AddWatch{"/p", false, ann});
  story.submit(2, AddWatch{"/r", true, bob});
  EXPECT_THAT(story.heard(), ElementsAre("send 1 1 addWatch /p 0", "send 1 2 addWatch /r 1"));
  story.answer(1, 5, 0, Out().i32(0).bytes());
  story.answer(2, 5, 0, Out().i32(0).bytes());
  story.event(1, "/r/x/y");
  story.event(4, "/p");
  EXPECT_THAT(story.heard(), ElementsAre("1: ok @5", "2: ok @5", "created /r/x/y for 2", "child /p for 1"));
  story.closed();
  story.opened();
  story.grant();
  EXPECT_THAT(story.heard().back(), "send 2 -8 setWatches2 @5 [] [] [] [/p] [/r]");
}

TEST(WatchesOfASession, ThatAreRemovedTellTheirWatchers) {
  Story story;
  story.served();
  story.submit(1, GetData{"/a", ann});
  story.submit(2, GetData{"/a", bob});
  story.answer(1, 5, 0, data_bytes("x"));
  story.answer(2, 5, 0, data_bytes("x"));
  story.heard();
  story.submit(3, RemoveWatches{"/a", WatchScope::data, ann});
  EXPECT_THAT(story.heard(), ElementsAre("send 1 3 checkWatches /a 2")) << "the server keeps it for the other";
  story.answer(3, 5);
  EXPECT_THAT(story.heard(), ElementsAre("data watch removed /a for 1", "3: ok @5"));
  story.submit(4, RemoveWatches{"/a", WatchScope::any, std::nullopt});
  story.submit(5, RemoveWatches{"/b", WatchScope::any, std::nullopt});
  EXPECT_THAT(story.heard(), ElementsAre("send 1 4 removeWatches /a 3", "5: NoWatcher"));
  story.answer(4, 5, -121);
  EXPECT_THAT(story.heard(), ElementsAre("4: NoWatcher @5"));
  story.submit(6, RemoveWatches{.path = "/a", .even_unheard = true});
  story.heard();
  story.closed();
  EXPECT_THAT(story.heard(), ElementsAre("Disconnected", "data watch removed /a for 2", "6: ok", "dial 2 b:2181"));
}

}  // namespace
}  // namespace zabra::client
