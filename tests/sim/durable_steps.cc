#include "tests/sim/durable_steps.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace zabra::sim {
namespace {

struct Thing { std::string_view begins, name; };
// By the last part of the path; what is none of these is a part of the directory's own making.
constexpr std::array things{Thing{"log.", "log"},
                            Thing{"spare", "spare log"},
                            Thing{"reserve", "reserve"},
                            Thing{"staged.", "staged log"},
                            Thing{"old.", "old log"},
                            Thing{"torn.", "torn tail"},
                            Thing{"acceptedEpoch", "accepted epoch"},
                            Thing{"currentEpoch", "current epoch"},
                            Thing{"checkpoint.pointer", "pointer"},
                            Thing{"checkpoint.", "checkpoint's directory"},
                            Thing{"entries", "checkpoint"},
                            Thing{"version-2", "directory"},
                            Thing{"", "something else"}};

struct Verb { std::string_view op, name; };
constexpr std::array verbs{Verb{"write", "written"},   Verb{"fdatasync", "synced"}, Verb{"open", "opened"},
                           Verb{"rename", "renamed"},  Verb{"remove", "removed"},   Verb{"truncate", "cut"},
                           Verb{"fallocate", "allocated"}, Verb{"fsync", "synced as a directory"},
                           Verb{"", "made or unmade"}};
static_assert(things.size() * verbs.size() <= step_names_max);

}  // namespace

StepName name_of_step(const std::string& op, const std::string& path) {
  const std::string_view last = std::string_view(path).substr(path.rfind('/') + 1);
  const auto thing = std::find_if(things.begin(), things.end(), [&](const Thing& it) { return last.starts_with(it.begins); });
  const auto verb = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& it) { return op == it.op || it.op.empty(); });
  return static_cast<StepName>((thing - things.begin()) * static_cast<std::ptrdiff_t>(verbs.size()) + (verb - verbs.begin()));
}

std::string to_string_of_step(StepName name) {
  return std::string(things[name / verbs.size()].name) + " " + std::string(verbs[name % verbs.size()].name);
}

std::map<std::string, StepPairs::Count> StepPairs::counts() const {
  std::map<std::string, Count> counts;
  for (std::size_t at = 0; at < seen_.size(); ++at) {
    if (seen_[at] == 0) continue;
    const std::string name = to_string_of_step(static_cast<StepName>(at / step_names_max)) + " > " +
                             to_string_of_step(static_cast<StepName>(at % step_names_max));
    const auto cut = cut_.find(at);
    counts[name] = {seen_[at], cut == cut_.end() ? 0 : cut->second};
  }
  return counts;
}

DurableSteps::DurableSteps(test::SimFiles& files, StepPairs& pairs) : files_(files), pairs_(pairs) {
  files_.fail_when([this](const std::string& op, const std::string& path) { return step(op, path); });
}

std::optional<storage::FileFault::Kind> DurableSteps::step(const std::string& op, const std::string& path) {
  const StepName name = name_of_step(op, path);
  if (fail_in_ > 0 && --fail_in_ == 0) {
    has_failed_ = true;
    return storage::FileFault::Kind::io;
  }
  if (last_) pairs_.followed(*last_, name);
  before_ = std::exchange(last_, name);
  if (before_ && cut_at_ == StepPairs::Pair{*before_, name}) {
    cut_at_.reset();
    files_.cut_power_at(1);
  }
  return std::nullopt;
}

void DurableSteps::ended() {
  if (files_.is_off() && before_ && last_) pairs_.was_cut(*before_, *last_);
  before_ = last_ = std::nullopt;
  fail_in_ = 0;
  has_failed_ = false;
}

}  // namespace zabra::sim
