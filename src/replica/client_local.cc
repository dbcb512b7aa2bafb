// ClientSide: local sessions, which only this server knows (live_sessions.h), and how one becomes everybody's.
//
// Nothing is logged of them. What their clients write is proposed as anybody's; their close is an answer in its turn; an
// ephemeral can't be theirs. Where upgrading is allowed, a request that would make one sends the transaction that opens the
// session everywhere ahead of itself, in the same order in which everything of this server reaches the leader.
#include "replica/client_side.h"

#include <algorithm>

namespace zabra::replica {

namespace {

bool is_ephemeral(const wire::CreateRequest& request) {
  const auto mode = static_cast<CreateMode>(request.flags);
  return mode == CreateMode::ephemeral || mode == CreateMode::ephemeral_sequential;
}

bool creates_ephemeral(const wire::MultiItem& item) {
  const auto* create = std::get_if<wire::CreateRequest>(&item.request);
  return create != nullptr && is_ephemeral(*create);
}

// What can't be decoded asks for nothing.
bool creates_ephemeral(OpCode op, std::string_view body) {
  if (op == OpCode::create || op == OpCode::create2) {
    const Result<wire::CreateRequest> create = wire::decode_create(wire::Reader(body));
    return create && is_ephemeral(*create);
  }
  if (op != OpCode::multi) return false;
  const Result<wire::MultiRequest> multi = wire::decode_multi(wire::Reader(body));
  return multi && std::ranges::any_of(multi->items, [](const auto& item) { return creates_ephemeral(item); });
}

}  // namespace

bool ClientSide::opens_local() const {
  return service_ == Service::read_only || (settings_.ensemble && settings_.ensemble->local_sessions);
}

void ClientSide::open_local(Handle handle) {
  const Handle session = sessions_.open(ids_.next(), connections_[handle].timeout_ms, SessionKind::local);
  say_established(handle, session);
  attach(handle, session);
}

// Where the transaction finds no room, neither does what asks for it: that waits, or is refused.
void ClientSide::upgrade_for(Handle handle, OpCode op, std::string_view body) {
  const Handle session = connections_[handle].session_place;
  if (sessions_[session].kind == SessionKind::global || !settings_.ensemble->local_sessions_upgrading) return;
  if (!creates_ephemeral(op, body) || admit(OpCode::create_session) != Admission::now) return;
  LiveSession& live = sessions_[session];
  log_.info(text("Upgrading session ", to_string(live.id)));
  sessions_.become_global(session);
  live.last_write = writes_.propose_create_session(live.id, live.timeout_ms);
}

bool ClientSide::closes_here(Handle handle, OpCode op) {
  return op == OpCode::close_session && sessions_[connections_[handle].session_place].kind == SessionKind::local;
}

void ClientSide::close_local(Handle handle, wire::RequestHeader header) {
  sessions_.begin_close(connections_[handle].session_place);
  answer_in_turn(handle, header, ErrorCode::ok, true);
}

// Its time is over.
void ClientSide::end_local(Handle session) {
  const ConnectionRef served = sessions_[session].connection;
  if (connections_.find(served) == nullptr) return sessions_.remove(session);
  drop(served.handle, "its session is over");
}

// The session's connection is gone; one whose close is decided goes with it, where nobody else knows of it.
void ClientSide::leave(Handle session) {
  LiveSession& live = sessions_[session];
  live.connection = {};
  live.passed_on_before = live.passed_on;
  if (live.kind == SessionKind::local && live.closing) sessions_.remove(session);
}

}  // namespace zabra::replica
