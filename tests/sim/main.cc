// zabra_sim --seeds FROM..TO      runs them and prints what they met; ends with 1 when a promise was broken
// zabra_sim --seed S              runs one and prints all that happens
// zabra_sim --shrink S            the shortest run of a seed that still fails
// zabra_sim --campaign FROM..TO --results FOLDER
//                                 many, on all cores; begun again it goes on where it was. Ends with 1 also when something
//                                 was never reached
// zabra_sim --reached FOLDER      what the files of --results have met, all together; ends as --campaign does
//   --seconds N     with faults (60)                    --results FOLDER   --seeds leaves a file there
//   --without 3,7   these faults are left out           --processes N      of a campaign (one a core)
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "source_state.h"
#include "tests/sim/campaign.h"
#include "tests/sim/shrink.h"
#include "tests/sim/world.h"

namespace {

using Arguments = std::map<std::string, std::string>;

int usage() {
  std::fputs("usage: zabra_sim --seeds FROM..TO [--results FOLDER] | --seed S [--without N,N] | --shrink S |\n"
             "                 --campaign FROM..TO --results FOLDER [--processes N] | --reached FOLDER   [--seconds N]\n",
             stderr);
  return 64;
}

std::optional<Arguments> read(int count, char** given) {
  Arguments arguments;
  if (count < 3 || count % 2 == 0) return std::nullopt;
  for (int i = 1; i + 1 < count; i += 2) arguments[given[i]] = given[i + 1];
  return arguments;
}

std::uint64_t number(const std::string& value) { return std::strtoull(value.c_str(), nullptr, 10); }

zabra::sim::SeedRange range(const std::string& value) {
  const std::size_t dots = value.find("..");
  return {number(value), dots == value.npos ? number(value) : number(value.substr(dots + 2))};
}

std::set<std::uint64_t> numbers(std::string value) {
  std::set<std::uint64_t> all;
  for (; !value.empty(); value.erase(0, value.find(',') == value.npos ? value.size() : value.find(',') + 1)) {
    all.insert(number(value));
  }
  return all;
}

bool run_traced(std::uint64_t seed, long seconds, const std::string& without) {
  const zabra::sim::Summary summary = zabra::sim::World({.seed = seed,
                                                         .faults_for = seconds * zabra::sim::second,
                                                         .with_trace = true,
                                                         .faults_left_out = numbers(without)})
                                          .run();
  std::printf("%s\n", summary.text().c_str());
  return summary.violations == 0;
}

bool run_some(const zabra::sim::SeedRange& seeds, long seconds, const std::string& results) {
  const zabra::sim::Summary summary = zabra::sim::run_seeds(seeds, seconds);
  std::printf("%s\n", summary.text().c_str());
  if (!results.empty()) zabra::sim::write_results(results, seeds, source_state, summary);
  return summary.violations == 0;
}

bool run_campaign(const Arguments& arguments, long seconds) {
  const auto processes = arguments.find("--processes");
  return zabra::sim::run_campaign(
      {.seeds = range(arguments.at("--campaign")),
       .seconds = seconds,
       .results = arguments.at("--results"),
       .state = source_state,
       .processes = processes == arguments.end() ? std::max(1U, std::thread::hardware_concurrency())
                                                 : static_cast<unsigned>(number(processes->second))});
}

}  // namespace

int main(int count, char** given) {
  std::optional<Arguments> arguments = read(count, given);
  if (!arguments) return usage();
  mallopt(M_MMAP_THRESHOLD, 1 << 30);  // runs come one after the other: memory is kept for the next
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  const auto has = [&](const char* name) { return arguments->contains(name); };
  const long seconds = has("--seconds") ? static_cast<long>(number(arguments->at("--seconds"))) : 60;
  if (has("--seed")) return run_traced(number(arguments->at("--seed")), seconds, (*arguments)["--without"]) ? 0 : 1;
  if (has("--seeds")) return run_some(range(arguments->at("--seeds")), seconds, (*arguments)["--results"]) ? 0 : 1;
  if (has("--campaign") && has("--results")) return run_campaign(*arguments, seconds) ? 0 : 1;
  if (has("--reached")) return zabra::sim::report(zabra::sim::read_results(arguments->at("--reached"), source_state)) ? 0 : 1;
  if (has("--shrink")) return zabra::sim::show_shortest(number(arguments->at("--shrink")), seconds), 0;
  return usage();
}
