// Disks of a majority that were brought back from old copies: what came after is lost, but the servers become one again.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/replica/cluster.h"
#include "tests/replica/test_client.h"

namespace zabra::replica {
namespace {

using namespace test;
using state::test::create;

class OldCopies : public testing::Test {
 protected:
  OldCopies() {
    EXPECT_TRUE(cluster.settle());
    ahead = cluster.follower();
    write("/early");
    for (std::int64_t id = 1; id <= 3; ++id) {
      if (id != ahead) copies[id] = cluster.disk(id);
    }
    for (int i = 0; i < 5; ++i) write("/late" + std::to_string(i));
  }
  void write(const std::string& path) {
    TestClient client(cluster.host(cluster.leader()));
    client.connect();
    cluster.run(20);
    client.send(create(path));
    cluster.run(20);
  }
  // They elect one of theirs before the last hears of it.
  void bring_back() {
    cluster.cut_off(ahead);
    for (auto& [id, disk] : copies) {
      cluster.crash(id);
      cluster.disk(id) = disk;
      cluster.start(id);
    }
    ASSERT_TRUE(cluster.run_until([this] { return cluster.leader() != 0; }));
    cluster.reconnect(ahead);
  }

  Cluster cluster{3};
  std::int64_t ahead = 0;
  std::map<std::int64_t, Disk> copies;
};

TEST_F(OldCopies, TheServerThatIsAheadTakesTheHistoryOfTheOthers) {
  bring_back();
  EXPECT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.mode(ahead), Mode::follower);
}

// It begins anew with nothing, and is sent the log.
TEST_F(OldCopies, WithoutACheckpointItTakesAllOfThatHistoryFromItsBeginning) {
  for (auto& [id, disk] : copies) {
    disk.meta.reset();
    disk.checkpoint.clear();
  }
  bring_back();
  EXPECT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.mode(ahead), Mode::follower);
}

}  // namespace
}  // namespace zabra::replica
