// Several servers as clients see them: who leads, writes from everywhere, sessions that move, servers that come and go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replica/ensemble_story.h"

namespace zabra::replica::test {
namespace {

using state::test::create;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST_F(Ensembles, ElectALeaderAndServeEverywhere) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.leader(), 3) << "all are empty, so the highest id";
  EXPECT_EQ(cluster.mode(1), Mode::follower);
}

TEST_F(Ensembles, OfOneServerHaveEpochsToo) {
  Cluster cluster(1);
  ASSERT_TRUE(cluster.settle());
  TestClient client(cluster.host(1));
  establish(cluster, client);
  EXPECT_THAT(answer(cluster, client, create("/a")), ElementsAre(StartsWith("1 ok @")));
  EXPECT_THAT(answer(cluster, client, sync("/a")), ElementsAre(StartsWith("2 ok @")));
  cluster.crash(1);
  cluster.start(1);
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.host(1).replica().status().epoch, 2U);
  EXPECT_EQ(cluster.mode(1), Mode::leader);
}

TEST_F(Ensembles, PassWritesOnAndShowThemEverywhere) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient at_follower(cluster.host(1)), at_leader(cluster.host(3));
  establish(cluster, at_follower);
  establish(cluster, at_leader);
  EXPECT_THAT(answer(cluster, at_follower, create("/a", "1")), ElementsAre(StartsWith("1 ok @")));
  ASSERT_TRUE(cluster.settle());
  EXPECT_THAT(answer(cluster, at_leader, get_data("/a")), ElementsAre(HasSubstr("\"1\"")));
  EXPECT_THAT(answer(cluster, at_follower, create("/a", "1")), ElementsAre(StartsWith("2 NodeExists @")));
  EXPECT_THAT(answer(cluster, at_follower, state::test::multi({create("/b"), create("/c")})), ElementsAre(StartsWith("3 ok @")));
}

TEST_F(Ensembles, AnswerASyncWhenAQuorumStillFollows) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient at_follower(cluster.host(1)), at_leader(cluster.host(3));
  establish(cluster, at_follower);
  establish(cluster, at_leader);
  EXPECT_THAT(answer(cluster, at_follower, sync("/")), ElementsAre(StartsWith("1 ok @")));
  EXPECT_THAT(answer(cluster, at_leader, sync("/")), ElementsAre(StartsWith("1 ok @")));
  cluster.cut_off(3);
  at_leader.send(sync("/"));
  cluster.run(500);
  EXPECT_THAT(at_leader.heard(), Not(Contains(StartsWith("2 ok")))) << "nobody is left who would answer it";
}

TEST_F(Ensembles, CountTheSyncsThatWaitAndTheirElections) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient client(cluster.host(3)), other(cluster.host(3));
  establish(cluster, client);
  establish(cluster, other);
  const auto status = [&] { return cluster.host(3).replica().status(); };
  EXPECT_EQ(status().leader.pending_syncs, 0U);
  cluster.deafen(3);
  client.send(sync("/"));
  other.send(sync("/"));
  cluster.run(20);
  EXPECT_EQ(status().leader.pending_syncs, 2U) << "nobody's answer arrives";
  cluster.deafen(3, false);
  cluster.run(20);
  EXPECT_EQ(status().leader.pending_syncs, 0U);
  EXPECT_EQ(status().lookings, 1U);
  cluster.cut_off(3);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.leader() == 2; }));
  EXPECT_EQ(status().lookings, 2U);
}

TEST_F(Ensembles, HearNothingMoreOnAConnectionThatItsSessionHasLeft) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient former(cluster.host(1)), next(cluster.host(1));
  establish(cluster, former);
  cluster.deafen(1);  // the leader is asked, and its answer does not come yet
  next.connect(former.again());
  former.send(create("/late"));
  cluster.run(20);
  EXPECT_TRUE(former.is_closed());
  cluster.deafen(1, false);
  EXPECT_THAT(heard_next(cluster, next), ElementsAre("connected 10000"));
  EXPECT_THAT(answer(cluster, next, exists("/late")), ElementsAre(StartsWith("1 NoNode")));
}

// The first answer is of a time when the session had not yet written elsewhere.
TEST_F(Ensembles, LetASessionInWhenTheLastQuestionToTheLeaderIsAnswered) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient first(cluster.host(1)), given_up(cluster.host(1)), elsewhere(cluster.host(2)), back(cluster.host(1));
  establish(cluster, first);
  cluster.deafen(1);
  given_up.connect(first.again());
  cluster.run(5);
  given_up.vanish();
  establish(cluster, elsewhere, first.again());
  cluster.hold_disks(true);
  elsewhere.send(create("/written"));
  cluster.run(5);
  back.connect(first.again());
  cluster.run(5);
  cluster.deafen(1, false);
  cluster.run(20);
  EXPECT_THAT(back.heard(), IsEmpty());
  cluster.hold_disks(false);
  EXPECT_THAT(heard_next(cluster, back), ElementsAre("connected 10000"));
  EXPECT_THAT(answer(cluster, back, exists("/written")), ElementsAre(StartsWith("1 ok")));
}

