// A leader whose own disk answers no more.
//
// While its log still has room it reads on, and the others' disks are the quorum. When no more may be in flight it reads
// nothing of them either, and so loses them at syncLimit: who can't write any more gives way to somebody who can.
#include "tests/replica/ensemble_story.h"

namespace zabra::replica::test {
namespace {

using state::test::create;
using testing::ElementsAre;
using testing::StartsWith;

class HungDiskOfALeader : public Ensembles {
 protected:
  void SetUp() override {
    ASSERT_TRUE(cluster.settle());
    ASSERT_EQ(cluster.leader(), 3);
    establish(cluster, at_leader);
    cluster.hold_disk_of(3);
  }
  Cluster cluster{3};
  TestClient at_leader{cluster.host(3)};
};

TEST_F(HungDiskOfALeader, TheOthersCommitWithoutIt) {
  EXPECT_THAT(answer(cluster, at_leader, create("/a")), ElementsAre(StartsWith("1 ok")));
  cluster.run(30'000);
  EXPECT_EQ(cluster.leader(), 3);
}

TEST_F(HungDiskOfALeader, ItGivesWayWhenItCanTakeNoMore) {
  std::size_t sent = 0;
  for (; sent < limits::log_inflight_bytes_max; sent += 600'000) {
    at_leader.send(create("/" + std::to_string(sent), std::string(600'000, 'x')));
  }
  cluster.run(100);
  const std::vector<std::string> answered = at_leader.heard();
  ASSERT_TRUE(cluster.run_until([&] { return cluster.leader() == 2; }, 30'000));
  EXPECT_EQ(cluster.mode(3), Mode::not_serving);
  TestClient client(cluster.host(1));
  establish(cluster, client);
  EXPECT_THAT(answer(cluster, client, create("/after")), ElementsAre(StartsWith("1 ok")));
  for (std::size_t i = 0; i < answered.size(); ++i) {
    const std::string path = "/" + std::to_string(i * 600'000);
    EXPECT_THAT(answer(cluster, client, exists(path)), ElementsAre(testing::HasSubstr(" ok "))) << path;
  }

  cluster.hold_disk_of(3, false);
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.mode(3), Mode::follower);
}

}  // namespace
}  // namespace zabra::replica::test
