// Four-letter words: what a server answers to a person or a probe that sends `srvr`, `mntr`, … in place of a connect
// request. Pure functions of copied facts. The formats are ZooKeeper's to the letter, because tools parse them by
// position and by regular expression; which tool needs what stands in README.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replica/status.h"

namespace zabra::admin {

// What the process knows about itself and the machine it runs on.
struct HostFacts {
  std::string version;  // reported_version()
  std::string host_name;
  std::string os_name, os_arch, os_version;
  std::string user_name, user_home, working_directory;
  std::uint64_t memory_free_bytes = 0, memory_total_bytes = 0;  // of the machine
  std::optional<std::uint64_t> open_files, open_files_max;      // file descriptors; none where the system has no count
  std::uint64_t data_dir_bytes = 0, log_dir_bytes = 0;          // of all files in version-2
};

// What `conf` says of an ensemble.
struct EnsembleConf {
  std::int32_t init_limit_ticks = 0, sync_limit_ticks = 0;
  std::string election_ports, quorum_ports;  // where this server listens, "3888|3889" with several addresses
  bool is_observer = false;
  std::string membership;  // wire::print_ensemble()
};

// The configuration as it is in force.
struct ConfFacts {
  std::uint16_t client_port = 0;
  std::string data_dir, data_log_dir;  // with version-2 at their end
  std::int32_t tick_ms = 0;
  std::uint32_t connections_per_address_max = 0;
  std::int32_t session_timeout_min_ms = 0, session_timeout_max_ms = 0;
  int backlog = -1;
  std::int64_t server_id = 0;
  std::optional<EnsembleConf> ensemble;  // none: standalone
};

struct WordFacts {
  const replica::Status& status;
  std::span<const replica::ConnectionFacts> connections;  // `stat` lists them; other words do not look
  const HostFacts& host;
  const ConfFacts& conf;
};

using Whitelist = std::set<std::string, std::less<>>;  // words; "*" stands for all

// `srvr` always is: the scripts that ask for a server's mode rest on it. So is `role`, which says little more.
bool is_allowed(std::string_view word, const Whitelist& whitelist);

// The answer to a word that is allowed. A word that this version does not have gets an answer that
// says so.
std::string answer_word(std::string_view word, const WordFacts& facts);

// The answer to a word that is not allowed.
std::string refuse_word(std::string_view word);

}  // namespace zabra::admin
