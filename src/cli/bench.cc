#include "cli/bench.h"

#include <cstdio>

#include "cli/bench/bench_options.h"
#include "cli/bench/bench_report.h"
#include "cli/bench/echo_server.h"
#include "cli/bench/load.h"

namespace zabra::cli {

namespace {

using bench::BenchOptions;
using bench::BenchResult;
using bench::ExitWith;

void print(std::FILE* to, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), to);
  std::fflush(to);
}

int serve_echo(const BenchOptions& options) {
  bench::EchoServer server(options.size, options.children);
  const Result<std::uint16_t> port = server.listen(*options.echo_port);
  if (!port) {
    print(stderr, "zabra bench: " + port.fault().reason + "\n");
    return 1;
  }
  print(stdout, "echo server on 127.0.0.1:" + std::to_string(*port) + "\n");
  server.serve();
  return 0;
}

int load_server(const BenchOptions& options) {
  const BenchResult result = bench::run_load(options, [&](const std::string& line) { print(stderr, line); });
  print(stdout, options.json ? report_json(options, result) : report_text(options, result));
  return result.is_right() ? 0 : 1;
}

}  // namespace

int bench_command(const std::vector<std::string>& arguments) {
  const bench::ParsedOptions parsed = bench::parse_bench_options(arguments);
  if (const auto* exit = std::get_if<ExitWith>(&parsed)) {
    print(exit->code == 0 ? stdout : stderr, exit->text);
    return exit->code;
  }
  const auto& options = std::get<BenchOptions>(parsed);
  return options.echo_port ? serve_echo(options) : load_server(options);
}

}  // namespace zabra::cli
