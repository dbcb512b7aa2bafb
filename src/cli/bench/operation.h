// What a load asks for, one request at a time.
#pragma once

#include <cstdint>

namespace zabra::cli::bench {

// Nanoseconds of the steady clock, or between two of its readings.
using Nanoseconds = std::int64_t;

enum class Kind : std::uint8_t { read, write, create, remove, ping, close_session };
inline constexpr std::size_t measured_kinds = 4;  // ping and close_session only keep and end sessions

constexpr bool is_write(Kind kind) { return kind != Kind::read && kind != Kind::ping; }

// Where in the tree of a run (see tree_layout.h) a node stands; its number counts within its level.
enum class Level : std::uint8_t { leaf, parent, directory };

struct Operation {
  Kind kind = Kind::ping;
  Level level = Level::leaf;
  std::uint32_t number = 0;
  std::uint32_t stamp = 0;  // of a leaf's value: tells the values apart that one leaf has had
  friend bool operator==(const Operation&, const Operation&) = default;
};

// A request that was sent, until its reply comes.
struct Sent {
  Operation operation;
  std::int32_t xid = 0;
  Nanoseconds intended = 0;  // when it was meant to leave: latency counts from here
};

}  // namespace zabra::cli::bench
