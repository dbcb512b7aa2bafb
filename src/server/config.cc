#include "server/config.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>

#include "base/digest.h"
#include "server/config_members.h"
#include "server/config_reading.h"
#include "wire/frame.h"

namespace zabra::server {
namespace {

constexpr std::int64_t int_max = std::numeric_limits<std::int32_t>::max();

// Applies where a file does not say otherwise: 3000 in ZooKeeper's code, 2000 in its sample file and in
// default_config().
constexpr std::int32_t tick_ms_without_key = 3000;

// A node as large as a request may be must fit into a reply, and a reply above client_output_max closes its connection.
constexpr std::int64_t frame_max_max = limits::client_output_max - limits::client_output_pause;
constexpr std::int64_t extra_min = 1024;         // ZooKeeper's floor of jute.maxbuffer.extrasize
constexpr std::int64_t log_entry_margin = 1024;  // what a log entry stays below: see state::Settings::txn_bytes_max

constexpr std::int64_t kib = 1024;
constexpr std::int64_t log_kib_max = 4 * 1024 * 1024;  // 4 GiB
constexpr std::uint32_t retain_count_min = 3;          // ZooKeeper raises what is less to this
constexpr std::int64_t io_threads_max = 64;
constexpr std::int64_t hour_ms = 3'600'000;

// ---- files ----------------------------------------------------------------------------------------------------------

Result<std::string, ConfigFault> read_whole(const std::string& path) {
  const auto unreadable = [&path] { return ConfigFault{text(path, ": can't be read: ", std::strerror(errno))}; };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) return unreadable();
  std::string bytes;
  std::array<char, 4096> chunk{};
  while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), file.get()))
    bytes.append(chunk.data(), count);
  if (std::ferror(file.get()) != 0) return unreadable();
  return bytes;
}

Outcome add_file(Reading& in, const std::string& path) {
  const Result<std::string, ConfigFault> bytes = read_whole(path);
  if (!bytes) return Fault{bytes.fault().line};
  const Result<std::vector<Property>, PropertiesFault> properties = parse_properties(*bytes);
  if (!properties) return Fault{text(path, ":", properties.fault().line, ": ", properties.fault().reason)};
  in.add(*properties, path);
  return Done{};
}

// Members may stand in a file of their own.
Outcome add_dynamic_file(Reading& in) {
  const Entry* named = in.find("dynamicConfigFile");
  if (named == nullptr || named->value.empty()) return Done{};
  for (const std::string_view prefix : {"server.", "group.", "weight."}) {
    for (const Entry& here : in.family(prefix))
      in.refuse(here, "stands beside dynamicConfigFile", "server.N, group.N, weight.N in one of the two files");
  }
  return add_file(in, std::string(named->value));
}

// ---- the sections ---------------------------------------------------------------------------------------------------

void read_directories(Reading& in, Config& config) {
  constexpr std::string_view what = "a directory";
  in.nonempty("dataDir", config.data_dir, what);
  if (in.find("dataDir") == nullptr) in.refuse_missing("dataDir", "the directory that keeps the data");
  config.data_log_dir = config.data_dir;
  in.nonempty("dataLogDir", config.data_log_dir, what);

  in.flag("datadir.autocreate", config.create_directories);
  for (const std::string_view key : {"dataDir", "dataLogDir"}) {
    const Entry* entry = in.find(key);
    std::error_code unknown;
    const bool must_exist = entry != nullptr && !entry->value.empty() && !config.create_directories;
    if (must_exist && !std::filesystem::is_directory(entry->value, unknown)) {
      in.refuse(*entry, text("there is no directory '", entry->value, "', and datadir.autocreate=false"),
                "one that exists");
    }
  }
}

// Everything about the size of requests: a longer one needs a longer entry in the log, and that a longer batch.
void read_sizes(Reading& in, Config& config) {
  in.number("jute.maxbuffer", config.frame_max, {1024, frame_max_max});
  auto extra = static_cast<std::int64_t>(config.frame_max);
  in.number("jute.maxbuffer.extrasize", extra, {0, frame_max_max});
  const std::int64_t entry_max =
      static_cast<std::int64_t>(config.frame_max) + std::max(extra, extra_min) - log_entry_margin;
  config.replica.state.txn_bytes_max = static_cast<std::size_t>(entry_max);
  const std::uint64_t batch_max = limits::log_inflight_bytes_max + config.replica.state.txn_bytes_max;
  if (batch_max <= config.log_batch_bytes_max) return;
  config.log_room_low += batch_max - config.log_batch_bytes_max;
  config.log_batch_bytes_max = batch_max;
}

