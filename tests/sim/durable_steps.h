// The steps by which a disk changes, by name: "log written", "current epoch renamed". Which of them followed each other,
// between which two of them a server was cut, and where the next one shall be cut, or fail.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/files.h"
#include "tests/support/sim_files.h"

namespace zabra::sim {

using StepName = std::uint8_t;
inline constexpr std::size_t step_names_max = 128;
StepName name_of_step(const std::string& op, const std::string& path);
std::string to_string_of_step(StepName name);

// Of all servers of a run.
class StepPairs {
 public:
  void followed(StepName before, StepName step) {
    if (++seen_[place(before, step)] == 1) pairs_.push_back({before, step});
  }
  void was_cut(StepName before, StepName step) { ++cut_[place(before, step)]; }
  // "log written > log synced": how often it happened, and how often power or process went between the two.
  struct Count { std::uint64_t seen = 0, cut = 0; };
  std::map<std::string, Count> counts() const;
  struct Pair {
    StepName before = 0, step = 0;
    friend bool operator==(const Pair&, const Pair&) = default;
  };
  const std::vector<Pair>& seen() const { return pairs_; }  // each once, in the order of the first

 private:
  static std::size_t place(StepName before, StepName step) { return before * step_names_max + step; }
  std::vector<std::uint32_t> seen_ = std::vector<std::uint32_t>(step_names_max * step_names_max);
  std::map<std::size_t, std::uint64_t> cut_;
  std::vector<Pair> pairs_;
};

// Of one server's disk.
class DurableSteps {
 public:
  DurableSteps(test::SimFiles& files, StepPairs& pairs);
  DurableSteps(const DurableSteps&) = delete;
  DurableSteps& operator=(const DurableSteps&) = delete;

  // The power goes in the next step of these names, also if it is one of a later start.
  void cut_at(std::optional<StepPairs::Pair> pair) { cut_at_ = pair; }
  void fail_at(std::uint64_t n) { fail_in_ = n; }                // the n-th from now fails with an I/O error; 0: none
  bool has_failed() const { return has_failed_; }
  void ended();  // the server: by a loss of power in the last step, or else

 private:
  std::optional<storage::FileFault::Kind> step(const std::string& op, const std::string& path);

  test::SimFiles& files_;
  StepPairs& pairs_;
  std::optional<StepPairs::Pair> cut_at_;
  std::uint64_t fail_in_ = 0;
  bool has_failed_ = false;
  std::optional<StepName> before_, last_;
};

}  // namespace zabra::sim
