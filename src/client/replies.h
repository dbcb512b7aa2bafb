// What came back. `error` is the server's code or one that the client gives itself: connection_loss, session_expired,
// auth_failed, bad_arguments and no_watcher for what need not be sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/requests.h"
#include "wire/codes.h"
#include "wire/records.h"

namespace zabra::client {

using Stat = wire::Stat;

struct Created { std::string path; std::optional<Stat> stat; };
struct NodeData { Bytes data; Stat stat; };                        // getData, getConfig, reconfig
struct Children { std::vector<std::string> names; std::optional<Stat> stat; };
struct NodeAcl { AclList acl; Stat stat; };
struct Synced { std::string path; };
struct Number { std::int32_t value = 0; };
struct Paths { std::vector<std::string> paths; };
struct Identity { std::string scheme, user; };
struct Identities { std::vector<Identity> identities; };
struct MultiResult {
  ErrorCode error = ErrorCode::ok;  // of a multi that failed: runtime_inconsistency behind the one that did
  std::variant<std::monostate, Created, Stat, NodeData, Children> body;
};
struct MultiResults { std::vector<MultiResult> results; };

using ReplyBody = std::variant<std::monostate, Created, Stat, NodeData, Children, NodeAcl, Synced, Number, Paths, Identities,
                               MultiResults>;

struct Reply {
  ErrorCode error = ErrorCode::ok;  // of a multi: of its first item that failed
  Zxid zxid;                        // none when nothing was heard
  ReplyBody body;                   // none with an error, but for multi
};

}  // namespace zabra::client
