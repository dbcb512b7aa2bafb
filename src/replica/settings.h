// What the operator decides about a replica.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "state/state_machine.h"
#include "wire/ids.h"

namespace zabra::replica {

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
};

}  // namespace zabra::replica
