// When containers and TTL nodes that nobody needs any more are removed: looked for at an interval, a slice of them at a
// time, and removed one by one at a bounded rate as they are found. Source: ContainerManager of 3.8.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/time.h"
#include "replica/settings.h"
#include "state/state_machine.h"

namespace zabra::replica {

class ContainerSweep {
 public:
  explicit ContainerSweep(const Settings& settings)
      : interval_ms_(settings.container_check_ms),
        never_used_ms_(settings.container_never_used_ms),
        spacing_ms_(std::max<std::int64_t>(60'000 / std::max<std::int64_t>(settings.container_per_minute_max, 1), 1)) {}

  void start(MonotonicTime now) { next_sweep_ = now + interval_ms_; }

  // A path whose removal is to be proposed now: ask until there is none.
  std::optional<std::string> next(const Now& now, const state::StateMachine& state) {
    if (now.monotonic < next_deadline()) return std::nullopt;
    if (!sweep_) begin(now.monotonic, state);
    std::optional<std::string> path =
        state.next_removable(*sweep_, limits::expiry_looks_max, now.wall, never_used_ms_);
    next_slice_ = now.monotonic + (path ? spacing_ms_ : std::min(spacing_ms_, limits::expiry_slice_spacing_ms));
    if (sweep_->is_over()) sweep_.reset();
    return path;
  }
  MonotonicTime next_deadline() const { return sweep_ ? next_slice_ : std::max(next_sweep_, next_slice_); }

 private:
  void begin(MonotonicTime now, const state::StateMachine& state) {
    next_sweep_ = now + interval_ms_;
    sweep_ = state.begin_sweep();
  }

  const std::int64_t interval_ms_, never_used_ms_, spacing_ms_;
  MonotonicTime next_sweep_, next_slice_;
  std::optional<state::ExpirySweep> sweep_;  // under way
};

}  // namespace zabra::replica
