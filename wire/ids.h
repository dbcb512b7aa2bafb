// The identities of a coordination service as strong types: explicit in, explicit out, arithmetic only where it means
// something. The wire form is a named conversion.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace zabra {

// The position of a transaction in the one order that all servers share: the leader's epoch, then a counter within it.
// ZooKeeper holds it as a signed 64-bit number, epoch in the high half; log file names and logs show it in hex.
struct Zxid {
  std::uint32_t epoch = 0, counter = 0;

  friend constexpr auto operator<=>(Zxid, Zxid) = default;  // epoch first, then counter
  static constexpr Zxid from_wire(std::int64_t wire) {
    const auto bits = static_cast<std::uint64_t>(wire);
    return {static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint32_t>(bits)};
  }
  constexpr std::int64_t to_wire() const {
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(epoch) << 32) | counter);
  }
  // The zxid of the next transaction. A standalone server's counter carries into the epoch half (one long number);
  // a leader asks counter_is_full() first and hands over.
  constexpr Zxid next() const { return from_wire(to_wire() + 1); }
  constexpr bool counter_is_full() const { return counter == 0xffffffffU; }
};

inline constexpr Zxid zxid_zero{};

// One client session. 0 is no session. The top byte is the id of the server that created it.
struct SessionId {
  std::int64_t value = 0;
  friend constexpr auto operator<=>(SessionId, SessionId) = default;
  constexpr bool is_none() const { return value == 0; }
};

// `server.N` and `myid`: 1 … 255.
struct ServerId {
  std::int64_t value = 0;
  friend constexpr auto operator<=>(ServerId, ServerId) = default;
};

// What makes a znode vanish by itself, as one number (ZooKeeper's ephemeralOwner): 0 nothing, a session id, the
// container mark, or a TTL. Source: EphemeralType of 3.8.
struct Owner {
  std::int64_t value = 0;
  friend constexpr auto operator<=>(Owner, Owner) = default;

  static constexpr Owner none() { return {}; }
  static constexpr Owner session(SessionId id) { return {id.value}; }
  static constexpr Owner container() { return {static_cast<std::int64_t>(0x8000000000000000ULL)}; }
  static constexpr Owner ttl(std::int64_t ms) {
    return {static_cast<std::int64_t>(0xff00000000000000ULL | static_cast<std::uint64_t>(ms))};
  }
  constexpr bool is_container() const { return *this == container(); }
  constexpr bool is_ttl() const { return (static_cast<std::uint64_t>(value) >> 56) == 0xff; }
  constexpr bool is_ephemeral() const { return value != 0 && !is_container() && !is_ttl(); }
  constexpr SessionId session_id() const { return {is_ephemeral() ? value : 0}; }
  constexpr std::int64_t ttl_ms() const { return value & 0xffffffffffLL; }
  // What clients see in a Stat: only sessions show.
  constexpr std::int64_t client_view() const { return is_ephemeral() ? value : 0; }
};
inline constexpr std::int64_t ttl_ms_max = 0xffffffffffLL;

std::string to_hex(std::int64_t value);  // "0x1000000a", the form that operators grep for
inline std::string to_string(Zxid zxid) { return to_hex(zxid.to_wire()); }
inline std::string to_string(SessionId id) { return to_hex(id.value); }

}  // namespace zabra

template <>
struct std::hash<zabra::SessionId> {
  // Ids count up from a clock: spread them.
  std::size_t operator()(zabra::SessionId id) const noexcept {
    auto x = static_cast<std::uint64_t>(id.value);
    x = (x ^ (x >> 31)) * 0x9E3779B97F4A7C15ULL;
    return static_cast<std::size_t>(x ^ (x >> 29));
  }
};
