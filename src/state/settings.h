// What the operator has chosen about the replicated state. Everything here must be the same on every server of an ensemble.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zabra::state {

struct Settings {
  bool extended_types = false;    // extendedTypesEnabled: TTL nodes
  bool enforce_quota = false;     // enforceQuota
  bool skip_acl = false;          // skipACL
  bool digest_scheme = true;      // DigestAuthenticationProvider.enabled: "digest" is a known ACL scheme
  bool reconfig_enabled = false;  // reconfigEnabled: a standalone server refuses either way, with another code
  std::size_t txn_bytes_max = (2 * 0xfffff) - 1024;  // jute.maxbuffer + extrasize - 1 KiB: no entry is longer
  std::uint64_t hash_seed = 0;  // of the hash tables; random in production, so that nobody can aim at one bucket
};

}  // namespace zabra::state
