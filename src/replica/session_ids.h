// Ids for new sessions: the server's number in the top byte, then milliseconds of the wall clock, then a counter; the
// first one of a run from the clock, the others counted up from it. Source: SessionTrackerImpl.initializeNextSessionId
// of 3.8.
//
// None is given out twice while the clock goes on. Where it has gone back over a restart, they begin far above all that are
// known: the tree knows the sessions that live, the log those that wrote, and each checkpoint the highest id that was given
// out before it, for those that nobody knows any more, and for local sessions, which nobody ever knew. Of these alone, what
// was given out behind the last checkpoint may come again, if the clock has gone back over two restarts in a row.
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
  explicit SessionIds(ServerId server)
      : server_bits_(static_cast<std::uint64_t>(server.value & 0xff) << 56), next_(server_bits_ + 1) {}

  // An id that the history knows: of this server's, none at or below it is given out again.
  void seen(SessionId id) {
    const auto bits = static_cast<std::uint64_t>(id.value);
    if ((bits & top_byte) == server_bits_) next_ = std::max(next_, bits + 1);
  }
  // When all that the history knows was seen.
  void start(WallTime now) {
    const std::uint64_t from_clock = ((static_cast<std::uint64_t>(now.ms) << 24) >> 8) & ~top_byte;
    const std::uint64_t lowest = server_bits_ | from_clock;
    next_ = lowest > next_ ? lowest : next_ + unknown_max;
  }
  SessionId next() { return {static_cast<std::int64_t>(next_++)}; }
  // Seen or given out.
  SessionId highest() const { return {static_cast<std::int64_t>(next_ - 1)}; }

 private:
  static constexpr std::uint64_t top_byte = 0xffULL << 56;
  static constexpr std::uint64_t unknown_max = 1ULL << 32;  // no run gives out so many behind its last checkpoint
  std::uint64_t server_bits_, next_;
};

}  // namespace zabra::replica