void read_connections(Reading& in, Config& config) {
  std::int64_t per_address = config.connections_per_address_max, all = config.connections_max;
  in.number("maxClientCnxns", per_address, {-1, int_max});
  in.number("maxCnxns", all, {-1, int_max});
  config.connections_per_address_max = static_cast<std::uint32_t>(std::max<std::int64_t>(per_address, 0));
  config.connections_max = static_cast<std::uint32_t>(std::max<std::int64_t>(all, 0));
  in.number("clientPortListenBacklog", config.backlog, {-1, int_max});
  in.flag("clientTcpKeepAlive", config.tcp_keep_alive);
  in.number("nio.sessionlessCnxnTimeout", config.replica.sessionless_timeout_ms, {1, int_max});
  in.number("globalOutstandingLimit", config.replica.outstanding_max, {1, int_max});
  in.number("ioThreads", config.io_threads, {0, io_threads_max});
}

void read_sessions(Reading& in, Config& config) {
  replica::Settings& replica = config.replica;
  replica.tick_ms = tick_ms_without_key;
  in.number("tickTime", replica.tick_ms, {1, int_max / 20});
  constexpr std::string_view unset = "(-1: from tickTime)";
  const std::int64_t min = in.number_of("minSessionTimeout", {-1, int_max}, unset).value_or(-1);
  const std::int64_t max = in.number_of("maxSessionTimeout", {-1, int_max}, unset).value_or(-1);
  replica.session_timeout_min_ms = min == -1 ? replica.tick_ms * 2 : static_cast<std::int32_t>(min);
  replica.session_timeout_max_ms = max == -1 ? replica.tick_ms * 20 : static_cast<std::int32_t>(max);
  if (replica.session_timeout_min_ms <= replica.session_timeout_max_ms) return;
  const Entry* given = min == -1 ? in.find("maxSessionTimeout") : in.find("minSessionTimeout");
  in.refuse(*given,
            text("minSessionTimeout ", replica.session_timeout_min_ms, " is above maxSessionTimeout ",
                 replica.session_timeout_max_ms),
            "a minimum that is not above the maximum");
}

void read_log_files(Reading& in, Config& config) {
  if (const auto size = in.number_of("preAllocSize", {1, log_kib_max})) {
    config.log_extent_bytes = static_cast<std::uint64_t>(*size * kib);
  }
  const std::int64_t roll = in.number_of("txnLogSizeLimitInKb", {-1, log_kib_max}, "(-1: 65536)").value_or(-1);
  if (roll > 0) config.log_roll_bytes = static_cast<std::uint64_t>(roll * kib);
  bool force_sync = true;
  in.yes_or_no("forceSync", force_sync);
  if (!force_sync) in.warn(*in.find("forceSync"), "has no effect: Zabra answers a write only when it is on disk");
}

// "24": hours. "90m", "36h": with a unit, which ZooKeeper 3.10 brings.
std::optional<std::int64_t> parse_purge_interval(std::string_view value) {
  struct Unit {
    std::string_view name;
    std::int64_t ms;
  };
  constexpr Unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", hour_ms}, {"d", 24 * hour_ms}, {"", hour_ms}};
  for (const Unit& unit : units) {
    if (!value.ends_with(unit.name)) continue;
    const std::optional<std::int64_t> count = parse_number(trim(value.substr(0, value.size() - unit.name.size())));
    if (!count || *count > int_max) return std::nullopt;
    return std::max<std::int64_t>(*count, 0) * unit.ms;
  }
  return std::nullopt;
}

void read_purge(Reading& in, Config& config) {
  in.number("autopurge.snapRetainCount", config.purge_retain_count, {0, int_max});
  if (config.purge_retain_count < retain_count_min) {
    in.warn(*in.find("autopurge.snapRetainCount"), text("is raised to ", retain_count_min, ", the least there is"));
    config.purge_retain_count = retain_count_min;
  }
  const Entry* entry = in.find("autopurge.purgeInterval");
  if (entry == nullptr) return;
  const std::optional<std::int64_t> interval = parse_purge_interval(entry->value);
  if (!interval)
    return in.refuse(*entry, text("'", entry->value, "' is no interval"), "hours, or a number with ms, s, m, h or d");
  config.purge_interval_ms = *interval;
}

