// The sessions as this server sees them live: who is connected, when each expires. What is replicated about a session
// is in state; one stands here from the moment when its creation is applied until its close is.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"
#include "replica/connections.h"
#include "replica/session_clock.h"
#include "state/chain_index.h"
#include "state/slab.h"
#include "wire/ids.h"

namespace zabra::replica {

struct LiveSession {
  SessionId id;
  std::int32_t timeout_ms = 0;  // of the last connect: the stored session keeps that of its creation
  SessionClock::Place place;
  ConnectionRef connection;     // the one that serves it, while there is one
  Zxid last_write;              // the last transaction proposed for it
  bool closing = false;         // its close is decided: nothing is done for it any more
  bool heard = false;           // since take_heard()
  // On the leader, once it is known: the learner's link over which the session writes; LinkId{} is this server itself.
  std::optional<LinkId> owner;
  // On a learner: writes that were passed on and have not come back yet, and how many of them, the oldest, belong to a
  // connection that the session has left.
  std::uint32_t passed_on = 0, passed_on_before = 0;
  state::Handle next_by_id = state::no_handle;
};

class LiveSessions {
 public:
  explicit LiveSessions(std::int32_t tick_ms) : clock_(tick_ms) {}

  void advance(MonotonicTime now) { clock_.advance(now); }

  // With its whole timeout before it.
  state::Handle open(SessionId id, std::int32_t timeout_ms) {
    const state::Handle handle = records_.add();
    LiveSession& session = records_[handle];
    session.id = id;
    session.timeout_ms = timeout_ms;
    by_id_.insert(handle, hash_of(id), ById{records_});
    touch(handle);
    return handle;
  }
  void remove(state::Handle handle) {
    clock_.forget(records_[handle].place);
    by_id_.remove(handle, hash_of(records_[handle].id), ById{records_});
    records_.remove(handle);
  }
  state::Handle find(SessionId id) {
    return by_id_.find(hash_of(id), ById{records_}, [&](state::Handle handle) { return records_[handle].id == id; });
  }
  LiveSession& operator[](state::Handle handle) { return records_[handle]; }

  // It was heard of.
  void touch(state::Handle handle) {
    LiveSession& session = records_[handle];
    if (session.closing) return;
    if (decides_) return clock_.touch(session.id, session.timeout_ms, session.place);
    if (!std::exchange(session.heard, true)) heard_.push_back(session.id);
  }
  // Its close is decided: it has no deadline any more.
  void begin_close(state::Handle handle) {
    records_[handle].closing = true;
    clock_.forget(records_[handle].place);
  }
  // Sessions whose time is over; their closing has begun.
  std::vector<state::Handle> expire() {
    std::vector<state::Handle> over;
    for (const SessionId id : clock_.expired()) {
      const state::Handle handle = find(id);
      records_[handle].place.bucket = 0;
      records_[handle].closing = true;
      over.push_back(handle);
    }
    return over;
  }
  std::optional<MonotonicTime> next_deadline() const { return clock_.next_deadline(); }
  std::size_t size() const { return records_.size(); }

  // Whether this server decides when a session is over; from then on each has its whole timeout. A learner only notes
  // whom it has heard of, for the leader.
  void decide(bool yes);
  // Visits (id, timeout) of each that was heard of since the last time.
  template <class Visit>
  void take_heard(Visit&& visit) {
    for (const SessionId id : std::exchange(heard_, {})) {
      const state::Handle handle = find(id);
      if (handle == state::no_handle) continue;
      records_[handle].heard = false;
      visit(id, records_[handle].timeout_ms);
    }
  }
  void clear();

 private:
  using Records = state::Slab<LiveSession, 6>;
  struct ById {
    Records& records;
    std::uint32_t hash(state::Handle handle) const { return hash_of(records[handle].id); }
    state::Handle& next(state::Handle handle) const { return records[handle].next_by_id; }
  };
  static std::uint32_t hash_of(SessionId id) { return static_cast<std::uint32_t>(std::hash<SessionId>{}(id)); }

  SessionClock clock_;
  bool decides_ = true;
  std::vector<SessionId> heard_;
  Records records_;
  state::ChainIndex by_id_;
};

inline void LiveSessions::decide(bool yes) {
  decides_ = yes;
  records_.for_each([this, yes](state::Handle handle, const LiveSession&) {
    LiveSession& session = records_[handle];
    clock_.forget(session.place);
    session.owner.reset();
    session.heard = false;
    session.closing = false;
    session.passed_on = session.passed_on_before = 0;
    if (yes) touch(handle);
  });
}

inline void LiveSessions::clear() {
  std::vector<state::Handle> all;
  records_.for_each([&](state::Handle handle, const LiveSession&) { all.push_back(handle); });
  for (const state::Handle handle : all) remove(handle);
  heard_.clear();
}

}  // namespace zabra::replica
