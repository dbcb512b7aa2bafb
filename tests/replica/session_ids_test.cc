// No session id is given out twice, although the clock went back and neither tree nor log knows of the first time.
#include "tests/replica/ensemble_story.h"

namespace zabra::replica::test {
namespace {

using state::test::create;

constexpr std::int64_t ten_minutes = 600'000;

TEST(SessionIds, OfASessionThatIsOverAreKnownToTheCheckpoint) {
  Disk disk;
  SessionId closed;
  {
    ReplicaHost host(disk);
    TestClient client(host);
    closed = client.established().session();
    client.send(close_session());
    host.tell(Stop{});
    host.settle();
    ASSERT_TRUE(host.replica().stopped());
  }
  disk.log = {{disk.stored(), ""}};  // only its position is looked at: the checkpoint has it
  ReplicaHost restarted(disk, {}, {1'700'000'000'000 - ten_minutes});
  TestClient next(restarted);
  EXPECT_GT(next.established().session(), closed);
}

class LocalSessionIds : public Ensembles {
 protected:
  static Settings with_local_sessions() {
    Settings settings;
    settings.ensemble.emplace().local_sessions = true;
    return settings;
  }
  SessionId open(std::int64_t id) {
    TestClient client(cluster.host(id));
    establish(cluster, client);
    return client.session();
  }
  // At the leader.
  void write(int nodes, std::size_t bytes) {
    TestClient client(cluster.host(3));
    establish(cluster, client);
    for (int i = 0; i < nodes; ++i) client.send(create("/" + std::to_string(i), std::string(bytes, 'x')));
    cluster.run(1'000);
    EXPECT_TRUE(cluster.settle());
  }
  void restart_with_the_clock_set_back(std::int64_t id) {
    cluster.crash(id);
    cluster.start(id, ten_minutes);
    ASSERT_TRUE(cluster.settle());
  }

  Cluster cluster{3, 0, with_local_sessions()};
};

TEST_F(LocalSessionIds, AreNotGivenOutAgainWhetherBeforeOrBehindTheLastCheckpoint) {
  ASSERT_TRUE(cluster.settle());
  const SessionId before = open(1);
  write(1, 1);
  ASSERT_TRUE(cluster.disk(1).meta) << "the first one is made as soon as there is anything";
  const SessionId behind = open(1);
  EXPECT_GT(behind, before);
  restart_with_the_clock_set_back(1);
  EXPECT_GT(open(1), behind);
}

TEST_F(LocalSessionIds, AreNotGivenOutAgainWhereNoCheckpointWasMadeBetweenTwoStarts) {
  ASSERT_TRUE(cluster.settle());
  write(1, 1);
  SessionId last = open(1);
  for (int starts = 0; starts < 3; ++starts) {
    cluster.crash(1);
    cluster.start(1);
    ASSERT_TRUE(cluster.settle());
    const SessionId next = open(1);
    EXPECT_GT(next, last);
    last = next;
  }
}

TEST_F(LocalSessionIds, AreNotGivenOutAgainByAServerThatTookOverItsLeadersSnapshot) {
  ASSERT_TRUE(cluster.settle());
  const SessionId before = open(1);
  cluster.crash(1);
  write(40, 200'000);  // more than a leader keeps in memory
  cluster.disk(3).purge_before(cluster.disk(3).stored());
  cluster.disk(1) = {};
  cluster.start(1);
  ASSERT_TRUE(cluster.settle());
  ASSERT_EQ(cluster.host(3).replica().status().syncs.snapshots, 1U);
  const SessionId after = open(1);
  EXPECT_GT(after, before);
  restart_with_the_clock_set_back(1);
  EXPECT_GT(open(1), after);
}

}  // namespace
}  // namespace zabra::replica::test