void read_containers(Reading& in, replica::Settings& replica) {
  in.number("znode.container.checkIntervalMs", replica.container_check_ms, {1, int_max});
  in.number("znode.container.maxPerMinute", replica.container_per_minute_max, {1, int_max});
  in.number("znode.container.maxNeverUsedIntervalMs", replica.container_never_used_ms, {0, int_max});
}

void read_state(Reading& in, state::Settings& state) {
  in.flag("extendedTypesEnabled", state.extended_types);
  in.flag("enforceQuota", state.enforce_quota);
  in.yes_or_no("skipACL", state.skip_acl);
  if (state.skip_acl) in.warn(*in.find("skipACL"), "every client may do everything: no ACL is looked at");
  in.flag("reconfigEnabled", state.reconfig_enabled);
  in.flag("DigestAuthenticationProvider.enabled", state.digest_scheme);
}

// Neither value is repeated in a fault: both belong to a secret.
void read_digests(Reading& in, replica::Settings& replica) {
  const Entry* algorithm = in.find("DigestAuthenticationProvider.digestAlg");
  if (algorithm != nullptr) {
    if (!parse_digest_algorithm(algorithm->value)) in.refuse(*algorithm, "unknown algorithm", digest_algorithm_names());
    replica.digest_algorithm = algorithm->value;
  }
  const Entry* super = in.find("DigestAuthenticationProvider.superDigest");
  if (super == nullptr || super->value.empty()) return;
  if (super->value.find(':') == std::string::npos) in.refuse(*super, "is no digest id", "super:BASE64");
  replica.super_digest = super->value;
}

void read_words(Reading& in, Config& config) {
  bool read_only = false;
  in.flag("readonlymode.enabled", read_only);
  if (read_only) config.words_allowed.insert("isro");
  if (config.ensemble) config.ensemble->read_only_mode = read_only;
  if (read_only && !config.ensemble)
    in.warn(*in.find("readonlymode.enabled"), "allows the word isro; one server is never in read-only mode");
  const Entry* list = in.find("4lw.commands.whitelist");
  if (list == nullptr) return;
  for (const std::string_view piece : split(list->value, ',')) {
    const std::string_view word = trim(piece);
    if (word.empty()) continue;
    if (word != "*" && !wire::is_four_letter_word(word)) in.warn(*list, text("'", word, "' is no four-letter word"));
    config.words_allowed.emplace(word);
  }
}

void read_log_settings(Reading& in, Config& config) {
  struct Level {
    std::string_view name;
    LogLevel level;
  };
  constexpr Level levels[] = {{"debug", LogLevel::debug},
                              {"info", LogLevel::info},
                              {"warn", LogLevel::warning},
                              {"warning", LogLevel::warning},
                              {"error", LogLevel::error}};
  if (const Entry* file = in.find("log.file")) config.log.file = file->value;
  const Entry* entry = in.find("log.level");
  if (entry == nullptr) return;
  const auto found =
      std::ranges::find_if(levels, [&](const Level& level) { return is_word(entry->value, level.name); });
  if (found == std::end(levels))
    return in.refuse(*entry, text("'", entry->value, "' is no level"), "debug, info, warn, error");
  config.log.level = found->level;
}

// ---- the server's number --------------------------------------------------------------------------------------------

// With extended types the top byte of an owner has a second meaning, and 255 none that is free.
std::int64_t id_max(const Config& config) {
  return config.replica.state.extended_types ? 254 : 255;
}

// dataDir/myid, and what is wrong with it.
struct MyId {
  std::optional<ServerId> id;
  std::string fault, warning;
};

MyId missing_my_id(const std::string& path, const Membership& membership) {
  if (!membership.is_ensemble) return {};
  return {std::nullopt, text(path, ": missing; allowed: the number of this server: ", membership.ids()), ""};
}

// `membership`: sound.
MyId placed_my_id(const std::string& path, ServerId id, const Membership& membership) {
  if (membership.text.members.empty() || membership.find(id) != nullptr) return {id, "", ""};
  if (!membership.is_ensemble) return {id, "", text(path, ":1: myid: ", id.value, " is not the server.N of the file")};
  const std::string what = text(path, ":1: myid: ", id.value, " is no server of the file; allowed: ", membership.ids());
  return {std::nullopt, what, ""};
}

