// The `zabra` command: `zabra SUB-COMMAND ARGUMENTS…`. Each sub-command parses its own arguments.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "base/version.h"
#include "cli/bench.h"
#include "cli/status.h"
#ifdef ZABRA_HAS_SERVER
#include "server/command.h"
#endif

namespace {

using Command = int (*)(const std::vector<std::string>& arguments);

struct SubCommand {
  std::string name, purpose;
  Command run;
};

std::vector<SubCommand> sub_commands() {
  return {
#ifdef ZABRA_HAS_SERVER
      {"server", "run a coordination server", zabra::server::server_command},
#endif
      {"status", "show the servers of an ensemble: role, epoch, lag, clients", zabra::cli::status_command},
      {"bench", "load a server, check every reply, report throughput and latency", zabra::cli::bench_command},
  };
}

std::string version_line() {
  return "zabra " + std::string(zabra::version()) + " (" + std::string(zabra::commit()) + ")";
}

// Help, version, or what is wrong, for everything that does not begin with a sub-command's name.
int parse_own_options(int argc, char** argv, const std::vector<SubCommand>& commands) {
  CLI::App app("Zabra, a coordination server that ZooKeeper's clients use unchanged.", "zabra");
  app.set_version_flag("--version", version_line());
  app.require_subcommand(1);
  app.footer("zabra SUBCOMMAND --help tells more.");
  for (const SubCommand& command : commands) app.add_subcommand(command.name, command.purpose);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    const bool is_unknown = argc > 1 && argv[1][0] != '-';
    std::fprintf(stderr, "zabra: %s (zabra --help lists what there is)\n",
                 is_unknown ? ("no sub-command '" + std::string(argv[1]) + "'").c_str() : error.what());
  }
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<SubCommand> commands = sub_commands();
  const auto named = [&](const SubCommand& command) { return argc > 1 && command.name == argv[1]; };
  const auto found = std::find_if(commands.begin(), commands.end(), named);
  if (found == commands.end()) return parse_own_options(argc, argv, commands);
  return found->run(std::vector<std::string>(argv + 2, argv + argc));
}
