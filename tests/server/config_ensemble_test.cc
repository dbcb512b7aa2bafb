// Keys of an ensemble, read as if this version ran one.
#include "server/config_ensemble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/config_file.h"

namespace zabra::server {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using wire::HostPort;

const std::string limits_of_time = "initLimit=10\nsyncLimit=5\n";  // lines 3 and 4
const std::string three_servers =
    "server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n";  // lines 5, 6 and 7, after those

class EnsembleFile : public ConfigFile {
 public:
  explicit EnsembleFile(const std::string& lines, const std::string& my_id = "1") : ConfigFile(lines) {
    if (!my_id.empty()) write("data/myid", my_id);
  }
  EnsembleConfig ensemble() const {
    const Config all = config();
    EXPECT_TRUE(all.ensemble);
    return all.ensemble.value_or(EnsembleConfig{});
  }
};

// Three servers, and what else is said.
EnsembleConfig ensemble_of(const std::string& lines) {
  return EnsembleFile(limits_of_time + three_servers + lines).ensemble();
}
replica::EnsembleSettings replica_of(const std::string& lines) {
  const Config config = EnsembleFile(limits_of_time + three_servers + lines).config();
  EXPECT_TRUE(config.replica.ensemble);
  return config.replica.ensemble.value_or(replica::EnsembleSettings{});
}
std::string ensemble_fault(const std::string& lines) {
  return EnsembleFile(limits_of_time + three_servers + lines).fault();
}

// ---- who there is ---------------------------------------------------------------------------------------------------

TEST(EnsembleConfig, ThreeServersAreAnEnsembleWithZooKeepersDefaults) {
  const Config config = EnsembleFile(limits_of_time + three_servers, "2\n").config();
  EXPECT_EQ(config.replica.server, ServerId{2});
  EXPECT_THAT(config.warnings, IsEmpty());
  ASSERT_TRUE(config.ensemble);
  const EnsembleConfig& ensemble = *config.ensemble;
  EXPECT_THAT(ensemble.members.voters, ElementsAre(ServerId{1}, ServerId{2}, ServerId{3}));
  EXPECT_THAT(ensemble.members.observers, IsEmpty());
  EXPECT_THAT(ensemble.members.groups, IsEmpty());
  EXPECT_EQ(ensemble.init_limit_ticks, 10);
  EXPECT_EQ(ensemble.sync_limit_ticks, 5);
  EXPECT_EQ(ensemble.connect_limit_ticks, 10);
  EXPECT_EQ(ensemble.dial_timeout_ms, 5000);
  EXPECT_EQ(ensemble.bind_tries, 3);
  EXPECT_TRUE(ensemble.leader_serves);
  EXPECT_FALSE(ensemble.multi_address || ensemble.read_only_mode || ensemble.local_sessions ||
               ensemble.local_sessions_upgrading);
}

TEST(EnsembleConfig, ServersStandInTheOrderOfTheirNumbersInAnyForm) {
  const EnsembleConfig ensemble =
      EnsembleFile(limits_of_time + "server.10=[::1]:2888:3888:OBSERVER;2181\nserver.9=i:2889:3889:Participant\n"
                   "server.1=h:2888:3888;127.0.0.1:2181\n")
          .ensemble();
  EXPECT_THAT(ensemble.members.voters, ElementsAre(ServerId{1}, ServerId{9}));
  EXPECT_THAT(ensemble.members.observers, ElementsAre(ServerId{10}));
  EXPECT_EQ(wire::print_ensemble(ensemble.text),
            "server.1=h:2888:3888:participant;127.0.0.1:2181\n"
            "server.9=i:2889:3889:participant\n"
            "server.10=[::1]:2888:3888:observer;0.0.0.0:2181\n"
            "version=0");
  EXPECT_THAT(addresses_of(ensemble.text.members[1], PeerPort::quorum), ElementsAre(HostPort{"i", 2889}));
  EXPECT_THAT(addresses_of(ensemble.text.members[1], PeerPort::election), ElementsAre(HostPort{"i", 3889}));
}

TEST(EnsembleConfig, ClientsConnectWhereTheLineOfThisServerSays) {
  const std::string servers = limits_of_time + "server.1=a:2888:3888;2201\nserver.2=b:2888:3888;10.0.0.2:2202\n";
  const auto config = [&servers](const std::string& my_id) {
    EnsembleFile file("", my_id);
    file.write("zoo.cfg", "dataDir=" + file.data_dir() + "\n" + servers);
    return file.config();
  };
  EXPECT_EQ(config("1").client_port, 2201);
  EXPECT_EQ(config("1").client_address, "");
  EXPECT_EQ(config("2").client_port, 2202);
  EXPECT_EQ(config("2").client_address, "10.0.0.2");
}

TEST(EnsembleConfig, GroupsAndWeightsAreTaken) {
  const zab::Members members = ensemble_of("group.1=1:2\ngroup.2=3\nweight.2=0\n").members;
  ASSERT_EQ(members.groups.size(), 2U);
  EXPECT_THAT(members.groups[0], ElementsAre(zab::WeightedVoter{{1}, 1}, zab::WeightedVoter{{2}, 0}));
  EXPECT_THAT(members.groups[1], ElementsAre(zab::WeightedVoter{{3}, 1}));
  EXPECT_THAT(wire::print_ensemble(ensemble_of("group.1=1:2:3\nweight.2=7\n").text),
              EndsWith("group.1=1:2:3\nweight.2=7\nversion=0"));
}

TEST(EnsembleConfig, AFileOfItsOwnGivesTheVersionInItsName) {
  EnsembleFile file("");
  const auto version = [&file](const std::string& name) {
    file.write("zoo.cfg", "dataDir=" + file.data_dir() + "\nclientPort=2181\n" + limits_of_time +
                              "dynamicConfigFile=" + file.path(name) + "\n");
    file.write(name, three_servers + "group.1=1:2:3\n");
    return file.ensemble().text.version;
  };
  EXPECT_EQ(version("zoo.cfg.dynamic.10000000a"), 0x10000000a);
  EXPECT_EQ(version("zoo.cfg.dynamic"), 0);
  EXPECT_EQ(file.ensemble().members.groups.size(), 1U);
}

TEST(EnsembleConfig, OneVoterIsAnEnsembleWhereStandaloneIsNotEnabled) {
  const Config config = EnsembleFile("standaloneEnabled=false\nserver.1=h:2888:3888").config();
  ASSERT_TRUE(config.ensemble);
  EXPECT_THAT(config.ensemble->members.voters, ElementsAre(ServerId{1}));
  EXPECT_FALSE(EnsembleFile("server.1=h:2888:3888").config().ensemble);
  EXPECT_FALSE(EnsembleFile("").config().ensemble);
}

TEST(EnsembleConfig, NumbersOfVotersThatGainNothingAreSaid) {
  const std::string two = limits_of_time + "server.1=a:2888:3888\nserver.2=b:2888:3888\n";
  EXPECT_THAT(EnsembleFile(two).warnings(),
              ElementsAre("zoo.cfg:5: server.1: two voters: when one fails, there is no quorum"));
  EXPECT_THAT(EnsembleFile(limits_of_time + three_servers + "server.4=d:2888:3888\n").warnings(),
              ElementsAre("zoo.cfg:5: server.1: 4 voters survive no more failures than 3"));
  EXPECT_THAT(EnsembleFile(limits_of_time + three_servers + "server.4=d:2888:3888:observer\n").warnings(), IsEmpty());
}

// ---- what else is decided -------------------------------------------------------------------------------------------

TEST(EnsembleConfig, KeysAreTaken) {
  const EnsembleConfig ensemble = EnsembleFile(
      "initLimit=20\nsyncLimit=0x10\nconnectToLearnerMasterLimit=7\nleaderServes=no\ncnxTimeout=300\n"
      "electionPortBindRetry=0\nmultiAddress.enabled=true\nreadonlymode.enabled=true\nlocalSessionsEnabled=true\n"
      "localSessionsUpgradingEnabled=TRUE\nelectionAlg=3\npeerType=participant\n" + three_servers)
                                      .ensemble();
  EXPECT_EQ(ensemble.init_limit_ticks, 20);
  EXPECT_EQ(ensemble.sync_limit_ticks, 16);
  EXPECT_EQ(ensemble.connect_limit_ticks, 7);
  EXPECT_FALSE(ensemble.leader_serves);
  EXPECT_EQ(ensemble.dial_timeout_ms, 300);
  EXPECT_EQ(ensemble.bind_tries, 0);
  EXPECT_TRUE(ensemble.multi_address);
  EXPECT_TRUE(ensemble.read_only_mode);
  EXPECT_TRUE(ensemble.local_sessions);
  EXPECT_TRUE(ensemble.local_sessions_upgrading);
}

TEST(EnsembleConfig, WhatConcernsClientsReachesTheReplica) {
  const replica::EnsembleSettings given =
      replica_of("leaderServes=no\nreadonlymode.enabled=true\nlocalSessionsEnabled=true\nlocalSessionsUpgradingEnabled=true");
  EXPECT_FALSE(given.leader_serves);
  EXPECT_TRUE(given.read_only_mode && given.local_sessions && given.local_sessions_upgrading);
  const replica::EnsembleSettings usual = replica_of("");
  EXPECT_TRUE(usual.leader_serves);
  EXPECT_FALSE(usual.read_only_mode || usual.local_sessions || usual.local_sessions_upgrading);
}

TEST(EnsembleConfig, TheLimitOfConnectingIsInitLimitUnlessItHasItsOwn) {
  EXPECT_EQ(ensemble_of("connectToLearnerMasterLimit=0").connect_limit_ticks, 10);
  EXPECT_EQ(ensemble_of("connectToLearnerMasterLimit=3").connect_limit_ticks, 3);
}

TEST(EnsembleConfig, ThePrefixOfSystemPropertiesMayStandBeforeAKey) {
  EXPECT_EQ(ensemble_of("zookeeper.cnxTimeout=1234").dial_timeout_ms, 1234);
  EXPECT_FALSE(ensemble_of("zookeeper.leaderServes=no").leader_serves);
}

TEST(EnsembleConfig, ItListensOnTheAddressesOfItsLine) {
  const EnsembleConfig ensemble = ensemble_of("");
  EXPECT_THAT(ensemble.quorum_listen, ElementsAre(HostPort{"a", 2888}));
  EXPECT_THAT(ensemble.election_listen, ElementsAre(HostPort{"a", 3888}));
}

TEST(EnsembleConfig, ItListensOnAllAddressesWhereThatIsWanted) {
  EXPECT_THAT(ensemble_of("quorumListenOnAllIPs=true").quorum_listen, ElementsAre(HostPort{"", 2888}));
  EXPECT_THAT(ensemble_of("quorumListenOnAllIPs=true").election_listen, ElementsAre(HostPort{"", 3888}));
  const std::string any = limits_of_time + "server.1=0.0.0.0:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n";
  EXPECT_THAT(EnsembleFile(any).ensemble().election_listen, ElementsAre(HostPort{"", 3888}));
}

TEST(EnsembleConfig, SeveralAddressesAreForThoseWhoHaveThemEnabled) {
  const std::string servers = limits_of_time + "server.1=a:2888:3888|b:2889:3888\nserver.2=c:2888:3888\n";
  EXPECT_EQ(EnsembleFile(servers).fault(),
            "zoo.cfg:5: server.1: names several addresses; allowed: one; several with multiAddress.enabled=true");
  const EnsembleConfig two = EnsembleFile(servers + "multiAddress.enabled=true\n").ensemble();
  EXPECT_THAT(two.quorum_listen, ElementsAre(HostPort{"a", 2888}, HostPort{"b", 2889}));
  EXPECT_THAT(two.election_listen, ElementsAre(HostPort{"a", 3888}, HostPort{"b", 3888}));
  const EnsembleConfig all =
      EnsembleFile(servers + "multiAddress.enabled=true\nquorumListenOnAllIPs=true\n").ensemble();
  EXPECT_THAT(all.quorum_listen, ElementsAre(HostPort{"", 2888}, HostPort{"", 2889}));
  EXPECT_THAT(all.election_listen, ElementsAre(HostPort{"", 3888}));
}

TEST(EnsembleConfig, TheLineOfTheServerSaysItsRoleAndADifferenceIsSaid) {
  EXPECT_THAT(EnsembleFile(limits_of_time + three_servers + "peerType=observer\n").warnings(),
              ElementsAre("zoo.cfg:8: peerType: the line of server.1 says participant, and that counts"));
  EXPECT_THAT(EnsembleFile(limits_of_time + three_servers + "server.4=d:2888:3888:observer\npeerType=Observer\n", "4")
                  .warnings(),
              IsEmpty());
}

TEST(EnsembleConfig, UpgradingNeedsLocalSessions) {
  EXPECT_THAT(EnsembleFile(limits_of_time + three_servers + "localSessionsUpgradingEnabled=true\n").warnings(),
              ElementsAre("zoo.cfg:8: localSessionsUpgradingEnabled: has no effect without localSessionsEnabled=true"));
}

// ---- mistakes -------------------------------------------------------------------------------------------------------

TEST(EnsembleConfig, TheTwoLimitsAreRequired) {
  EXPECT_EQ(EnsembleFile(three_servers).fault(),
            "zoo.cfg: initLimit: missing; allowed: 1 to 2147483647 ticks, for a server to connect to the leader and "
            "take over its history\n"
            "zoo.cfg: syncLimit: missing; allowed: 1 to 2147483647 ticks, that a server may be silent");
}

TEST(EnsembleConfig, ValuesThatCantBeAreRefusedWithWhatIsAllowed) {
  struct Case {
    std::string line, fault;
  };
  for (const Case& c :
       {Case{"initLimit=0", "initLimit: '0' is out of range; allowed: 1 to 2147483647"},
        Case{"syncLimit=x", "syncLimit: 'x' is not a number; allowed: 1 to 2147483647"},
        Case{"connectToLearnerMasterLimit=-1",
             "connectToLearnerMasterLimit: '-1' is out of range; allowed: 0 to 2147483647"},
        Case{"cnxTimeout=0", "cnxTimeout: '0' is out of range; allowed: 1 to 2147483647"},
        Case{"electionPortBindRetry=-1", "electionPortBindRetry: '-1' is out of range; allowed: 0 to 2147483647"},
        Case{"electionAlg=2", "electionAlg: '2' is no election that there is; allowed: 3"},
        Case{"peerType=voter", "peerType: 'voter' is neither; allowed: participant, observer"},
        Case{"leaderServes=true", "leaderServes: 'true' is neither; allowed: yes, no"},
        Case{"quorumListenOnAllIPs=yes", "quorumListenOnAllIPs: 'yes' is neither; allowed: true, false"},
        Case{"multiAddress.enabled=1", "multiAddress.enabled: '1' is neither; allowed: true, false"},
        Case{"readonlymode.enabled=1", "readonlymode.enabled: '1' is neither; allowed: true, false"},
        Case{"localSessionsEnabled=on", "localSessionsEnabled: 'on' is neither; allowed: true, false"},
        Case{"localSessionsUpgradingEnabled=on",
             "localSessionsUpgradingEnabled: 'on' is neither; allowed: true, false"}}) {
    EXPECT_EQ(ensemble_fault(c.line), "zoo.cfg:8: " + c.fault);
  }
}

TEST(EnsembleConfig, LinesOfServersThatCantBeAreRefused) {
  struct Case {
    std::string line, fault;
  };
  const std::string form = "host:port:port[:participant or :observer][;[address:]clientPort]";
  for (const Case& c :
       {Case{"server.4=d:2888", "server.4: 'd:2888' does not say where the server is; allowed: " + form},
        Case{"server.4=d:2888:2888", "server.4: 'd:2888:2888' has the same port twice; allowed: " + form},
        Case{"server.4=d:0:3888",
             "server.4: 'd:0:3888' has no port from 1 to 65535 in it where one should be; allowed: " + form},
        Case{"server.4=d:2888:3888:voter", "server.4: 'voter' is no role; allowed: " + form},
        Case{"server.4=d:2888:3888;2181;2281",
             "server.4: names a secure client port: this version has no TLS; allowed: one ';' at most"},
        Case{"server.4=a:2888:3999", "server.4: has an address and port of server.1; allowed: ports of its own"},
        Case{"server.03=d:2888:3888", "server.03: is there twice; allowed: one line for each server"},
        Case{"server.256=d:2888:3888", "server.256: is no server's number; allowed: server.1 to server.255"},
        Case{"group.1=1:x:3", "group.1: 'x' is no server's number; allowed: server ids with ':' between them"},
        Case{"group.x=1:2:3", "group.x: is no group's number; allowed: group.N"},
        Case{"group.1=1:2:3:4", "group.1: 4 is no server of this file; allowed: 1, 2, 3"},
        Case{"group.1=1:2",
             "group.1: a voter stands in no group; allowed: each voter in one group, with weights that make quorums"},
        Case{"weight.1=2", "weight.1: weighs nothing without groups; allowed: with group.N lines, or no weights"}}) {
    EXPECT_EQ(ensemble_fault(c.line), "zoo.cfg:8: " + c.fault);
  }
}

TEST(EnsembleConfig, WeightsThatCantBeAreRefused) {
  struct Case {
    std::string line, fault;
  };
  for (const Case& c : {Case{"weight.1=-1", "weight.1: '-1' is no weight; allowed: 0 or more"},
                        Case{"weight.1=4294967296",
                             "weight.1: '4294967296' is out of range; allowed: 0 to 4294967295"},
                        Case{"weight.4=1", "weight.4: 4 is no server of this file; allowed: 1, 2, 3"},
                        Case{"weight.x=1", "weight.x: is no server's number; allowed: weight.N"}}) {
    EXPECT_EQ(ensemble_fault("group.1=1:2:3\n" + c.line), "zoo.cfg:9: " + c.fault);
  }
  EXPECT_THAT(ensemble_fault("group.1=1:2:3\nweight.1=0\nweight.2=0\nweight.3=0"),
              StartsWith("zoo.cfg:8: group.1: no voter has any weight"));
}

TEST(EnsembleConfig, ObserversNeedSomebodyToObserve) {
  EXPECT_EQ(EnsembleFile(limits_of_time + "server.1=a:2888:3888:observer\nserver.2=b:2888:3888:observer\n").fault(),
            "zoo.cfg:5: server.1: an observer has nobody to observe; allowed: participant");
  const std::string one_voter = "server.1=a:2888:3888\nserver.2=b:2888:3888:observer\n";
  EXPECT_EQ(EnsembleFile(limits_of_time + one_voter).fault(),
            "zoo.cfg:5: server.1: is the only voter, and runs standalone: nobody can observe it; allowed: two voters "
            "or more, or standaloneEnabled=false");
  EXPECT_TRUE(EnsembleFile(limits_of_time + one_voter + "standaloneEnabled=false\n").config().ensemble);
}

TEST(EnsembleConfig, EveryMistakeIsToldInTheOrderOfTheFile) {
  EXPECT_EQ(EnsembleFile("syncLimit=0\nserver.1=a\nserver.2=b:2888:3888:x\nelectionAlg=1\n", "x").fault(),
            "zoo.cfg:3: syncLimit: '0' is out of range; allowed: 1 to 2147483647\n"
            "zoo.cfg:4: server.1: 'a' does not say where the server is; allowed: host:port:port[:participant or "
            ":observer][;[address:]clientPort]\n"
            "zoo.cfg:5: server.2: 'x' is no role; allowed: host:port:port[:participant or "
            ":observer][;[address:]clientPort]\n"
            "zoo.cfg:6: electionAlg: '1' is no election that there is; allowed: 3\n"
            "data/myid:1: myid: 'x' is no server's number; allowed: 1 to 255");
}

TEST(EnsembleConfig, MyIdMustBeThereAndBeAServerOfTheFile) {
  EXPECT_EQ(EnsembleFile(limits_of_time + three_servers, "").fault(),
            "data/myid: missing; allowed: the number of this server: 1, 2, 3");
  EXPECT_EQ(EnsembleFile(limits_of_time + three_servers, "4").fault(),
            "data/myid:1: myid: 4 is no server of the file; allowed: 1, 2, 3");
}

TEST(EnsembleConfig, AnUnknownOwnLineIsTheOnlyThingThatIsMissed) {
  EnsembleFile file("", "9");
  file.write("zoo.cfg", "dataDir=" + file.data_dir() + "\n" + limits_of_time +
                            "server.1=a:2888:3888;2181\nserver.2=b:2888:3888;2181\n");
  EXPECT_EQ(file.fault(), "data/myid:1: myid: 9 is no server of the file; allowed: 1, 2");
}

TEST(EnsembleConfig, GroupsBesideAFileOfMembersAreRefused) {
  EnsembleFile file("");
  file.write("zoo.cfg", "dataDir=/d\ngroup.1=1\ndynamicConfigFile=" + file.path("dynamic") + "\nweight.1=1\n");
  file.write("dynamic", "server.1=h:2888:3888;2190\n");
  EXPECT_THAT(file.fault(), AllOf(StartsWith("zoo.cfg:2: group.1: stands beside dynamicConfigFile"),
                                  HasSubstr("\nzoo.cfg:4: weight.1: stands beside dynamicConfigFile")));
}

// ---- where there is one server --------------------------------------------------------------------------------------

TEST(EnsembleConfig, KeysWithoutEffectAreSaid) {
  EXPECT_THAT(warnings_of("initLimit=10\nleaderServes=no\nserver.1=h:2888:3888\ngroup.1=1\nweight.1=3\n"),
              ElementsAre("zoo.cfg:3: initLimit: has no effect: there is no other server",
                          "zoo.cfg:4: leaderServes: has no effect: there is no other server",
                          "zoo.cfg:5: server.1: runs standalone: there is no other server",
                          "zoo.cfg:6: group.1: has no effect: there is no other server",
                          "zoo.cfg:7: weight.1: has no effect: there is no other server"));
}

TEST(EnsembleConfig, MistakesInKeysWithoutEffectAreMistakes) {
  EXPECT_THAT(fault_of("initLimit=x"), StartsWith("zoo.cfg:3: initLimit: 'x' is not a number"));
  EXPECT_THAT(fault_of("group.1=1"), StartsWith("zoo.cfg:3: group.1: 1 is no server of this file"));
}

}  // namespace
}  // namespace zabra::server
