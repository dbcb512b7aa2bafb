// What the user of a session decides.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "client/chroot.h"
#include "wire/client_packets.h"
#include "wire/host_port.h"

namespace zabra::client {

struct Credentials {
  SessionId session;
  wire::Password password{};
};

struct Settings {
  std::vector<wire::HostPort> servers;  // at least one
  Chroot chroot{};
  std::int32_t timeout_ms = 30'000;  // wished; a server may grant another
  bool can_be_read_only = false;     // a server without a leader will do, until one with a leader is found
  std::optional<Credentials> resumed{};  // a session that was begun before
  std::uint64_t seed = 0;                // of the servers' order and of pauses: should differ from client to client
  std::size_t reply_bytes_max = zabra::limits::reply_bytes_max;  // a longer frame ends the connection
};

}  // namespace zabra::client
