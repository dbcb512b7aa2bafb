// What is refused, and what is accepted with a line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/config_file.h"

namespace zabra::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// ---- mistakes -------------------------------------------------------------------------------------------------------

TEST(Config, AMissingFileIsRefused) {
  const auto config = read_config_file("/nowhere/zoo.cfg");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.fault().line, "/nowhere/zoo.cfg: can't be read: No such file or directory");
}

TEST(Config, ADirectoryIsNoFile) {
  const ConfigFile file("");
  const auto config = read_config_file(file.path(""));
  ASSERT_FALSE(config);
  EXPECT_THAT(config.fault().line, HasSubstr("can't be read: Is a directory"));
}

TEST(Config, WhatIsNecessaryIsAskedForByName) {
  EXPECT_EQ(ConfigFile("", false).fault(),
            "zoo.cfg: dataDir: missing; allowed: the directory that keeps the data\n"
            "zoo.cfg: clientPort: missing; allowed: 0 to 65535 (0: any free one)");
}

TEST(Config, BrokenSyntaxIsRefusedWithItsLine) {
  EXPECT_EQ(fault_of("a=\\u12"), "zoo.cfg:3: \\u is not followed by four hexadecimal digits");
}

TEST(Config, EveryMistakeIsToldInTheOrderOfTheFile) {
  EXPECT_EQ(fault_of("tickTime=fast\nenforceQuota=yes\nssl.clientAuth=need\nclientPort=70000\n"),
            "zoo.cfg:3: tickTime: 'fast' is not a number; allowed: 1 to 107374182\n"
            "zoo.cfg:4: enforceQuota: 'yes' is neither; allowed: true, false\n"
            "zoo.cfg:5: ssl.clientAuth: this version has no TLS; allowed: nothing, or leave the key out\n"
            "zoo.cfg:6: clientPort: '70000' is out of range; allowed: 0 to 65535");
}

TEST(Config, ValuesOutOfRangeAreRefusedWithTheRange) {
  struct Case {
    std::string key, value, allowed;
  };
  for (const Case& c : {Case{"tickTime", "0", "1 to 107374182"},
                        Case{"tickTime", "107374183", "1 to 107374182"},
                        Case{"clientPort", "-1", "0 to 65535 "},
                        Case{"clientPort", "99999999999999999999", "0 to 65535"},
                        Case{"clientPortListenBacklog", "-2", "-1 to 2147483647"},
                        Case{"maxClientCnxns", "2147483648", "-1 to 2147483647"},
                        Case{"maxCnxns", "-2", "-1 to 2147483647"},
                        Case{"minSessionTimeout", "-2", "-1 to 2147483647 (-1: from tickTime)"},
                        Case{"maxSessionTimeout", "-2", "-1 to 2147483647 (-1: from tickTime)"},
                        Case{"nio.sessionlessCnxnTimeout", "0", "1 to 2147483647"},
                        Case{"globalOutstandingLimit", "0", "1 to 2147483647"},
                        Case{"jute.maxbuffer", "1023", "1024 to 66060288"},
                        Case{"jute.maxbuffer", "0x3f00001", "1024 to 66060288"},
                        Case{"jute.maxbuffer.extrasize", "-1", "0 to 66060288"},
                        Case{"preAllocSize", "0", "1 to 4194304"},
                        Case{"txnLogSizeLimitInKb", "-2", "-1 to 4194304 (-1: 65536)"},
                        Case{"autopurge.snapRetainCount", "-1", "0 to 2147483647"},
                        Case{"znode.container.checkIntervalMs", "0", "1 to 2147483647"},
                        Case{"znode.container.maxPerMinute", "0", "1 to 2147483647"},
                        Case{"znode.container.maxNeverUsedIntervalMs", "-1", "0 to 2147483647"},
                        Case{"ioThreads", "65", "0 to 64"}}) {
    EXPECT_EQ(fault_of(c.key + "=" + c.value) + " ", "zoo.cfg:3: " + c.key + ": '" + c.value +
                                                         "' is out of range; allowed: " + c.allowed +
                                                         (c.allowed.ends_with(' ') ? "" : " "));
  }
}

TEST(Config, WhatIsNoNumberIsRefused) {
  for (const std::string bad : {"", "x", "1x", "1.5", "0x", "--1", "1 000", "0xg", "-"}) {
    EXPECT_THAT(fault_of("maxCnxns=" + bad),
                StartsWith("zoo.cfg:3: maxCnxns: '" + bad + "' is not a number; allowed: "))
        << bad;
  }
  EXPECT_EQ(config_of("maxCnxns=+5").connections_max, 5U);
}

TEST(Config, BooleansAreTrueOrFalseInAnyCase) {
  EXPECT_TRUE(config_of("enforceQuota=TRUE").replica.state.enforce_quota);
  for (const std::string key :
       {"enforceQuota", "extendedTypesEnabled", "reconfigEnabled", "clientTcpKeepAlive", "datadir.autocreate",
        "readonlymode.enabled", "standaloneEnabled", "DigestAuthenticationProvider.enabled"}) {
    EXPECT_EQ(fault_of(key + "=on"), "zoo.cfg:3: " + key + ": 'on' is neither; allowed: true, false");
  }
}

