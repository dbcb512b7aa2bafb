// Local sessions: known to one server, without a transaction, until they need to own something.
#include "tests/replica/ensemble_story.h"

namespace zabra::replica::test {
namespace {

using state::test::create;
using state::test::multi;
using state::test::set_data;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

Settings with_local_sessions(bool upgrading) {
  Settings settings;
  settings.ensemble.emplace().local_sessions = true;
  settings.ensemble->local_sessions_upgrading = upgrading;
  return settings;
}

class LocalSessions : public Ensembles {
 protected:
  void begin(std::int64_t voters, std::int64_t observers = 0, const Settings& settings = with_local_sessions(true)) {
    cluster_.emplace(voters, observers, settings);
    ASSERT_TRUE(cluster().settle());
  }
  Cluster& cluster() { return *cluster_; }
  ReplicaHost& host(std::int64_t id) { return cluster().host(id); }
  Lines ask(TestClient& client, const Request& request) { return answer(cluster(), client, request); }
  std::uint64_t local_on(std::int64_t id) { return host(id).replica().status().local_sessions; }
  std::uint64_t global_on(std::int64_t id) { return host(id).replica().status().sessions; }
  Zxid applied_on(std::int64_t id) { return host(id).replica().status().last_applied; }
  // What is heard of a session that is presented to a server.
  Lines present(std::int64_t id, const Connecting& how) {
    TestClient client(host(id));
    client.connect(how);
    return heard_next(cluster(), client);
  }

