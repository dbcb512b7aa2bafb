// From a request to its bytes, together with what its answer will look like and what it means for the watches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "client/chroot.h"
#include "client/requests.h"
#include "client/watches.h"

namespace zabra::client {

enum class Answer : std::uint8_t {
  nothing, created, created_with_stat, stat, data, children, children_with_stat, acl, synced, number, paths, identities,
  multi
};

// A watch that is there once the server has answered. Path: the server's.
struct WatchWish { WatchKind kind{}; std::string path; WatcherId watcher; };
// Watches that are gone once it has.
struct UnwatchWish {
  WatchScope scope{};
  std::string path;
  std::optional<WatcherId> watcher;
  bool even_unheard = false;
};
using Wish = std::variant<std::monostate, WatchWish, UnwatchWish>;

struct Encoded {
  OpCode op{};
  std::string body;
  Answer answer = Answer::nothing;
  Wish wish;
};

// Nothing if a path is none: a server would say so too, but below a chroot it might be another node's.
std::optional<Encoded> encode(const Request& request, const Chroot& chroot);

}  // namespace zabra::client
