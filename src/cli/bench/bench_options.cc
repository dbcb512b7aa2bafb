#include "cli/bench/bench_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "cli/bench/tree_layout.h"
#include "cli/servers.h"

namespace zabra::cli::bench {

namespace {

constexpr std::uint32_t value_bytes_max = 1'000'000;  // below jute.maxbuffer with path and header
constexpr std::uint32_t nodes_max = 1'000'000'000;
constexpr double seconds_max = 7 * 24 * 3600.0;
constexpr double rate_max = 1e8;

const std::vector<std::string> mode_names{"read", "write", "mixed", "create", "fill", "verify"};  // in Mode's order

// A range alone lets it pass: nan is neither below nor above anything.
std::string refuse_nan(const std::string& text) {
  return std::isnan(std::strtod(text.c_str(), nullptr)) ? "Value " + text + " is not a number" : "";
}

// CLI11 prints a type and its range for each option; the word says it better.
template <class Number>
CLI::Option* add_number(CLI::App& app, const std::string& names, Number& number, Number lowest, Number highest,
                        const std::string& help) {
  return app.add_option(names, number, help)->check(CLI::Range(lowest, highest).description(""))
      ->check(refuse_nan)->type_name("N")->capture_default_str();
}

void add_load_options(CLI::App& app, BenchOptions& options, std::string& mode) {
  app.add_option("server", options.servers_text, "host:port, or several with commas: connections are spread over them")
      ->type_name("")->capture_default_str();
  app.add_option("-m,--mode", mode, "read, write, mixed: of keys made before;  create: new nodes;\n"
                                    "fill: --count nodes that stay;  verify: read all that a fill has made")
      ->check(CLI::IsMember(mode_names).description(""))->type_name("MODE")->capture_default_str();
  add_number(app, "-c,--connections", options.connections, 1U, 60'000U, "sessions, each on a connection of its own");
  add_number(app, "-o,--outstanding", options.outstanding, 1U, 65'536U,
             "requests under way on each connection, at most");
  add_number(app, "-s,--size", options.size, 0U, value_bytes_max, "bytes of each value");
  add_number(app, "--read-ratio", options.read_ratio, 0.0, 1.0, "share of reads in mode mixed");
  add_number(app, "-k,--keys", options.keys, 1U, nodes_max, "nodes that read, write and mixed work on");
  add_number(app, "-n,--count", options.count, 1U, nodes_max, "nodes that fill makes and verify reads");
  add_number(app, "--children", options.children, 1U, children_max, "nodes under each parent");
}

void add_pace_options(CLI::App& app, BenchOptions& options) {
  add_number(app, "-d,--duration", options.duration, 0.1, seconds_max, "seconds that are measured");
  add_number(app, "-w,--warm-up", options.warm_up, 0.0, seconds_max, "seconds before that");
  add_number(app, "-r,--rate", options.rate, 0.0, rate_max,
             "requests a second over all connections (open loop: latency counts from the\n"
             "time at which a request was meant to leave); 0: as fast as replies come");
}

void add_other_options(CLI::App& app, BenchOptions& options) {
  add_number(app, "--session-timeout", options.session_timeout_ms, 1000, 3'600'000, "ms to ask for");
  app.add_option("--root", options.root, "znode under which all is made; created when absent, and left")
      ->type_name("PATH")->capture_default_str();
  app.add_flag("--keep", options.keep, "leave the run's own nodes (a fill's always stay)");
  app.add_option("--seed", options.seed, "of the choice of keys and operations")->type_name("N")->capture_default_str();
  app.add_option("--server-pid", options.server_pid, "process whose CPU and memory are reported too")
      ->check(CLI::Range(1, 1 << 22).description(""))->type_name("PID");
  app.add_flag("--json", options.json, "result as one JSON object on stdout");
  app.add_flag("-q,--quiet", options.quiet, "no progress on stderr");
  app.add_option("--echo-server", options.echo_port,
                 "be the other side instead: a server of the same frames that does no work, to measure\n"
                 "what this machine can carry; give it the same --size and --children; 0: any port")
      ->type_name("PORT");
}

bool is_usable_root(const std::string& root) {
  return root.size() >= 2 && root.front() == '/' && root.back() != '/' && root.find("//") == std::string::npos;
}

std::string contradiction(const BenchOptions& options) {
  if (!is_usable_root(options.root)) return "--root: '" + options.root + "' is not an absolute path below /";
  if (options.is_counted() && options.rate > 0) return "--rate: fill and verify run as fast as replies come";
  return {};
}

ParsedOptions checked(BenchOptions options) {
  if (std::string wrong = contradiction(options); !wrong.empty()) return ExitWith{2, "zabra bench: " + wrong + "\n"};
  Result<std::vector<wire::HostPort>> servers = parse_servers(options.servers_text);
  if (!servers) return ExitWith{2, "zabra bench: server: " + servers.fault().reason + "\n"};
  options.servers = std::move(*servers);
  return options;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::string_view name(Mode mode) {
  return mode_names[static_cast<std::size_t>(mode)];
}

ParsedOptions parse_bench_options(const std::vector<std::string>& arguments) {
  BenchOptions options;
  std::string mode(name(options.mode));
  CLI::App app("Loads a server that speaks ZooKeeper's client protocol, checks every reply, and reports\n"
               "throughput and latency. Exit code 0; 1 if a reply was wrong or the server failed; 2 for bad options.",
               "zabra bench");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_load_options(app, options, mode);
  add_pace_options(app, options);
  add_other_options(app, options);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return ExitWith{0, app.help()};
  } catch (const CLI::ParseError& error) {
    return ExitWith{2, "zabra bench: " + first_line(error.what()) + "\n"};
  }
  const auto chosen = std::find(mode_names.begin(), mode_names.end(), mode);
  options.mode = static_cast<Mode>(chosen - mode_names.begin());
  return checked(std::move(options));
}

}  // namespace zabra::cli::bench
