#include "replica/ensemble_service.h"

#include <utility>

#include "wire/client_packets.h"

namespace zabra::replica {
namespace {

using wire::PacketType;

state::AuthIds ids_of(const wire::IdListView& list) {
  state::AuthIds ids;
  list.for_each([&](const wire::Id& id) {
    ids.push_back({std::string(id.scheme.value_or("")), std::string(id.id.value_or(""))});
  });
  return ids;
}

}  // namespace

void EnsembleService::take_role() {
  waiting_.clear();
  revalidations_.clear();
  answered_ = tickets_;
  revalidated_.clear();
}

// ---- what comes -----------------------------------------------------------------------------------------------------

void EnsembleService::service_packet(LinkId link, const wire::QuorumPacket& packet) {
  peers_.peer().leader() != nullptr ? receive_of_learner(link, packet) : receive_of_leader(packet);
}

void EnsembleService::receive_of_learner(LinkId link, const wire::QuorumPacket& packet) {
  switch (packet.type) {
    case PacketType::request:
      return receive_request(link, packet);
    case PacketType::revalidate:
      return revalidate_for(link, packet);
    default:
      return touch(packet);
  }
}

void EnsembleService::receive_of_leader(const wire::QuorumPacket& packet) {
  if (packet.type == PacketType::sync) return void(++answered_);
  const Result<wire::RevalidateReply> reply = wire::decode_revalidate_reply(packet.data);
  if (!reply) return log_.warning(text("the leader's REVALIDATE: ", reply.fault().reason));
  revalidated_.push_back(*reply);
}

// ---- sessions -------------------------------------------------------------------------------------------------------

void EnsembleService::answer_ping(LinkId link, const wire::QuorumPacket& ping) {
  std::string heard;
  wire::Writer writer(heard);
  clients_->sessions().take_heard(
      [&](SessionId id, std::int32_t timeout_ms) { write(writer, wire::Touch{id, timeout_ms}); });
  peers_.send(link, {.type = PacketType::ping, .zxid = ping.zxid, .data = heard, .authinfo = ping.authinfo});
}

void EnsembleService::touch(const wire::QuorumPacket& packet) {
  const Result<wire::TouchesView> touches = wire::decode_touches(packet.data);
  if (!touches) return log_.warning(text("a learner's PING: ", touches.fault().reason));
  touches->for_each([&](const wire::Touch& touch) {
    const state::Handle session = find_global(touch.session);
    if (session != state::no_handle) clients_->sessions().touch(session);
  });
}

state::Handle EnsembleService::find_global(SessionId id) {
  LiveSessions& sessions = clients_->sessions();
  const state::Handle session = sessions.find(id);
  return session == state::no_handle || sessions[session].kind == SessionKind::local ? state::no_handle : session;
}

void EnsembleService::revalidate_for(LinkId link, const wire::QuorumPacket& packet) {
  const Result<wire::RevalidateRequest> request = wire::decode_revalidate_request(packet.data);
  if (!request) return log_.warning(text("a learner's REVALIDATE: ", request.fault().reason));
  // From here on it is the new server's, so that nothing that comes later from the old one stands before the answer.
  if (const state::Handle session = find_global(request->session); session != state::no_handle) {
    clients_->moved_away(request->session);
    clients_->sessions()[session].owner = link;
  }
  const wire::IdListView& ids = packet.authinfo;
  revalidations_.push_back({.learner = link,
                            .request = *request,
                            .after = peers_.peer().last_logged(),
                            .zxid = packet.zxid,
                            .ids = std::string(ids.entries()),
                            .id_count = ids.size(),
                            .has_ids = !ids.is_null()});
}

// Whether it is alive is known when all that was committed is applied, its creation included.
void EnsembleService::answer_revalidations() {
  const Zxid committed = peers_.peer().committed();
  for (; !revalidations_.empty() && revalidations_.front().after <= committed; revalidations_.pop_front()) {
    const Revalidation& owed = revalidations_.front();
    if (!peers_.is_open(owed.learner)) continue;
    const auto ids = owed.has_ids ? wire::IdListView::trusted(owed.ids, owed.id_count) : wire::IdListView();
    const wire::RevalidateReply reply{owed.request.session, give_over(owed)};
    wire::append_packet_with(peers_.output(owed.learner), PacketType::revalidate, owed.zxid, reply, ids);
  }
}

bool EnsembleService::give_over(const Revalidation& owed) {
  const SessionId id = owed.request.session;
  LiveSessions& sessions = clients_->sessions();
  const state::Handle session = find_global(id);
  if (session == state::no_handle || sessions[session].closing || !state_.is_open(id)) return false;
  if (!belongs_to(id, owed.learner)) return true;  // it has gone on already, and its server will be told
  sessions[session].timeout_ms = owed.request.timeout_ms;
  sessions.touch(session);
  return true;
}

bool EnsembleService::belongs_to(SessionId id, LinkId link) {
  LiveSessions& sessions = clients_->sessions();
  const state::Handle session = sessions.find(id);
  if (session == state::no_handle) return true;  // its creation is on its way, or it is over
  if (!sessions[session].owner) sessions[session].owner = link;
  return sessions[session].owner == link;
}

// On a learner, a client that comes with a session is the leader's to judge.
bool EnsembleService::revalidate(SessionId session, std::int32_t timeout_ms) {
  const zab::Learner* role = peers_.peer().learner();
  if (role == nullptr || !role->link()) return false;
  wire::append_packet_with(peers_.output(*role->link()), PacketType::revalidate, wire::no_zxid,
                           wire::RevalidateRequest{session, timeout_ms});
  return true;
}

// ---- requests -------------------------------------------------------------------------------------------------------

void EnsembleService::receive_request(LinkId link, const wire::QuorumPacket& packet) {
  const Result<wire::ForwardedRequest> request = wire::decode_forwarded_request(packet.data);
  if (!request) return log_.warning(text("a learner's REQUEST: ", request.fault().reason));
  if (request->op == OpCode::sync) return waiting_.push_back({0, link, 0});
  if (!peers_.peer().next_zxid()) return;
  propose(link, *request, ids_of(packet.authinfo), kind_of(link, request->session, packet));
}

// A session that we do not know may be a local one of the learner; then it bears the learner's number, and the learner
// does not say that it is global (write_path.h).
SessionKind EnsembleService::kind_of(LinkId link, SessionId session, const wire::QuorumPacket& packet) const {
  const std::optional<ServerId> learner = peers_.peer().leader()->learner_at(link);
  const bool may_be_local = settings_.ensemble->local_sessions && packet.zxid == wire::no_zxid;
  return may_be_local && learner && bears_number(session, *learner) ? SessionKind::local : SessionKind::global;
}

void EnsembleService::propose(LinkId link, const wire::ForwardedRequest& request, const state::AuthIds& ids,
                              SessionKind kind) {
  if (request.op == OpCode::create_session) {
    wire::Reader body(request.body);
    const std::int32_t timeout_ms = body.read_i32();
    if (!body.ok()) return void(writes_.propose_error(request.session, request.cxid, ErrorCode::marshalling_error));
    writes_.propose_create_session(request.session, timeout_ms);
    return;
  }
  if (!belongs_to(request.session, link)) {
    writes_.propose_error(request.session, request.cxid, ErrorCode::session_moved);
  } else if (request.op == OpCode::close_session) {
    clients_->closing(request.session, writes_.propose_close_session(request.session, request.cxid));
  } else if (wire::is_client_request(request.op) && wire::is_write(request.op)) {
    writes_.propose_request(request.op, request.cxid, request.body, {request.session, ids, {}, kind});
  } else {
    writes_.propose_error(request.session, request.cxid, ErrorCode::unimplemented);
  }
}

// ---- syncs ----------------------------------------------------------------------------------------------------------

std::optional<std::uint64_t> EnsembleService::begin_sync(SessionId session, std::int32_t cxid, std::string_view body) {
  const zab::Peer& peer = peers_.peer();
  if (peer.role() == zab::Role::alone) return std::nullopt;
  const std::uint64_t ticket = ++tickets_;
  if (peer.leader() != nullptr) {
    waiting_.push_back({0, std::nullopt, ticket});
  } else if (const zab::Learner* role = peer.learner(); role != nullptr && role->link()) {
    wire::append_packet_with(peers_.output(*role->link()), PacketType::request, wire::no_zxid,
                             wire::ForwardedRequest{session, cxid, OpCode::sync, body});
  }
  return ticket;
}

// What the leader has answered counts for a state that shows all that it sent before.
void EnsembleService::step() {
  if (peers_.peer().given() < peers_.peer().committed()) return;
  for (const wire::RevalidateReply& reply : std::exchange(revalidated_, {})) {
    clients_->revalidated(reply.session, reply.is_valid);
  }
  if (peers_.peer().learner() != nullptr) return clients_->barrier_passed(answered_);
  if (!peers_.peer().leads()) return;
  answer_revalidations();
  if (!waiting_.empty()) pass_barriers();
}

void EnsembleService::pass_barriers() {
  if (waiting_.back().barrier == 0) {
    const std::uint64_t barrier = peers_.peer().begin_barrier();
    for (auto waiting = waiting_.rbegin(); waiting != waiting_.rend() && waiting->barrier == 0; ++waiting) {
      waiting->barrier = barrier;
    }
  }
  const std::uint64_t passed = peers_.peer().barrier_passed();
  for (; !waiting_.empty() && waiting_.front().barrier <= passed; waiting_.pop_front()) {
    const Waiting& waiting = waiting_.front();
    if (!waiting.learner) {
      clients_->barrier_passed(waiting.ticket);
    } else if (peers_.is_open(*waiting.learner)) {
      peers_.send(*waiting.learner, {.type = PacketType::sync, .zxid = zxid_zero, .data = {}, .authinfo = {}});
    }
  }
}

// ---- another history ------------------------------------------------------------------------------------------------

void EnsembleService::adopted(std::unique_ptr<state::StateMachine> state) {
  state_ = std::move(*state);
  checkpoints_.adopted(state_.last_applied());
  clients_->adopt_sessions();
}

}  // namespace zabra::replica
