// Time and randomness as plain values. Nothing in state, zab or replica asks a clock: both times arrive with each batch
// of events.
#pragma once

#include <compare>
#include <cstdint>

namespace zabra {

// Milliseconds of CLOCK_BOOTTIME: counts while the machine is suspended, never goes back. For ticks and deadlines.
struct MonotonicTime {
  std::int64_t ms = 0;
  friend constexpr auto operator<=>(MonotonicTime, MonotonicTime) = default;
  friend constexpr MonotonicTime operator+(MonotonicTime t, std::int64_t ms) { return {t.ms + ms}; }
  friend constexpr std::int64_t operator-(MonotonicTime a, MonotonicTime b) { return a.ms - b.ms; }
};

// Milliseconds since 1970: for the times that transactions carry and for TTLs. May jump.
struct WallTime {
  std::int64_t ms = 0;
  friend constexpr auto operator<=>(WallTime, WallTime) = default;
};

struct Now {
  MonotonicTime monotonic;
  WallTime wall;
};

}  // namespace zabra
