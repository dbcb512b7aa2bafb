#include "tests/sim/session_kind.h"

#include "base/log.h"
#include "tests/sim/checkers.h"
#include "wire/ids.h"

namespace zabra::sim {

void SessionKind::violation(const std::string& what) const {
  static constexpr const char* names[] = {"read-only", "local", "local, or global,", "global"};
  on_violation_(text("the ", names[static_cast<std::size_t>(kind_)], " session ", to_hex(begun_.session), " of server ",
                     begun_.server, " ", what));
}

void SessionKind::begins(const Granted& granted, std::uint64_t role) {
  begun_ = granted;
  role_ = role;
  kind_ = granted.is_read_only ? Kind::read_only : services_.local_sessions ? Kind::local : Kind::global;
  if (granted.is_read_only && !services_.read_only_mode) violation("is read-only, and there is no such mode");
}

void SessionKind::is_taken_up_again(const Granted& granted) const {
  if (granted.is_read_only != (kind_ == Kind::read_only)) violation("goes on in a server's other role");
  if (is_of_one_server() && granted.server != begun_.server) violation(text("is known to server ", granted.server));
}

void SessionKind::asks_for(const Operation& operation) {
  if (kind_ == Kind::local && services_.upgrading && operation.ephemeral) kind_ = Kind::maybe_global;
}

void SessionKind::is_answered(const Operation& operation) {
  check_error(operation);
  if (kind_ == Kind::maybe_global && operation.ephemeral && operation.error == ok) kind_ = Kind::global;
}

void SessionKind::check_error(const Operation& operation) const {
  const bool needs_leader = operation.is_write() || operation.op == Op::sync;
  const bool is_refused = kind_ == Kind::read_only && needs_leader;
  if (is_refused != (operation.error == not_read_only)) violation("is told " + to_string(operation));
  const bool may_be_local = kind_ == Kind::local && operation.ephemeral;
  if (may_be_local && operation.error == ok) violation("owns an ephemeral: " + to_string(operation));
  if (!may_be_local && operation.error == ephemeral_on_local) violation("is called local: " + to_string(operation));
  if (is_of_one_server() && operation.error == session_expired) violation("is over, and was not: " + to_string(operation));
}

void SessionKind::is_refused_in_time(Node server, std::uint64_t role) const {
  if (is_of_one_server() && server == begun_.server && role == role_) violation("is over before its time");
}

}  // namespace zabra::sim
