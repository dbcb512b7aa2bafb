// What /zookeeper/config says: the configuration by which the server itself works.
#include "tests/replica/ensemble_story.h"

namespace zabra::replica::test {
namespace {

using state::test::create;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Settings configured(const std::string& text, std::int64_t version = 0) {
  Settings settings;
  EnsembleSettings& ensemble = settings.ensemble.emplace();
  ensemble.members.voters = {ServerId{1}};
  ensemble.addresses[ServerId{1}] = {{{"1", 2888}}, {{"1", 3888}}};
  ensemble.text = text;
  ensemble.text_version = Zxid::from_wire(version);
  return settings;
}

class ConfigNode : public testing::Test {
 protected:
  // As a client of the server sees it.
  static std::vector<std::string> seen(ReplicaHost& host) {
    host.settle();
    for (int ticks = 0; ticks < 10 && host.replica().status().mode == Mode::not_serving; ++ticks) {
      host.pass(2000);
      host.settle();
    }
    TestClient client(host);
    client.established();
    client.send(get_data("/zookeeper/config"));
    host.settle();
    return client.heard();
  }
  static void stop(ReplicaHost& host) {
    host.tell(Stop{});
    host.settle();
    ASSERT_TRUE(host.replica().stopped());
  }
  Disk disk;
};

TEST_F(ConfigNode, IsEmptyOnOneServer) {
  ReplicaHost host(disk);
  EXPECT_THAT(seen(host), ElementsAre(HasSubstr(" \"\"")));
}

TEST_F(ConfigNode, FollowsTheServersOwnFileOverARestart) {
  ReplicaHost before(disk, configured("old"));
  EXPECT_THAT(seen(before), ElementsAre(HasSubstr("\"old\"")));
  stop(before);
  ReplicaHost after(disk, configured("new", 7));
  EXPECT_THAT(seen(after), ElementsAre(HasSubstr("\"new\"")));
}

TEST_F(ConfigNode, StaysOnAServerThatIsAloneFromNowOn) {
  ReplicaHost before(disk, configured("old"));
  EXPECT_THAT(seen(before), ElementsAre(HasSubstr("\"old\"")));
  stop(before);
  ReplicaHost alone(disk);
  EXPECT_THAT(seen(alone), ElementsAre(HasSubstr("\"old\"")));
}

class ConfigNodes : public Ensembles {};

TEST_F(ConfigNodes, OfAllServersSayTheirTextAndFireNoWatch) {
  Cluster cluster(3, 1, configured("text"));
  ASSERT_TRUE(cluster.settle());
  for (std::int64_t id = 1; id <= 4; ++id) {
    TestClient client(cluster.host(id));
    establish(cluster, client);
    EXPECT_THAT(answer(cluster, client, get_data("/zookeeper/config", true)), ElementsAre(HasSubstr("\"text\"")));
    EXPECT_THAT(answer(cluster, client, create("/a" + std::to_string(id))), ElementsAre(StartsWith("2 ok")));
  }
}

}  // namespace
}  // namespace zabra::replica::test
