#include "cli/bench/server_process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace zabra::cli::bench {

namespace {

// utime and stime are fields 14 and 15 of /proc/PID/stat; field 2 is a name in brackets that may hold spaces.
std::optional<double> cpu_seconds(const std::string& folder) {
  std::ifstream file(folder + "/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user_ticks = 0, system_ticks = 0;
  if (!(fields >> user_ticks >> system_ticks)) return std::nullopt;
  return (user_ticks + system_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::optional<std::int64_t> anonymous_bytes(const std::string& folder) {
  std::ifstream file(folder + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8)) * 1024;
  }
  return std::nullopt;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

std::optional<ProcessSample> sample_process(std::int32_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  const auto cpu = cpu_seconds(folder);
  const auto memory = anonymous_bytes(folder);
  if (!cpu || !memory) return std::nullopt;
  return ProcessSample{*cpu, *memory};
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace zabra::cli::bench
