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

struct Caller {
  SessionId session;
  const AuthIds& ids;
  WatcherId watcher;
};

}  // namespace zabra::state
