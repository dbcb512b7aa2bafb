// What `zabra bench` was asked to do. Meanings and limits are in the help text (bench_options.cc).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "wire/host_port.h"

namespace zabra::cli::bench {

enum class Mode : std::uint8_t { read, write, mixed, create, fill, verify };
std::string_view name(Mode mode);

struct BenchOptions {
  std::string servers_text = "127.0.0.1:2181";
  std::vector<wire::HostPort> servers;
  Mode mode = Mode::mixed;
  std::uint32_t connections = 64;
  std::uint32_t outstanding = 16;
  std::uint32_t size = 100;  // bytes of each value
  double read_ratio = 0.9;   // of mixed
  std::uint32_t keys = 1000;
  std::uint32_t count = 1'000'000;  // fill and verify
  std::uint32_t children = 1000;
  double duration = 10, warm_up = 2;  // seconds
  double rate = 0;                    // per second over all connections; 0: closed loop
  std::int32_t session_timeout_ms = 30'000;
  std::string root = "/zabra-bench";
  std::uint64_t seed = 1;
  std::int32_t server_pid = 0;  // 0: not measured
  bool keep = false, json = false, quiet = false;
  std::optional<std::uint16_t> echo_port;  // serve instead of load

  double share_of_reads() const { return mode == Mode::mixed ? read_ratio : mode == Mode::read ? 1 : 0; }
  bool is_counted() const { return mode == Mode::fill || mode == Mode::verify; }
};

// Ends the command: 0 with the help text, or 2 with one line that says what is wrong.
struct ExitWith {
  int code = 0;
  std::string text;
};
using ParsedOptions = std::variant<BenchOptions, ExitWith>;

ParsedOptions parse_bench_options(const std::vector<std::string>& arguments);

}  // namespace zabra::cli::bench
