#include "state/prepare.h"

#include <limits>

#include "state/operations.h"
#include "wire/client_packets.h"
#include "wire/path.h"
#include "wire/txn.h"

namespace zabra::state {

namespace {

// From so many on, the paths of a closing session get all the room that they may take at once.
constexpr std::int32_t many_paths = 4096;

wire::TxnHeader header_of(const Proposal& proposal, OpCode type) {
  return {.session = proposal.session,
          .cxid = proposal.cxid,
          .zxid = proposal.zxid,
          .time_ms = proposal.time_ms,
          .type = type};
}

template <class Request>
OpCode txn_type(OpCode op, const Request& request) {
  if constexpr (std::is_same_v<Request, wire::CreateRequest>) return create_txn_type(op, request.flags);
  return op;
}

// One request of whatever kind, alone or in a multi.
struct Ask {
  Operations& operations;
  OpCode op;
  ErrorCode operator()(const wire::CreateRequest& request) const { return operations.create(op, request); }
  ErrorCode operator()(const wire::DeleteRequest& request) const { return operations.remove(request); }
  ErrorCode operator()(const wire::SetDataRequest& request) const { return operations.set_data(request); }
  ErrorCode operator()(const wire::SetAclRequest& request) const { return operations.set_acl(request); }
  ErrorCode operator()(const wire::CheckRequest& request) const { return operations.check(request); }
};

}  // namespace

Preparer::Preparer(const Settings& settings, const Tree& tree, const Quotas& quotas, const Sessions& sessions,
                   AclTable& acls)
    : settings_(settings), quotas_(quotas), acls_(acls), pending_(tree, sessions, acls) {}

ErrorCode Preparer::prepare(const Proposal& proposal, OpCode op, std::string_view body, const Caller& caller,
                            std::string& entry) {
  const std::size_t begin = entry.size();
  wire::Writer out(entry);
  const ErrorCode code = dispatch(proposal, op, body, caller, out);
  if (code == ErrorCode::ok) return code;
  entry.resize(begin);
  prepare_error(proposal, code, entry);
  return code;
}

ErrorCode Preparer::dispatch(const Proposal& proposal, OpCode op, std::string_view body, const Caller& caller,
                             wire::Writer& out) {
  const wire::Reader in(body);
  switch (op) {
    case OpCode::create:
    case OpCode::create2:
    case OpCode::create_container: return prepare_single(proposal, op, wire::decode_create(in), caller, out);
    case OpCode::create_ttl: return prepare_single(proposal, op, wire::decode_create_ttl(in), caller, out);
    case OpCode::remove: return prepare_single(proposal, op, wire::decode_delete(in), caller, out);
    case OpCode::set_data: return prepare_single(proposal, op, wire::decode_set_data(in), caller, out);
    case OpCode::set_acl: return prepare_single(proposal, op, wire::decode_set_acl(in), caller, out);
    case OpCode::multi: return prepare_multi(proposal, body, caller, out);
    case OpCode::reconfig: return refuse_reconfig(proposal, body, caller.kind);
    case OpCode::close_session: write_paths_and_close(proposal, out); return ErrorCode::ok;
    default: return ErrorCode::unimplemented;
  }
}

template <class Request>
ErrorCode Preparer::prepare_single(const Proposal& proposal, OpCode op, const Result<Request>& request,
                                   const Caller& caller, wire::Writer& out) {
  if (!request) return ErrorCode::marshalling_error;
  if (const ErrorCode code = check_session(proposal.session, caller.kind); code != ErrorCode::ok) return code;
  const std::size_t end_max = out.size() + settings_.txn_bytes_max - wire::txn_digest_bytes;
  wire::write(out, header_of(proposal, txn_type(op, *request)));
  Operations operations{settings_, quotas_, acls_, pending_, proposal, caller.ids, out, end_max};
  const ErrorCode code = Ask{operations, op}(*request);
  if (code == ErrorCode::ok) write_digest(out);
  return code;
}

// Of a local session only its own server knows whether it is alive, and says so.
ErrorCode Preparer::check_session(SessionId session, SessionKind kind) const {
  switch (pending_.session_state(session)) {
    case Pending::SessionState::open: return ErrorCode::ok;
    case Pending::SessionState::closing: return ErrorCode::session_expired;
    case Pending::SessionState::unknown: break;
  }
  return kind == SessionKind::local ? ErrorCode::ok : ErrorCode::unknown_session;
}

// One server has no ensemble to change.
ErrorCode Preparer::refuse_reconfig(const Proposal& proposal, std::string_view body, SessionKind kind) const {
  if (!wire::decode_reconfig(wire::Reader(body))) return ErrorCode::marshalling_error;
  if (!settings_.reconfig_enabled) return ErrorCode::reconfig_disabled;
  const ErrorCode code = check_session(proposal.session, kind);
  return code == ErrorCode::ok ? ErrorCode::unimplemented : code;
}

// The last word of a transaction: everything that it changes has been said.
void Preparer::write_digest(wire::Writer& out) {
  pending_.settle();
  wire::write(out, wire::TxnDigest{.tree = pending_.tree_digest()});
}

void Preparer::prepare_error(const Proposal& proposal, ErrorCode error, std::string& entry) {
  wire::Writer out(entry);
  wire::write(out, header_of(proposal, OpCode::error));
  out.write_i32(static_cast<std::int32_t>(error));
}

// ---- sessions and containers ----

void Preparer::prepare_create_session(const Proposal& proposal, std::int32_t timeout_ms, std::string& entry) {
  wire::Writer out(entry);
  wire::write(out, header_of(proposal, OpCode::create_session));
  out.write_i32(timeout_ms);
  write_digest(out);
  pending_.open_session(proposal.session, proposal.zxid);
}

void Preparer::prepare_close_session(const Proposal& proposal, std::string& entry) {
  wire::Writer out(entry);
  write_paths_and_close(proposal, out);
}

void Preparer::write_paths_and_close(const Proposal& proposal, wire::Writer& out) {
  const std::size_t begin = out.size();
  wire::write(out, header_of(proposal, OpCode::close_session));
  const std::size_t count_at = out.reserve_i32();
  std::int32_t count = 0;
  const auto fits = [&] { return out.size() - begin <= settings_.txn_bytes_max; };
  pending_.close_session(proposal.session, proposal.zxid, [&](std::string_view path) {
    if (++count == many_paths) out.out().reserve(begin + settings_.txn_bytes_max);  // growing copies and maps all anew
    if (fits()) out.write_string(path);
  });
  out.patch_i32(count_at, count);
  write_digest(out);
  if (!fits()) out.out().resize(count_at);  // appliers delete by owner
}

ErrorCode Preparer::prepare_delete_container(const Proposal& proposal, std::string_view path, std::string& entry) {
  const std::size_t begin = entry.size();
  wire::Writer out(entry);
  wire::write(out, header_of(proposal, OpCode::delete_container));
  const AuthIds nobody;
  const std::size_t end_max = begin + settings_.txn_bytes_max - wire::txn_digest_bytes;
  Operations operations{settings_, quotas_, acls_, pending_, proposal, nobody, out, end_max};
  const ErrorCode code = operations.delete_container(path);
  if (code == ErrorCode::ok) {
    write_digest(out);
    return code;
  }
  entry.resize(begin);
  prepare_error(proposal, code, entry);
  return code;
}

// ---- multi ----

namespace {

// A create2 is logged as a create: Apache ZooKeeper 3.8.0 would skip what it does not know.
OpCode item_type(const wire::MultiItem& item) {
  const auto* create = std::get_if<wire::CreateRequest>(&item.request);
  const OpCode type = create == nullptr ? item.op : create_txn_type(item.op, create->flags);
  return type == OpCode::create2 ? OpCode::create : type;
}

void write_failed_item(wire::Writer& out, ErrorCode code) {
  out.write_i32(static_cast<std::int32_t>(OpCode::error));
  out.write_i32(4);
  out.write_i32(static_cast<std::int32_t>(code));
}

// Appends one item: type, length, body.
ErrorCode write_item(Operations& operations, const wire::MultiItem& item) {
  wire::Writer& out = operations.out;
  out.write_i32(static_cast<std::int32_t>(item_type(item)));
  const std::size_t length_at = out.reserve_i32();
  const ErrorCode code = std::visit(Ask{operations, item.op}, item.request);
  out.patch_i32(length_at, static_cast<std::int32_t>(out.size() - length_at - 4));
  return code;
}

// All items, the failing one as its error and those behind it as RuntimeInconsistency. The failing one's error.
ErrorCode write_items(Operations& operations, const std::vector<wire::MultiItem>& items) {
  ErrorCode failure = ErrorCode::ok;
  for (const wire::MultiItem& item : items) {
    if (failure != ErrorCode::ok) {
      write_failed_item(operations.out, ErrorCode::runtime_inconsistency);
      continue;
    }
    const std::size_t begin = operations.out.size();
    failure = write_item(operations, item);
    if (failure == ErrorCode::ok) continue;
    if (!operations.fits()) return failure;
    operations.out.out().resize(begin);
    write_failed_item(operations.out, failure);
  }
  return failure;
}

}  // namespace

ErrorCode Preparer::prepare_multi(const Proposal& proposal, std::string_view body, const Caller& caller,
                                  wire::Writer& out) {
  const Result<wire::MultiRequest> request = wire::decode_multi(wire::Reader(body));
  if (!request) return ErrorCode::marshalling_error;
  if (const ErrorCode code = check_session(proposal.session, caller.kind); code != ErrorCode::ok) return code;
  const std::size_t end_max = out.size() + settings_.txn_bytes_max - wire::txn_digest_bytes;
  wire::write(out, header_of(proposal, OpCode::multi));
  out.write_i32(static_cast<std::int32_t>(request->items.size()));
  Operations operations{settings_, quotas_, acls_, pending_, proposal, caller.ids, out, end_max};

  pending_.begin();
  const ErrorCode failure = write_items(operations, request->items);
  const bool whole_is_refused = failure == ErrorCode::marshalling_error || !operations.fits();
  if (failure == ErrorCode::ok && !whole_is_refused) {
    pending_.commit(proposal.zxid);
  } else {
    pending_.rollback();
  }
  if (whole_is_refused) return operations.fits() ? ErrorCode::marshalling_error : ErrorCode::bad_arguments;
  write_digest(out);
  return ErrorCode::ok;
}

}  // namespace zabra::state
