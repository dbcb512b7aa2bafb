// The open loop: when requests are meant to leave, whether or not the server keeps up. Slot i is at start + i / rate
// and belongs to connection i mod C. A request that must wait for room on its connection keeps its slot's time, and its
// latency counts from there: a stall of the server shows in every request that it delayed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "cli/bench/operation.h"

namespace zabra::cli::bench {

class Schedule {
 public:
  // `per_second` > 0. Slots end before `end`.
  Schedule(double per_second, Nanoseconds start, Nanoseconds end)
      : interval_(1e9 / per_second), start_(start), slots_(slots_before(end)) {}

  std::uint64_t slots() const { return slots_; }
  Nanoseconds intended(std::uint64_t slot) const {
    return start_ + static_cast<Nanoseconds>(static_cast<double>(slot) * interval_);
  }
  // How many slots have come by `now`.
  std::uint64_t due(Nanoseconds now) const { return std::min(slots_before(now + 1), slots_); }

 private:
  // Slots whose time is below `end`.
  std::uint64_t slots_before(Nanoseconds end) const {
    if (end <= start_) return 0;
    auto slots = static_cast<std::uint64_t>(std::ceil(static_cast<double>(end - start_) / interval_));
    while (slots > 0 && intended(slots - 1) >= end) --slots;  // rounding: intended() has the last word
    while (intended(slots) < end) ++slots;
    return slots;
  }

  double interval_;
  Nanoseconds start_;
  std::uint64_t slots_;
};

}  // namespace zabra::cli::bench
