// What can be asked of a server. Paths are the client's: below its chroot.
//
//   session.submit(now, RequestId{7}, GetData{.path = "/a", .watcher = WatcherId{1}});
//
// A watcher is told of the next change (see Watches); whether the server has left the watch, the answer says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/values.h"
#include "wire/codes.h"

namespace zabra::client {

struct Acl {
  std::int32_t perms = perm::all;
  std::string scheme = "world", id = "anyone";
  friend bool operator==(const Acl&, const Acl&) = default;
};
using AclList = std::vector<Acl>;
using Bytes = std::optional<std::string>;  // null and empty are not the same
inline constexpr std::int32_t any_version = -1;

struct Create {
  std::string path{};
  Bytes data{};
  AclList acl{Acl{}};
  CreateMode mode = CreateMode::persistent;
  std::int64_t ttl_ms = -1;  // of the modes with TTL
  bool wants_stat = false;   // containers and nodes with TTL bring it anyhow
};
struct Remove { std::string path{}; std::int32_t version = any_version; };
struct SetData { std::string path{}; Bytes data{}; std::int32_t version = any_version; };
struct SetAcl { std::string path{}; AclList acl{}; std::int32_t version = any_version; };
struct Check { std::string path{}; std::int32_t version = any_version; };  // in a multi

struct Exists { std::string path{}; std::optional<WatcherId> watcher{}; };
struct GetData { std::string path{}; std::optional<WatcherId> watcher{}; };
struct GetChildren { std::string path{}; std::optional<WatcherId> watcher{}; bool wants_stat = false; };
struct GetAcl { std::string path{}; };
struct Sync { std::string path{}; };
struct GetEphemerals { std::string prefix = "/"; };  // the session's own
struct GetAllChildrenNumber { std::string path{}; };
struct WhoAmI {};

// All or nothing.
struct Multi { std::vector<std::variant<Create, Remove, SetData, Check>> items{}; };
// Each by itself; watchers are not told.
struct MultiRead { std::vector<std::variant<GetData, GetChildren>> items{}; };

// Of every change, not of one: of a node and its children, or (recursive) of it and all below it.
struct AddWatch { std::string path{}; bool is_recursive = false; WatcherId watcher{}; };
struct RemoveWatches {
  std::string path{};
  WatchScope scope = WatchScope::any;
  std::optional<WatcherId> watcher{};  // all, if none is named
  bool even_unheard = false;           // forget them whatever the server says
};

// The ensemble's configuration: no chroot applies.
struct GetConfig { std::optional<WatcherId> watcher{}; };
struct Reconfig {
  Bytes joining{}, leaving{}, new_members{};
  std::int64_t version = -1;
};

using Request = std::variant<Create, Remove, SetData, SetAcl, Exists, GetData, GetChildren, GetAcl, Sync, GetEphemerals,
                             GetAllChildrenNumber, WhoAmI, Multi, MultiRead, AddWatch, RemoveWatches, GetConfig, Reconfig>;

}  // namespace zabra::client
