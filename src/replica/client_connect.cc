// ClientSide: from the first frame of a connection to a session that it serves.
#include "replica/client_side.h"

#include <algorithm>
#include <cstring>

namespace zabra::replica {

namespace {

bool has_password(const wire::ConnectRequest& request) {
  const wire::Password password = wire::session_password(request.session);
  return request.password == std::string_view(password.data(), password.size());
}

}  // namespace

void ClientSide::connect(Handle handle, std::string_view body) {
  ++outbox_.traffic.packets_received;
  ++connections_[handle].received;
  const Result<wire::ConnectRequest> request = wire::decode_connect_request(body);
  if (!request) return drop(handle, "its first packet is no ConnectRequest");
  if (service_ == Service::none) {
    return drop(handle, writes_.leads() ? "a leader serves nobody here (leaderServes=no)" : "this server has no leader");
  }
  if (service_ == Service::read_only && !request->read_only) {
    return drop(handle, "this server has no leader, and the client is not content with reading");
  }
  const Zxid applied = state_.last_applied();
  if (request->last_zxid_seen > applied.to_wire()) {
    return drop(handle,
                text("it has seen zxid ", to_hex(request->last_zxid_seen), ", this server only ", to_string(applied)));
  }
  Connection& connection = connections_[handle];
  connection.timeout_ms = negotiate(request->timeout_ms);
  connection.with_read_only = request->has_read_only;
  if (request->session.is_none()) return open_session(handle, body);
  reattach(handle, *request);
}

std::int32_t ClientSide::negotiate(std::int32_t wanted_ms) const {
  return std::min(std::max(wanted_ms, settings_.session_timeout_min_ms), settings_.session_timeout_max_ms);
}

// Opening a session is a write like any other: it waits for room, and is refused where there can't be any.
void ClientSide::open_session(Handle handle, std::string_view body) {
  if (opens_local()) return open_local(handle);
  connections_[handle].phase = Connection::Phase::connecting;
  const wire::RequestHeader header{0, OpCode::create_session};
  switch (admit(OpCode::create_session)) {
    case Admission::now:
      return owe_proposed(handle, header, body,
                          propose(handle, OpCode::create_session, 0, body, connections_[handle].ids));
    case Admission::wait:
      hold(handle, header, body);
      return wait_for_room(handle);
    case Admission::no_space: return drop(handle, "no space left for a new session");
  }
}

// Its creation was applied.
void ClientSide::session_created(Handle handle, Handle session) {
  pop_owed(handle);
  say_established(handle, session);
  attach(handle, session);
  receive_held(handle);
}

void ClientSide::say_established(Handle handle, Handle session) {
  const Connection& connection = connections_[handle];
  const bool is_local = sessions_[session].kind == SessionKind::local;
  log_.info(text("session=", to_string(sessions_[session].id), " established", is_local ? ", local" : "",
                 service_ == Service::read_only ? ", read-only" : "", ", timeout_ms=", connection.timeout_ms,
                 " client=", connection.address, ":", connection.port));
}

// What was sent right behind the ConnectRequest has been held as it came.
void ClientSide::receive_held(Handle handle) {
  const ConnectionRef ref = connections_.ref(handle);
  std::vector<std::string> frames;
  while (!connections_[handle].owed.empty()) frames.push_back(pop_owed(handle).frame);
  outbox_.resume(handle, Connection::for_held);
  for (const std::string& frame : frames) {
    const Connection* connection = connections_.find(ref);
    if (connection == nullptr || connection->phase != Connection::Phase::attached) break;
    receive(handle, frame);
  }
  if (Connection* connection = connections_.find(ref); connection != nullptr && connection->half_closed) {
    if (connection->owed.empty()) end_after_send(handle);
  }
}

void ClientSide::reattach(Handle handle, const wire::ConnectRequest& request) {
  const Handle session = sessions_.find(request.session);
  if (session != state::no_handle && sessions_[session].kind == SessionKind::local) {
    return reattach_to_local(handle, request, session);
  }
  if (service_ == Service::read_only && session != state::no_handle) {
    return drop(handle, "only a leader can say whether its session is alive");
  }
  // The password first: whoever does not know it can't harm the connection that the session has.
  const bool may_be_coming = session == state::no_handle && !checkpoints_.may_apply();
  if (may_be_coming) return drop(handle, "its session is not known here yet");
  if (service_ == Service::read_only || !is_rightful(request, session)) return refuse(handle, request.session);
  if (writes_.leads()) return take_over(handle, session);
  // Without a link to the leader this role is over, though we have not left it yet.
  if (!upstream_.revalidate(request.session, connections_[handle].timeout_ms)) {
    return drop(handle, "this server has no leader");
  }
  // From now on the leader takes what comes from here for what the session says next: its former connection has had its say.
  if (session != state::no_handle) leave_former(session);
  Revalidation& asked = revalidating_[request.session];
  if (connections_.find(asked.by) != nullptr) drop(asked.by.handle, "its session has come on another connection");
  asked.by = connections_.ref(handle);
  ++asked.under_way;
  connections_[handle].phase = Connection::Phase::connecting;
}

// No leader need be asked.
void ClientSide::reattach_to_local(Handle handle, const wire::ConnectRequest& request, Handle session) {
  if (!has_password(request) || sessions_[session].closing) return refuse(handle, request.session);
  take_over(handle, session);
}

// The leader gives the session to this server. Its creation may not have come here yet: then the client comes again.
void ClientSide::revalidated(SessionId id, bool is_valid) {
  const auto asked = revalidating_.find(id);
  if (asked == revalidating_.end() || --asked->second.under_way > 0) return;  // the last answer counts, for the last who asked
  const ConnectionRef by = asked->second.by;
  revalidating_.erase(asked);
  if (connections_.find(by) == nullptr) return;
  const Handle handle = by.handle, session = sessions_.find(id);
  if (!is_valid) return refuse(handle, id);
  if (session == state::no_handle || sessions_[session].closing) return drop(handle, "its session is not known here yet");
  const ConnectionRef ref = connections_.ref(handle);
  take_over(handle, session);
  if (connections_.find(ref) != nullptr) receive_held(handle);
}

void ClientSide::closing(SessionId id, Zxid zxid) {
  const Handle session = sessions_.find(id);
  if (session == state::no_handle) return;
  sessions_[session].last_write = zxid;
  sessions_.begin_close(session);
}

void ClientSide::moved_away(SessionId id) {
  const Handle session = sessions_.find(id);
  if (session == state::no_handle || connections_.find(sessions_[session].connection) == nullptr) return;
  drop(sessions_[session].connection.handle, "its session has moved to another server");
}

void ClientSide::leave_former(Handle session) {
  if (connections_.find(sessions_[session].connection) == nullptr) return;
  const Handle former = sessions_[session].connection.handle;
  outbox_.close_now(former);
  forget(former);
}

void ClientSide::take_over(Handle handle, Handle session) {
  const SessionId id = sessions_[session].id;
  leave_former(session);
  log_.info(text("session=", to_string(id), " renewed, timeout_ms=", connections_[handle].timeout_ms,
                 " client=", connections_[handle].address, ":", connections_[handle].port));
  if (writes_.leads()) sessions_[session].owner = LinkId{};
  attach(handle, session);
  const Zxid last_write = sessions_[session].last_write;
  if (last_write > state_.last_applied()) owe(handle, {.kind = Owed::Kind::barrier, .zxid = last_write});
}

bool ClientSide::is_rightful(const wire::ConnectRequest& request, Handle session) {
  const bool is_known = session != state::no_handle && !sessions_[session].closing && state_.is_open(request.session);
  if (!is_known && writes_.leads()) return false;
  return has_password(request);
}

void ClientSide::attach(Handle handle, Handle session) {
  Connection& connection = connections_[handle];
  LiveSession& live = sessions_[session];
  connection.phase = Connection::Phase::attached;
  connection.session = live.id;
  connection.session_place = session;
  live.connection = connections_.ref(handle);
  live.timeout_ms = connection.timeout_ms;
  sessions_.touch(session);
  std::string& out = outbox_.output(handle);
  const std::size_t begin = out.size();
  const wire::ConnectResponse response{connection.timeout_ms, live.id, wire::session_password(live.id),
                                       service_ == Service::read_only};
  wire::append_connect_response(out, response, connection.with_read_only);
  outbox_.replied(handle, begin, 0);
}

void ClientSide::refuse(Handle handle, SessionId session) {
  const Connection& connection = connections_[handle];
  log_.info(text("session=", to_string(session), " refused, unknown, over or with a wrong password, client=",
                 connection.address, ":", connection.port));
  std::string& out = outbox_.output(handle);
  const std::size_t begin = out.size();
  wire::ConnectResponse refused;
  refused.read_only = service_ == Service::read_only;
  wire::append_connect_response(out, refused, connection.with_read_only);
  outbox_.replied(handle, begin, 0);
  end_after_send(handle);
}

}  // namespace zabra::replica
