// leaderServes=no: a leader that has others to serve clients leaves them to the others.
#include "tests/replica/ensemble_story.h"

namespace zabra::replica::test {
namespace {

using state::test::create;
using testing::ElementsAre;
using testing::StartsWith;

Settings without_the_leader() {
  Settings settings;
  settings.ensemble.emplace().leader_serves = false;
  return settings;
}

TEST_F(Ensembles, WhoseLeaderServesNobodyAreServedByTheOthers) {
  Cluster cluster(3, 0, without_the_leader());
  ASSERT_TRUE(cluster.settle());
  TestClient at_leader(cluster.host(3)), at_follower(cluster.host(1));
  at_leader.connect();
  EXPECT_THAT(heard_next(cluster, at_leader), ElementsAre("closed"));
  EXPECT_FALSE(cluster.host(3).replica().status().serves_clients);
  EXPECT_TRUE(cluster.host(1).replica().status().serves_clients);
  EXPECT_EQ(cluster.mode(3), Mode::leader);
  establish(cluster, at_follower, {.timeout_ms = 4000});
  EXPECT_THAT(answer(cluster, at_follower, create("/e", CreateMode::ephemeral)), ElementsAre(StartsWith("1 ok")));
  EXPECT_THAT(answer(cluster, at_follower, sync("/e")), ElementsAre(StartsWith("2 ok")));
  at_follower.vanish();
  cluster.run(8'000);
  EXPECT_EQ(cluster.host(1).replica().status().ephemerals, 0U) << "the leader still decides when sessions are over";
}

TEST_F(Ensembles, WhoseLeaderServesNobodySendClientsAwayFromANewLeaderAndTakeThemAtTheOld) {
  Cluster cluster(3, 0, without_the_leader());
  ASSERT_TRUE(cluster.settle());
  TestClient client(cluster.host(2));
  establish(cluster, client);
  cluster.crash(3);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.leader() == 2; }));
  ASSERT_TRUE(cluster.settle());
  EXPECT_TRUE(client.is_closed());
  TestClient refused(cluster.host(2)), again(cluster.host(1));
  refused.connect(client.again());
  EXPECT_THAT(heard_next(cluster, refused), ElementsAre("closed"));
  establish(cluster, again, client.again());
  cluster.start(3);
  ASSERT_TRUE(cluster.settle());
  TestClient at_old_leader(cluster.host(3));
  establish(cluster, at_old_leader);
}

TEST_F(Ensembles, OfOneServerHaveNobodyElseToServe) {
  Cluster cluster(1, 0, without_the_leader());
  ASSERT_TRUE(cluster.settle());
  TestClient client(cluster.host(1));
  establish(cluster, client);
  EXPECT_TRUE(cluster.host(1).replica().status().serves_clients);
}

}  // namespace
}  // namespace zabra::replica::test
