#include "state/acl_schemes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace zabra::state {
namespace {

// ---- digest ----

// Split at ':' as Java does it, empty parts at the end dropped, there are exactly two parts.
bool is_valid_digest(std::string_view id) {
  const std::size_t last = id.find_last_not_of(':');
  if (last == std::string_view::npos) return false;
  return std::ranges::count(id.substr(0, last + 1), ':') == 1;
}

// ---- ip ----

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  int bits = 0;  // 32 or 128: the two kinds never match each other
};
struct Network {
  Address address;
  int prefix_bits = 0;
};

// A number as Java's parseInt reads it, a sign included.
std::optional<int> parse_number(std::string_view text, int base) {
  if (text.starts_with('+') && text.find_first_of("+-", 1) == std::string_view::npos) text.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// The text up to the next `separator`, which goes with it.
std::string_view next_part(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::optional<Address> parse_v4(std::string_view text) {
  if (std::ranges::count(text, '.') != 3) return std::nullopt;
  Address address{.bits = 32};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::optional<int> part = parse_number(next_part(text, '.'), 10);
    if (!part || *part < 0 || *part > 255) return std::nullopt;
    address.bytes[i] = static_cast<std::uint8_t>(*part);
  }
  return address;
}

// Groups of up to four hex digits, divided by ':', into `out`; how many, or nothing if one is bad or there are too
// many.
std::optional<std::size_t> parse_groups(std::string_view text, std::array<std::uint16_t, 8>& out) {
  std::size_t groups = 0;
  while (!text.empty()) {
    const bool more = text.find(':') != std::string_view::npos;
    const std::string_view group = next_part(text, ':');
    const std::optional<int> value = parse_number(group, 16);
    if (!value || *value < 0 || group.size() > 4 || groups == out.size() || (more && text.empty())) return std::nullopt;
    out[groups++] = static_cast<std::uint16_t>(*value);
  }
  return groups;
}

void put_groups(const std::array<std::uint16_t, 8>& groups, std::size_t count, std::size_t at, Address& address) {
  for (std::size_t i = 0; i < count; ++i) {
    address.bytes[(at + i) * 2] = static_cast<std::uint8_t>(groups[i] >> 8);
    address.bytes[(at + i) * 2 + 1] = static_cast<std::uint8_t>(groups[i]);
  }
}

std::optional<Address> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  if (has_gap && text.find("::", gap + 1) != std::string_view::npos) return std::nullopt;
  std::array<std::uint16_t, 8> front{}, back{};
  const auto front_count = parse_groups(text.substr(0, std::min(gap, text.size())), front);
  const auto back_count = parse_groups(has_gap ? text.substr(gap + 2) : std::string_view{}, back);
  if (!front_count || !back_count) return std::nullopt;
  if (has_gap ? *front_count + *back_count > 7 : *front_count != 8) return std::nullopt;
  Address address{.bits = 128};
  put_groups(front, *front_count, 0, address);
  put_groups(back, *back_count, 8 - *back_count, address);
  return address;
}

std::optional<Address> parse_address(std::string_view text) {
  const std::optional<Address> v4 = parse_v4(text);
  return v4 ? v4 : parse_v6(text);
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<Address> address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Network{*address, address->bits};
  const std::optional<int> bits = parse_number(text.substr(slash + 1), 10);
  if (!bits || *bits < 0 || *bits > address->bits) return std::nullopt;
  return Network{*address, *bits};
}

bool contains(const Network& network, const Address& address) {
  if (network.address.bits != address.bits) return false;
  for (int bit = 0; bit < network.prefix_bits; bit += 8) {
    const int rest = network.prefix_bits - bit;
    const auto mask = static_cast<std::uint8_t>(rest >= 8 ? 0xff : 0xff << (8 - rest));
    const auto at = static_cast<std::size_t>(bit / 8);
    if (((network.address.bytes[at] ^ address.bytes[at]) & mask) != 0) return false;
  }
  return true;
}

bool any_in_network(std::string_view acl_id, const AuthIds& proven) {
  const std::optional<Network> network = parse_network(acl_id);
  if (!network) return false;
  return std::ranges::any_of(proven, [&](const AuthId& id) {
    if (id.scheme != "ip") return false;
    const std::optional<Address> address = parse_address(id.id);
    return address && contains(*network, *address);
  });
}

}  // namespace

bool matches_any(const wire::Id& acl_id, const AuthIds& proven, bool digest_scheme) {
  const std::string_view scheme = acl_id.scheme.value_or(std::string_view{});
  const std::string_view id = acl_id.id.value_or(std::string_view{});
  if (scheme == "ip") return any_in_network(id, proven);
  if (scheme != "digest" || !digest_scheme) return false;
  return std::ranges::any_of(proven, [&](const AuthId& one) { return one.scheme == "digest" && one.id == id; });
}

bool is_valid_id(const wire::Id& acl_id, bool digest_scheme) {
  if (!acl_id.scheme || !acl_id.id) return false;
  if (*acl_id.scheme == "world") return *acl_id.id == "anyone";
  if (*acl_id.scheme == "ip") return parse_network(*acl_id.id).has_value();
  return *acl_id.scheme == "digest" && digest_scheme && is_valid_digest(*acl_id.id);
}

bool is_authenticated(const AuthId& proven, bool digest_scheme) { return proven.scheme == "digest" && digest_scheme; }

}  // namespace zabra::state
