// The ensemble's members, as far as one server has any: a single `server.N` line may stand in the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/config.h"
#include "server/config_reading.h"

namespace zabra::server {

// `server.N=host:port:port[:role][;[address:]clientPort]`
struct Member {
  std::int64_t id = 0;
  std::string client_address;                // empty: all addresses
  std::optional<std::uint16_t> client_port;  // none: the line has no client part
};

// Refuses what this version would have to ignore (more servers than one) and what contradicts itself.
std::optional<Member> read_members(Reading& in, std::int64_t id_max);

// clientPort and clientPortAddress, from their own keys or from the member's line.
void read_client_address(Reading& in, const std::optional<Member>& member, Config& config);

}  // namespace zabra::server