TEST(Config, TwoOldKeysAreYesOrNo) {
  for (const std::string key : {"skipACL", "forceSync"}) {
    EXPECT_EQ(fault_of(key + "=true"), "zoo.cfg:3: " + key + ": 'true' is neither; allowed: yes, no");
  }
}

TEST(Config, EmptyNamesAreRefused) {
  EXPECT_THAT(fault_of("dataDir="), StartsWith("zoo.cfg:3: dataDir: is empty; allowed: a directory"));
  EXPECT_THAT(fault_of("dataLogDir="), StartsWith("zoo.cfg:3: dataLogDir: is empty; allowed: a directory"));
  EXPECT_THAT(fault_of("clientPortAddress="),
              StartsWith("zoo.cfg:3: clientPortAddress: is empty; allowed: a host name"));
}

TEST(Config, AnUnknownLogLevelIsRefused) {
  EXPECT_EQ(fault_of("log.level=loud"), "zoo.cfg:3: log.level: 'loud' is no level; allowed: debug, info, warn, error");
}

TEST(Config, DigestMistakesDoNotRepeatTheSecret) {
  EXPECT_EQ(fault_of("DigestAuthenticationProvider.superDigest=hunter2"),
            "zoo.cfg:3: DigestAuthenticationProvider.superDigest: is no digest id; allowed: super:BASE64");
  EXPECT_THAT(fault_of("DigestAuthenticationProvider.digestAlg=ROT13"),
              StartsWith("zoo.cfg:3: DigestAuthenticationProvider.digestAlg: unknown algorithm; allowed: "));
}

// ---- what is not acted on -------------------------------------------------------------------------------------------

TEST(Config, ProtectionThatIsMissingIsRefused) {
  for (const std::string line :
       {"secureClientPort=2281", "secureClientPortAddress=10.0.0.1", "sslQuorum=true", "portUnification=true",
        "client.portUnification=TRUE", "ssl.keyStore.location=/k.pem", "ssl.quorum.trustStore.location=/t.pem",
        "ssl.clientAuth=need", "enforce.auth.enabled=true", "enforce.auth.schemes=digest",
        "sessionRequireClientSASLAuth=true", "requireClientAuthScheme=sasl",
        "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider", "authProvider.sasl=x",
        "quorum.auth.enableSasl=true", "quorum.auth.server.saslLoginContext=Q", "oraclePath=/o",
        "zookeeper.ssl.clientAuth=need"}) {
    std::string key = line.substr(0, line.find('='));
    if (key.starts_with("zookeeper.")) key.erase(0, 10);
    EXPECT_THAT(fault_of(line), StartsWith("zoo.cfg:3: " + key + ": ")) << line;
  }
}

TEST(Config, ProtectionThatIsNotAskedForIsNoMistake) {
  for (const std::string line :
       {"sslQuorum=false", "portUnification=False", "client.portUnification=", "ssl.quorum.hostnameVerification=false",
        "enforce.auth.enabled=false", "enforce.auth.schemes=", "sessionRequireClientSASLAuth=false",
        "quorum.auth.enableSasl=false", "oraclePath=", "secureClientPort=0"}) {
    EXPECT_THAT(warnings_of(line), IsEmpty()) << line;
  }
}

TEST(Config, KeysOfLaterVersionsAreAcceptedWithALine) {
  EXPECT_THAT(
      warnings_of("observerMasterPort=2191\nsyncEnabled=true\nadmin.serverPort=8081\nmetricsProvider.className=x"),
      ElementsAre("zoo.cfg:3: observerMasterPort: has no effect in this version: servers of this version do without",
                  "zoo.cfg:4: syncEnabled: has no effect in this version: servers of this version do without",
                  "zoo.cfg:5: admin.serverPort: has no effect in this version: this version has no AdminServer",
                  "zoo.cfg:6: metricsProvider.className: has no effect in this version: this version has no metrics "
                  "but those of mntr"));
}

TEST(Config, KeysForJavaAreAcceptedWithALine) {
  EXPECT_THAT(warnings_of("snapCount=1000\nnio.numWorkerThreads=4\nserverCnxnFactory=x\njvm.pause.monitor=true"),
              ElementsAre(StartsWith("zoo.cfg:3: snapCount: has no effect: "),
                          StartsWith("zoo.cfg:4: nio.numWorkerThreads: has no effect: "),
                          StartsWith("zoo.cfg:5: serverCnxnFactory: has no effect: "),
                          StartsWith("zoo.cfg:6: jvm.pause.monitor: has no effect: ")));
}

TEST(Config, UnknownKeysAreAcceptedAndTheNearestIsNamed) {
  EXPECT_THAT(
      warnings_of("tickTimes=2000\nmaxclientcnxns=9\nmy.own.key=1\nautopurge.purgeIntervall=1"),
      ElementsAre(
          "zoo.cfg:3: tickTimes: unknown key, has no effect; is tickTime meant?",
          "zoo.cfg:4: maxclientcnxns: unknown key, has no effect; is maxClientCnxns meant?",
          "zoo.cfg:5: my.own.key: unknown key, has no effect",
          "zoo.cfg:6: autopurge.purgeIntervall: unknown key, has no effect; is autopurge.purgeInterval meant?"));
}

}  // namespace
}  // namespace zabra::server
