// The seed of a randomised test: ZABRA_SEED of the environment, or the test's own. It is printed at the start (a crash
// must be replayed too) and stands beside every failure.
//
//   TEST(Tree, …) { zabra::test::Seed seed(1); std::mt19937_64 random = seed.engine(); … }
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace zabra::test {

class Seed {
 public:
  explicit Seed(std::uint64_t by_default) : value_(from_environment(by_default)), trace_("", 0, text()) {
    std::printf("[   SEED   ] %s\n", text().c_str());
    std::fflush(stdout);
  }
  std::uint64_t value() const { return value_; }
  std::mt19937_64 engine() const { return std::mt19937_64(value_); }

 private:
  static std::uint64_t from_environment(std::uint64_t by_default) {
    const char* given = std::getenv("ZABRA_SEED");
    return given ? std::strtoull(given, nullptr, 0) : by_default;
  }
  std::string text() const { return "ZABRA_SEED=" + std::to_string(value_); }

  std::uint64_t value_;
  testing::ScopedTrace trace_;
};

// A number in [0, count); count must not be 0.
inline std::size_t pick(std::mt19937_64& random, std::size_t count) {
  return static_cast<std::size_t>(random() % count);
}

}  // namespace zabra::test
