// The name of one client connection, shared by net, which makes it, and replica, which only compares it.
#pragma once

#include <compare>
#include <cstdint>

namespace zabra {

// One connection of one run of the process: never used twice.
struct LinkId {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(LinkId, LinkId) = default;
};

}  // namespace zabra
