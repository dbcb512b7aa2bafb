// Peer addresses as text, the way ZooKeeper's logs, ids and four-letter words show them.
#pragma once

#include <cstdint>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

namespace zabra::net {

// "127.0.0.1", or Java's full text of an IPv6 address ("0:0:0:0:0:0:0:1"). An IPv4 client of an IPv6 socket shows as
// IPv4.
struct PeerAddress {
  std::string text;
  std::uint16_t port = 0;
};
PeerAddress peer_address(const sockaddr_storage& raw);

}  // namespace zabra::net
