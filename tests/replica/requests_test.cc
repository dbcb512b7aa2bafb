// The requests of a session and the order of their answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "tests/replica/test_client.h"

namespace zabra::replica {
namespace {

using namespace test;
using state::test::create;
using state::test::multi;
using state::test::remove;
using state::test::set_acl;
using state::test::set_data;
using testing::ElementsAre;
using testing::IsEmpty;

class Requests : public testing::Test {
 protected:
  Requests() {
    ann.established();
    bob.established();
  }
  Disk disk;
  ReplicaHost host{disk};
  TestClient ann{host}, bob{host, "10.0.0.2"};  // zxids 1 and 2
};

// ---- order ----

TEST_F(Requests, AWriteIsAnsweredWhenItIsDurableAndNotBefore) {
  ann.send(create("/a"));
  host.step();
  host.pass(5000);
  EXPECT_THAT(ann.heard(), IsEmpty());
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @3 /a"));
}

TEST_F(Requests, AReadBehindAWriteWaitsAndSeesItWhileOthersGoOn) {
  ann.send(create("/a", "x"));
  ann.send(get_data("/a"));
  bob.send(get_data("/a"));
  host.step();
  EXPECT_THAT(ann.heard(), IsEmpty());
  EXPECT_THAT(bob.heard(), ElementsAre("1 NoNode @2"));
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @3 /a", "2 ok @3 \"x\""));
}

TEST_F(Requests, RepliesComeInTheOrderOfTheRequests) {
  ann.send(ping());
  ann.send(create("/a"));
  ann.send(exists("/none"));
  ann.send(set_data("/none", ""));
  ann.send(ping());
  ann.send(sync("/a"));
  ann.send(multi({create("/b"), remove("/c")}));
  ann.send(get_children("/"));
  host.settle();
  EXPECT_THAT(ann.heard(), ElementsAre("ping ok @2", "2 ok @3 /a", "3 NoNode @3", "4 NoNode @4", "ping ok @4",
                                       "6 ok @4 /a", "7 ok @5", "8 ok @5 [zookeeper a]"));
}

TEST_F(Requests, SeveralWritesAreUnderWayAtOnceAndAReadBetweenSeesThoseBeforeIt) {
  ann.send(create("/a", "1"));
  host.step();
  ann.send(get_data("/a"));
  ann.send(set_data("/a", "2"));
  host.step();
  EXPECT_EQ(host.appends_under_way(), 2U);
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @3 /a", "2 ok @3 \"1\""));
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("3 ok @4"));
}

TEST_F(Requests, TheWritesOfOneStepAreOneAppend) {
  ann.send(create("/a"));
  bob.send(create("/b"));
  ann.send(create("/c"));
  host.step();
  EXPECT_EQ(host.appends_under_way(), 1U);
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @3 /a", "2 ok @5 /c"));
  EXPECT_THAT(bob.heard(), ElementsAre("1 ok @4 /b"));
}

TEST_F(Requests, AFailedWriteTakesAZxid) {
  ann.send(remove("/none"));
  host.settle();
  EXPECT_THAT(ann.heard(), ElementsAre("1 NoNode @3"));
  EXPECT_EQ(disk.last(), (Zxid{0, 3}));
}

TEST_F(Requests, AVanishedLinkDoesNotTakeBackItsWrite) {
  ann.send(create("/a"));
  host.step();
  ann.vanish();
  host.settle();
  bob.send(exists("/a"));
  host.step();
  EXPECT_THAT(bob.heard(), ElementsAre("1 ok @3"));
}

// ---- watches ----

TEST_F(Requests, AnEventComesBeforeTheReplyThatShowsTheChange) {
  bob.send(exists("/a", true));
  ann.send(exists("/a", true));
  host.step();
  ann.heard(), bob.heard();
  ann.send(create("/a"));
  bob.send(sync("/a"));
  host.step();
  EXPECT_THAT(bob.heard(), ElementsAre("2 ok @2 /a"));
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("event created /a @3", "2 ok @3 /a"));
  bob.send(exists("/a"));
  host.step();
  EXPECT_THAT(bob.heard(), ElementsAre("event created /a @3", "3 ok @3"));
}

