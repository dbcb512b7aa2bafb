// A seed that fails, made short: for how long faults must go on, which of them it needs; then what happened in the end.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace zabra::sim {

// One run. A failed CHECK in it says which it was before the process ends.
struct Attempt {
  std::uint64_t seed = 1;
  long seconds = 60;
  std::set<std::uint64_t> faults_left_out{};
};

// Runs the seed again and again, each time in a process of its own, and prints the shortest that still fails.
void show_shortest(std::uint64_t seed, long seconds);

}  // namespace zabra::sim