TEST_F(Ensembles, GoOnWithoutTheirLeader) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient first(cluster.host(1));
  establish(cluster, first);
  ASSERT_THAT(answer(cluster, first, create("/a", "1")), ElementsAre(StartsWith("1 ok @")));
  cluster.crash(3);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.leader() != 0; }));
  ASSERT_TRUE(cluster.settle());
  EXPECT_TRUE(first.is_closed()) << "its server had no leader for a moment";

  TestClient again(cluster.host(2));
  establish(cluster, again, first.again());
  EXPECT_EQ(again.session(), first.session());
  EXPECT_THAT(answer(cluster, again, get_data("/a")), ElementsAre(HasSubstr("\"1\"")));
  EXPECT_THAT(answer(cluster, again, create("/b")), ElementsAre(StartsWith("2 ok @")));

  cluster.start(3);
  ASSERT_TRUE(cluster.settle());
  TestClient at_third(cluster.host(3));
  establish(cluster, at_third);
  EXPECT_THAT(answer(cluster, at_third, exists("/b")), ElementsAre(StartsWith("1 ok @")));
}

TEST_F(Ensembles, ServeNobodyBeforeTheyHaveALeader) {
  Cluster cluster(3);
  TestClient fresh(cluster.host(1)), known(cluster.host(1));
  fresh.connect();
  known.connect(with_right_password(0x777));
  cluster.run(1);
  EXPECT_TRUE(fresh.is_closed());
  EXPECT_TRUE(known.is_closed());
}

TEST_F(Ensembles, GiveNoSessionAwayInTheStepThatLosesTheLeader) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient client(cluster.host(1));
  cluster.cut_off(1);
  client.connect(with_right_password(0x777));
  cluster.run(1);
  EXPECT_TRUE(client.is_closed());
  EXPECT_THAT(client.heard(), Not(Contains(StartsWith("connected"))));
}

TEST_F(Ensembles, KeepASessionWithItsEphemeralsWhereverItMoves) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient at_first(cluster.host(1));
  establish(cluster, at_first);
  ASSERT_THAT(answer(cluster, at_first, create("/e", CreateMode::ephemeral)), ElementsAre(StartsWith("1 ok @")));
  TestClient at_second(cluster.host(2));
  establish(cluster, at_second, at_first.again());
  EXPECT_THAT(answer(cluster, at_second, state::test::set_data("/e", "2")), ElementsAre(StartsWith("1 ok @")));
  // What the old server still passes on is refused: the session is another's now.
  at_first.send(state::test::set_data("/e", "3"));
  cluster.run(100);
  EXPECT_TRUE(at_first.is_closed());
  EXPECT_THAT(answer(cluster, at_second, get_data("/e")), ElementsAre(HasSubstr("\"2\"")));
  TestClient at_leader(cluster.host(3));
  establish(cluster, at_leader, at_first.again());
  EXPECT_THAT(answer(cluster, at_leader, state::test::remove("/e")), ElementsAre(StartsWith("1 ok @")));
}

// Both connections count their requests from one.
TEST_F(Ensembles, AnswerARequestNeverByAnotherOfTheServerThatTheSessionHasLeft) {
  Cluster cluster(3, 1);
  ASSERT_TRUE(cluster.settle());
  for (const std::int64_t second : {2, 4}) {
    TestClient at_first(cluster.host(1));
    establish(cluster, at_first);
    cluster.hold_disks(true);
    at_first.send(create("/of the first, then at " + std::to_string(second)));
    cluster.run(20);
    TestClient at_second(cluster.host(second));
    at_second.connect(at_first.again());
    cluster.run(20);
    at_second.send(state::test::set_data("/nowhere", "2"));
    cluster.run(20);
    cluster.hold_disks(false);
    cluster.run(100);
    EXPECT_THAT(at_second.heard(), ElementsAre(StartsWith("connected"), StartsWith("1 NoNode")));
  }
}

