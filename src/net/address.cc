#include "net/address.h"

#include <arpa/inet.h>

#include <cstdio>
#include <cstring>

namespace zabra::net {
namespace {

std::string v4_text(const in_addr& address) {
  char text[INET_ADDRSTRLEN];
  return ::inet_ntop(AF_INET, &address, text, sizeof text);
}

std::string v6_text(const in6_addr& address) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr v4;
    std::memcpy(&v4, address.s6_addr + 12, sizeof v4);
    return v4_text(v4);
  }
  std::string text;
  for (int i = 0; i < 16; i += 2) {
    char group[8];
    std::snprintf(group, sizeof group, i == 0 ? "%x" : ":%x", (address.s6_addr[i] << 8) | address.s6_addr[i + 1]);
    text += group;
  }
  return text;
}

}  // namespace

PeerAddress peer_address(const sockaddr_storage& raw) {
  if (raw.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &raw, sizeof v4);
    return {v4_text(v4.sin_addr), ntohs(v4.sin_port)};
  }
  sockaddr_in6 v6;
  std::memcpy(&v6, &raw, sizeof v6);
  return {v6_text(v6.sin6_addr), ntohs(v6.sin6_port)};
}

}  // namespace zabra::net
