// Read-only mode: what a server without a leader does for those who are content with reading.
#include "tests/replica/ensemble_story.h"

namespace zabra::replica::test {
namespace {

using state::test::create;
using state::test::multi;
using state::test::set_data;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const Connecting reading{.read_only = true};
constexpr std::int64_t grace_ms = 2000;

Settings with_read_only_mode() {
  Settings settings;
  settings.ensemble.emplace().read_only_mode = true;
  return settings;
}

class ReadOnlyMode : public Ensembles {
 protected:
  void begin(const Settings& settings = with_read_only_mode()) {
    cluster_.emplace(3, 1, settings);
    ASSERT_TRUE(cluster().settle());
    TestClient writer(host(2));
    establish(cluster(), writer);
    ASSERT_THAT(answer(cluster(), writer, create("/a", "1")), ElementsAre(StartsWith("1 ok")));
    ASSERT_TRUE(cluster().settle());
  }
  void cut_off(std::int64_t id) {
    cluster().cut_off(id);
    ASSERT_TRUE(cluster().run_until([&] { return cluster().mode(id) == Mode::read_only; }));
  }
  Cluster& cluster() { return *cluster_; }
  ReplicaHost& host(std::int64_t id) { return cluster().host(id); }
  Lines ask(TestClient& client, const Request& request) { return answer(cluster(), client, request); }
  Lines present(std::int64_t id, const Connecting& how) {
    TestClient client(host(id));
    client.connect(how);
    return heard_next(cluster(), client);
  }
  std::string at(std::int64_t id) {
    return " @" + std::to_string(host(id).replica().status().last_applied.to_wire());
  }

