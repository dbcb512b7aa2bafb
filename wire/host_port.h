// Addresses as the servers of an ensemble write them: "host:port", "[::1]:port", several joined by '|'.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zabra::wire {

struct HostPort {
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};
std::string to_string(const HostPort& address);  // an IPv6 address in brackets

// 1 … 65535, digits only.
std::optional<std::uint16_t> parse_port(std::string_view text);

std::string delimited_host(std::string_view host);  // in brackets if it has a colon in it

// The parts between the colons; an IPv6 address in brackets is one part and loses them. Nothing if the brackets don't
// match.
std::optional<std::vector<std::string_view>> split_address(std::string_view text);

// The parts between `by`, empty ones included.
std::vector<std::string_view> split_at(std::string_view text, char by);

}  // namespace zabra::wire
