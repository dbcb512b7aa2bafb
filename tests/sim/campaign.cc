#include "tests/sim/campaign.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include "base/log.h"
#include "tests/sim/shrink.h"
#include "tests/sim/world.h"

namespace zabra::sim {
namespace {

constexpr std::uint64_t range_seeds = 500;

char abort_line[64];

// A failed CHECK, with the seed that did it.
void say_seed(int) {
  std::fputs(abort_line, stdout);
  std::fflush(stdout);
  std::_Exit(2);
}

Summary run_one(std::uint64_t seed, long seconds) {
  std::snprintf(abort_line, sizeof abort_line, "ABORTED seed=%llu\n", static_cast<unsigned long long>(seed));
  try {
    return World({.seed = seed, .faults_for = seconds * second}).run();
  } catch (const std::exception& fault) {
    std::printf("VIOLATION seed=%llu: %s\n", static_cast<unsigned long long>(seed), fault.what());
    Summary failed;
    failed.runs = failed.violations = 1;
    return failed;
  }
}

std::filesystem::path folder_of(const std::string& results, const std::string& state) {
  return std::filesystem::path(results) / state;
}
std::string name_of(const SeedRange& seeds) { return text("seeds-", seeds.from, "-", seeds.to); }

std::vector<SeedRange> ranges_to_run(const CampaignSetting& setting) {
  std::vector<SeedRange> ranges;
  for (std::uint64_t from = setting.seeds.from; from <= setting.seeds.to; from += range_seeds) {
    const SeedRange range{from, std::min(from + range_seeds - 1, setting.seeds.to)};
    if (!std::filesystem::exists(folder_of(setting.results, setting.state) / name_of(range))) ranges.push_back(range);
  }
  return ranges;
}

pid_t run_in_child(const CampaignSetting& setting, const SeedRange& range) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child != 0) return child;
  write_results(setting.results, range, setting.state, run_seeds(range, setting.seconds));
  std::fflush(stdout);
  _exit(0);
}

}  // namespace

Summary run_seeds(const SeedRange& seeds, long seconds) {
  std::signal(SIGABRT, say_seed);
  Summary all;
  for (std::uint64_t seed = seeds.from; seed <= seeds.to; ++seed) {
    const bool was_well = all.violations == 0;
    all.add(run_one(seed, seconds));
    if (was_well && all.violations > 0) show_shortest(seed, seconds);
  }
  return all;
}

// Whole or not at all.
void write_results(const std::string& results, const SeedRange& seeds, const std::string& state, const Summary& summary) {
  const std::filesystem::path folder = folder_of(results, state);
  std::filesystem::create_directories(folder);
  const std::filesystem::path temporary = folder / ("." + name_of(seeds));
  std::ofstream(temporary) << summary.lines();
  std::filesystem::rename(temporary, folder / name_of(seeds));
}

Summary read_results(const std::string& results, const std::string& state) {
  Summary all;
  if (!std::filesystem::exists(folder_of(results, state))) return all;
  for (const auto& entry : std::filesystem::directory_iterator(folder_of(results, state))) {
    if (!entry.path().filename().string().starts_with("seeds-")) continue;
    std::ifstream in(entry.path());
    all.add(read_summary(in));
  }
  return all;
}

bool report(const Summary& summary) {
  std::printf("%s\n", summary.text().c_str());
  const std::vector<std::string> missing = never_reached(summary);
  for (const std::string& name : missing) std::printf("NEVER REACHED: %s\n", name.c_str());
  return summary.violations == 0 && missing.empty();
}

bool run_campaign(const CampaignSetting& setting) {
  std::vector<SeedRange> ranges = ranges_to_run(setting);
  std::printf("seeds %llu..%llu at state %s: %zu ranges to run\n", static_cast<unsigned long long>(setting.seeds.from),
              static_cast<unsigned long long>(setting.seeds.to), setting.state.c_str(), ranges.size());
  std::reverse(ranges.begin(), ranges.end());
  std::map<pid_t, SeedRange> running;
  bool all_ended = true;
  while (!ranges.empty() || !running.empty()) {
    while (running.size() < setting.processes && !ranges.empty()) {
      running[run_in_child(setting, ranges.back())] = ranges.back();
      ranges.pop_back();
    }
    int status = 0;
    const pid_t ended = wait(&status);
    const SeedRange range = running[ended];
    running.erase(ended);
    const bool is_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    all_ended = all_ended && is_well;
    std::printf("%s: %s, %zu to go\n", name_of(range).c_str(), is_well ? "done" : "DID NOT END", ranges.size() + running.size());
  }
  return report(read_results(setting.results, setting.state)) && all_ended;
}

}  // namespace zabra::sim