  std::optional<Cluster> cluster_;
};

TEST_F(ReadOnlyMode, IsWhereAServerWithoutALeaderReadsForWhoeverWantsIt) {
  begin();
  for (const std::int64_t id : {1, 4, 3}) {  // a follower, an observer, the leader
    cut_off(id);
    TestClient client(host(id));
    client.connect(reading);
    EXPECT_THAT(heard_next(cluster(), client), ElementsAre("connected 10000 read-only"));
    client.send(get_data("/a", true));
    client.send(who_am_i());
    client.send(ping());
    client.send(close_session());
    cluster().run(2);
    EXPECT_THAT(client.heard(), ElementsAre("1 ok" + at(id) + " \"1\"", StartsWith("2 ok"), StartsWith("ping ok"),
                                            "4 ok" + at(id), "closed after that"));
    EXPECT_EQ(host(id).replica().status().local_sessions, 0U);
    cluster().reconnect(id);
    ASSERT_TRUE(cluster().settle());
  }
}

TEST_F(ReadOnlyMode, RefusesInItsTurnWhatNeedsALeader) {
  begin();
  cut_off(1);
  TestClient client(host(1));
  establish(cluster(), client, reading);
  client.send(create("/b", CreateMode::ephemeral));
  client.send(exists("/b"));
  client.send(set_data("/a", "2"));
  client.send(multi({create("/b")}));
  client.send(sync("/a"));
  client.send(get_data("/a"));
  cluster().run(2);
  EXPECT_THAT(client.heard(), ElementsAre("1 NotReadOnly" + at(1), "2 NoNode" + at(1), "3 NotReadOnly" + at(1),
                                          "4 NotReadOnly" + at(1), "5 NotReadOnly" + at(1), "6 ok" + at(1) + " \"1\""));
}

TEST_F(ReadOnlyMode, BeginsWhenALeaderHasBeenMissedForAWhile) {
  begin();
  cluster().cut_off(1);
  cluster().run(10);
  const std::int64_t since = host(1).now().monotonic.ms;
  EXPECT_EQ(cluster().mode(1), Mode::not_serving);
  EXPECT_THAT(present(1, reading), ElementsAre("closed"));
  ASSERT_TRUE(cluster().run_until([&] { return cluster().mode(1) == Mode::read_only; }));
  const std::int64_t taken = host(1).now().monotonic.ms - since;
  EXPECT_GE(taken, grace_ms - 10);
  EXPECT_LE(taken, grace_ms) << "it wakes up for it";
}

TEST_F(ReadOnlyMode, IsNotForClientsThatDidNotAskForIt) {
  begin();
  cut_off(1);
  EXPECT_THAT(present(1, {}), ElementsAre("closed"));
  EXPECT_THAT(present(1, {.with_read_only = false}), ElementsAre("closed"));
}

TEST_F(ReadOnlyMode, IsOffUnlessItIsOn) {
  begin({});
  cluster().cut_off(1);
  cluster().run(10 * grace_ms);
  EXPECT_EQ(cluster().mode(1), Mode::not_serving);
  EXPECT_THAT(present(1, reading), ElementsAre("closed"));
}

TEST_F(ReadOnlyMode, TakesNobodyBackInTime) {
  begin();
  cut_off(1);
  TestClient writer(host(2));
  establish(cluster(), writer);
  ASSERT_THAT(ask(writer, set_data("/a", "2")), ElementsAre(StartsWith("1 ok")));
  const std::int64_t seen = host(2).replica().status().last_applied.to_wire();
  EXPECT_THAT(present(1, {.last_zxid = seen, .read_only = true}), ElementsAre("closed"));
  const std::int64_t older = host(1).replica().status().last_applied.to_wire();
  EXPECT_THAT(present(1, {.last_zxid = older, .read_only = true}), ElementsAre("connected 10000 read-only"));
}

TEST_F(ReadOnlyMode, LeavesTheEnsemblesSessionsToTheEnsemble) {
  begin();
  TestClient client(host(1));
  establish(cluster(), client, reading);
  cut_off(1);
  EXPECT_TRUE(client.is_closed());
  Connecting again = client.again();
  EXPECT_THAT(present(1, again), ElementsAre("closed")) << "it does not even look at what is read-only";
  again.read_only = true;
  EXPECT_THAT(present(1, again), ElementsAre("closed")) << "it can't say whether it is alive";
  Connecting unknown = with_right_password(0x777);
  unknown.read_only = true;
  EXPECT_THAT(present(1, unknown), ElementsAre("refused read-only", "closed after that"));
  again.read_only = false;
  EXPECT_THAT(present(2, again), ElementsAre("connected 10000")) << "elsewhere it goes on";
}

TEST_F(ReadOnlyMode, HasSessionsOfItsOwnThatGoOnOverConnectionsAndExpire) {
  begin();
  cut_off(1);
  TestClient first(host(1));
  establish(cluster(), first, reading);
  Connecting again = first.again();
  again.read_only = true;
  first.vanish();
  TestClient second(host(1));
  establish(cluster(), second, again);
  EXPECT_EQ(second.session(), first.session());
  cluster().run(9'000);
  EXPECT_FALSE(second.is_closed());
  cluster().run(4'000);
  EXPECT_TRUE(second.is_closed());
  EXPECT_THAT(present(1, again), ElementsAre("refused read-only", "closed after that"));
}

TEST_F(ReadOnlyMode, IsOverWithItsSessionsAsSoonAsALeaderIsFound) {
  begin();
  cut_off(1);
  TestClient reader(host(1)), writer(host(2));
  establish(cluster(), reader, reading);
  establish(cluster(), writer);
  ASSERT_THAT(ask(writer, set_data("/a", "2")), ElementsAre(StartsWith("1 ok")));
  cluster().reconnect(1);
  ASSERT_TRUE(cluster().run_until([&] { return cluster().mode(1) != Mode::read_only; }));
  EXPECT_TRUE(reader.is_closed());
  EXPECT_EQ(host(1).replica().status().local_sessions, 0U);
  ASSERT_TRUE(cluster().settle());
  Connecting again = reader.again();
  again.read_only = true;
  EXPECT_THAT(present(1, again), ElementsAre("refused", "closed after that"));
  TestClient fresh(host(1));
  fresh.connect(reading);
  EXPECT_THAT(heard_next(cluster(), fresh), ElementsAre("connected 10000")) << "and now it may write";
  EXPECT_THAT(ask(fresh, set_data("/a", "3")), ElementsAre(StartsWith("1 ok")));
}

TEST_F(ReadOnlyMode, EndsNobodysSessionHoweverLongItLasts) {
  begin();
  TestClient client(host(2));
  establish(cluster(), client);
  ASSERT_THAT(ask(client, create("/e", CreateMode::ephemeral)), ElementsAre(StartsWith("1 ok")));
  cut_off(1);
  cut_off(3);
  cut_off(2);
  cluster().run(60'000);
  EXPECT_EQ(host(1).replica().status().ephemerals, 1U);
  EXPECT_EQ(host(1).replica().status().sessions, host(2).replica().status().sessions);
  cluster().crash(2);
  cluster().start(2);
  cluster().run(60'000);
  EXPECT_EQ(host(2).said.count("Expiring session"), 0U) << "nor after a restart: a leader's is the word";
}

}  // namespace
}  // namespace zabra::replica::test
