// What each key does.
#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/server/config_file.h"

namespace zabra::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// ---- what stands without keys ---------------------------------------------------------------------------------------

TEST(Config, WithoutAFileItIsALocalServerWithItsDataHere) {
  const auto config = default_config();
  ASSERT_TRUE(config);
  EXPECT_EQ(config->file, "");
  EXPECT_EQ(config->data_dir, "./data");
  EXPECT_EQ(config->data_log_dir, "./data");
  EXPECT_EQ(config->client_address, "127.0.0.1");
  EXPECT_EQ(config->client_port, 2181);
  EXPECT_EQ(config->replica.tick_ms, 2000);
  EXPECT_EQ(config->replica.session_timeout_min_ms, 4000);
  EXPECT_EQ(config->replica.session_timeout_max_ms, 40000);
  EXPECT_THAT(config->warnings, IsEmpty());
}

TEST(Config, AFileWithOnlyWhatIsNecessaryHasZooKeepersDefaults) {
  const ConfigFile file("");
  const Config config = file.config();
  EXPECT_EQ(config.file, file.path());
  EXPECT_EQ(config.data_dir, file.data_dir());
  EXPECT_EQ(config.data_log_dir, file.data_dir());
  EXPECT_TRUE(config.create_directories);
  EXPECT_EQ(config.client_address, "");
  EXPECT_EQ(config.client_port, 2181);
  EXPECT_EQ(config.backlog, -1);
  EXPECT_FALSE(config.tcp_keep_alive);
  EXPECT_EQ(config.connections_per_address_max, 60U);
  EXPECT_EQ(config.connections_max, 0U);
  EXPECT_EQ(config.frame_max, 1048575U);
  EXPECT_EQ(config.log_extent_bytes, 64U << 20);
  EXPECT_EQ(config.log_roll_bytes, 64U << 20);
  EXPECT_EQ(config.log_batch_bytes_max, limits::log_batch_bytes_max);
  EXPECT_EQ(config.log_room_low, limits::log_room_low);
  EXPECT_EQ(config.purge_retain_count, 3U);
  EXPECT_EQ(config.purge_interval_ms, 0);
  EXPECT_EQ(config.io_threads, 0U);
  EXPECT_EQ(config.log.level, LogLevel::info);
  EXPECT_EQ(config.log.file, "");
  EXPECT_THAT(config.words_allowed, ElementsAre("srvr"));
  EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(Config, AFileWithOnlyWhatIsNecessaryHasZooKeepersDefaultsForTheReplica) {
  const replica::Settings replica = config_of("").replica;
  EXPECT_EQ(replica.server, ServerId{1});
  EXPECT_EQ(replica.tick_ms, 3000);
  EXPECT_EQ(replica.session_timeout_min_ms, 6000);
  EXPECT_EQ(replica.session_timeout_max_ms, 60000);
  EXPECT_EQ(replica.sessionless_timeout_ms, 10000);
  EXPECT_EQ(replica.outstanding_max, 1000U);
  EXPECT_EQ(replica.container_check_ms, 60000);
  EXPECT_EQ(replica.container_per_minute_max, 10000);
  EXPECT_EQ(replica.container_never_used_ms, 0);
  EXPECT_EQ(replica.super_digest, "");
  EXPECT_EQ(replica.digest_algorithm, "SHA1");
  EXPECT_FALSE(replica.state.extended_types);
  EXPECT_FALSE(replica.state.enforce_quota);
  EXPECT_FALSE(replica.state.skip_acl);
  EXPECT_TRUE(replica.state.digest_scheme);
  EXPECT_FALSE(replica.state.reconfig_enabled);
  EXPECT_EQ(replica.state.txn_bytes_max, 2U * 1048575 - 1024);
}

// ---- what keys do ---------------------------------------------------------------------------------------------------

TEST(Config, NetworkKeysAreTaken) {
  const Config config = config_of(
      "clientPort=2182\nclientPortAddress=10.1.2.3\nclientPortListenBacklog=512\nclientTcpKeepAlive=true\n"
      "maxClientCnxns=7\nmaxCnxns=900\nioThreads=2\nnio.sessionlessCnxnTimeout=1500\nglobalOutstandingLimit=50\n");
  EXPECT_EQ(config.client_port, 2182);
  EXPECT_EQ(config.client_address, "10.1.2.3");
  EXPECT_EQ(config.backlog, 512);
  EXPECT_TRUE(config.tcp_keep_alive);
  EXPECT_EQ(config.connections_per_address_max, 7U);
  EXPECT_EQ(config.connections_max, 900U);
  EXPECT_EQ(config.io_threads, 2U);
  EXPECT_EQ(config.replica.sessionless_timeout_ms, 1500);
  EXPECT_EQ(config.replica.outstanding_max, 50U);
  EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(Config, StorageKeysAreTaken) {
  const Config config = config_of(
      "dataLogDir=/var/log/zoo\npreAllocSize=1024\ntxnLogSizeLimitInKb=2048\nforceSync=yes\n"
      "autopurge.snapRetainCount=5\nautopurge.purgeInterval=24\ndatadir.autocreate=true\n");
  EXPECT_EQ(config.data_log_dir, "/var/log/zoo");
  EXPECT_EQ(config.log_extent_bytes, 1U << 20);
  EXPECT_EQ(config.log_roll_bytes, 2U << 20);
  EXPECT_EQ(config.purge_retain_count, 5U);
  EXPECT_EQ(config.purge_interval_ms, 24LL * 3600 * 1000);
  EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(Config, KeysOfTheStateAreTaken) {
  const Config config = config_of(
      "extendedTypesEnabled=true\nenforceQuota=true\nreconfigEnabled=true\n"
      "DigestAuthenticationProvider.enabled=false\nDigestAuthenticationProvider.digestAlg=SHA-256\n"
      "DigestAuthenticationProvider.superDigest=super:abc=\n"
      "znode.container.checkIntervalMs=100\nznode.container.maxPerMinute=7\nznode.container.maxNeverUsedIntervalMs="
      "300000\n");
  EXPECT_TRUE(config.replica.state.extended_types);
  EXPECT_TRUE(config.replica.state.enforce_quota);
  EXPECT_TRUE(config.replica.state.reconfig_enabled);
  EXPECT_FALSE(config.replica.state.digest_scheme);
  EXPECT_EQ(config.replica.digest_algorithm, "SHA-256");
  EXPECT_EQ(config.replica.super_digest, "super:abc=");
  EXPECT_EQ(config.replica.container_check_ms, 100);
  EXPECT_EQ(config.replica.container_per_minute_max, 7);
  EXPECT_EQ(config.replica.container_never_used_ms, 300000);
  EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(Config, LogKeysAreTaken) {
  const Config config = config_of("log.level=WARN\nlog.file=/var/log/zabra.log");
  EXPECT_EQ(config.log.level, LogLevel::warning);
  EXPECT_EQ(config.log.file, "/var/log/zabra.log");
}

TEST(Config, SessionTimeOutsFollowTheTick) {
  const Config config = config_of("tickTime=500");
  EXPECT_EQ(config.replica.session_timeout_min_ms, 1000);
  EXPECT_EQ(config.replica.session_timeout_max_ms, 10000);
}

TEST(Config, EachSessionTimeOutHasItsOwnKey) {
  const Config lower = config_of("tickTime=500\nminSessionTimeout=700");
  EXPECT_EQ(lower.replica.session_timeout_min_ms, 700);
  EXPECT_EQ(lower.replica.session_timeout_max_ms, 10000);
  const Config upper = config_of("tickTime=500\nminSessionTimeout=-1\nmaxSessionTimeout=1000");
  EXPECT_EQ(upper.replica.session_timeout_min_ms, 1000);
  EXPECT_EQ(upper.replica.session_timeout_max_ms, 1000);
}

TEST(Config, AMinimumAboveTheMaximumIsRefusedAtTheKeyThatIsThere) {
  EXPECT_EQ(fault_of("tickTime=500\nminSessionTimeout=10001"),
            "zoo.cfg:4: minSessionTimeout: minSessionTimeout 10001 is above maxSessionTimeout 10000; allowed: a "
            "minimum that is not "
            "above the maximum");
  EXPECT_THAT(fault_of("tickTime=500\nmaxSessionTimeout=999"), StartsWith("zoo.cfg:4: maxSessionTimeout: "));
}

TEST(Config, NoLimitOfConnectionsMayBeWrittenInTwoWays) {
  for (const std::string value : {"0", "-1"}) {
    const Config config = config_of("maxClientCnxns=" + value + "\nmaxCnxns=" + value);
    EXPECT_EQ(config.connections_per_address_max, 0U);
    EXPECT_EQ(config.connections_max, 0U);
  }
}

TEST(Config, NumbersMayBeHexadecimal) {
  EXPECT_EQ(config_of("jute.maxbuffer=0x9fffff").frame_max, 0x9fffffU);
}

TEST(Config, LongRequestsGetLongLogEntriesBatchesAndRoom) {
  const Config config = config_of("jute.maxbuffer=33554432");
  EXPECT_EQ(config.replica.state.txn_bytes_max, (64U << 20) - 1024);
  EXPECT_GE(config.log_batch_bytes_max, config.replica.state.txn_bytes_max + limits::log_inflight_bytes_max);
  EXPECT_GT(config.log_room_low, config.log_batch_bytes_max + limits::log_reserve_bytes);
}

TEST(Config, ExtraSizeIsAtLeastOneKilobyte) {
  EXPECT_EQ(config_of("jute.maxbuffer=2000000\njute.maxbuffer.extrasize=5000").replica.state.txn_bytes_max,
            2000000U + 5000 - 1024);
  EXPECT_EQ(config_of("jute.maxbuffer=2000000\njute.maxbuffer.extrasize=0").replica.state.txn_bytes_max, 2000000U);
}

TEST(Config, ThePrefixOfSystemPropertiesMayStandBeforeAnyKey) {
  const Config config =
      config_of("zookeeper.maxCnxns=5\nzookeeper.jute.maxbuffer=4096\nzookeeper.4lw.commands.whitelist=mntr");
  EXPECT_EQ(config.connections_max, 5U);
  EXPECT_EQ(config.frame_max, 4096U);
  EXPECT_THAT(config.words_allowed, ElementsAre("mntr", "srvr"));
}

TEST(Config, TheLastOfRepeatedKeysCounts) {
  EXPECT_EQ(config_of("maxCnxns=x\nmaxCnxns=5\nzookeeper.maxCnxns=6").connections_max, 6U);
}

TEST(Config, PurgeIntervalsAreHoursOrHaveAUnit) {
  constexpr std::int64_t hour = 3'600'000;
  for (const auto& [value, ms] : std::map<std::string, std::int64_t>{{"1", hour},
                                                                     {"0", 0},
                                                                     {"-3", 0},
                                                                     {"500ms", 500},
                                                                     {"90s", 90'000},
                                                                     {"90m", 90 * 60'000},
                                                                     {"36h", 36 * hour},
                                                                     {"2 d", 48 * hour}}) {
    EXPECT_EQ(config_of("autopurge.purgeInterval=" + value).purge_interval_ms, ms) << value;
  }
  EXPECT_THAT(fault_of("autopurge.purgeInterval=1w"),
              StartsWith("zoo.cfg:3: autopurge.purgeInterval: '1w' is no interval; allowed: "));
}

TEST(Config, ASmallRetainCountIsRaisedAndSaid) {
  EXPECT_EQ(config_of("autopurge.snapRetainCount=1").purge_retain_count, 3U);
  EXPECT_THAT(warnings_of("autopurge.snapRetainCount=1"),
              ElementsAre("zoo.cfg:3: autopurge.snapRetainCount: is raised to 3, the least there is"));
}

TEST(Config, WordsAreAListWithCommas) {
  EXPECT_THAT(config_of("4lw.commands.whitelist= ruok, mntr ,,stat").words_allowed,
              ElementsAre("mntr", "ruok", "srvr", "stat"));
  EXPECT_THAT(config_of("4lw.commands.whitelist=*").words_allowed, ElementsAre("*", "srvr"));
  EXPECT_THAT(warnings_of("4lw.commands.whitelist=ruok, nmtr"),
              ElementsAre("zoo.cfg:3: 4lw.commands.whitelist: 'nmtr' is no four-letter word"));
}

TEST(Config, ReadOnlyModeAllowsIsro) {
  EXPECT_THAT(config_of("readonlymode.enabled=true").words_allowed, ElementsAre("isro", "srvr"));
  EXPECT_THAT(config_of("readonlymode.enabled=false").words_allowed, ElementsAre("srvr"));
  EXPECT_THAT(warnings_of("readonlymode.enabled=true"),
              ElementsAre(HasSubstr("one server is never in read-only mode")));
}

TEST(Config, ForceSyncCantBeTurnedOff) {
  EXPECT_THAT(warnings_of("forceSync=no"),
              ElementsAre("zoo.cfg:3: forceSync: has no effect: Zabra answers a write only when it is on disk"));
}

TEST(Config, SkippingAccessListsIsWarnedOf) {
  EXPECT_TRUE(config_of("skipACL=yes").replica.state.skip_acl);
  EXPECT_THAT(warnings_of("skipACL=yes"),
              ElementsAre(StartsWith("zoo.cfg:3: skipACL: every client may do everything")));
}

TEST(Config, AnIpv6AddressMayStandInBrackets) {
  EXPECT_EQ(config_of("clientPortAddress=[::1]").client_address, "::1");
  EXPECT_EQ(config_of("clientPortAddress=::1").client_address, "::1");
}

TEST(Config, OtherLettersThanAsciiAreWarnedOf) {
  EXPECT_THAT(warnings_of("dataLogDir=/tmp/\xc3\xbc"),
              ElementsAre(StartsWith("zoo.cfg:3: dataLogDir: is read as ISO-8859-1")));
  EXPECT_EQ(config_of("dataLogDir=/tmp/\\u00fc").data_log_dir, "/tmp/\u00fc");
}

// ---- directories, myid ----------------------------------------------------------------------------------------------

TEST(Config, DirectoriesThatMustExistAreLookedFor) {
  ConfigFile file("datadir.autocreate=false\n");
  EXPECT_EQ(file.fault(),
            "zoo.cfg:1: dataDir: there is no directory 'data', and datadir.autocreate=false; allowed: one that exists");
  file.write("data/keep", "");
  EXPECT_FALSE(file.config().create_directories);
}

TEST(Config, MyIdIsTheServersNumber) {
  ConfigFile file("");
  file.write("data/myid", " 42\n");
  EXPECT_EQ(file.config().replica.server, ServerId{42});
}

TEST(Config, AnyOtherMyIdIsRefused) {
  for (const std::string bad : {"", "x", "0", "256", "-1", "1 2"}) {
    ConfigFile file("");
    file.write("data/myid", bad);
    EXPECT_EQ(file.fault(), "data/myid:1: myid: '" + bad + "' is no server's number; allowed: 1 to 255");
  }
}

TEST(Config, NumbersEndAt254WithExtendedTypes) {
  ConfigFile plain("");
  plain.write("data/myid", "255");
  EXPECT_EQ(plain.config().replica.server, ServerId{255});
  ConfigFile extended("extendedTypesEnabled=true");
  extended.write("data/myid", "255");
  EXPECT_THAT(extended.fault(), HasSubstr("allowed: 1 to 254"));
}

// ---- members --------------------------------------------------------------------------------------------------------

TEST(Config, ASingleMemberRunsStandaloneAndIsSaid) {
  EXPECT_THAT(warnings_of("server.3=localhost:2888:3888"),
              ElementsAre("zoo.cfg:3: server.3: runs standalone: there is no other server"));
  EXPECT_EQ(config_of("server.3=localhost:2888:3888").replica.server, ServerId{3});
}

TEST(Config, MyIdWinsOverTheMembersNumberAndTheDifferenceIsSaid) {
  ConfigFile file("server.3=localhost:2888:3888");
  file.write("data/myid", "4");
  EXPECT_EQ(file.config().replica.server, ServerId{4});
  EXPECT_THAT(file.warnings(),
              ElementsAre(HasSubstr("server.3: runs"), "data/myid:1: myid: 4 is not the server.N of the file"));
}

TEST(Config, AMembersClientPartIsUsed) {
  const auto config = [](const std::string& member) {
    const ConfigFile file("dataDir=/d\nserver.1=" + member + "\n", false);
    return file.config();
  };
  EXPECT_EQ(config("h:2888:3888;2199").client_port, 2199);
  EXPECT_EQ(config("h:2888:3888;2199").client_address, "");
  EXPECT_EQ(config("h:2888:3888:participant;127.0.0.1:2199").client_address, "127.0.0.1");
  EXPECT_EQ(config("[::2]:2888:3888;[::1]:2199").client_address, "::1");
}

TEST(Config, AMembersClientPartMustAgreeWithTheKeys) {
  EXPECT_EQ(config_of("server.1=h:2888:3888;127.0.0.1:2181").client_address, "127.0.0.1");
  EXPECT_EQ(config_of("clientPortAddress=127.0.0.1\nserver.1=h:2888:3888;127.0.0.1:2181").client_address, "127.0.0.1");
  EXPECT_EQ(fault_of("server.1=h:2888:3888;2182"),
            "zoo.cfg:2: clientPort: is not what the line of server.1 says; allowed: the same address and port in both, "
            "or one of them");
  EXPECT_THAT(fault_of("clientPortAddress=127.0.0.1\nserver.1=h:2888:3888;10.0.0.1:2181"),
              StartsWith("zoo.cfg:2: clientPort: "));
}

TEST(Config, AMemberThatCantBeOneIsRefused) {
  for (const std::string bad :
       {"", "localhost", "localhost:2888", "h:2888:3888;", "h:2888:3888;x", "h:2888:3888;70000", "h:1:2;3;4;5"}) {
    EXPECT_THAT(fault_of("server.1=" + bad), StartsWith("zoo.cfg:3: server.1: ")) << bad;
  }
  for (const std::string bad : {"server.0", "server.256", "server.x", "server."}) {
    EXPECT_THAT(fault_of(bad + "=h:2888:3888"),
                StartsWith("zoo.cfg:3: " + bad + ": is no server's number; allowed: server.1 to "))
        << bad;
  }
  EXPECT_THAT(fault_of("server.1=h:2888:3888:observer"), HasSubstr("an observer has nobody to observe"));
  EXPECT_THAT(fault_of("server.1=h:2888:3888;2181;2281"), HasSubstr("this version has no TLS"));
}

TEST(Config, StandaloneEnabledFalseNeedsAMember) {
  EXPECT_THAT(fault_of("standaloneEnabled=false"),
              StartsWith("zoo.cfg:3: standaloneEnabled: 'false' needs a server.N line"));
}

TEST(Config, MembersMayStandInAFileOfTheirOwn) {
  ConfigFile file("");
  file.write("zoo.cfg", "dataDir=/d\ndynamicConfigFile=" + file.path("dynamic.1") + "\n");
  file.write("dynamic.1", "server.5=h:2888:3888;127.0.0.1:2190\n");
  EXPECT_EQ(file.config().client_port, 2190);
  EXPECT_EQ(file.config().replica.server, ServerId{5});
}

TEST(Config, AMissingFileOfMembersIsRefused) {
  ConfigFile file("");
  file.write("zoo.cfg", "dataDir=/d\ndynamicConfigFile=" + file.path("none") + "\n");
  EXPECT_EQ(file.fault(), "none: can't be read: No such file or directory");
}

TEST(Config, MembersInBothFilesAreRefused) {
  ConfigFile file("");
  file.write("zoo.cfg", "dataDir=/d\nserver.1=h:2888:3888;2190\ndynamicConfigFile=" + file.path("dynamic.1") + "\n");
  file.write("dynamic.1", "server.1=h:2888:3888;2190\n");
  EXPECT_THAT(file.fault(), StartsWith("zoo.cfg:2: server.1: stands beside dynamicConfigFile"));
}

}  // namespace
}  // namespace zabra::server
