// zabra_sim_mutants --mutant NAME --seeds FROM..TO    until one seed shows that the mutant breaks its promise: ends with 0;
//                                                     with 1 when none does: then a checker is missing
// zabra_sim_mutants --mutant none --seeds FROM..TO    the same code with nothing broken: ends with 0 when nothing is found
// --each yes                                          does not stop at the first, and says how many of the seeds show it
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "mutants.h"
#include "tests/sim/world.h"

namespace {

using zabra::mutants::Facts;
using zabra::mutants::Mutant;

struct Wanted {
  const Facts* mutant = nullptr;
  std::uint64_t from = 0, to = 0;
  bool each = false;
};

int usage() {
  std::fputs("usage: zabra_sim_mutants --mutant NAME|none --seeds FROM..TO [--each yes]; the mutants:\n", stderr);
  for (const Facts& mutant : zabra::mutants::all) std::fprintf(stderr, "  %-32s %s\n", mutant.name, mutant.promise);
  return 64;
}

const Facts* find_mutant(std::string_view name) {
  for (const Facts& mutant : zabra::mutants::all) {
    if (name == mutant.name) return &mutant;
  }
  return nullptr;
}

std::optional<Wanted> read_arguments(int count, char** arguments) {
  Wanted wanted;
  if (count % 2 == 0) return std::nullopt;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view what = arguments[i];
    const std::string value = arguments[i + 1];
    if (what == "--mutant") {
      wanted.mutant = find_mutant(value);
    } else if (what == "--each") {
      wanted.each = value == "yes";
    } else if (what == "--seeds") {
      const std::size_t dots = value.find("..");
      wanted.from = std::strtoull(value.c_str(), nullptr, 10);
      wanted.to = dots == value.npos ? wanted.from : std::strtoull(value.c_str() + dots + 2, nullptr, 10);
    } else {
      return std::nullopt;
    }
  }
  return wanted.mutant == nullptr || wanted.from == 0 ? std::nullopt : std::optional(wanted);
}

// What a run showed. Broken code may do anything: each seed has a process of its own.
enum class Shown { nothing, violation, abort, other };

int run(std::uint64_t seed) {
  try {
    return zabra::sim::World({.seed = seed}).run().violations == 0 ? 0 : 1;
  } catch (const std::exception& fault) {
    std::printf("VIOLATION seed=%llu: %s\n", static_cast<unsigned long long>(seed), fault.what());
    return 1;
  }
}

Shown run_apart(std::uint64_t seed) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    const int code = run(seed);
    std::fflush(stdout);
    _exit(code);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return Shown::other;
  if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? Shown::nothing : Shown::violation;
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? Shown::abort : Shown::other;
}

const char* to_string(Shown shown) {
  switch (shown) {
    case Shown::nothing: return "nothing";
    case Shown::violation: return "a violation";
    case Shown::abort: return "a failed CHECK";
    case Shown::other: return "a crash";
  }
  return "?";
}

int hunt(const Wanted& wanted) {
  const Facts& mutant = *wanted.mutant;
  std::uint64_t found = 0;
  for (std::uint64_t seed = wanted.from; seed <= wanted.to; ++seed) {
    const Shown shown = run_apart(seed);
    if (shown == Shown::nothing) continue;
    std::printf("%s: seed %llu shows %s\n", mutant.name, static_cast<unsigned long long>(seed), to_string(shown));
    const bool is_foreseen = shown == Shown::violation || (shown == Shown::abort && mutant.may_abort);
    if (!is_foreseen) return std::puts("which its description does not foresee"), 1;
    ++found;
    if (!wanted.each) break;
  }
  if (wanted.each) std::printf("%s: found by %llu seeds\n", mutant.name, static_cast<unsigned long long>(found));
  const bool is_none = zabra::mutants::chosen == Mutant::none;
  if (found == 0 && !is_none) std::printf("%s survives: nothing shows that \"%s\" is broken\n", mutant.name, mutant.promise);
  return (found == 0) == is_none ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::optional<Wanted> wanted = read_arguments(count, arguments);
  if (!wanted) return usage();
  zabra::mutants::chosen = static_cast<Mutant>(wanted->mutant - zabra::mutants::all);
  return hunt(*wanted);
}
