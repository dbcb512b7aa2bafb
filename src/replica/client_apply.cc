// ClientSide: committed transactions, and the answers that they are.
#include "replica/client_side.h"

#include "wire/check.h"
#include "wire/txn.h"

namespace zabra::replica {
namespace {

std::vector<OpCode> items_of(std::string_view multi_frame) {
  std::vector<OpCode> items;
  const Result<wire::MultiRequest> multi = wire::decode_multi(wire::Reader(multi_frame.substr(wire::request_header_bytes)));
  if (!multi) return items;
  items.reserve(multi->items.size());
  for (const wire::MultiItem& item : multi->items) items.push_back(item.op);
  return items;
}

// A learner's request is refused so when its session has gone on to another server.
bool says_moved(const wire::Txn& txn) {
  const auto* error = std::get_if<wire::ErrorTxn>(&txn.body);
  return error != nullptr && error->error == ErrorCode::session_moved;
}

}  // namespace

// Transactions come here in their order, so those of a connection's requests meet the first that it is owed.
state::Handle ClientSide::asked_by(const wire::TxnHeader& header, Handle session) {
  if (header.type == OpCode::create_session) {
    const auto opening = opening_.extract(header.session);
    return !opening.empty() && connections_.find(opening.mapped()) != nullptr ? opening.mapped().handle : state::no_handle;
  }
  if (session == state::no_handle) return state::no_handle;
  LiveSession& live = sessions_[session];
  Connection* connection = connections_.find(live.connection);
  const Owed* proposed = connection == nullptr ? nullptr : connection->owed.first_proposed();
  if (writes_.leads()) {
    return proposed != nullptr && proposed->zxid == header.zxid ? live.connection.handle : state::no_handle;
  }
  if (live.passed_on == 0) return state::no_handle;
  const bool is_of_the_old = live.passed_on_before > 0;
  if (!is_of_the_old && (proposed == nullptr || proposed->xid != header.cxid)) return state::no_handle;
  --live.passed_on;
  if (is_of_the_old) --live.passed_on_before;
  return is_of_the_old ? state::no_handle : live.connection.handle;
}

// The commit of a write is also the word that a sync before it waits for, though that may come later; what is read between
// the two must not show the write. Nothing else holds: a barrier waits for an earlier write of this role, which is applied
// by now, and no write is held before one that was proposed.
void ClientSide::answer_before_write(Handle handle) {
  OwedQueue& owed = connections_[handle].owed;
  while (owed.front().kind != Owed::Kind::proposed) {
    if (owed.front().kind == Owed::Kind::sync) owed.front().ticket = 0;
    const std::size_t before = owed.size();
    drain(handle);
    CHECK(owed.size() < before || owed.front().kind == Owed::Kind::sync);
  }
}

void ClientSide::apply(const zab::Proposal& committed) {
  const Result<wire::Txn> txn = wire::decode_txn(committed.entry);
  CHECK(txn);  // we made it ourselves, or have looked at it before it was logged
  const wire::TxnHeader& header = txn->header;
  const Handle session = sessions_.find(header.session);
  const Handle asked_by = this->asked_by(header, session);
  const bool is_awaited = asked_by != state::no_handle && !says_moved(*txn);
  if (says_moved(*txn)) session_moved(session, asked_by);
  state::ReplyShape shape;
  std::vector<OpCode> items;
  if (is_awaited) {
    answer_before_write(asked_by);
    const Owed& owed = connections_[asked_by].owed.front();
    if (owed.op == OpCode::multi) items = items_of(owed.frame);
    shape = {owed.op, items};
  }
  reply_body_.clear();
  wire::Writer body(reply_body_);
  const ErrorCode code =
      state_.apply(*txn, committed.checksum, outbox_, is_awaited ? &shape : nullptr, is_awaited ? &body : nullptr);
  if (header.type == OpCode::create_session) {
    const std::int32_t timeout_ms = std::get<wire::CreateSessionTxn>(txn->body).timeout_ms;
    ids_.seen(header.session);
    const Handle opened = session == state::no_handle ? sessions_.open(header.session, timeout_ms, SessionKind::global) : session;
    if (is_awaited) session_created(asked_by, opened);
  } else if (header.type == OpCode::close_session) {
    session_closed(header.session, session, asked_by, header.zxid, code);
  } else if (is_awaited) {
    answer_applied(asked_by, header.zxid, code);
  } else if (session != state::no_handle) {
    // It was asked for on a connection that the session has left: what waits behind it on the new one may go on.
    if (connections_.find(sessions_[session].connection) != nullptr) drain(sessions_[session].connection.handle);
  }
}

// Its connection is answered nothing more: this may be another server's request of the same number, which no sync here has
// waited for.
void ClientSide::session_moved(Handle session, Handle asked_by) {
  if (session == state::no_handle || writes_.leads()) return;
  sessions_.withdraw_close(session);
  if (asked_by != state::no_handle) drop(asked_by, "its session has moved to another server");
}

void ClientSide::answer_applied(Handle handle, Zxid zxid, ErrorCode code) {
  const Owed owed = pop_owed(handle);
  std::string& out = outbox_.output(handle);
  const std::size_t begin = out.size();
  wire::ReplyFrame reply(out, owed.xid, zxid, code);
  if (code == ErrorCode::ok) reply.body().write_raw(reply_body_);
  reply.end();
  outbox_.replied(handle, begin, now_.monotonic.ms - owed.arrived_ms);
  drain(handle);
}

void ClientSide::session_closed(SessionId id, Handle session, Handle asked_by, Zxid zxid, ErrorCode code) {
  if (session == state::no_handle) return;  // closed twice: by its client, and by a leader that had not heard of it
  const ConnectionRef served = sessions_[session].connection;
  log_.info(text("Processed session termination for sessionid: ", to_string(id)));
  if (asked_by != state::no_handle) {
    const ConnectionRef ref = connections_.ref(asked_by);
    answer_applied(asked_by, zxid, code);
    if (connections_.find(ref) != nullptr) end_after_send(asked_by);
  } else if (connections_.find(served) != nullptr) {
    drop(served.handle, "its session is over");
  }
  sessions_.remove(session);
}

}  // namespace zabra::replica
