// The small vocabulary of a client: names that its user gives, names that it gives itself, what it can be told.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/codes.h"

namespace zabra::client {

// A request's name, given by the user; it comes back with the answer.
struct RequestId {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(RequestId, RequestId) = default;
};

// Who is to be told of a change, by the user's own name for it. Asking twice for the same watcher is asking once.
struct WatcherId {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(WatcherId, WatcherId) = default;
};

// One attempt to reach a server and what became of it: never used twice by a session.
struct ConnectionId {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(ConnectionId, ConnectionId) = default;
};

// How a session stands, by ZooKeeper's names: SyncConnected, ConnectedReadOnly, Disconnected, Expired, AuthFailed,
// Closed. The last three are final.
enum class State : std::uint8_t { disconnected, connected, connected_read_only, expired, auth_failed, closed };
constexpr bool is_final(State state) { return state >= State::expired; }
constexpr std::string_view name(State state) {
  switch (state) {
    case State::disconnected: return "Disconnected";
    case State::connected: return "SyncConnected";
    case State::connected_read_only: return "ConnectedReadOnly";
    case State::expired: return "Expired";
    case State::auth_failed: return "AuthFailed";
    case State::closed: return "Closed";
  }
  return "?";
}

// What a watcher is told: the first four by a server, the others by the client itself when a watch is removed.
enum class WatchEventType : std::int32_t {
  created = 1,
  deleted = 2,
  data_changed = 3,
  children_changed = 4,
  data_watch_removed = 5,
  child_watch_removed = 6,
  persistent_watch_removed = 7,
};

// Which watches of a path are meant; the protocol's numbers.
enum class WatchScope : std::int32_t { children = 1, data = 2, any = 3 };

// The connection was lost before the answer: whether the request was carried out is not known. No server sends this code.
inline constexpr auto connection_loss = static_cast<ErrorCode>(-4);

// Requests that stand outside the count of the others have these xids, by the convention of ZooKeeper's clients.
inline constexpr std::int32_t xid_auth = -4;
inline constexpr std::int32_t xid_set_watches = -8;

}  // namespace zabra::client
