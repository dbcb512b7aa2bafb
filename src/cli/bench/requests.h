// A client's side of the frames that a load needs. Layouts: wire/client_packets.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/bench/operation.h"
#include "cli/bench/tree_layout.h"
#include "cli/bench/values.h"
#include "wire/ids.h"
#include "wire/result.h"

namespace zabra::cli::bench {

// Appends a whole frame for a new session. `timeout_ms`: the session timeout to ask for.
void append_connect_request(std::string& out, std::int32_t timeout_ms);

struct Session {
  SessionId id;
  std::int32_t timeout_ms = 0;  // as granted
};
// From a ConnectResponse's body. Refused (timeout or id 0) is a fault.
Result<Session> decode_connect_response(std::string_view frame);

// Appends the operation's whole frame. Allocates nothing once `out` has grown to what a turn needs.
void append_request(std::string& out, std::int32_t xid, const Operation& operation, TreeLayout& layout,
                    const Values& values);

}  // namespace zabra::cli::bench
