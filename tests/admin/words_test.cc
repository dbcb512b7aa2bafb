#include "admin/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

namespace zabra::admin {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A server with a different figure in every place, so that no two can be taken for each other.
struct World {
  World() {
    status.last_applied = Zxid::from_wire(0x10000001e);
    status.latency = {.min = 1, .max = 16, .sum = 4019, .count = 3000};
    status.packets_received = 101;
    status.packets_sent = 102;
    status.connections = 3;
    status.outstanding_requests = 4;
    status.znodes = 9;
    status.ephemerals = 6;
    status.data_bytes = 6999;
    status.sessions = 8;
    status.local_sessions = 12;
    status.data_watches = 20;
    status.child_watches = 3;
    status.response_bytes = {.last = 30, .min = 31, .max = 32};
    status.mode_ms = 4321;
    status.uptime_ms = 12345;
    status.auth_failed = 9;
    status.digest_mismatches = 11;

    host.version = "3.9.5-zabra-0.1.0-1a2b3c4d5e, built on 2026-11-24 05:00 UTC";
    host.host_name = "box";
    host.os_name = "Linux";
    host.os_arch = "x86_64";
    host.os_version = "6.1.0";
    host.user_name = "zoo";
    host.user_home = "/home/zoo";
    host.working_directory = "/srv";
    host.memory_free_bytes = 247ULL << 20;
    host.memory_total_bytes = 4096ULL << 20;
    host.open_files = 42;
    host.open_files_max = 1024;
    host.data_dir_bytes = 457;
    host.log_dir_bytes = 67108880;

    conf = {.client_port = 2181,
            .data_dir = "/d/version-2",
            .data_log_dir = "/l/version-2",
            .tick_ms = 2000,
            .connections_per_address_max = 60,
            .session_timeout_min_ms = 4000,
            .session_timeout_max_ms = 40000,
            .backlog = -1,
            .server_id = 7,
            .ensemble = {}};
  }

  std::string ask(std::string_view word) const { return answer_word(word, {status, connections, host, conf}); }

