// What the operator has decided, read from a ZooKeeper configuration file (zoo.cfg).
//
//   Result<Config, ConfigFault> config = read_config_file("conf/zoo.cfg");
//   if (!config) -> config.fault().line to standard error, exit code 2
//   for (const std::string& line : config->warnings) log.warning(line);
//
// Every key is acted on, accepted with a warning that says what it does not do, or refused: nothing is dropped
// silently. Which is which: server/config_keys.h and conf/README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/log_spdlog.h"
#include "replica/settings.h"
#include "server/config_ensemble.h"
#include "wire/result.h"

namespace zabra::server {

struct Config {
  std::string file;                    // as it was named; empty: none given
  std::string data_dir, data_log_dir;  // dataDir, dataLogDir (dataDir when not given); version-2 lies below each
  bool create_directories = true;      // datadir.autocreate; where false, read_config_file() has seen that both exist

  std::string client_address;                      // clientPortAddress; empty: all addresses
  std::uint16_t client_port = 2181;                // 0: any free one
  int backlog = -1;                                // clientPortListenBacklog; -1: what the system allows
  bool tcp_keep_alive = false;                     // clientTcpKeepAlive
  std::uint32_t connections_per_address_max = 60;  // maxClientCnxns; 0: no limit
  std::uint32_t connections_max = 0;               // maxCnxns; 0: no limit
  std::size_t frame_max = 0xfffff;                 // jute.maxbuffer

  std::uint64_t log_extent_bytes = 64 << 20;  // preAllocSize
  std::uint64_t log_roll_bytes = 64 << 20;    // txnLogSizeLimitInKb
  // A torn tail is never longer than a batch of the log: all that may be in flight, and one entry of the largest size.
  std::uint64_t log_batch_bytes_max = limits::log_batch_bytes_max;
  std::uint64_t log_room_low = limits::log_room_low;  // above a batch and the reserve
  std::uint32_t purge_retain_count = 3;               // autopurge.snapRetainCount
  std::int64_t purge_interval_ms = 0;                 // autopurge.purgeInterval; 0: nothing is ever purged

  std::size_t io_threads = 0;                                // ioThreads; 0: the replica's thread runs the sockets
  LogSettings log;                                           // log.level, log.file
  std::set<std::string, std::less<>> words_allowed{"srvr"};  // 4lw.commands.whitelist; "*" stands for all

  // Everything but state.hash_seed, which the server draws, and what follows from `ensemble`.
  replica::Settings replica;
  std::optional<EnsembleConfig> ensemble;  // none: standalone

  std::vector<std::string> warnings;  // one line each, for the log once it is open
};

// Why there can't be a server: "zoo.cfg:12: tickTime: 'fast' is not a number; allowed: 1 to 107374182". One such line
// for each mistake, in the order of the file, with line ends between them.
struct ConfigFault {
  std::string line;
};

// `zabra server` without a file: 127.0.0.1:2181, ./data. Reads ./data/myid where it exists.
Result<Config, ConfigFault> default_config();

// Reads the file, the file that its dynamicConfigFile names, and dataDir/myid.
Result<Config, ConfigFault> read_config_file(const std::string& path);

}  // namespace zabra::server
