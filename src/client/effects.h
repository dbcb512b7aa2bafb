// What a session wants done, in order. Each is a value; whoever drives the session carries them out as they come.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "client/replies.h"
#include "client/values.h"
#include "wire/host_port.h"
#include "wire/ids.h"

namespace zabra::client {

// A stream to be opened; opened() or dial_failed() is the answer.
struct Dial { ConnectionId connection; wire::HostPort to; };
struct Send { ConnectionId connection; std::string bytes; };
// The connection, or its dial, is to end when what was sent before has left; nothing more is wanted of it.
struct Close { ConnectionId connection; };

// A request's end. Each that was submitted has exactly one.
struct Completed { RequestId request; Reply reply; };
// A change that these watchers asked for. It comes before every answer that shows the change.
struct Fired {
  WatchEventType type{};
  std::string path;
  Zxid zxid;  // of the change, where the server says it (3.9 and later)
  std::vector<WatcherId> watchers;
};
// To be told to all watchers, and to whoever watches the session as such.
struct StateChanged { State state{}; };

using Effect = std::variant<Dial, Send, Close, Completed, Fired, StateChanged>;
using Effects = std::vector<Effect>;

}  // namespace zabra::client