  replica::Status status;
  std::vector<replica::ConnectionFacts> connections;
  HostFacts host;
  ConfFacts conf;
};

std::vector<std::string> lines_of(const std::string& answer) {
  std::vector<std::string> lines;
  std::istringstream stream(answer);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> keys_of(const std::string& mntr) {
  std::vector<std::string> keys;
  for (const std::string& line : lines_of(mntr)) keys.push_back(line.substr(0, line.find('\t')));
  return keys;
}

constexpr std::string_view counts =
    "Latency min/avg/max: 1/1.3397/16\n"
    "Received: 101\n"
    "Sent: 102\n"
    "Connections: 3\n"
    "Outstanding: 4\n"
    "Zxid: 0x10000001e\n"
    "Mode: standalone\n"
    "Node count: 10\n";

TEST(Words, RuokIsImokWithoutALineEnd) {
  EXPECT_EQ(World().ask("ruok"), "imok");
}

TEST(Words, IsroIsRwWithoutALineEnd) {
  EXPECT_EQ(World().ask("isro"), "rw");
}

TEST(Words, IsroSendsWhoeverWantsToWriteToWhereThatIsPossible) {
  World world;
  world.status.mode = replica::Mode::read_only;
  EXPECT_EQ(world.ask("isro"), "ro");
  world.status.mode = replica::Mode::not_serving;
  EXPECT_EQ(world.ask("isro"), "null");
  world.status.mode = replica::Mode::leader;
  world.status.serves_clients = false;
  EXPECT_EQ(world.ask("isro"), "null");
  EXPECT_THAT(world.ask("srvr"), HasSubstr("Mode: leader\n")) << "who asks what it is, is told";
}

TEST(Words, AServerThatOnlyReadsSaysSo) {
  World world;
  world.status.mode = replica::Mode::read_only;
  const std::string answer = world.ask("srvr");
  EXPECT_EQ(lines_of(answer).at(1), "READ-ONLY mode; serving only read-only clients");
  EXPECT_THAT(answer, HasSubstr("Mode: read-only\n"));
  EXPECT_EQ(lines_of(world.ask("stat")).at(1), "READ-ONLY mode; serving only read-only clients");
  EXPECT_EQ(lines_of(world.ask("mntr")).at(1), "zk_server_state\tread-only");
  EXPECT_EQ(keys_of(world.ask("mntr")), keys_of(World().ask("mntr"))) << "nothing about a quorum";
  EXPECT_THAT(world.ask("role"), HasSubstr("role\tread-only\n"));
}

TEST(Words, SrvrIsTheVersionAndTheCounts) {
  EXPECT_EQ(World().ask("srvr"),
            "Zookeeper version: 3.9.5-zabra-0.1.0-1a2b3c4d5e, built on 2026-11-24 05:00 UTC\n" + std::string(counts));
}

TEST(Words, StatListsConnectionsBetweenVersionAndCounts) {
  World world;
  world.connections = {{"127.0.0.1", 38280, {}, false, 0, 1, 0},
                       {"10.0.0.7", 4000, SessionId{5}, true, 2, 30, 28},
                       {"0:0:0:0:0:0:0:1", 99, {}, true, 0, 0, 0}};
  EXPECT_EQ(world.ask("stat"),
            "Zookeeper version: 3.9.5-zabra-0.1.0-1a2b3c4d5e, built on 2026-11-24 05:00 UTC\n"
            "Clients:\n"
            " /127.0.0.1:38280[0](queued=0,recved=1,sent=0)\n"
            " /10.0.0.7:4000[1](queued=2,recved=30,sent=28)\n"
            " /[0:0:0:0:0:0:0:1]:99[1](queued=0,recved=0,sent=0)\n"
            "\n" +
                std::string(counts));
}

TEST(Words, StatWithoutConnectionsKeepsItsShape) {
  EXPECT_THAT(World().ask("stat"), HasSubstr(" UTC\nClients:\n\nLatency"));
}

TEST(Words, AnAverageHasOneToFourDecimals) {
  struct Case {
    std::int64_t sum, count;
    std::string shown;
  };
  for (const Case& c :
       {Case{0, 0, "0.0"}, Case{0, 5, "0.0"}, Case{10, 10, "1.0"}, Case{100, 1, "100.0"}, Case{3, 2, "1.5"},
        Case{1, 3, "0.3333"}, Case{2, 3, "0.6667"}, Case{1, 100000, "0.0"}, Case{123456789, 1, "123456789.0"}}) {
    World world;
    world.status.latency = {.min = 0, .max = 0, .sum = c.sum, .count = c.count};
    EXPECT_THAT(world.ask("srvr"), HasSubstr("Latency min/avg/max: 0/" + c.shown + "/0\n"));
    EXPECT_THAT(world.ask("mntr"), HasSubstr("zk_avg_latency\t" + c.shown + "\n"));
  }
}

TEST(Words, MntrIsWhatDashboardsReadInAStableOrder) {
  EXPECT_EQ(World().ask("mntr"),
            "zk_version\t3.9.5-zabra-0.1.0-1a2b3c4d5e, built on 2026-11-24 05:00 UTC\n"
            "zk_server_state\tstandalone\n"
            "zk_avg_latency\t1.3397\n"
            "zk_min_latency\t1\n"
            "zk_max_latency\t16\n"
            "zk_packets_received\t101\n"
            "zk_packets_sent\t102\n"
            "zk_num_alive_connections\t3\n"
            "zk_outstanding_requests\t4\n"
            "zk_znode_count\t10\n"
            "zk_watch_count\t23\n"
            "zk_ephemerals_count\t6\n"
            "zk_approximate_data_size\t7000\n"
            "zk_open_file_descriptor_count\t42\n"
            "zk_max_file_descriptor_count\t1024\n"
            "zk_last_client_response_size\t30\n"
            "zk_max_client_response_size\t32\n"
            "zk_min_client_response_size\t31\n"
            "zk_uptime\t12345\n"
            "zk_global_sessions\t8\n"
            "zk_local_sessions\t12\n"
            "zk_connection_drop_probability\t0.0\n"
            "zk_outstanding_tls_handshake\t0\n"
            "zk_auth_failed_count\t9\n"
            "zk_non_mtls_remote_conn_count\t0\n"
            "zk_non_mtls_local_conn_count\t0\n"
            "zk_digest_mismatches_count\t11\n"
            "zk_no_space\t0\n");
}

TEST(Words, MntrFitsIntoTwoKilobytesWithTheLargestFigures) {
  World world;
  const auto big = std::numeric_limits<std::int64_t>::max();
  const auto bigger = std::numeric_limits<std::uint64_t>::max();
  replica::Status& s = world.status;
  s.latency = {.min = big, .max = big, .sum = big, .count = 1};
  for (std::uint64_t* figure :
       {&s.packets_received, &s.packets_sent, &s.connections, &s.outstanding_requests, &s.znodes, &s.ephemerals,
        &s.data_bytes, &s.sessions, &s.data_watches, &s.auth_failed, &s.digest_mismatches}) {
    *figure = bigger;
  }
  for (std::int64_t* figure : {&s.response_bytes.last, &s.response_bytes.min, &s.response_bytes.max, &s.uptime_ms})
    *figure = big;
  world.host.open_files = world.host.open_files_max = bigger;
  EXPECT_LT(world.ask("mntr").size(), 2048U);
}

// Telegraf takes an error for any other line, and some exporters for a second tab.
TEST(Words, EveryLineOfMntrIsAKeyATabAndAValue) {
  const std::regex plain("zk_\\w+\t[\\w.\\-]+");
  const std::vector<std::string> lines = lines_of(World().ask("mntr"));
  EXPECT_THAT(lines.front(), StartsWith("zk_version\t"));
  for (std::size_t i = 1; i < lines.size(); ++i) EXPECT_TRUE(std::regex_match(lines[i], plain)) << lines[i];
}

TEST(Words, MntrHasNoKeyOfAnEnsembleOnOneServer) {
  for (const std::string& key : keys_of(World().ask("mntr"))) {
    EXPECT_THAT(key, Not(HasSubstr("followers")));
    EXPECT_THAT(key, Not(HasSubstr("learners")));
    EXPECT_THAT(key, Not(HasSubstr("quorum")));
  }
}

TEST(Words, MntrOfALeaderTellsOfItsLearnersAndWhatWaitsForThem) {
  World world;
  world.status.mode = replica::Mode::leader;
  world.status.leader = {.learners = 5, .synced_followers = 4, .synced_observers = 1, .synced_non_voters = 2,
                         .pending_syncs = 7, .proposal_bytes = {}};
  EXPECT_THAT(world.ask("mntr"), HasSubstr("zk_learners\t5\nzk_synced_followers\t4\nzk_synced_non_voting_followers\t2\n"
                                           "zk_synced_observers\t1\nzk_pending_syncs\t7\nzk_leader_uptime\t4321\n"));
  world.status.mode = replica::Mode::follower;
  world.status.lookings = 6;
  EXPECT_THAT(world.ask("mntr"), Not(HasSubstr("zk_synced")));
  EXPECT_THAT(world.ask("mntr"), HasSubstr("zk_looking_count\t6\n"));
}

// A fresh server of ZooKeeper 3.8 shows 5 and 44.
TEST(Words, TheRootCountsTwiceAsInZooKeeper) {
  World fresh;
  fresh.status.znodes = 4;       // "/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"
  fresh.status.data_bytes = 43;  // their paths, the root's being empty
  EXPECT_THAT(fresh.ask("srvr"), HasSubstr("Node count: 5\n"));
  EXPECT_THAT(fresh.ask("mntr"), HasSubstr("zk_znode_count\t5\n"));
  EXPECT_THAT(fresh.ask("mntr"), HasSubstr("zk_approximate_data_size\t44\n"));
}

TEST(Words, MntrLeavesOutWhatTheSystemDoesNotCount) {
  World world;
  world.host.open_files = world.host.open_files_max = std::nullopt;
  EXPECT_THAT(world.ask("mntr"), Not(HasSubstr("file_descriptor")));
}

TEST(Words, MntrTellsThatTheDiskIsFull) {
  World world;
  world.status.no_space = true;
  EXPECT_THAT(world.ask("mntr"), HasSubstr("zk_no_space\t1\n"));
}

TEST(Words, ConfIsWhatIsInForce) {
  EXPECT_EQ(World().ask("conf"),
            "clientPort=2181\n"
            "secureClientPort=-1\n"
            "dataDir=/d/version-2\n"
            "dataDirSize=457\n"
            "dataLogDir=/l/version-2\n"
            "dataLogSize=67108880\n"
            "tickTime=2000\n"
            "maxClientCnxns=60\n"
            "minSessionTimeout=4000\n"
            "maxSessionTimeout=40000\n"
            "clientPortListenBacklog=-1\n"
            "serverId=7\n");
}

// A line of each kind as ZooKeeper 3.8.0 writes it.
TEST(Words, ConfNamesTheEnsemble) {
  World world;
  world.conf.ensemble = {.init_limit_ticks = 10,
                         .sync_limit_ticks = 5,
                         .election_ports = "23881",
                         .quorum_ports = "22881",
                         .is_observer = false,
                         .membership = "server.7=127.0.0.1:22881:23881:participant;0.0.0.0:2181\nversion=0"};
  EXPECT_THAT(world.ask("conf"), EndsWith("serverId=7\n"
                                          "initLimit=10\n"
                                          "syncLimit=5\n"
                                          "electionAlg=3\n"
                                          "electionPort=23881\n"
                                          "quorumPort=22881\n"
                                          "peerType=0\n"
                                          "membership: \n"
                                          "server.7=127.0.0.1:22881:23881:participant;0.0.0.0:2181\n"
                                          "version=0"));
  world.conf.ensemble->is_observer = true;
  EXPECT_THAT(world.ask("conf"), HasSubstr("peerType=1\n"));
}

TEST(Words, RoleTellsWhatAServerIsAndWhoBelongsToIt) {
  World world;
  world.status.mode = replica::Mode::leader;
  world.status.epoch = 5;
  world.conf.ensemble.emplace().membership = "server.7=h:1:2:participant\nversion=0";
  EXPECT_EQ(world.ask("role"),
            "server\t7\nrole\tleader\nepoch\t5\nzxid\t0x10000001e\nclients\t3\nsince_ms\t4321\nclient_port\t2181\n"
            "server.7=h:1:2:participant\nversion=0");
  world.status.mode = replica::Mode::not_serving;
  EXPECT_THAT(world.ask("role"), HasSubstr("role\tlooking\n"));
  EXPECT_TRUE(is_allowed("role", {"ruok"}));
}

TEST(Words, MntrOfAnEnsembleTellsHowLearnersWereBroughtUpToDate) {
  World world;
  world.status.mode = replica::Mode::follower;
  world.status.quorum_size = 3;
  world.status.syncs = {.diffs = 4, .snapshots = 2};
  EXPECT_THAT(world.ask("mntr"), HasSubstr("zk_quorum_size\t3\nzk_peer_state\tfollowing - broadcast\n"
                                           "zk_diff_count\t4\nzk_snap_count\t2\n"));
}

TEST(Words, EnviNamesTheVersionAndTheMachine) {
  EXPECT_EQ(World().ask("envi"),
            "Environment:\n"
            "zookeeper.version=3.9.5-zabra-0.1.0-1a2b3c4d5e, built on 2026-11-24 05:00 UTC\n"
            "host.name=box\n"
            "java.version=none\n"
            "os.name=Linux\n"
            "os.arch=x86_64\n"
            "os.version=6.1.0\n"
            "user.name=zoo\n"
            "user.home=/home/zoo\n"
            "user.dir=/srv\n"
            "os.memory.free=247MB\n"
            "os.memory.max=4096MB\n"
            "os.memory.total=4096MB\n");
}

TEST(Words, AWordThatThisVersionLacksSaysSo) {
  for (const std::string word :
       {"cons", "crst", "dirs", "dump", "gtmk", "hash", "lead", "srst", "stmk", "wchc", "wchp", "wchs"}) {
    EXPECT_EQ(World().ask(word), word + " is not available in this version of Zabra.\n");
  }
}

TEST(Words, RefusalIsZooKeepersSentence) {
  EXPECT_EQ(refuse_word("wchc"), "wchc is not executed because it is not in the whitelist.\n");
}

TEST(Whitelist, NamesTheWordsThatAreAllowed) {
  const Whitelist whitelist{"ruok", "mntr"};
  EXPECT_TRUE(is_allowed("ruok", whitelist));
  EXPECT_TRUE(is_allowed("mntr", whitelist));
  EXPECT_FALSE(is_allowed("stat", whitelist));
  EXPECT_FALSE(is_allowed("isro", whitelist));
}

TEST(Whitelist, AStarAllowsAll) {
  for (const std::string_view word : {"ruok", "wchp", "stat"}) EXPECT_TRUE(is_allowed(word, {"*"})) << word;
}

TEST(Whitelist, SrvrIsAlwaysAllowed) {
  EXPECT_TRUE(is_allowed("srvr", {}));
  EXPECT_TRUE(is_allowed("srvr", {"ruok"}));
}

}  // namespace
}  // namespace zabra::admin
