// What the operator decides about a replica.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "state/state_machine.h"
#include "wire/host_port.h"
#include "wire/ids.h"
#include "zab/ensemble.h"

namespace zabra::replica {

// Where a server can be reached by the others; several addresses are tried in turn.
struct PeerAddresses {
  std::vector<wire::HostPort> quorum, election;
};

// Of a server that is not alone.
struct EnsembleSettings {
  zab::Members members;
  std::map<ServerId, PeerAddresses> addresses;
  std::string text;  // of wire/ensemble_format.h: goes out with notifications and NEWLEADER, stands in /zookeeper/config
  Zxid text_version;  // what it says in its last line
  std::int64_t init_limit_ms = 20000, sync_limit_ms = 10000;  // initLimit, syncLimit x tickTime
  std::int64_t connect_limit_ms = 20000;                      // connectToLearnerMasterLimit x tickTime
  std::uint32_t counter_max = 0xfffffffe;                      // the last of an epoch; tests take less
  bool leader_serves = true;                                  // leaderServes
  bool read_only_mode = false;                                // readonlymode.enabled
  bool local_sessions = false;                                // localSessionsEnabled
  bool local_sessions_upgrading = false;                      // localSessionsUpgradingEnabled
};

// When a checkpoint is begun, and how it is made: base/limits.h says more. Tests take less.
struct CheckpointSizes {
  std::size_t dirty_trigger = limits::checkpoint_dirty_trigger;
  std::size_t log_trigger = limits::checkpoint_log_trigger;
  std::size_t batch_max = limits::checkpoint_batch_max;
  std::size_t slice = limits::checkpoint_slice_bytes;
};

struct Settings {
  ServerId server{1};
  std::int32_t tick_ms = 2000;
  std::int32_t session_timeout_min_ms = 4000;   // minSessionTimeout: 2 ticks
  std::int32_t session_timeout_max_ms = 40000;  // maxSessionTimeout: 20 ticks
  std::int64_t sessionless_timeout_ms = 10000;  // nio.sessionlessCnxnTimeout: a connection without a session
  std::size_t outstanding_max = 1000;           // globalOutstandingLimit
  std::int64_t container_check_ms = 60000;      // znode.container.checkIntervalMs
  std::int64_t container_per_minute_max = 10000;  // znode.container.maxPerMinute
  std::int64_t container_never_used_ms = 0;     // znode.container.maxNeverUsedIntervalMs; 0: never
  std::string super_digest;                     // DigestAuthenticationProvider.superDigest: "user:base64", or none
  std::string digest_algorithm = "SHA1";        // DigestAuthenticationProvider.digestAlg
  state::Settings state;
  CheckpointSizes checkpoints;
  std::optional<EnsembleSettings> ensemble;  // none: standalone

  // The longest field of what servers send each other: Java reads no longer one than twice jute.maxbuffer.
  std::size_t peer_field_max() const { return state.txn_bytes_max + 1024; }
};

}  // namespace zabra::replica
