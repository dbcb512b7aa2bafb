// zabra_sim --seeds FROM..TO [--seconds N]     runs them, prints a summary; ends with 1 when a promise was broken
// zabra_sim --seed S                           runs one and prints all that happens
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

#include "tests/sim/world.h"

namespace {

volatile std::sig_atomic_t is_abort_said = 0;
char abort_line[64];

// A failed CHECK, with the seed that did it.
void say_seed(int) {
  if (is_abort_said == 0) {
    is_abort_said = 1;
    std::fputs(abort_line, stdout);
    std::fflush(stdout);
  }
  std::_Exit(2);
}

zabra::sim::Summary run(std::uint64_t seed, long seconds, bool with_trace) {
  std::snprintf(abort_line, sizeof abort_line, "ABORTED seed=%llu\n", static_cast<unsigned long long>(seed));
  return zabra::sim::World({.seed = seed, .faults_for = seconds * zabra::sim::second, .with_trace = with_trace}).run();
}

int usage() {
  std::fputs("usage: zabra_sim --seeds FROM..TO | --seed S  [--seconds N]\n", stderr);
  return 64;
}

}  // namespace

int main(int count, char** arguments) {
  std::uint64_t from = 0, to = 0;
  long seconds = 60;
  bool with_trace = false;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string what = arguments[i];
    char* rest = nullptr;
    if (what == "--seed" || what == "--seeds") {
      from = to = std::strtoull(arguments[i + 1], &rest, 10);
      with_trace = what == "--seed";
      if (std::strncmp(rest, "..", 2) == 0) to = std::strtoull(rest + 2, nullptr, 10);
    } else if (what == "--seconds") {
      seconds = std::strtol(arguments[i + 1], nullptr, 10);
    } else {
      return usage();
    }
  }
  if (from == 0 || count % 2 == 0) return usage();
  std::signal(SIGABRT, say_seed);
  zabra::sim::Summary all;
  for (std::uint64_t seed = from; seed <= to; ++seed) {
    try {
      all.add(run(seed, seconds, with_trace));
    } catch (const std::exception& fault) {
      std::printf("VIOLATION seed=%llu: %s\n", static_cast<unsigned long long>(seed), fault.what());
      ++all.violations;
    }
  }
  std::printf("%s\n", all.text().c_str());
  return all.violations == 0 ? 0 : 1;
}
