#include "server/config_keys.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace zabra::server {
namespace {

using enum KeyUse;

constexpr std::string_view not_yet = "servers of this version do without";
constexpr std::string_view no_jvm = "there is no Java machine here";
constexpr std::string_view no_netty = "Zabra has sockets of its own";
constexpr std::string_view batches = "Zabra batches and schedules by itself";
constexpr std::string_view no_throttle =
    "this version limits by globalOutstandingLimit, maxClientCnxns and maxCnxns only";
constexpr std::string_view checkpoints = "Zabra writes checkpoints of what has changed, in place of snapshots";
constexpr std::string_view no_admin = "this version has no AdminServer";
constexpr std::string_view no_tls = "this version has no TLS";
constexpr std::string_view no_sasl = "this version has no SASL";
constexpr std::string_view no_login = "this version can't demand that clients prove who they are";
constexpr std::string_view own_watches = "Zabra has one table of watches, made for millions";

constexpr KnownKey keys[] = {
    // Identity, storage, ports.
    {"dataDir", acted, ""},
    {"dataLogDir", acted, ""},
    {"datadir.autocreate", acted, ""},
    {"clientPort", acted, ""},
    {"clientPortAddress", acted, ""},
    {"clientPortListenBacklog", acted, ""},
    {"secureClientPort", refused, no_tls},
    {"secureClientPortAddress", refused, no_tls},
    {"observerMasterPort", later, not_yet},
    {"tickTime", acted, ""},
    {"minSessionTimeout", acted, ""},
    {"maxSessionTimeout", acted, ""},
    {"maxClientCnxns", acted, ""},
    {"maxCnxns", acted, ""},
    {"initLimit", acted, ""},
    {"syncLimit", acted, ""},
    {"connectToLearnerMasterLimit", acted, ""},
    {"preAllocSize", acted, ""},
    {"txnLogSizeLimitInKb", acted, ""},
    {"snapCount", meaningless, checkpoints},
    {"snapSizeLimitInKb", meaningless, checkpoints},
    {"snapshotSizeFactor", later, not_yet},
    {"snapshot.compression.method", meaningless, checkpoints},
    {"snapshot.trust.empty", meaningless, "a log without its checkpoint is refused whatever it says"},
    {"serializeLastProcessedZxid.enabled", meaningless, checkpoints},
    {"commitLogCount", later, not_yet},
    {"autopurge.snapRetainCount", acted, ""},
    {"autopurge.purgeInterval", acted, ""},
    {"db.autocreate", later, not_yet},
    {"forceSync", acted, ""},
    {"fsync.warningthresholdms", later, "this version does not report slow syncs"},
    {"digest.enabled", meaningless, "the digest of the tree is always kept"},
    {"forceSnapshotSync", later, not_yet},

    // The ensemble.
    {"server.", acted, ""},
    {"group.", acted, ""},
    {"weight.", acted, ""},
    {"dynamicConfigFile", acted, ""},
    {"reconfigEnabled", acted, ""},
    {"standaloneEnabled", acted, ""},
    {"peerType", acted, ""},
    {"electionAlg", acted, ""},
    {"leaderServes", acted, ""},
    {"syncEnabled", later, not_yet},
    {"quorumListenOnAllIPs", acted, ""},
    {"cnxTimeout", acted, ""},
    {"quorumCnxnTimeoutMs", later, not_yet},
    {"electionPortBindRetry", acted, ""},
    {"tcpKeepAlive", later, not_yet},
    {"fastleader.", later, not_yet},
    {"leaderConnectDelayDuringRetryMs", later, not_yet},
    {"leader.", later, not_yet},
    {"learner.", later, not_yet},
    {"follower.", later, not_yet},
    {"observer.", later, not_yet},
    {"observerMaster.", later, not_yet},
    {"multiAddress.enabled", acted, ""},
    {"multiAddress.", later, not_yet},
    {"oraclePath", refused, "this version knows no oracle to decide between two servers"},
    {"localSessionsEnabled", acted, ""},
    {"localSessionsUpgradingEnabled", acted, ""},
    {"forward_learner_requests_to_commit_processor_disabled", later, not_yet},
    {"enableEagerACLCheck", later, not_yet},
    {"sslQuorum", refused, no_tls},
    {"portUnification", refused, no_tls},
    {"sslQuorumReloadCertFiles", later, no_tls},
    {"quorum.auth.", refused, no_sasl},
    {"quorum.cnxn.threads.size", later, no_sasl},

    // Clients, limits, throttles.
    {"ioThreads", acted, ""},
    {"clientTcpKeepAlive", acted, ""},
    {"globalOutstandingLimit", acted, ""},
    {"jute.maxbuffer", acted, ""},
    {"jute.maxbuffer.extrasize", acted, ""},
    {"nio.sessionlessCnxnTimeout", acted, ""},
    {"nio.", meaningless, no_netty},
    {"netty.", meaningless, no_netty},
    {"serverCnxnFactory", meaningless, no_netty},
    {"intBufferStartingSizeBytes", meaningless, no_jvm},
    {"commitProcessor.", meaningless, batches},
    {"flushDelay", meaningless, batches},
    {"maxWriteQueuePollTime", meaningless, batches},
    {"maxBatchSize", meaningless, batches},
    {"enforceQuota", acted, ""},
    {"requestThrottleLimit", meaningless,
     "ZooKeeper reads request_throttle_max_requests, which this version does not have"},
    {"request_throttle_", later, no_throttle},
    {"request_throttler.", later, no_throttle},
    {"request_stale_", later, no_throttle},
    {"throttled_op_wait_time", later, no_throttle},
    {"throttledOpWaitTime", meaningless, "ZooKeeper reads throttled_op_wait_time, which this version does not have"},
    {"connection_throttle_", later, no_throttle},
    {"connectionMaxTokens", meaningless,
     "ZooKeeper reads connection_throttle_tokens, which this version does not have"},
    {"largeRequestMaxBytes", later, no_throttle},
    {"largeRequestThreshold", later, no_throttle},
    {"maxResponseCacheSize", meaningless, "replies are encoded straight from the tree"},
    {"maxGetChildrenResponseCacheSize", meaningless, "replies are encoded straight from the tree"},
    {"extendedTypesEnabled", acted, ""},
    {"emulate353TTLNodes", later, "this version does not take over data of ZooKeeper 3.5.3"},
    {"znode.container.checkIntervalMs", acted, ""},
    {"znode.container.maxPerMinute", acted, ""},
    {"znode.container.maxNeverUsedIntervalMs", acted, ""},
    {"watchManagerName", meaningless, own_watches},
    {"watcherCleanThreadsNum", meaningless, own_watches},
    {"watcherCleanThreshold", meaningless, own_watches},
    {"watcherCleanIntervalInSeconds", meaningless, own_watches},
    {"maxInProcessingDeadWatchers", meaningless, own_watches},
    {"bitHashCacheSize", meaningless, own_watches},
    {"readonlymode.enabled", acted, ""},
    {"closeSessionTxn.enabled", meaningless, "the end of a session always records what went with it"},
    {"skipACL", acted, ""},
    {"4lw.commands.whitelist", acted, ""},

    // Observability.
    {"log.level", acted, ""},
    {"log.file", acted, ""},
    {"admin.", later, no_admin},
    {"metricsProvider.", later, "this version has no metrics but those of mntr"},
    {"audit.", later, "this version writes no audit log"},
    {"jvm.pause.", meaningless, no_jvm},
    {"messageTracker.", later, not_yet},
    {"pathStats.", later, "this version keeps no statistics by path"},
    {"controllerPort", meaningless, "it serves ZooKeeper's own tests"},

    // Security.
    {"DigestAuthenticationProvider.enabled", acted, ""},
    {"DigestAuthenticationProvider.superDigest", acted, ""},
    {"DigestAuthenticationProvider.digestAlg", acted, ""},
    {"IPAuthenticationProvider.usexforwardedfor", later, no_admin},
    {"X509AuthenticationProvider.superUser", later, no_tls},
    {"SASLAuthenticationProvider.superPassword", later, no_sasl},
    {"superUser", later, "only the digest scheme has a super user in this version"},
    {"superUser.", later, "only the digest scheme has a super user in this version"},
    {"ensembleAuthName", later, "this version does not know the ensemble scheme"},
    {"letAnySaslUserDoX", later, no_sasl},
    {"allowSaslFailedClients", later, no_sasl},
    {"sasl.", later, no_sasl},
    {"kerberos.", later, no_sasl},
    {"security.auth_to_local", later, no_sasl},
    {"authProvider.", refused, "this version knows no other schemes than world, auth, digest and ip"},
    {"requireClientAuthScheme", refused, no_login},
    {"sessionRequireClientSASLAuth", refused, no_login},
    {"enforce.auth.", refused, no_login},
    {"ssl.", refused, no_tls},
    {"client.portUnification", refused, no_tls},
    {"client.certReload", later, no_tls},
    {"fips-mode", later, no_tls},
};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Letters that one must add, drop or change to get from one word to the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t k = 0; k < to.size(); ++k) {
      const std::size_t changed = diagonal + (from[i] == to[k] ? 0 : 1);
      diagonal = std::exchange(row[k + 1], std::min({changed, row[k] + 1, row[k + 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

std::span<const KnownKey> known_keys() {
  return keys;
}

const KnownKey* find_key(std::string_view name) {
  const KnownKey* found = nullptr;
  for (const KnownKey& key : keys) {
    if (key.name == name) return &key;
    const bool belongs = key.is_family() && name.starts_with(key.name) && name.size() > key.name.size();
    if (belongs && (found == nullptr || key.name.size() > found->name.size())) found = &key;
  }
  return found;
}

// Two letters off, or another case; with short names less, so that any word is not like any other.
std::optional<std::string_view> nearest_key(std::string_view name) {
  const std::string wanted = lower(name);
  std::size_t best = std::min<std::size_t>(2, name.size() / 4) + 1;
  std::optional<std::string_view> found;
  for (const KnownKey& key : keys) {
    const std::size_t off = key.is_family() ? best : distance(wanted, lower(key.name));
    if (off < best) {
      best = off;
      found = key.name;
    }
  }
  return found;
}

std::string_view to_string(KeyUse use) {
  switch (use) {
    case KeyUse::acted:
      return "acted on";
    case KeyUse::later:
      return "later";
    case KeyUse::meaningless:
      return "meaningless";
    case KeyUse::refused:
      return "refused";
  }
  return "";
}

}  // namespace zabra::server
