// When containers and TTL nodes that nobody needs any more are removed: looked for at an interval, removed one by one at
// a bounded rate. Source: ContainerManager of 3.8.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/time.h"
#include "replica/settings.h"
#include "state/state_machine.h"

namespace zabra::replica {

class ContainerSweep {
 public:
  explicit ContainerSweep(const Settings& settings)
      : interval_ms_(settings.container_check_ms),
        never_used_ms_(settings.container_never_used_ms),
        spacing_ms_(60'000 / std::max<std::int64_t>(settings.container_per_minute_max, 1)),
        per_sweep_max_(static_cast<std::size_t>(settings.container_per_minute_max)) {}

  void start(MonotonicTime now) { next_look_ = now + interval_ms_; }

  // A path whose removal is to be proposed now: ask until there is none.
  std::optional<std::string> next(const Now& now, const state::StateMachine& state) {
    if (now.monotonic >= next_look_) look(now, state);
    if (found_.empty() || now.monotonic < next_removal_) return std::nullopt;
    next_removal_ = now.monotonic + spacing_ms_;
    std::string path = std::move(found_.front());
    found_.pop_front();
    return path;
  }
  MonotonicTime next_deadline() const { return found_.empty() ? next_look_ : std::min(next_look_, next_removal_); }

 private:
  void look(const Now& now, const state::StateMachine& state) {
    next_look_ = now.monotonic + interval_ms_;
    if (!found_.empty()) return;  // those of the last look are still being removed
    for (std::string& path : state.removable(now.wall, never_used_ms_, per_sweep_max_)) {
      found_.push_back(std::move(path));
    }
  }

  const std::int64_t interval_ms_, never_used_ms_, spacing_ms_;
  const std::size_t per_sweep_max_;
  MonotonicTime next_look_, next_removal_;
  std::deque<std::string> found_;
};

}  // namespace zabra::replica
