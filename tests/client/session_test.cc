// From server to server: dials, pauses, sessions that are granted, lost, expired and closed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/story.h"

namespace zabra::client {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

// ---- the way to a server ----

TEST(Session, DialsOneServerAfterTheOtherAndPausesWhenAllWereTried) {
  Story story(settings_of("ab"));
  EXPECT_THAT(story.heard(), ElementsAre("dial 1 a:2181"));
  story.dial_failed();
  EXPECT_THAT(story.heard(), ElementsAre("dial 2 b:2181"));
  story.dial_failed();
  EXPECT_THAT(story.heard(), IsEmpty());
  story.pass(limits::back_off_min_ms);
  EXPECT_THAT(story.heard(), ElementsAre("dial 3 a:2181"));
}

TEST(Session, AsksForANewSession) {
  Story story;
  story.opened();
  EXPECT_THAT(story.heard(), ElementsAre("dial 1 a:2181", "send 1 connect 0x0 @0 timeout 9000"));
  story.grant(0x11, 6000);
  EXPECT_THAT(story.heard(), ElementsAre("SyncConnected"));
  EXPECT_EQ(story.session.id(), SessionId{0x11});
  EXPECT_EQ(story.session.timeout_ms(), 6000);
  EXPECT_EQ(story.session.server(), (wire::HostPort{"a", 2181}));
}

TEST(Session, GoesOnToTheNextServerWhenOneDoesNotAnswer) {
  Story story;  // two servers: half a timeout each
  story.heard();
  story.pass(4499);
  EXPECT_THAT(story.heard(), IsEmpty());
  story.pass(1);
  EXPECT_THAT(story.heard(), ElementsAre("close 1", "dial 2 b:2181"));
  story.opened();
  story.pass(4500);
  EXPECT_THAT(story.heard(), ElementsAre("send 2 connect 0x0 @0 timeout 9000", "close 2"));
}

TEST(Session, GoesOnWhenAServerClosesInsteadOfAnswering) {
  Story story;
  story.opened();
  story.closed();
  EXPECT_THAT(story.heard(),
              ElementsAre("dial 1 a:2181", "send 1 connect 0x0 @0 timeout 9000", "dial 2 b:2181"));
}

TEST(Session, GoesOnWithOneThatWasBegunBefore) {
  Settings settings = settings_of();
  settings.resumed = Credentials{{0x77}, {}};
  Story story(settings);
  story.opened();
  EXPECT_THAT(story.heard(), ElementsAre("dial 1 a:2181", "send 1 connect 0x77 @0 timeout 9000"));
}

TEST(Session, IgnoresWhatBelongsToAnEarlierConnection) {
  Story story;
  story.dial_failed();
  const ConnectionId first{1};
  story.session.opened(story.now, first);
  story.session.received(story.now, first, Out().i32(0).i32(9000).i64(5).text("0123456789abcdef").framed());
  story.session.closed(story.now, first);
  story.session.dial_failed(story.now, first);
  EXPECT_THAT(story.heard(), ElementsAre("dial 1 a:2181", "dial 2 b:2181"));
}

// ---- a session over its connections ----

TEST(Session, ComesBackWithItsIdAndTheLastZxidThatItHasSeen) {
  Story story;
  story.served();
  story.submit(1, GetData{"/a"});
  story.answer(1, 41, 0, data_bytes("x"));
  story.pass(1000);
  story.heard();
  story.closed();
  EXPECT_THAT(story.heard(), ElementsAre("Disconnected", "dial 2 b:2181"));
  story.opened();
  EXPECT_THAT(story.heard(), ElementsAre("send 2 connect 0x11 @41 timeout 9000"));
  story.grant();
  EXPECT_THAT(story.heard(), ElementsAre("SyncConnected"));
}

TEST(Session, CountsTheZxidOfAnEventAsSeen) {
  Story story;
  story.served();
  story.submit(1, GetData{"/a", WatcherId{1}});
  story.answer(1, 41, 0, data_bytes("x"));
  story.event(3, "/a", 50);
  story.closed();
  story.opened();
  EXPECT_EQ(story.heard().back(), "send 2 connect 0x11 @50 timeout 9000") << "a server behind 50 would show the old data";
}

TEST(Session, ThatIsIdlePingsAtAThirdOfItsTimeout) {
  Story story;
  story.served();
  story.pass(2999);
  EXPECT_THAT(story.heard(), IsEmpty());
  story.pass(1);
  EXPECT_THAT(story.heard(), ElementsAre("send 1 ping"));
  story.pong();
  story.pass(1000);
  story.submit(1, Sync{"/"});
  story.answer(1, 1, 0, Out().text("/").bytes());
  story.heard();
  story.pass(2999);
  EXPECT_THAT(story.heard(), IsEmpty()) << "the request was a sign of life";
  story.pass(1);
  EXPECT_THAT(story.heard(), ElementsAre("send 1 ping"));
}

TEST(Session, LeavesAServerThatIsSilentForTwoThirdsOfTheTimeout) {
  Story story;
  story.served();
  story.submit(1, Sync{"/"});
  story.heard();
  story.pass(5999);
  EXPECT_THAT(story.heard(), ElementsAre("send 1 ping"));
  story.pass(1);
  EXPECT_THAT(story.heard(), ElementsAre("close 1", "Disconnected", "1: ConnectionLoss", "dial 2 b:2181"));
}

TEST(Session, StaysWithAServerAsLongAsItSaysAnything) {
  Story story;
  story.served();
  for (int i = 0; i < 20; ++i) {
    story.pass(3000);
    story.pong();
  }
  EXPECT_EQ(story.session.state(), State::connected);
}

TEST(Session, ThatIsLostAgainAndAgainSoonAfterItIsServedPausesToo) {
  Story story(settings_of("a"));
  story.served();
  story.closed();
  EXPECT_THAT(story.heard(), ElementsAre("Disconnected"));
  story.pass(limits::back_off_min_ms);
  EXPECT_THAT(story.heard(), ElementsAre("dial 2 a:2181"));
  story.served();
  story.pass(limits::proven_after_ms);
  story.closed();
  EXPECT_THAT(story.heard(), ElementsAre("Disconnected", "dial 3 a:2181"));
}

// ---- its end ----

TEST(Session, ThatIsRefusedIsExpiredAndSoIsAllThatWasAsked) {
  Story story;
  story.served();
  story.submit(1, Sync{"/"});
  story.closed();
  story.submit(2, Sync{"/"});
  story.heard();
  story.opened();
  story.refuse();
  EXPECT_THAT(story.heard(), ElementsAre("send 2 connect 0x11 @0 timeout 9000", "close 2", "Expired", "2: SessionExpired"));
  story.submit(3, Sync{"/"});
  EXPECT_THAT(story.heard(), ElementsAre("3: SessionExpired"));
  EXPECT_EQ(story.session.next_deadline(), std::nullopt);
}

TEST(Session, IsClosedBehindAllThatWasAskedBefore) {
  Story story;
  story.served();
  story.submit(1, Sync{"/"});
  story.close(2);
  story.submit(3, Sync{"/"});
  EXPECT_THAT(story.heard(), ElementsAre("send 1 1 sync /", "send 1 2 closeSession", "3: SessionExpired"));
  story.answer(1, 5, 0, Out().text("/").bytes());
  story.answer(2, 6);
  EXPECT_THAT(story.heard(), ElementsAre("1: ok @5 /", "2: ok @6", "close 1", "Closed"));
  EXPECT_EQ(story.session.next_deadline(), std::nullopt);
}

TEST(Session, ThatIsLostWhileItIsClosedDoesNotComeBack) {
  Story story;
  story.served();
  story.close(1);
  story.closed();
  EXPECT_THAT(story.heard(), ElementsAre("send 1 1 closeSession", "Closed", "1: ConnectionLoss"));
}

TEST(Session, ThatIsClosedWithoutAConnectionIsLeftToItsTimeout) {
  Story story;
  story.submit(1, Sync{"/"});
  story.close(2);
  EXPECT_THAT(story.heard(), ElementsAre("dial 1 a:2181", "close 1", "Closed", "1: ConnectionLoss", "2: ConnectionLoss"));
}

// ---- identities ----

TEST(Session, ProvesItsIdentitiesToEveryServer) {
  Story story;
  story.session.add_auth(story.now, "digest", "ann:x");
  story.served();
  story.session.add_auth(story.now, "digest", "bob:y");
  EXPECT_THAT(story.heard(), ElementsAre("send 1 auth digest bob:y"));
  story.closed();
  story.submit(1, WhoAmI{});
  story.opened();
  story.heard();
  story.grant();
  EXPECT_THAT(story.heard(), ElementsAre("SyncConnected", "send 2 auth digest ann:x", "send 2 auth digest bob:y",
                                         "send 2 1 whoAmI"));
  story.answer(-4, 0);
  story.answer(-4, 0);
  EXPECT_THAT(story.heard(), IsEmpty());
}

TEST(Session, WhoseIdentityIsRefusedIsOver) {
  Story story;
  story.served();
  story.session.add_auth(story.now, "digest", "ann:x");
  story.submit(1, WhoAmI{});
  story.heard();
  story.answer(-4, 0, -115);
  EXPECT_THAT(story.heard(), ElementsAre("close 1", "AuthFailed", "1: AuthFailed"));
  story.submit(2, WhoAmI{});
  EXPECT_THAT(story.heard(), ElementsAre("2: AuthFailed"));
}

// ---- servers that serve reads only ----

TEST(ReadOnlyServer, IsLeftByWhomDidNotAskForIt) {
  Story story;
  story.opened();
  story.heard();
  story.grant(0x11, 9000, true);
  EXPECT_THAT(story.heard(), ElementsAre("close 1", "dial 2 b:2181"));
}

Settings read_only_settings() {
  Settings settings = settings_of("abc");
  settings.can_be_read_only = true;
  return settings;
}

TEST(ReadOnlyServer, ServesUntilAnotherTakesWrites) {
  Story story(read_only_settings());
  story.opened();
  story.grant(0x11, 90'000, true);
  EXPECT_THAT(story.heard(), ElementsAre("dial 1 a:2181", "send 1 connect 0x0 @0 timeout 9000 read-only",
                                         "ConnectedReadOnly"));
  story.pass(limits::search_pause_min_ms);
  story.opened();
  EXPECT_THAT(story.heard(), ElementsAre("dial 2 b:2181", "send 2 isro"));
  story.bytes("ro");
  EXPECT_THAT(story.heard(), ElementsAre("close 2"));
  story.pass(2 * limits::search_pause_min_ms);
  story.opened();
  story.submit(1, Sync{"/"});
  story.session.received(story.now, story.newest(), "r");
  EXPECT_THAT(story.heard(), ElementsAre("dial 3 c:2181", "send 3 isro", "send 1 1 sync /"));
  story.bytes("w");
  EXPECT_THAT(story.heard(), ElementsAre("close 3", "close 1", "Disconnected", "1: ConnectionLoss", "dial 4 c:2181"));
  story.opened();
  story.grant(0x22);
  EXPECT_THAT(story.heard(), ElementsAre("send 4 connect 0x0 @0 timeout 9000 read-only", "SyncConnected"))
      << "what a read-only server calls a session nobody else knows";
}

TEST(ReadOnlyServer, AsksOthersEverMoreRarelyAndGivesUpOnThoseThatDoNotAnswer) {
  Story story(read_only_settings());
  story.opened();
  story.grant(0x11, 900'000, true);
  story.pass(limits::search_pause_min_ms);
  story.heard();
  story.pass(limits::search_patience_ms);
  EXPECT_THAT(story.heard(), ElementsAre("close 2"));
  story.pass(2 * limits::search_pause_min_ms);
  story.dial_failed();
  EXPECT_THAT(story.heard(), ElementsAre("dial 3 c:2181"));
  story.pass(4 * limits::search_pause_min_ms - 1);
  EXPECT_THAT(story.heard(), IsEmpty());
  story.pass(1);
  EXPECT_THAT(story.heard(), ElementsAre("dial 4 a:2181"));
}

TEST(ReadOnlyServer, IsGivenASessionThatOthersKnow) {
  Story story(read_only_settings());
  story.served(0x11);
  story.closed();
  story.opened();
  EXPECT_EQ(story.heard().back(), "send 2 connect 0x11 @0 timeout 9000 read-only");
  story.grant(0x11, 9000, true);
  story.closed();
  story.opened();
  EXPECT_EQ(story.heard().back(), "send 3 connect 0x11 @0 timeout 9000 read-only");
}

}  // namespace
}  // namespace zabra::client
