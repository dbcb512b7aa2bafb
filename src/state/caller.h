// Who makes a request: its session, what it has proved to be, and the connection that its watches belong to.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "wire/ids.h"

namespace zabra::state {

// What a connection has proved to be. Every connection has at least ("ip", its address).
struct AuthId {
  std::string scheme, id;
  friend auto operator<=>(const AuthId&, const AuthId&) = default;
};
using AuthIds = std::vector<AuthId>;  // a set, in the order in which they were added

// A connection as the watch tables know it: small numbers, used again after drop_watcher().
struct WatcherId {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(WatcherId, WatcherId) = default;
};

// Who knows a session. Global: transactions open and close it, on every server. Local: the server that its client is on,
// alone; no transaction names it but for what it writes, and nothing can be its own.
enum class SessionKind : std::uint8_t { global, local };

struct Caller {
  SessionId session;
  const AuthIds& ids;
  WatcherId watcher;
  SessionKind kind = SessionKind::global;
};

}  // namespace zabra::state