TEST_F(Requests, AnEventOfANodeThatMayNotBeReadIsNotTold) {
  ann.send(create("/a"));
  host.settle();
  bob.send(exists("/a", true));
  host.step();
  bob.heard();
  ann.send(set_acl("/a", AclBytes{{perm::read, "ip", "10.0.0.9"}, {perm::all, "ip", "10.0.0.1"}}));
  ann.send(set_data("/a", "x"));
  host.settle();
  EXPECT_THAT(bob.heard(), IsEmpty());
}

// ---- identities ----

TEST_F(Requests, AuthOvertakesAndCountsOnlyForWhatArrivesBehindIt) {
  ann.send(create("/a"));
  ann.send(who_am_i());
  ann.send(auth("digest", "ann:secret"));
  ann.send(who_am_i());
  host.step();
  EXPECT_THAT(ann.heard(), ElementsAre("3 ok @0"));
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @3 /a", "2 ok @3 ip:10.0.0.1", "4 ok @3 ip:10.0.0.1 digest:ann"));
}

TEST_F(Requests, AFailedAuthIsAnsweredAndTheLinkClosed) {
  ann.send(auth("kerberos", "ann"));
  ann.send(ping());
  host.step();
  EXPECT_THAT(ann.heard(), ElementsAre("1 AuthFailed @0", "closed after that"));
  EXPECT_EQ(host.replica().status().auth_failed, 1U);
}

TEST_F(Requests, SaslIsAnsweredWithoutAToken) {
  ann.send({OpCode::sasl, std::string("\0\0\0\1x", 5)});
  host.step();
  const std::vector<Heard> replies = ann.replies();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].zxid, 0);
  EXPECT_EQ(replies[0].error, 0);
  EXPECT_EQ(replies[0].body, "\xff\xff\xff\xff");
}

// ---- what ends a connection ----

TEST_F(Requests, AnUnknownOperationIsAnsweredInItsTurnAndTheLastOne) {
  ann.send(create("/a"));
  ann.send({static_cast<OpCode>(999), ""});
  ann.send(create("/b"));
  host.step();
  EXPECT_THAT(ann.heard(), IsEmpty());
  host.settle();
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @3 /a", "2 Unimplemented @-1", "closed after that"));
  EXPECT_EQ(disk.last(), (Zxid{0, 3}));
}

TEST_F(Requests, OnlyServersMayDeleteContainersOrCreateSessions) {
  ann.send({OpCode::delete_container, ""});
  bob.send({OpCode::create_session, ""});
  host.step();
  EXPECT_THAT(ann.heard(), ElementsAre("1 Unimplemented @-1", "closed after that"));
  EXPECT_THAT(bob.heard(), ElementsAre("1 Unimplemented @-1", "closed after that"));
}

TEST_F(Requests, AFrameWithoutAWholeHeaderClosesTheLink) {
  ann.send(create("/a"));
  ann.send_raw("1234567");
  host.step();
  EXPECT_THAT(ann.heard(), ElementsAre("closed"));
  host.settle();
  EXPECT_EQ(disk.last(), (Zxid{0, 3})) << "what was asked before stands";
}

TEST_F(Requests, ABodyThatCannotBeDecodedIsAnswered) {
  ann.send({OpCode::get_data, "??"});
  ann.send({OpCode::create, "??"});
  ann.send(ping());
  host.settle();
  EXPECT_THAT(ann.heard(), ElementsAre("1 MarshallingError @2", "2 MarshallingError @3", "ping ok @3"));
}

TEST_F(Requests, AClosedSessionTakesItsEphemeralsIsAnsweredAndItsLinkClosed) {
  ann.send(create("/e", CreateMode::ephemeral));
  bob.send(exists("/e"));
  host.settle();
  bob.send(exists("/e", true));
  ann.send(close_session());
  ann.send(create("/late"));
  ann.send(ping());
  host.step();
  ann.heard(), bob.heard();
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("2 ok @4", "closed after that"));
  EXPECT_THAT(bob.heard(), ElementsAre("event deleted /e @4"));
  EXPECT_EQ(disk.last(), (Zxid{0, 4})) << "what came behind the close is not looked at";
  EXPECT_EQ(host.replica().status().sessions, 1U);
}

TEST_F(Requests, ASessionThatIsClosingCannotComeBack) {
  ann.send(close_session());
  host.step();
  TestClient again(host);
  again.connect(ann.again());
  host.step();
  EXPECT_THAT(again.heard(), ElementsAre("refused", "closed after that"));
  host.log_done();
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @3", "closed after that"));
}

}  // namespace
}  // namespace zabra::replica
