// What the log tells the replica about itself: which incarnation a completion belongs to, and how much space is really
// allocated on disk behind the last record.
#pragma once

#include <compare>
#include <cstdint>

namespace zabra {

// Rises with every truncation and change of role; completions of an older generation mean nothing any more.
struct LogGeneration {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(LogGeneration, LogGeneration) = default;
};

struct LogRoom {
  std::uint64_t ordinary = 0;  // bytes allocated for any transaction
  std::uint64_t reserve = 0;   // bytes allocated that only the closing of sessions may use
  bool full = false;           // the last try to allocate more found no space
};

}  // namespace zabra