TEST_F(Ensembles, EndASessionThatNobodyHearsOfAlsoUnderANewLeader) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient client(cluster.host(1)), watcher(cluster.host(2));
  establish(cluster, client);
  ASSERT_THAT(answer(cluster, client, create("/e", CreateMode::ephemeral)), ElementsAre(StartsWith("1 ok @")));
  client.vanish();
  cluster.crash(3);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.leader() != 0; }));
  ASSERT_TRUE(cluster.settle());
  const std::int64_t leader = cluster.leader();
  cluster.run(9'000);
  EXPECT_EQ(cluster.host(leader).replica().status().ephemerals, 1U) << "it has its whole timeout before it";
  cluster.run(6'000);
  EXPECT_EQ(cluster.host(leader).replica().status().ephemerals, 0U);
}

TEST_F(Ensembles, KeepASessionAliveThatPingsAFollower) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient client(cluster.host(1));
  establish(cluster, client);
  for (int i = 0; i < 10; ++i) {
    client.send(ping());
    cluster.run(3'000);
  }
  EXPECT_FALSE(client.is_closed());
  EXPECT_EQ(cluster.host(1).replica().status().sessions, 1U);
  client.send(close_session());
  cluster.run(100);
  EXPECT_EQ(cluster.host(3).replica().status().sessions, 0U);
}

TEST_F(Ensembles, BringBackAServerThatWasAwayAWipedOneAndAnObserver) {
  Cluster cluster(3, 1);
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.mode(4), Mode::observer);
  TestClient client(cluster.host(3));
  establish(cluster, client);
  ASSERT_THAT(answer(cluster, client, create("/a")), ElementsAre(StartsWith("1 ok @")));
  cluster.crash(1);
  const std::string data(200'000, 'x');
  for (int i = 0; i < 40; ++i) client.send(create("/a/" + std::to_string(i), data));
  ASSERT_TRUE(cluster.settle());
  cluster.run(1'000);
  ASSERT_GT(cluster.disk(3).stored(), zxid_zero) << "so much is a checkpoint's worth";
  cluster.disk(3).purge_before(cluster.disk(3).stored());
  cluster.start(1);
  ASSERT_TRUE(cluster.settle()) << "fed from the checkpoint";
  EXPECT_EQ(cluster.host(1).replica().status().znodes, cluster.host(3).replica().status().znodes);

  cluster.crash(2);
  cluster.disk(2) = {};
  cluster.start(2);
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.host(2).replica().status().znodes, cluster.host(3).replica().status().znodes);
  cluster.crash(3);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.leader() != 0; }));
  EXPECT_EQ(cluster.leader(), 2);
  ASSERT_TRUE(cluster.settle());
  TestClient at_observer(cluster.host(4));
  establish(cluster, at_observer);
  EXPECT_THAT(answer(cluster, at_observer, create("/z")), ElementsAre(StartsWith("1 ok @")));
  EXPECT_THAT(answer(cluster, at_observer, exists("/a/39")), ElementsAre(StartsWith("2 ok @")));
}

TEST_F(Ensembles, FeedAWipedServerASnapshotThatArrivesInPieces) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient client(cluster.host(3));
  establish(cluster, client);
  const std::string data(200'000, 'x');
  for (int i = 0; i < 40; ++i) client.send(create("/" + std::to_string(i), data));
  ASSERT_TRUE(cluster.settle());
  cluster.run(1'000);
  cluster.disk(3).purge_before(cluster.disk(3).stored());
  cluster.crash(1);
  cluster.disk(1) = {};
  cluster.deliver_in_pieces(50'000);
  cluster.start(1);
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.host(1).replica().status().znodes, cluster.host(3).replica().status().znodes);
}

TEST_F(Ensembles, TakeBackWhatAStrandedLeaderCouldNotCommit) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.settle());
  TestClient stranded(cluster.host(3));
  establish(cluster, stranded);
  cluster.cut_off(3);
  stranded.send(create("/lost"));
  cluster.run(20);
  EXPECT_THAT(stranded.heard(), IsEmpty());
  ASSERT_TRUE(cluster.run_until([&] { return cluster.leader() == 2; }));
  TestClient client(cluster.host(1));
  ASSERT_TRUE(cluster.run_until([&] { return cluster.mode(1) == Mode::follower; }));
  establish(cluster, client);
  ASSERT_THAT(answer(cluster, client, create("/kept")), ElementsAre(StartsWith("1 ok @")));
  cluster.reconnect(3);
  ASSERT_TRUE(cluster.settle());
  TestClient at_third(cluster.host(3));
  establish(cluster, at_third);
  EXPECT_THAT(answer(cluster, at_third, exists("/lost")), ElementsAre(StartsWith("1 NoNode")));
  EXPECT_THAT(answer(cluster, at_third, exists("/kept")), ElementsAre(StartsWith("2 ok")));
}

TEST_F(Ensembles, HandOverWhenTheCounterIsUsedUp) {
  Settings settings;
  settings.ensemble.emplace().counter_max = 20;
  Cluster cluster(3, 0, settings);
  ASSERT_TRUE(cluster.settle());
  std::size_t done = 0;
  for (int life = 0; life < 5; ++life) {
    ASSERT_TRUE(cluster.settle());
    TestClient client(cluster.host(1));
    establish(cluster, client);
    for (int i = 0; i < 15; ++i) client.send(create("/" + std::to_string(life) + "-" + std::to_string(i)));
    cluster.run(1'000);
    for (const std::string& line : client.heard()) done += line.find(" ok @") != std::string::npos ? 1U : 0U;
  }
  EXPECT_GT(done, 50U);
  EXPECT_GE(cluster.host(1).replica().status().epoch, 3U);
}

}  // namespace
}  // namespace zabra::replica::test
