#include "tests/sim/shrink.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <regex>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "tests/sim/world.h"

namespace zabra::sim {
namespace {

constexpr std::size_t lines_shown_max = 80;

// How many faults the last run that was shown, or looked at, has drawn; from one process to another.
std::uint64_t* faults_drawn() {
  static auto* const drawn = static_cast<std::uint64_t*>(
      mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return drawn;
}

// True when it fails, in whatever way.
bool fails_in_child(const std::function<bool()>& run) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    const bool is_well = run();
    std::fflush(stdout);
    _exit(is_well ? 0 : 1);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

bool run_attempt(const Attempt& attempt, bool with_trace, const std::function<void(const std::string&)>& say) {
  World world({.seed = attempt.seed,
               .faults_for = attempt.seconds * second,
               .with_trace = with_trace,
               .faults_left_out = attempt.faults_left_out,
               .say = say});
  try {
    const bool is_well = world.run().violations == 0;
    *faults_drawn() = world.faults();
    return is_well;
  } catch (const std::exception& fault) {
    say(std::string("VIOLATION: ") + fault.what());
    return false;
  }
}

bool fails(const Attempt& attempt) {
  return fails_in_child([&] {
    std::signal(SIGABRT, SIG_DFL);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) return true;
    return run_attempt(attempt, false, [](const std::string&) {});
  });
}

// What faults, servers and violations say, and clients of the znodes that a violation names.
class Told {
 public:
  void hear(const std::string& line) { lines_.push_back(line); }
  void print() const {
    std::deque<const std::string*> chosen;
    const std::set<std::string> paths = paths_in_violations();
    for (const std::string& line : lines_) {
      if (!is_wanted(line, paths)) continue;
      chosen.push_back(&line);
      if (chosen.size() > lines_shown_max) chosen.pop_front();
    }
    for (const std::string* line : chosen) std::printf("  %s\n", line->c_str());
    std::fflush(stdout);
  }

 private:
  std::set<std::string> paths_in_violations() const {
    static const std::regex path("/[a-z0-9][^ :]*");
    std::set<std::string> paths;
    for (const std::string& line : lines_) {
      if (!line.starts_with("VIOLATION")) continue;
      for (std::sregex_iterator at(line.begin(), line.end(), path), end; at != end; ++at) paths.insert(at->str());
    }
    return paths;
  }
  static bool is_wanted(const std::string& line, const std::set<std::string>& paths) {
    for (const char* often : {"closing connection of", "session=", "can't be reached"}) {
      if (line.find(often) != std::string::npos && !line.starts_with("VIOLATION")) return false;
    }
    if (line.find(" client ") == std::string::npos) return true;
    return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) { return line.find(path + " ") != line.npos; });
  }
  std::vector<std::string> lines_;
};

Told* told = nullptr;  // for whom the signal's handler prints

void print_at_abort(int) {
  std::printf("  a CHECK failed\n");
  if (told != nullptr) told->print();
  std::_Exit(2);
}

void show(const Attempt& attempt) {
  fails_in_child([&] {
    Told lines;
    told = &lines;
    std::signal(SIGABRT, print_at_abort);
    const bool is_well = run_attempt(attempt, true, [&](const std::string& line) { lines.hear(line); });
    lines.print();
    return is_well;
  });
}

}  // namespace

void show_shortest(std::uint64_t seed, long seconds) {
  Attempt best{.seed = seed, .seconds = seconds};
  if (!fails(best)) return void(std::printf("seed %llu does not fail again\n", static_cast<unsigned long long>(seed)));
  for (long low = 0; low + 1 < best.seconds;) {
    Attempt next = best;
    next.seconds = (low + best.seconds) / 2;
    if (fails(next)) best = next;
    else low = next.seconds;
  }
  // One that ended in a CHECK has not told: two a second are more than there can be.
  *faults_drawn() = 0;
  if (!fails(best) || *faults_drawn() == 0) *faults_drawn() = static_cast<std::uint64_t>(2 * best.seconds);
  for (std::uint64_t number = *faults_drawn(); number >= 1; --number) {
    Attempt next = best;
    next.faults_left_out.insert(number);
    if (fails(next)) best = next;
  }
  std::string left_out;
  for (const std::uint64_t number : best.faults_left_out) left_out += text(left_out.empty() ? "" : ",", number);
  std::printf("shortest: --seed %llu --seconds %ld%s%s\n", static_cast<unsigned long long>(seed), best.seconds,
              left_out.empty() ? "" : " --without ", left_out.c_str());
  show(best);
}

}  // namespace zabra::sim
