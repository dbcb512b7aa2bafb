// The sessions as this server sees them live: who is connected, when each expires.
//
//   global   stands here from the apply of its creation to the apply of its close, on every server; what is replicated
//            about it is in state, and the server that leads decides when it is over
//   local    stands here and nowhere else, from the moment when a client of this server asked for it; this server decides,
//            and the session is over with the server's role at the latest
//
// A local session can become global, never the other way. Who reads on a server without a leader has a local one.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"
#include "replica/connections.h"
#include "replica/session_clock.h"
#include "state/caller.h"
#include "state/chain_index.h"
#include "state/slab.h"
#include "wire/ids.h"

namespace zabra::replica {

using state::SessionKind;

struct LiveSession {
  SessionId id;
  SessionKind kind = SessionKind::global;
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
  state::Handle open(SessionId id, std::int32_t timeout_ms, SessionKind kind) {
    const state::Handle handle = records_.add();
    LiveSession& session = records_[handle];
    session.id = id;
    session.kind = kind;
    session.timeout_ms = timeout_ms;
    if (kind == SessionKind::local) ++local_count_;
    by_id_.insert(handle, hash_of(id), ById{records_});
    touch(handle);
    return handle;
  }
  void remove(state::Handle handle) {
    if (records_[handle].kind == SessionKind::local) --local_count_;
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
    if (decides_ || session.kind == SessionKind::local) {
      return clock_.touch(session.id, session.timeout_ms, session.place);
    }
    if (!std::exchange(session.heard, true)) heard_.push_back(session.id);
  }
  // The transaction that opens a local session everywhere is on its way.
  void become_global(state::Handle handle) {
    LiveSession& session = records_[handle];
    session.kind = SessionKind::global;
    --local_count_;
    if (decides_) return;
    clock_.forget(session.place);
    touch(handle);
  }
  // Its close is decided: it has no deadline any more, for its close is sure to come. A local one goes with the connection
  // that still has to be answered, or at its deadline.
  void begin_close(state::Handle handle) {
    records_[handle].closing = true;
    if (records_[handle].kind == SessionKind::global) clock_.forget(records_[handle].place);
  }
  // On a learner: the leader has refused the close, since the session has moved; it may come back.
  void withdraw_close(state::Handle handle) { records_[handle].closing = false; }
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
  std::size_t local_count() const { return local_count_; }

  // Whether this server decides when a global session is over; from then on each has its whole timeout. A learner only
  // notes whom it has heard of, for the leader.
  void decide(bool yes);
  // The others go: local ones, and those whose transaction, which was to make them everybody's, was lost with its role.
  template <class IsOpen>
  void keep_only(IsOpen&& is_open) {
    remove_if([&](const LiveSession& session) { return !is_open(session.id); });
  }
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
  void clear() {
    remove_if([](const LiveSession&) { return true; });
    heard_.clear();
  }

 private:
  template <class Which>
  void remove_if(Which&& which);

  using Records = state::Slab<LiveSession, 6>;
  struct ById {
    Records& records;
    std::uint32_t hash(state::Handle handle) const { return hash_of(records[handle].id); }
    state::Handle& next(state::Handle handle) const { return records[handle].next_by_id; }
  };
  static std::uint32_t hash_of(SessionId id) { return static_cast<std::uint32_t>(std::hash<SessionId>{}(id)); }

  SessionClock clock_;
  bool decides_ = true;
  std::size_t local_count_ = 0;
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
    session.last_write = {};
    session.heard = false;
    session.closing = false;
    session.passed_on = session.passed_on_before = 0;
    if (yes) touch(handle);
  });
}

template <class Which>
void LiveSessions::remove_if(Which&& which) {
  std::vector<state::Handle> those;
  records_.for_each([&](state::Handle handle, const LiveSession& session) {
    if (which(session)) those.push_back(handle);
  });
  for (const state::Handle handle : those) remove(handle);
}

}  // namespace zabra::replica
