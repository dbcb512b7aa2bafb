// The sessions as this server sees them live: who is connected, when each expires. What is replicated about a session
// is in state; one stands here from the moment when its creation is applied until its close is.
#pragma once

#include <cstdint>
#include <optional>
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
    clock_.touch(id, timeout_ms, session.place);
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
    if (!session.closing) clock_.touch(session.id, session.timeout_ms, session.place);
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

 private:
  using Records = state::Slab<LiveSession, 6>;
  struct ById {
    Records& records;
    std::uint32_t hash(state::Handle handle) const { return hash_of(records[handle].id); }
    state::Handle& next(state::Handle handle) const { return records[handle].next_by_id; }
  };
  static std::uint32_t hash_of(SessionId id) { return static_cast<std::uint32_t>(std::hash<SessionId>{}(id)); }

  SessionClock clock_;
  Records records_;
  state::ChainIndex by_id_;
};

}  // namespace zabra::replica
