// The client connections of this server: found by link, and named to the watch table by their handle.
#pragma once

#include <cstdint>
#include <string>

#include "replica/event.h"
#include "replica/owed_queue.h"
#include "state/caller.h"
#include "state/chain_index.h"
#include "state/slab.h"
#include "wire/client_packets.h"
#include "wire/ids.h"

namespace zabra::replica {

// One link's side of a conversation.
struct Connection {
  // `fresh`: no ConnectRequest yet. `connecting`: a new session is on its way through the log. `attached`: serves a
  // session. `ending`: its last answer is decided or on its way; what still arrives is dropped.
  enum class Phase : std::uint8_t { fresh, connecting, attached, ending };
  // Why a link is not read from; none of them: it is.
  enum Pause : std::uint8_t { for_output = 1, for_held = 2, for_outstanding = 4 };

  // What every request, answer and watch event needs stands together.
  LinkId link;
  state::Handle next_by_link = state::no_handle;
  std::uint32_t effects_place = 0;  // its entry among the effects of touched_step,
  std::uint64_t touched_step = 0;   // the last that wrote to it
  Phase phase = Phase::fresh;
  std::uint8_t paused = 0;  // Pause bits
  bool half_closed = false;
  bool waits_for_room = false;  // stands in the queue of those whose first held request needs room
  bool stalled = false;         // a read waits in front until the peer has taken what it was sent
  bool with_read_only = false;  // the ConnectRequest had the byte, so the response has it
  std::uint16_t port = 0;
  std::uint64_t unsent_bytes = 0;  // given to the link since it last said that all is with the kernel
  std::uint64_t received = 0, sent = 0;
  SharedIds ids;
  SessionId session;
  state::Handle session_place = state::no_handle;  // in Sessions, while attached
  std::int32_t timeout_ms = 0;
  std::uint32_t held_writes = 0;
  OwedQueue owed;
  std::string address;
};

// A connection by name: void when the link has gone, whoever has its place now.
struct ConnectionRef {
  state::Handle handle = state::no_handle;
  LinkId link;
};

class Connections {
 public:
  state::Handle add(LinkId link) {
    const state::Handle handle = records_.add();
    records_[handle].link = link;
    by_link_.insert(handle, hash_of(link), ByLink{records_});
    return handle;
  }
  void remove(state::Handle handle) {
    by_link_.remove(handle, hash_of(records_[handle].link), ByLink{records_});
    records_.remove(handle);
    if (latest_ == handle) latest_ = state::no_handle;
  }

  // no_handle when there is none.
  state::Handle find(LinkId link) {
    if (latest_ != state::no_handle && records_[latest_].link == link) return latest_;
    const auto is_it = [&](state::Handle handle) { return records_[handle].link == link; };
    latest_ = by_link_.find(hash_of(link), ByLink{records_}, is_it);
    return latest_;
  }
  Connection* find(ConnectionRef ref) {
    if (ref.handle == state::no_handle) return nullptr;
    Connection* connection = records_.find(ref.handle);
    return connection != nullptr && connection->link == ref.link ? connection : nullptr;
  }
  Connection& operator[](state::Handle handle) { return records_[handle]; }
  ConnectionRef ref(state::Handle handle) { return {handle, records_[handle].link}; }
  std::size_t size() const { return records_.size(); }
  template <class Visit>
  void for_each(Visit&& visit) const {
    records_.for_each(visit);
  }

 private:
  using Records = state::Slab<Connection, 5>;
  struct ByLink {
    Records& records;
    std::uint32_t hash(state::Handle handle) const { return hash_of(records[handle].link); }
    state::Handle& next(state::Handle handle) const { return records[handle].next_by_link; }
  };
  static std::uint32_t hash_of(LinkId link) {
    return static_cast<std::uint32_t>((link.value * 0x9E3779B97F4A7C15ULL) >> 32);
  }

  Records records_;
  state::ChainIndex by_link_;
  state::Handle latest_ = state::no_handle;  // frames come in runs
};

}  // namespace zabra::replica
