#include "wire/codes.h"

namespace zabra {

std::string_view short_name(OpCode op) {
  switch (op) {
    case OpCode::create:
    case OpCode::create2:
    case OpCode::create_container:
    case OpCode::create_ttl: return "CREA";
    case OpCode::remove:
    case OpCode::delete_container: return "DELE";
    case OpCode::exists: return "EXIS";
    case OpCode::get_data: return "GETD";
    case OpCode::set_data: return "SETD";
    case OpCode::get_acl: return "GETA";
    case OpCode::set_acl: return "SETA";
    case OpCode::get_children:
    case OpCode::get_children2: return "GETC";
    case OpCode::sync: return "SYNC";
    case OpCode::ping: return "PING";
    case OpCode::check: return "CHEC";
    case OpCode::multi: return "MULT";
    case OpCode::reconfig: return "RECO";
    case OpCode::check_watches: return "CHKW";
    case OpCode::remove_watches: return "REMW";
    case OpCode::multi_read: return "MLTR";
    case OpCode::auth: return "AUTH";
    case OpCode::set_watches: return "SETW";
    case OpCode::sasl: return "SASL";
    case OpCode::get_ephemerals: return "GETE";
    case OpCode::get_all_children_number: return "GETACN";
    case OpCode::set_watches2: return "STW2";
    case OpCode::add_watch: return "ADDW";
    case OpCode::who_am_i: return "HOMI";
    case OpCode::create_session: return "SESS";
    case OpCode::close_session: return "CLOS";
    case OpCode::error: return "ERRO";
    case OpCode::notification: return "NOTI";
  }
  return "UNKN";
}

std::string_view name(ErrorCode code) {
  switch (code) {
    case ErrorCode::ok: return "ok";
    case ErrorCode::system_error: return "SystemError";
    case ErrorCode::runtime_inconsistency: return "RuntimeInconsistency";
    case ErrorCode::marshalling_error: return "MarshallingError";
    case ErrorCode::unimplemented: return "Unimplemented";
    case ErrorCode::bad_arguments: return "BadArguments";
    case ErrorCode::unknown_session: return "UnknownSession";
    case ErrorCode::new_config_no_quorum: return "NewConfigNoQuorum";
    case ErrorCode::reconfig_in_progress: return "ReconfigInProgress";
    case ErrorCode::no_node: return "NoNode";
    case ErrorCode::no_auth: return "NoAuth";
    case ErrorCode::bad_version: return "BadVersion";
    case ErrorCode::no_children_for_ephemerals: return "NoChildrenForEphemerals";
    case ErrorCode::node_exists: return "NodeExists";
    case ErrorCode::not_empty: return "NotEmpty";
    case ErrorCode::session_expired: return "SessionExpired";
    case ErrorCode::invalid_acl: return "InvalidACL";
    case ErrorCode::auth_failed: return "AuthFailed";
    case ErrorCode::session_moved: return "SessionMoved";
    case ErrorCode::not_read_only: return "NotReadOnly";
    case ErrorCode::ephemeral_on_local_session: return "EphemeralOnLocalSession";
    case ErrorCode::no_watcher: return "NoWatcher";
    case ErrorCode::reconfig_disabled: return "ReconfigDisabled";
    case ErrorCode::session_closed_require_auth: return "SessionClosedRequireAuth";
    case ErrorCode::quota_exceeded: return "QuotaExceeded";
    case ErrorCode::throttled_op: return "ThrottledOp";
  }
  return "Unknown";
}

}  // namespace zabra
