// From the first frame of a connection to a session that it serves.
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

class Connect : public testing::Test {
 protected:
  Disk disk;
  ReplicaHost host{disk};
};

TEST_F(Connect, ANewSessionIsAnsweredOnlyWhenItsCreationIsDurable) {
  TestClient client(host);
  client.connect();
  host.step();
  EXPECT_EQ(host.appends_under_way(), 1U);
  EXPECT_THAT(client.heard(), IsEmpty());
  host.log_done();
  EXPECT_THAT(client.heard(), ElementsAre("connected 10000"));
}

TEST_F(Connect, TheTimeoutIsBroughtIntoTheBounds) {
  for (const auto& [wanted, granted] : {std::pair{0, 4000}, {-5, 4000}, {4001, 4001}, {1'000'000'000, 40000}}) {
    TestClient client(host);
    client.connect({.timeout_ms = wanted});
    host.settle();
    EXPECT_THAT(client.heard(), ElementsAre("connected " + std::to_string(granted)));
  }
}

TEST_F(Connect, AClientWithoutTheReadOnlyByteGetsAnAnswerWithoutIt) {
  for (const bool with : {false, true}) {
    TestClient client(host);
    client.connect({.with_read_only = with});
    host.settle();
    EXPECT_EQ(host.link(client.link()).output.size(), with ? 41U : 40U);
  }
}

TEST_F(Connect, WhatIsSentRightBehindTheConnectRequestIsAnsweredBehindIt) {
  TestClient client(host);
  client.connect();
  client.send(create("/a", "x"));
  client.send(get_data("/a"));
  host.step();
  EXPECT_THAT(client.heard(), IsEmpty());
  host.settle();
  EXPECT_THAT(client.heard(), ElementsAre("connected 10000", "1 ok @2 /a", "2 ok @2 \"x\""));
}

TEST_F(Connect, AFirstPacketThatIsNoConnectRequestClosesTheLink) {
  TestClient client(host);
  client.send_raw("short");
  host.step();
  EXPECT_THAT(client.heard(), ElementsAre("closed"));
  EXPECT_EQ(host.appends_under_way(), 0U);
}

TEST_F(Connect, AClientThatHasSeenMoreThanThisServerIsSentAway) {
  TestClient first(host), ahead(host), level(host);
  first.established();
  ahead.connect({.last_zxid = 2});
  level.connect({.last_zxid = 1});
  host.settle();
  EXPECT_THAT(ahead.heard(), ElementsAre("closed"));
  EXPECT_THAT(level.heard(), ElementsAre("connected 10000"));
}

TEST_F(Connect, ASilentLinkIsClosedAtItsTimeout) {
  TestClient silent(host), alive(host);
  alive.established();
  host.pass(9'999);
  EXPECT_THAT(silent.heard(), IsEmpty());
  EXPECT_LE(host.replica().next_deadline()->ms, 1'010'000);
  host.pass(1);
  EXPECT_THAT(silent.heard(), ElementsAre("closed"));
  EXPECT_FALSE(alive.is_closed());
}

TEST_F(Connect, ABadLengthClosesTheLinkAndNothingElse) {
  TestClient client(host), other(host);
  client.established();
  other.established();
  host.tell(BadLength{client.link(), -1});
  host.step();
  EXPECT_THAT(client.heard(), ElementsAre("closed"));
  other.send(ping());
  host.step();
  EXPECT_THAT(other.heard(), ElementsAre("ping ok @2"));
}

TEST_F(Connect, AFourLetterWordIsTheHostsToAnswer) {
  TestClient client(host);
  host.tell(Word{client.link(), {'r', 'u', 'o', 'k'}, ""});
  host.step();
  EXPECT_TRUE(host.link(client.link()).answered_word);
  EXPECT_EQ(host.replica().status().connections, 0U);
}

// ---- coming back ----

TEST_F(Connect, ASessionComesBackWithItsPasswordAndItsOldLinkIsClosed) {
  TestClient old(host), renewed(host);
  old.established();
  Connecting again = old.again();
  again.timeout_ms = 15'000;
  renewed.connect(again);
  host.step();
  EXPECT_THAT(renewed.heard(), ElementsAre("connected 15000"));
  EXPECT_EQ(renewed.session(), old.session());
  EXPECT_EQ(renewed.password(), old.password());
  EXPECT_THAT(old.heard(), ElementsAre("closed"));
  EXPECT_EQ(host.appends_under_way(), 0U) << "a return takes no transaction";
}

TEST_F(Connect, AWrongPasswordIsRefusedAndHarmsNobody) {
  TestClient owner(host), thief(host);
  owner.established();
  thief.connect({.session = owner.session(), .password = "0123456789abcdef"});
  host.step();
  EXPECT_THAT(thief.heard(), ElementsAre("refused", "closed after that"));
  owner.send(ping());
  host.step();
  EXPECT_THAT(owner.heard(), ElementsAre("ping ok @1"));
}

TEST_F(Connect, AnUnknownSessionAndAPasswordOfAnotherLengthAreRefused) {
  TestClient owner(host), unknown(host), brief(host);
  owner.established();
  unknown.connect({.session = {owner.session().value + 1}, .password = owner.password()});
  brief.connect({.session = owner.session(), .password = owner.password().substr(0, 15)});
  host.step();
  EXPECT_THAT(unknown.heard(), ElementsAre("refused", "closed after that"));
  EXPECT_THAT(brief.heard(), ElementsAre("refused", "closed after that"));
}

TEST_F(Connect, RequestsOfTheNewLinkWaitForTheWriteOfTheOldOne) {
  TestClient old(host), renewed(host), other(host);
  old.established();
  other.established();
  old.send(create("/a", "x"));
  host.step();
  renewed.connect(old.again());
  renewed.send(get_data("/a"));
  renewed.send(ping());
  other.send(exists("/a"));
  host.step();
  EXPECT_THAT(renewed.heard(), ElementsAre("connected 10000"));
  EXPECT_THAT(other.heard(), ElementsAre("1 NoNode @2"));
  host.log_done();
  EXPECT_THAT(renewed.heard(), ElementsAre("1 ok @3 \"x\"", "ping ok @3"));
  EXPECT_THAT(old.heard(), ElementsAre("closed")) << "the reply that it was owed is dropped";
}

TEST_F(Connect, AFailedWriteOfTheOldLinkLetsTheNewOneGoOnToo) {
  TestClient old(host), renewed(host);
  old.established();
  old.send(set_data("/none", "x"));
  host.step();
  renewed.connect(old.again());
  renewed.send(ping());
  host.step();
  host.log_done();
  EXPECT_THAT(renewed.heard(), ElementsAre("connected 10000", "ping ok @2"));
}

TEST_F(Connect, WatchesAndIdsOfTheOldLinkAreGone) {
  TestClient old(host), renewed(host);
  old.established();
  old.send(auth("digest", "ann:secret"));
  old.send(exists("/a", true));
  host.step();
  renewed.connect(old.again());
  renewed.send(who_am_i());
  renewed.send(create("/a"));
  host.settle();
  EXPECT_THAT(renewed.heard(), ElementsAre("connected 10000", "1 ok @1 ip:10.0.0.1", "2 ok @2 /a"));
  EXPECT_EQ(host.replica().status().data_watches, 0U);
}

// ---- half-closed ----

TEST_F(Connect, AHalfClosedLinkIsAnsweredAndThenClosed) {
  TestClient client(host);
  client.connect();
  client.send(create("/a"));
  client.half_close();
  host.step();
  EXPECT_THAT(client.heard(), IsEmpty());
  host.settle();
  EXPECT_THAT(client.heard(), ElementsAre("connected 10000", "1 ok @2 /a", "closed after that"));
}

TEST_F(Connect, AHalfClosedLinkThatIsOwedNothingIsClosedAtOnce) {
  TestClient fresh(host), served(host);
  served.established();
  fresh.half_close();
  served.half_close();
  host.step();
  EXPECT_THAT(fresh.heard(), ElementsAre("closed after that"));
  EXPECT_THAT(served.heard(), ElementsAre("closed after that"));
  EXPECT_EQ(host.replica().status().sessions, 1U) << "the session lives on";
}

TEST_F(Connect, ASessionWhoseClientHasGoneBeforeItsAnswerLivesUntilItsTimeout) {
  TestClient client(host);
  client.connect({.timeout_ms = 4000});
  host.step();
  client.vanish();
  host.settle();
  EXPECT_EQ(host.replica().status().sessions, 1U);
  host.pass(6000);
  host.settle();
  EXPECT_EQ(host.replica().status().sessions, 0U);
}

}  // namespace
}  // namespace zabra::replica
