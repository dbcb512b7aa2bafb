// When sessions expire. Sessions stand in buckets of one tick: a session that was last heard of at t with time-out T
// dies at ((t + T) / tick + 1) * tick, between T and T + one tick later, together with its bucket (ExpiryQueue of
// ZooKeeper 3.8). Touching, opening and closing a session cost the same however many there are.
//
// The clock stands still while the server does: the host's gaps beyond a tick are taken out of the time, since our own
// sleep is not the client's silence.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <vector>

#include "base/time.h"
#include "wire/ids.h"

namespace zabra::replica {

class SessionClock {
 public:
  explicit SessionClock(std::int32_t tick_ms) : tick_ms_(tick_ms) {}

  // A session's place in its bucket; lives with the session.
  struct Place {
    std::int64_t bucket = 0;  // 0: in none
    std::list<SessionId>::iterator entry;
  };

  // Time goes on. A gap of more than a tick since the last call is ours, not the sessions'.
  void advance(MonotonicTime now);

  void touch(SessionId session, std::int32_t timeout_ms, Place& place);
  void forget(Place& place);

  // Sessions whose time is over; they are in no bucket any more. Their places are the caller's to clear (`bucket` = 0).
  std::vector<SessionId> expired();
  // When expired() can give something next, in the host's time.
  std::optional<MonotonicTime> next_deadline() const;

 private:
  std::int64_t session_time() const { return now_.ms - stalled_ms_; }

  std::int32_t tick_ms_;
  MonotonicTime now_;
  bool started_ = false;
  std::int64_t stalled_ms_ = 0;  // sum of the gaps that were not counted
  std::map<std::int64_t, std::list<SessionId>> buckets_;
};

}  // namespace zabra::replica
