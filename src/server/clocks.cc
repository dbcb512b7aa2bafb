#include "server/clocks.h"

#include <ctime>

namespace zabra::server {
namespace {

std::int64_t read_ms(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

MonotonicTime read_monotonic() { return {read_ms(CLOCK_BOOTTIME)}; }
WallTime read_wall() { return {read_ms(CLOCK_REALTIME)}; }

}  // namespace zabra::server
