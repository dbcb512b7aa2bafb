#include "cli/status/ensemble_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace zabra::cli::status {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string members =
    "server.1=a:1:2:participant;0.0.0.0:2181\nserver.2=b:1:2:participant;10.0.0.2:2182\nserver.3=c:1:2:observer\nversion=0";

std::string reply(int id, const std::string& role, const std::string& zxid, const std::string& more = "") {
  return "server\t" + std::to_string(id) + "\nrole\t" + role + "\nepoch\t2\nzxid\t" + zxid +
         "\nclients\t5\nsince_ms\t60000\nclient_port\t2181\n" + more;
}
ServerView of(int id, const std::string& role, const std::string& zxid) {
  return view_of_role({"h", static_cast<std::uint16_t>(2180 + id)}, reply(id, role, zxid));
}

TEST(EnsembleView, TakesAllThatTheWordRoleSays) {
  const ServerView view = view_of_role({"a", 2181}, reply(1, "leader", "0x200000007", members));
  EXPECT_EQ(view.id, ServerId{1});
  EXPECT_EQ(view.role, "leader");
  EXPECT_EQ(view.epoch, 2U);
  EXPECT_EQ(view.zxid, (Zxid{2, 7}));
  EXPECT_EQ(view.clients, 5U);
  EXPECT_EQ(view.in_role_ms, 60'000);
  EXPECT_EQ(view.members.size(), 3U);
  EXPECT_TRUE(view.serves());
}

TEST(EnsembleView, TakesWhatApacheZooKeeperSaysInSrvr) {
  const ServerView view = view_of_srvr({"a", 2181},
                                       "Zookeeper version: 3.8.0\nLatency min/avg/max: 0/0.0/0\nReceived: 2\nSent: 1\n"
                                       "Connections: 4\nOutstanding: 0\nZxid: 0x100000002\nMode: follower\nNode count: 5\n");
  EXPECT_EQ(view.role, "follower");
  EXPECT_EQ(view.epoch, 1U);
  EXPECT_EQ(view.clients, 4U);
  EXPECT_EQ(view_of_srvr({"a", 2181}, "This ZooKeeper instance is not currently serving requests\n").role, "looking");
}

TEST(EnsembleView, WhoAnswersWithNeitherHasAFault) {
  EXPECT_EQ(view_of_role({"a", 2181}, "").fault, "closes the connection");
  EXPECT_THAT(view_of_role({"a", 2181}, "HTTP/1.1 400 Bad Request\r\n\r\n").fault, HasSubstr("HTTP/1.1 400"));
  EXPECT_FALSE(view_of_srvr({"a", 2181}, "SSH-2.0").serves());
}

TEST(EnsembleView, FindsTheOthersWhereTheirClientsWould) {
  const std::vector<Unasked> others = unasked_members({view_of_role({"a", 2181}, reply(1, "leader", "0x1", members))});
  ASSERT_EQ(others.size(), 2U);
  EXPECT_EQ(to_string(others[0].address), "10.0.0.2:2182");
  EXPECT_EQ(to_string(others[1].address), "c:2181") << "no client port in its line: that of the one who was asked";
}

TEST(EnsembleView, LagIsWhatTheLeaderHasMoreInTheSameEpoch) {
  const std::vector<ServerView> views{of(1, "leader", "0x200000009"), of(2, "follower", "0x200000007"),
                                      of(3, "follower", "0x20000000a"), of(4, "looking", "0x100000007")};
  EXPECT_EQ(lag(views[0], views), 0U);
  EXPECT_EQ(lag(views[1], views), 2U);
  EXPECT_EQ(lag(views[2], views), 0U) << "asked a moment after the leader";
  EXPECT_EQ(lag(views[3], views), std::nullopt);
}

TEST(EnsembleView, IsWellWithOneLeaderAndAllServing) {
  std::vector<ServerView> views{of(1, "leader", "0x1"), of(2, "follower", "0x1"), of(3, "observer", "0x1")};
  EXPECT_TRUE(is_well(views));
  views[1].role = "looking";
  EXPECT_FALSE(is_well(views));
  views[1].role = "leader";
  EXPECT_FALSE(is_well(views));
  views[1].role = "follower";
  views[2].fault = "Connection refused";
  EXPECT_FALSE(is_well(views));
  EXPECT_TRUE(is_well({of(1, "standalone", "0x1")}));
  EXPECT_FALSE(is_well({}));
}

TEST(EnsembleView, TheTableHasARowForEachServerInOrder) {
  const ServerView gone({"h", 2183}, "Connection refused");
  const std::string table = as_table({gone, of(2, "follower", "0x200000007"), of(1, "leader", "0x200000009")}, 60'000);
  EXPECT_THAT(table, StartsWith("server  address  role                epoch  zxid         lag  clients  since\n"
                                "1       h:2181   leader              2      0x200000009  0    5        19"));
  EXPECT_THAT(table, HasSubstr("\n2       h:2182   follower            2      0x200000007  2    5        19"));
  EXPECT_THAT(table, HasSubstr("\n-       h:2183   Connection refused  -      -            -    -        -\n"));
}

TEST(EnsembleView, JsonSaysTheSame) {
  const auto json = nlohmann::json::parse(as_json({of(2, "follower", "0x200000007"), of(1, "leader", "0x200000009")}, 61'000));
  EXPECT_EQ(json["well"], true);
  EXPECT_EQ(json["servers"][0]["role"], "leader");
  EXPECT_EQ(json["servers"][1]["lag"], 2);
  EXPECT_EQ(json["servers"][1]["since"], 1000);
}

}  // namespace
}  // namespace zabra::cli::status
