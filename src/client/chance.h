// Chance out of a seed that the user gives: equal seeds, equal draws.
#pragma once

#include <cstdint>

namespace zabra::client {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t number() {  // splitmix64
    std::uint64_t x = state_ += 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
  }
  std::size_t pick(std::size_t count) { return static_cast<std::size_t>(number() % count); }
  std::int64_t between(std::int64_t low, std::int64_t high) {  // both possible
    return low + static_cast<std::int64_t>(number() % static_cast<std::uint64_t>(high - low + 1));
  }

 private:
  std::uint64_t state_;
};

}  // namespace zabra::client