MyId read_my_id(const Config& config, const Membership& membership) {
  const std::string path = (std::filesystem::path(config.data_dir) / "myid").string();
  std::error_code unknown;
  if (config.data_dir.empty()) return {};
  if (!std::filesystem::exists(path, unknown)) return missing_my_id(path, membership);
  const Result<std::string, ConfigFault> bytes = read_whole(path);
  if (!bytes) return {std::nullopt, bytes.fault().line, ""};
  const std::optional<std::int64_t> id = parse_number(trim(*bytes));
  if (!id || *id < 1 || *id > id_max(config)) {
    const std::string allowed = text("1 to ", id_max(config));
    return {std::nullopt, text(path, ":1: myid: '", trim(*bytes), "' is no server's number; allowed: ", allowed), ""};
  }
  return membership.is_sound ? placed_my_id(path, {*id}, membership) : MyId{};
}

// The line of this server; null: there is none, or nobody knows which.
const wire::Member* own_line(const Membership& membership, const MyId& my_id) {
  if (membership.is_ensemble) return my_id.id ? membership.find(*my_id.id) : nullptr;
  return membership.text.members.empty() ? nullptr : &membership.text.members.front();
}

replica::EnsembleSettings replica_settings(const EnsembleConfig& ensemble, std::int64_t tick_ms) {
  replica::EnsembleSettings settings;
  settings.members = ensemble.members;
  settings.text = wire::print_ensemble(ensemble.text);
  settings.text_version = Zxid::from_wire(ensemble.text.version);
  settings.init_limit_ms = ensemble.init_limit_ticks * tick_ms;
  settings.connect_limit_ms = ensemble.connect_limit_ticks * tick_ms;
  settings.sync_limit_ms = ensemble.sync_limit_ticks * tick_ms;
  settings.leader_serves = ensemble.leader_serves;
  settings.read_only_mode = ensemble.read_only_mode;
  settings.local_sessions = ensemble.local_sessions;
  settings.local_sessions_upgrading = ensemble.local_sessions_upgrading;
  for (const wire::Member& member : ensemble.text.members) {
    settings.addresses[member.id] = {addresses_of(member, PeerPort::quorum), addresses_of(member, PeerPort::election)};
  }
  return settings;
}

Result<Config, ConfigFault> whole(Config config, const Reading& in, const MyId& my_id, const wire::Member* own) {
  const bool has_two = in.has_faults() && !my_id.fault.empty();
  if (in.has_faults() || !my_id.fault.empty())
    return ConfigFault{text(in.faults(), has_two ? "\n" : "", my_id.fault)};
  config.replica.server = my_id.id.value_or(own != nullptr ? own->id : ServerId{1});
  if (config.ensemble) config.replica.ensemble = replica_settings(*config.ensemble, config.replica.tick_ms);
  config.warnings = in.warnings();
  if (!my_id.warning.empty()) config.warnings.push_back(my_id.warning);
  return config;
}

// ---- a whole file ---------------------------------------------------------------------------------------------------

void read_one_server(Reading& in, Config& config) {
  read_directories(in, config);
  read_sizes(in, config);
  read_connections(in, config);
  read_sessions(in, config);
  read_log_files(in, config);
  read_purge(in, config);
  read_containers(in, config.replica);
  read_state(in, config.replica.state);
  read_digests(in, config.replica);
  read_log_settings(in, config);
}

Result<Config, ConfigFault> read_file(const std::string& path) {
  Reading in(path);
  if (Outcome added = add_file(in, path); !added) return ConfigFault{added.fault().reason};
  if (Outcome added = add_dynamic_file(in); !added) return ConfigFault{added.fault().reason};
  if (in.has_faults()) return ConfigFault{in.faults()};
  Config config;
  config.file = path;
  read_one_server(in, config);
  const Membership membership = read_membership(in, id_max(config));
  const MyId my_id = read_my_id(config, membership);
  const wire::Member* own = own_line(membership, my_id);
  config.ensemble = read_ensemble(in, membership, own);
  const bool is_own_known = membership.is_sound && (own != nullptr || !membership.is_ensemble);
  read_client_address(in, own, is_own_known, config);
  read_words(in, config);
  in.finish();
  return whole(std::move(config), in, my_id, own);
}

}  // namespace

Result<Config, ConfigFault> default_config() {
  Config config;
  config.data_dir = config.data_log_dir = "./data";
  config.client_address = "127.0.0.1";
  const MyId my_id = read_my_id(config, Membership{});
  return whole(std::move(config), Reading(""), my_id, nullptr);
}

Result<Config, ConfigFault> read_config_file(const std::string& path) {
  return read_file(path);
}

}  // namespace zabra::server
