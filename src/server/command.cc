#include "server/command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "base/log_spdlog.h"
#include "base/version.h"
#include "server/config.h"
#include "server/process.h"
#include "server/server.h"
#include "server/signals.h"

namespace zabra::server {
namespace {

constexpr const char* description =
    "Runs a coordination server that ZooKeeper's clients use unchanged.\n"
    "With CONF, a file as ZooKeeper's zoo.cfg. Without: 127.0.0.1:2181, data in ./data.";

constexpr const char* footer =
    "SIGTERM or SIGINT ends it cleanly; a second one at once.\n"
    "Exit codes: 0 ended as asked, 1 unexpected (also: the address is taken, the disk failed),\n"
    "2 wrong arguments or configuration, 3 the data directory can't be used.";

int code_of(ExitCode code) { return static_cast<int>(code); }

int fail(ExitCode code, const std::string& line) {
  std::fprintf(stderr, "zabra server: %s\n", line.c_str());
  return code_of(code);
}

void log_beginning(Log& log, const Config& config) {
  log.info(text("zabra ", reported_version(), ", pid=", ::getpid(), ", configuration=",
                config.file.empty() ? "none" : config.file, ", server=", config.replica.server.value));
  for (const std::string& warning : config.warnings) log.warning(warning);
  log.info("admin server: not available in this version");
}

int serve(const Config& config, Log& log) {
  log_beginning(log, config);
  Server server(config, log);
  const Signals signals(log, [&server] { server.request_stop(); });
  if (const auto started = server.start(); !started) {
    log.error(text("not started: ", started.fault().line));
    return fail(started.fault().code, started.fault().line);
  }
  server.run();
  return code_of(ExitCode::ok);
}

int serve_with(const std::string& file) {
  const Result<Config, ConfigFault> config = file.empty() ? default_config() : read_config_file(file);
  if (!config) return fail(ExitCode::usage, config.fault().line);
  const Result<std::unique_ptr<Log>> log = open_log(config->log);
  if (!log) return fail(ExitCode::usage, "log.file: " + log.fault().reason);
  prepare_process();
  try {
    return serve(*config, **log);
  } catch (const std::exception& unexpected) {
    (*log)->error(text("ending: ", unexpected.what()));
    return fail(ExitCode::unexpected, unexpected.what());
  }
}

}  // namespace

int server_command(const std::vector<std::string>& arguments) {
  CLI::App app(description, "zabra server");
  std::string file;
  app.add_option("CONF", file, "configuration file");
  app.footer(footer);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the end
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return fail(ExitCode::usage, text(error.what(), " (zabra server --help tells more)"));
  }
  return serve_with(file);
}

}  // namespace zabra::server