  std::optional<Cluster> cluster_;
};

TEST_F(LocalSessions, AreKnownToTheirServerAloneAndTakeNoZxid) {
  begin(3, 1);
  const Zxid before = applied_on(3);
  for (std::int64_t id = 1; id <= 4; ++id) {
    TestClient client(host(id));
    establish(cluster(), client);
    EXPECT_EQ(local_on(id), 1U);
    EXPECT_THAT(ask(client, exists("/")), ElementsAre(StartsWith("1 ok")));
    EXPECT_THAT(present(id % 4 + 1, client.again()), ElementsAre("refused", "closed after that"));
    EXPECT_FALSE(client.is_closed()) << "whoever is refused elsewhere harms nobody here";
    Connecting wrong = client.again();
    wrong.password[0] = static_cast<char>(wrong.password[0] + 1);
    EXPECT_THAT(present(id, wrong), ElementsAre("refused", "closed after that"));
    EXPECT_THAT(present(id, client.again()), ElementsAre("connected 10000"));
    EXPECT_TRUE(client.is_closed()) << "the newer connection has it";
  }
  EXPECT_EQ(applied_on(3), before);
  EXPECT_EQ(global_on(3), 0U);
}

TEST_F(LocalSessions, WriteAsOthersDo) {
  begin(3, 1);
  for (std::int64_t id = 1; id <= 4; ++id) {
    TestClient client(host(id));
    establish(cluster(), client);
    const std::string path = "/of " + std::to_string(id);
    client.send(create(path, "1"));
    client.send(set_data(path, "2"));
    client.send(get_data(path));
    client.send(multi({set_data(path, "3"), create(path + "/below")}));
    client.send(sync(path));
    client.send(get_data(path));
    cluster().run(200);
    EXPECT_THAT(client.heard(),
                ElementsAre(StartsWith("1 ok"), StartsWith("2 ok"), HasSubstr("\"2\""), StartsWith("4 ok"),
                            StartsWith("5 ok"), HasSubstr("\"3\"")));
    EXPECT_EQ(local_on(id), 1U);
  }
  EXPECT_EQ(global_on(3), 0U);
}

TEST_F(LocalSessions, OwnNoEphemeralsWhereUpgradingIsOff) {
  begin(3, 0, with_local_sessions(false));
  for (std::int64_t id = 1; id <= 3; ++id) {
    TestClient client(host(id));
    establish(cluster(), client);
    EXPECT_THAT(ask(client, create("/e", CreateMode::ephemeral)), ElementsAre(StartsWith("1 EphemeralOnLocalSession @")));
    client.send(multi({create("/m"), create("/e", CreateMode::ephemeral_sequential)}));
    client.send(exists("/m"));
    cluster().run(200);
    EXPECT_THAT(client.heard(), ElementsAre(StartsWith("2 "), StartsWith("3 NoNode")));
    EXPECT_EQ(local_on(id), 1U);
  }
}

TEST_F(LocalSessions, BecomeGlobalWithTheFirstEphemeralAndKeepTheOrderOfWhatIsUnderWay) {
  begin(3, 1);
  for (std::int64_t id = 1; id <= 4; ++id) {
    TestClient client(host(id)), at_other(host(id % 4 + 1)), watcher(host((id + 1) % 4 + 1));
    establish(cluster(), client);
    establish(cluster(), watcher);
    client.send(create("/a"));
    client.send(create("/e", CreateMode::ephemeral));
    client.send(set_data("/a", "2"));
    client.send(get_data("/a"));
    client.send(create("/f", CreateMode::ephemeral));
    cluster().run(200);
    EXPECT_THAT(client.heard(), ElementsAre(StartsWith("1 ok"), StartsWith("2 ok"), StartsWith("3 ok"),
                                            HasSubstr("\"2\""), StartsWith("5 ok")));
    EXPECT_EQ(local_on(id), 0U);
    EXPECT_EQ(global_on(id % 4 + 1), 1U) << "one transaction opens it, once";

    establish(cluster(), at_other, client.again());
    EXPECT_EQ(at_other.session(), client.session());
    EXPECT_THAT(ask(watcher, exists("/e", true)), ElementsAre(StartsWith("1 ok")));
    EXPECT_THAT(ask(at_other, close_session()), Contains(StartsWith("1 ok")));
    EXPECT_THAT(heard_next(cluster(), watcher), ElementsAre(StartsWith("event deleted /e")))
        << "what it owned goes with it";
    EXPECT_THAT(ask(watcher, exists("/f")), ElementsAre(StartsWith("2 NoNode")));
    EXPECT_THAT(ask(watcher, state::test::remove("/a")), ElementsAre(StartsWith("3 ok")));
    EXPECT_EQ(global_on(3), 0U);
    watcher.send(close_session());
    cluster().run(10);
  }
}

TEST_F(LocalSessions, BecomeGlobalAlsoByAMulti) {
  begin(3);
  for (std::int64_t id = 1; id <= 3; ++id) {
    TestClient client(host(id));
    establish(cluster(), client);
    client.send(multi({create("/" + std::to_string(id)), create("/e", CreateMode::ephemeral_sequential)}));
    client.send(close_session());
    cluster().run(100);
    EXPECT_THAT(client.heard(), ElementsAre(StartsWith("1 ok"), StartsWith("2 ok"), "closed after that"));
    EXPECT_EQ(global_on(id), 0U);
    EXPECT_EQ(host(id).replica().status().ephemerals, 0U);
  }
}

TEST_F(LocalSessions, AreClosedInTheirTurnAndNobodyHearsOfIt) {
  begin(3);
  for (std::int64_t id = 1; id <= 3; ++id) {
    TestClient client(host(id)), watcher(host(id % 3 + 1));
    establish(cluster(), client);
    establish(cluster(), watcher);
    const std::string path = "/" + std::to_string(id);
    ASSERT_THAT(ask(watcher, watch_for_ever("/")), ElementsAre(StartsWith("1 ok")));
    client.send(create(path));
    client.send(exists(path));
    client.send(close_session());
    client.send(exists("/"));
    cluster().run(100);
    EXPECT_THAT(client.heard(),
                ElementsAre(StartsWith("1 ok"), StartsWith("2 ok"), StartsWith("3 ok"), "closed after that"));
    EXPECT_EQ(local_on(id), 0U);
    const Zxid after = applied_on(id);
    EXPECT_THAT(watcher.heard(), ElementsAre(StartsWith("event child /"))) << "of the node that it made, and no more";
    EXPECT_THAT(present(id, client.again()), ElementsAre("refused", "closed after that"));
    EXPECT_EQ(applied_on(id), after);
    watcher.send(close_session());
    cluster().run(10);
  }
}

TEST_F(LocalSessions, AreClosedWhenTheirConnectionBreaksBehindTheClose) {
  begin(3);
  TestClient client(host(1));
  establish(cluster(), client);
  cluster().hold_disks(true);
  client.send(create("/a"));
  client.send(close_session());
  cluster().run(20);
  EXPECT_EQ(local_on(1), 1U) << "the answer waits for the write before it";
  EXPECT_THAT(present(1, client.again()), ElementsAre("refused", "closed after that"));
  client.vanish();
  cluster().run(1);
  EXPECT_EQ(local_on(1), 0U);
  cluster().hold_disks(false);
  ASSERT_TRUE(cluster().settle());
  TestClient reader(host(2));
  establish(cluster(), reader);
  EXPECT_THAT(ask(reader, exists("/a")), ElementsAre(StartsWith("1 ok"))) << "what it wrote is written";
}

TEST_F(LocalSessions, EndBetweenTheirTimeoutAndATickLaterByTheirServerAlone) {
  begin(3);
  const Zxid before = applied_on(3);
  for (std::int64_t id = 1; id <= 3; ++id) {
    TestClient silent(host(id)), alive(host(id)), gone(host(id));
    establish(cluster(), silent, {.timeout_ms = 5000});
    establish(cluster(), alive, {.timeout_ms = 5000});
    establish(cluster(), gone, {.timeout_ms = 5000});
    const std::int64_t since = host(id).now().monotonic.ms;
    gone.vanish();
    while (!silent.is_closed()) {
      alive.send(ping());
      cluster().run(100);
    }
    const std::int64_t lived = host(id).now().monotonic.ms - since;
    EXPECT_GE(lived, 5000 - 100);
    EXPECT_LE(lived, 5000 + 2000 + 100);
    EXPECT_FALSE(alive.is_closed());
    cluster().run(100);
    EXPECT_EQ(local_on(id), 1U) << "also the one without a connection is over";
    EXPECT_EQ(applied_on(id), before);
  }
}

TEST_F(LocalSessions, EndInTimeAlsoWithAWriteUnderWay) {
  begin(3);
  TestClient client(host(1));
  establish(cluster(), client, {.timeout_ms = 4000});
  cluster().hold_disks(true);
  client.send(create("/a"));
  cluster().run(7'000);
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(local_on(1), 0U);
  cluster().hold_disks(false);
  ASSERT_TRUE(cluster().settle());
  EXPECT_EQ(host(1).replica().status().znodes, host(3).replica().status().znodes);
}

TEST_F(LocalSessions, AreLostWithTheirServerAndNoOthersWithIt) {
  begin(3);
  TestClient lost(host(1)), kept(host(2)), upgraded(host(1));
  establish(cluster(), lost);
  establish(cluster(), kept);
  establish(cluster(), upgraded);
  ASSERT_THAT(ask(upgraded, create("/e", CreateMode::ephemeral)), ElementsAre(StartsWith("1 ok")));
  const Connecting lost_again = lost.again(), upgraded_again = upgraded.again();
  cluster().crash(1);
  cluster().start(1);
  ASSERT_TRUE(cluster().settle());
  EXPECT_FALSE(kept.is_closed());
  EXPECT_THAT(present(1, lost_again), ElementsAre("refused", "closed after that"));
  TestClient again(host(2));
  establish(cluster(), again, upgraded_again);
  EXPECT_THAT(ask(again, exists("/e")), ElementsAre(StartsWith("1 ok"))) << "global ones survive it";
}

TEST_F(LocalSessions, EndWithTheRoleOfTheirServer) {
  begin(3);
  TestClient local(host(1)), upgraded(host(1));
  establish(cluster(), local);
  establish(cluster(), upgraded);
  ASSERT_THAT(ask(upgraded, create("/e", CreateMode::ephemeral)), ElementsAre(StartsWith("1 ok")));
  cluster().crash(3);
  ASSERT_TRUE(cluster().run_until([&] { return cluster().leader() != 0; }));
  ASSERT_TRUE(cluster().settle());
  EXPECT_TRUE(local.is_closed());
  EXPECT_EQ(local_on(1), 0U);
  EXPECT_THAT(present(1, local.again()), ElementsAre("refused", "closed after that"));
  EXPECT_THAT(present(1, upgraded.again()), ElementsAre("connected 10000"));
}

TEST_F(LocalSessions, AreAtMostGlobalOnesWithoutAClientWhenTheRoleIsLostInTheMiddleOfTheirUpgrade) {
  begin(3);
  TestClient client(host(1));
  establish(cluster(), client, {.timeout_ms = 4000});
  cluster().hold_disks(true);
  client.send(create("/e", CreateMode::ephemeral));
  cluster().run(20);
  cluster().cut_off(1);
  cluster().run(20);
  cluster().hold_disks(false);
  cluster().reconnect(1);
  ASSERT_TRUE(cluster().settle());
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(local_on(1), 0U);
  EXPECT_EQ(global_on(1), global_on(3));
  cluster().run(10'000);
  EXPECT_EQ(global_on(3), 0U) << "nobody takes it up: the leader ends it";
  EXPECT_EQ(host(1).replica().status().ephemerals, 0U);
}

// Its number is the learner's, and the leader has forgotten it: without a word from the learner it could be a local one.
TEST_F(LocalSessions, AreNotMixedUpWithAGlobalOneThatIsOverAndItsServerHasNotHeardOfIt) {
  begin(3);
  TestClient at_first(host(1));
  establish(cluster(), at_first);
  ASSERT_THAT(ask(at_first, create("/e", CreateMode::ephemeral)), ElementsAre(StartsWith("1 ok")));
  cluster().deafen(1);
  TestClient at_second(host(2));
  establish(cluster(), at_second, at_first.again());
  ASSERT_THAT(ask(at_second, close_session()), Contains(StartsWith("1 ok")));
  EXPECT_EQ(global_on(3), 0U);
  EXPECT_EQ(global_on(1), 1U);
  at_first.send(create("/late"));
  cluster().run(100);
  cluster().deafen(1, false);
  ASSERT_TRUE(cluster().settle());
  EXPECT_TRUE(at_first.is_closed());
  TestClient reader(host(3));
  establish(cluster(), reader);
  EXPECT_THAT(ask(reader, exists("/late")), ElementsAre(StartsWith("1 NoNode")));
}

TEST_F(LocalSessions, AreUpgradedAcrossTheEndOfTheCounter) {
  Settings settings = with_local_sessions(true);
  settings.ensemble->counter_max = 7;
  begin(3, 0, settings);
  std::size_t made = 0;
  for (int life = 0; life < 20; ++life) {
    ASSERT_TRUE(cluster().settle());
    TestClient at_leader(host(cluster().leader())), at_follower(host(cluster().follower()));
    at_leader.connect();
    at_follower.connect();
    at_leader.send(create("/e", CreateMode::ephemeral_sequential));
    at_follower.send(create("/e", CreateMode::ephemeral_sequential));
    cluster().run(300);
    for (TestClient* client : {&at_leader, &at_follower}) {
      for (const std::string& line : client->heard()) made += line.starts_with("1 ok") ? 1U : 0U;
    }
  }
  EXPECT_GT(made, 10U);
  EXPECT_GT(host(1).replica().status().epoch, 5U);
}

TEST_F(LocalSessions, HaveNoPlaceOnOneServerWithoutAnEnsemble) {
  Disk disk;
  ReplicaHost alone(disk);
  TestClient client(alone);
  client.established();
  EXPECT_EQ(alone.replica().status().sessions, 1U);
  EXPECT_EQ(alone.replica().status().local_sessions, 0U);
}

TEST_F(LocalSessions, WhoseUpgradeWasLostWithItsLeaderAreOver) {
  begin(3);
  TestClient client(host(2));
  establish(cluster(), client);
  cluster().deafen(3);  // what it is asked for goes nowhere
  client.send(create("/e", CreateMode::ephemeral));
  cluster().run(5);
  EXPECT_EQ(local_on(2), 0U);
  cluster().cut_off(3);
  ASSERT_TRUE(cluster().run_until([&] { return cluster().leader() == 2; }));
  const Zxid before = applied_on(2);
  cluster().run(20'000);  // twice its timeout
  EXPECT_EQ(applied_on(2), before) << "there is nothing to be closed";
}

}  // namespace
}  // namespace zabra::replica::test
