// Ids for new sessions: the server's number in the top byte, then milliseconds of the wall clock, then a counter; the
// first one of a run from the clock, the others counted up from it. Source: SessionTrackerImpl.initializeNextSessionId
// of 3.8.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "wire/ids.h"

namespace zabra::replica {

// Whether the server of this number has given the id out.
inline bool bears_number(SessionId id, ServerId server) {
  return static_cast<std::uint64_t>(id.value) >> 56 == static_cast<std::uint64_t>(server.value & 0xff);
}

class SessionIds {
 public:
  explicit SessionIds(ServerId server) : server_bits_(static_cast<std::uint64_t>(server.value & 0xff) << 56) {}

  // An id that the history knows: of this server's, none at or below it is given out again.
  void seen(SessionId id) {
    const auto bits = static_cast<std::uint64_t>(id.value);
    if ((bits & top_byte) == server_bits_) next_ = std::max(next_, bits + 1);
  }
  void start(WallTime now) {
    const std::uint64_t from_clock = ((static_cast<std::uint64_t>(now.ms) << 24) >> 8) & ~top_byte;
    next_ = std::max(next_, server_bits_ | from_clock);
  }
  SessionId next() { return {static_cast<std::int64_t>(next_++)}; }

 private:
  static constexpr std::uint64_t top_byte = 0xffULL << 56;
  std::uint64_t server_bits_;
  std::uint64_t next_ = 0;
};

}  // namespace zabra::replica
