// Operation, transaction, error and event numbers of the client protocol.
// Source: ZooDefs.OpCode, KeeperException.Code, Watcher.Event.EventType of ZooKeeper 3.8-3.9.
#pragma once

#include <cstdint>
#include <string_view>

namespace zabra {

// The `type` of a request header, and of a transaction where one is made. Numbers that are not listed can arrive:
// ask wire::is_client_request().
enum class OpCode : std::int32_t {
  notification = 0,
  create = 1,
  remove = 2,  // "delete" is a keyword
  exists = 3,
  get_data = 4,
  set_data = 5,
  get_acl = 6,
  set_acl = 7,
  get_children = 8,
  sync = 9,
  ping = 11,
  get_children2 = 12,
  check = 13,
  multi = 14,
  create2 = 15,
  reconfig = 16,
  check_watches = 17,
  remove_watches = 18,
  create_container = 19,
  delete_container = 20,  // made by the leader itself, never by a client
  create_ttl = 21,
  multi_read = 22,
  auth = 100,
  set_watches = 101,
  sasl = 102,
  get_ephemerals = 103,
  get_all_children_number = 104,
  set_watches2 = 105,
  add_watch = 106,
  who_am_i = 107,
  create_session = -10,  // made by the server itself
  close_session = -11,
  error = -1,  // a transaction, or a multi's result, that only says what failed
};

enum class ErrorCode : std::int32_t {
  ok = 0,
  system_error = -1,
  runtime_inconsistency = -2,
  marshalling_error = -5,
  unimplemented = -6,
  bad_arguments = -8,
  unknown_session = -12,
  new_config_no_quorum = -13,
  reconfig_in_progress = -14,
  no_node = -101,
  no_auth = -102,
  bad_version = -103,
  no_children_for_ephemerals = -108,
  node_exists = -110,
  not_empty = -111,
  session_expired = -112,
  invalid_acl = -114,
  auth_failed = -115,
  session_moved = -118,
  not_read_only = -119,
  ephemeral_on_local_session = -120,
  no_watcher = -121,
  reconfig_disabled = -123,
  session_closed_require_auth = -124,
  quota_exceeded = -125,
  throttled_op = -127,
};

// The xids with a meaning of their own.
inline constexpr std::int32_t xid_notification = -1;
inline constexpr std::int32_t xid_ping = -2;

enum class EventType : std::int32_t { created = 1, deleted = 2, data_changed = 3, children_changed = 4 };

// Permission bits of an ACL entry. Other bits are kept as they came and never match.
namespace perm {
inline constexpr std::int32_t read = 1, write = 2, create = 4, remove = 8, admin = 16, all = 31;
}

// Flags of a create request.
enum class CreateMode : std::int32_t {
  persistent = 0,
  ephemeral = 1,
  persistent_sequential = 2,
  ephemeral_sequential = 3,
  container = 4,
  persistent_with_ttl = 5,
  persistent_sequential_with_ttl = 6,
};

// An operation as `cons` shows a connection's last one (FinalRequestProcessor of 3.8): "CREA", "GETD", …, and one of
// six letters, "GETACN"; "UNKN" if unknown.
std::string_view short_name(OpCode op);
std::string_view name(ErrorCode code);  // "NoNode", …

}  // namespace zabra
