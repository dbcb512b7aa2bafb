// ClientSide: the requests of an attached connection, and the order of their answers.
#include "replica/client_side.h"

#include <algorithm>

#include "base/limits.h"
#include "wire/txn.h"

namespace zabra::replica {

namespace {

std::string_view body_of(std::string_view frame) { return frame.substr(wire::request_header_bytes); }

bool needs_leader(OpCode op) {
  return (wire::is_write(op) && op != OpCode::close_session) || op == OpCode::sync;
}

}  // namespace

void ClientSide::receive(Handle handle, std::string_view frame) {
  Connection& connection = connections_[handle];
  ++outbox_.traffic.packets_received;
  ++connection.received;
  if (frame.size() < wire::request_header_bytes) return drop(handle, "a request without a whole header");
  if (sessions_[connection.session_place].closing) return;
  wire::Reader in(frame);
  const wire::RequestHeader header = wire::read_request_header(in);
  if (header.op == OpCode::auth) return authenticate(handle, header, in.rest());
  if (header.op == OpCode::sasl) return answer_sasl(handle, header, in.rest());
  sessions_.touch(connection.session_place);
  begin(handle, header, frame);
}

void ClientSide::begin(Handle handle, wire::RequestHeader header, std::string_view frame) {
  if (!wire::is_client_request(header.op)) return refuse_unknown(handle, header);
  if (service_ == Service::read_only && needs_leader(header.op)) {
    return answer_in_turn(handle, header, ErrorCode::not_read_only);
  }
  if (wire::is_write(header.op)) return begin_write(handle, header, frame);
  begin_read(handle, header, frame);
}

void ClientSide::begin_write(Handle handle, wire::RequestHeader header, std::string_view frame) {
  Connection& connection = connections_[handle];
  if (header.op == OpCode::close_session) connection.phase = Connection::Phase::ending;
  const std::size_t held_reads = connection.owed.held() - connection.held_writes;
  const bool waits =
      connection.held_writes > 0 || connection.stalled || held_reads > limits::held_reads_before_write_max;
  if (waits) return hold(handle, header, frame);
  if (closes_here(handle, header.op)) return close_local(handle, header);
  upgrade_for(handle, header.op, body_of(frame));
  switch (admit(header.op)) {
    case Admission::now:
      return owe_proposed(handle, header, frame, propose(handle, header.op, header.xid, frame, connection.ids));
    case Admission::no_space:
      if (header.op != OpCode::close_session) return answer_in_turn(handle, header, ErrorCode::system_error);
      [[fallthrough]];  // a session can always be closed, some day
    case Admission::wait:
      hold(handle, header, frame);
      return wait_for_room(handle);
  }
}

void ClientSide::owe_proposed(Handle handle, wire::RequestHeader header, std::string_view frame, Zxid zxid) {
  Owed item{.kind = Owed::Kind::proposed, .xid = header.xid, .op = header.op, .zxid = zxid,
            .arrived_ms = now_.monotonic.ms};
  if (header.op == OpCode::multi) item.frame = frame;
  owe(handle, std::move(item));
}

// It is decided already, but what was asked for before comes first.
void ClientSide::answer_in_turn(Handle handle, wire::RequestHeader header, ErrorCode error, bool close_after) {
  owe(handle, {.kind = Owed::Kind::answer, .close_after = close_after, .xid = header.xid, .op = header.op,
               .error = error, .arrived_ms = now_.monotonic.ms});
  drain(handle);
}

void ClientSide::begin_read(Handle handle, wire::RequestHeader header, std::string_view frame) {
  Connection& connection = connections_[handle];
  if (!connection.owed.empty()) return hold(handle, header, frame);
  if (outbox_.is_full(handle)) {
    stall(handle);
    return hold(handle, header, frame);
  }
  if (header.op == OpCode::sync && begin_sync(handle, header, frame)) return;
  answer_read(handle, header, body_of(frame), connection.ids, now_.monotonic.ms);
}

// False: alone nobody needs to be asked.
bool ClientSide::begin_sync(Handle handle, wire::RequestHeader header, std::string_view frame) {
  const auto ticket = upstream_.begin_sync(connections_[handle].session, header.xid, body_of(frame));
  if (!ticket) return false;
  owe(handle, {.kind = Owed::Kind::sync, .xid = header.xid, .op = header.op, .ticket = *ticket,
               .arrived_ms = now_.monotonic.ms, .frame = std::string(frame), .ids = connections_[handle].ids});
  syncing_.emplace_back(*ticket, connections_.ref(handle));
  return true;
}

bool ClientSide::begin_held_sync(Handle handle) {
  Connection& connection = connections_[handle];
  const Owed& held = connection.owed.front();
  const auto ticket = upstream_.begin_sync(connection.session, held.xid, body_of(held.frame));
  if (!ticket) return false;
  connection.owed.front_becomes_sync(*ticket);
  syncing_.emplace_back(*ticket, connections_.ref(handle));
  return true;
}

void ClientSide::barrier_passed(std::uint64_t ticket) {
  sync_passed_ = ticket;
  while (!syncing_.empty() && syncing_.front().first <= ticket) {
    const ConnectionRef ref = syncing_.front().second;
    syncing_.pop_front();
    if (connections_.find(ref) != nullptr) drain(ref.handle);
  }
}

// An operation that nobody has: the answer, in its turn, is the last.
void ClientSide::refuse_unknown(Handle handle, wire::RequestHeader header) {
  Connection& connection = connections_[handle];
  log_.info(text("session=", to_string(connection.session), " asks for the unknown operation ",
                 static_cast<std::int32_t>(header.op)));
  connection.phase = Connection::Phase::ending;
  answer_in_turn(handle, header, ErrorCode::unimplemented, true);
}

void ClientSide::authenticate(Handle handle, wire::RequestHeader header, std::string_view body) {
  const Result<wire::AuthPacket> packet = wire::decode_auth(wire::Reader(body));
  if (!packet) return drop(handle, "a broken auth packet");
  Connection& connection = connections_[handle];
  SharedIds ids = authentication_.prove(connection.ids, *packet);
  std::string& out = outbox_.output(handle);
  const std::size_t begin = out.size();
  wire::append_reply(out, header.xid, 0, ids ? ErrorCode::ok : ErrorCode::auth_failed);
  outbox_.replied(handle, begin, 0);
  if (ids) {
    connection.ids = std::move(ids);
    return;
  }
  ++auth_failures_;
  log_.warning(text("session=", to_string(connection.session), " failed to authenticate, client=", connection.address,
                    ":", connection.port));
  end_after_send(handle);
}

// As a server without a JAAS section: clients go on without SASL.
void ClientSide::answer_sasl(Handle handle, wire::RequestHeader header, std::string_view body) {
  if (!wire::decode_sasl(wire::Reader(body))) return drop(handle, "a broken SASL packet");
  std::string& out = outbox_.output(handle);
  const std::size_t begin = out.size();
  wire::ReplyFrame reply(out, header.xid, zxid_zero, ErrorCode::ok);
  reply.body().write_nullable(std::nullopt);
  reply.end();
  outbox_.replied(handle, begin, 0);
}

// ---- reads ----------------------------------------------------------------------------------------------------------

void ClientSide::answer_read(Handle handle, wire::RequestHeader header, std::string_view body, const SharedIds& ids,
                             std::int64_t arrived_ms) {
  const std::size_t begin = outbox_.output(handle).size();
  switch (header.op) {
    case OpCode::ping:
      wire::append_reply(outbox_.output(handle), xid_ping, state_.last_applied().to_wire(), ErrorCode::ok);
      break;
    case OpCode::sync: sync(handle, header, body); break;
    case OpCode::set_watches:
    case OpCode::set_watches2: set_watches(handle, header, body, *ids); break;
    default: read_from_state(handle, header, body, *ids);
  }
  outbox_.replied(handle, begin, now_.monotonic.ms - arrived_ms);
}

void ClientSide::read_from_state(Handle handle, wire::RequestHeader header, std::string_view body,
                                 const state::AuthIds& ids) {
  const state::Caller caller{connections_[handle].session, ids, {handle}};
  wire::ReplyFrame reply(outbox_.output(handle), header.xid, state_.last_applied(), ErrorCode::ok);
  const ErrorCode code = state_.read(header.op, body, caller, reply.body(), outbox_);
  if (code != ErrorCode::ok) return reply.end_as_error(code);
  // A frame's length has 31 bits; Java's server fails in the same place.
  if (reply.body().size() > limits::reply_bytes_max) return reply.end_as_error(ErrorCode::marshalling_error);
  reply.end();
}

// Its events come before its reply, which has no body.
void ClientSide::set_watches(Handle handle, wire::RequestHeader header, std::string_view body,
                             const state::AuthIds& ids) {
  reply_body_.clear();
  wire::Writer none(reply_body_);
  const state::Caller caller{connections_[handle].session, ids, {handle}};
  const ErrorCode code = state_.read(header.op, body, caller, none, outbox_);
  wire::append_reply(outbox_.output(handle), header.xid, state_.last_applied().to_wire(), code);
}

// Whatever was acknowledged before it was asked for is applied here.
void ClientSide::sync(Handle handle, wire::RequestHeader header, std::string_view body) {
  const Result<wire::PathRequest> request = wire::decode_path(wire::Reader(body));
  wire::ReplyFrame reply(outbox_.output(handle), header.xid, state_.last_applied(), ErrorCode::ok);
  if (!request) return reply.end_as_error(ErrorCode::marshalling_error);
  reply.body().write_nullable(request->path);
  reply.end();
}

// ---- waiting --------------------------------------------------------------------------------------------------------

Admission ClientSide::admit(OpCode op) const {
  if (op == OpCode::close_session) return writes_.admit_close();
  return std::max(writes_.admit(), checkpoints_.admit());
}

// `frame`: a whole request, or a ConnectRequest for a new session.
Zxid ClientSide::propose(Handle handle, OpCode op, std::int32_t xid, std::string_view frame, const SharedIds& ids) {
  const Connection& connection = connections_[handle];
  if (op == OpCode::create_session) {
    const SessionId session = ids_.next();
    opening_[session] = connections_.ref(handle);
    return writes_.propose_create_session(session, connection.timeout_ms);
  }
  const Zxid zxid = [&] {
    if (op == OpCode::close_session) return writes_.propose_close_session(connection.session, xid);
    const state::Caller caller{connection.session, *ids, {handle}, sessions_[connection.session_place].kind};
    return writes_.propose_request(op, xid, body_of(frame), caller);
  }();
  LiveSession& session = sessions_[connection.session_place];
  session.last_write = zxid;
  if (zxid == zxid_zero) ++session.passed_on;
  if (op == OpCode::close_session) sessions_.begin_close(connection.session_place);
  return zxid;
}

void ClientSide::owe(Handle handle, Owed item) {
  Connection& connection = connections_[handle];
  connection.owed.push(std::move(item));
  if (!connection.stalled) ++outstanding_;
  if (connection.owed.held_bytes() >= limits::client_read_chunk) outbox_.pause(handle, Connection::for_held);
  const bool may_pause = !connection.stalled && (connection.paused & Connection::for_outstanding) == 0;
  if (outstanding_ > settings_.outstanding_max && may_pause) {
    outbox_.pause(handle, Connection::for_outstanding);
    paused_.push_back(connections_.ref(handle));
  }
}

void ClientSide::hold(Handle handle, wire::RequestHeader header, std::string_view frame) {
  if (wire::is_write(header.op)) ++connections_[handle].held_writes;
  owe(handle, {.kind = Owed::Kind::held, .xid = header.xid, .op = header.op, .arrived_ms = now_.monotonic.ms,
               .frame = std::string(frame), .ids = connections_[handle].ids});
}

void ClientSide::wait_for_room(Handle handle) {
  Connection& connection = connections_[handle];
  if (connection.waits_for_room) return;
  connection.waits_for_room = true;
  waiting_for_room_.push_back(connections_.ref(handle));
}

// Those who have waited longest come first; who still finds none stays where it is.
void ClientSide::begin_waiting() {
  for (std::size_t left = waiting_for_room_.size(); left > 0; --left) {
    const ConnectionRef ref = waiting_for_room_.front();
    const bool goes_on = connections_.find(ref) == nullptr || begin_held_writes(ref.handle);
    // Without space only a close goes on waiting: the writes behind it are refused.
    if (!goes_on && writes_.admit() != Admission::no_space) return;
    waiting_for_room_.pop_front();
    if (!goes_on) {
      waiting_for_room_.push_back(ref);
    } else if (Connection* connection = connections_.find(ref); connection != nullptr) {
      connection->waits_for_room = false;
      drain(ref.handle);
    }
  }
}

// Those before the next read that waits: its answer must not show what is behind it. False if one had to go on waiting.
// For a session that has expired meanwhile nothing more is done: its close is under way, or waits itself.
bool ClientSide::begin_held_writes(Handle handle) {
  Connection& connection = connections_[handle];
  const Handle session = connection.session_place;
  if (session == state::no_handle) return connection.held_writes == 0 || begin_held_opening(handle);
  if (sessions_[session].closing) return true;
  for (std::size_t place = 0; place < connection.owed.size() && connection.held_writes > 0; ++place) {
    Owed& item = connection.owed[place];
    if (item.kind != Owed::Kind::held) continue;
    if (!wire::is_write(item.op)) return true;
    if (!begin_held_write(handle, place)) return false;
    --connection.held_writes;
  }
  return true;
}

// The first thing that a connection asks for. False if it goes on waiting.
bool ClientSide::begin_held_opening(Handle handle) {
  switch (admit(OpCode::create_session)) {
    case Admission::wait: return false;
    case Admission::no_space: drop(handle, "no space left for a new session"); return true;
    case Admission::now: break;
  }
  Connection& connection = connections_[handle];
  const Owed& held = connection.owed.front();
  connection.owed.becomes_proposed(0, propose(handle, held.op, held.xid, held.frame, held.ids));
  --connection.held_writes;
  return true;
}

// False if it goes on waiting.
bool ClientSide::begin_held_write(Handle handle, std::size_t place) {
  Connection& connection = connections_[handle];
  Owed& item = connection.owed[place];
  if (closes_here(handle, item.op)) {
    sessions_.begin_close(connection.session_place);
    connection.owed.becomes_answer(place, ErrorCode::ok, true);
    return true;
  }
  upgrade_for(handle, item.op, body_of(item.frame));
  const Admission admission = admit(item.op);
  const bool can_be_refused = item.op != OpCode::close_session;
  if (admission == Admission::wait || (admission == Admission::no_space && !can_be_refused)) return false;
  if (admission == Admission::now) {
    connection.owed.becomes_proposed(place, propose(handle, item.op, item.xid, item.frame, item.ids));
  } else {
    connection.owed.becomes_answer(place, ErrorCode::system_error);
  }
  return true;
}

// Answers what can be answered now, from the front.
void ClientSide::drain(Handle handle) {
  const ConnectionRef ref = connections_.ref(handle);
  while (!connections_[handle].owed.empty()) {
    if (!answer_front(handle)) return;
    if (connections_.find(ref) == nullptr) return;
  }
  if (connections_[handle].half_closed) end_after_send(handle);
}

// False if the first must go on waiting.
bool ClientSide::answer_front(Handle handle) {
  Connection& connection = connections_[handle];
  switch (connection.owed.front().kind) {
    case Owed::Kind::proposed: return false;
    case Owed::Kind::barrier:
      if (connection.owed.front().zxid > state_.last_applied()) return false;
      pop_owed(handle);
      return true;
    case Owed::Kind::sync: {
      if (connection.owed.front().ticket > sync_passed_) return false;
      const Owed sync = pop_owed(handle);
      answer_read(handle, {sync.xid, sync.op}, body_of(sync.frame), sync.ids, sync.arrived_ms);
      return true;
    }
    case Owed::Kind::held: {
      if (wire::is_write(connection.owed.front().op)) return begin_front(handle);
      if (connection.owed.proposed() == 0 && outbox_.is_full(handle)) {
        stall(handle);
        return false;
      }
      if (connection.owed.front().op == OpCode::sync && begin_held_sync(handle)) return false;
      const Owed read = pop_owed(handle);
      answer_read(handle, {read.xid, read.op}, body_of(read.frame), read.ids, read.arrived_ms);
      return true;
    }
    case Owed::Kind::answer: break;
  }
  const Owed answer = pop_owed(handle);
  const bool unknown = answer.error == ErrorCode::unimplemented;
  std::string& out = outbox_.output(handle);
  const std::size_t begin = out.size();
  wire::append_reply(out, answer.xid, unknown ? -1 : state_.last_applied().to_wire(), answer.error);
  outbox_.replied(handle, begin, now_.monotonic.ms - answer.arrived_ms);
  if (answer.close_after) end_after_send(handle);
  return true;
}

// A write that waited for the reads before it. True if it is answered already.
bool ClientSide::begin_front(Handle handle) {
  Connection& connection = connections_[handle];
  if (connection.waits_for_room) return false;
  if (!begin_held_writes(handle)) wait_for_room(handle);
  return connection.owed.front().kind == Owed::Kind::answer;
}

// Not when a write behind is under way: once it is applied, it is too late for a read before it.
void ClientSide::stall(Handle handle) {
  Connection& connection = connections_[handle];
  if (connection.stalled) return;  // counted out already
  connection.stalled = true;
  outstanding_ -= connection.owed.size();
}

Owed ClientSide::pop_owed(Handle handle) {
  Connection& connection = connections_[handle];
  Owed item = connection.owed.pop();
  --outstanding_;
  if (connection.owed.held_bytes() < limits::client_read_chunk) outbox_.resume(handle, Connection::for_held);
  return item;
}

}  // namespace zabra::replica
