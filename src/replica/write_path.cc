#include "replica/write_path.h"

#include <utility>

#include "base/limits.h"
#include "wire/log_format.h"
#include "wire/quorum_payloads.h"
#include "wire/txn.h"

namespace zabra::replica {

// What a client wants of the leader. Openings and closes are good for sessions of either kind.
struct WritePath::PassedOn {
  SessionId session;
  std::int32_t cxid;
  OpCode op;
  std::string_view body;
  const state::AuthIds* ids = nullptr;
  state::SessionKind kind = state::SessionKind::local;
};

// ---- admission ------------------------------------------------------------------------------------------------------

// Where the counter is used up, the next leader goes on.
Admission WritePath::admit() const {
  if (!leads()) return admit_upstream();
  return peers_.peer().next_zxid() ? log_side_.flow().admit() : Admission::wait;
}

Admission WritePath::admit_close() const {
  if (!leads()) return admit_upstream();
  return peers_.peer().next_zxid() ? log_side_.flow().admit_close() : Admission::wait;
}

Admission WritePath::admit_upstream() const {
  const zab::Learner* role = peers_.peer().learner();
  const bool may_go = role != nullptr && role->serves() && role->link() &&
                      peers_.unsent_bytes(*role->link()) < limits::log_inflight_bytes_max;
  return may_go ? Admission::now : Admission::wait;
}

// ---- on the server that leads ---------------------------------------------------------------------------------------

Zxid WritePath::propose_request(OpCode op, std::int32_t cxid, std::string_view body, const state::Caller& caller) {
  if (!leads()) return pass_on({caller.session, cxid, op, body, &caller.ids, caller.kind});
  const state::Proposal proposal = next(caller.session, cxid);
  std::string entry = take_entry();
  state_.prepare(proposal, op, body, caller, entry);
  return propose(proposal.zxid, std::move(entry));
}

Zxid WritePath::propose_create_session(SessionId session, std::int32_t timeout_ms) {
  if (!leads()) {
    std::string body;
    wire::Writer(body).write_i32(timeout_ms);
    return pass_on({session, 0, OpCode::create_session, body});
  }
  const state::Proposal proposal = next(session, 0);
  std::string entry = take_entry();
  state_.prepare_create_session(proposal, timeout_ms, entry);
  return propose(proposal.zxid, std::move(entry));
}

Zxid WritePath::propose_close_session(SessionId session, std::int32_t cxid) {
  if (!leads()) return pass_on({session, cxid, OpCode::close_session, {}});
  const state::Proposal proposal = next(session, cxid);
  std::string entry = take_entry();
  state_.prepare_close_session(proposal, entry);
  fit_close(proposal, entry);
  return propose(proposal.zxid, std::move(entry));
}

Zxid WritePath::propose_delete_container(std::string_view path) {
  const state::Proposal proposal = next({}, 0);
  std::string entry = take_entry();
  state_.prepare_delete_container(proposal, path, entry);
  return propose(proposal.zxid, std::move(entry));
}

Zxid WritePath::propose_error(SessionId session, std::int32_t cxid, ErrorCode error) {
  const state::Proposal proposal = next(session, cxid);
  std::string entry = take_entry();
  state_.prepare_error(proposal, error, entry);
  return propose(proposal.zxid, std::move(entry));
}

// On a full disk only the reserve is left, and it may be smaller than a long list of ephemerals: without the list appliers
// delete by owner.
void WritePath::fit_close(const state::Proposal& proposal, std::string& entry) const {
  if (entry.size() + wire::log_record_overhead <= log_side_.flow().close_room()) return;
  entry.clear();
  const wire::TxnHeader header{.session = proposal.session,
                               .cxid = proposal.cxid,
                               .zxid = proposal.zxid,
                               .time_ms = proposal.time_ms,
                               .type = OpCode::close_session};
  wire::append_txn(entry, {header, wire::CloseSessionTxn{}, std::nullopt});
}

state::Proposal WritePath::next(SessionId session, std::int32_t cxid) const {
  return {.session = session, .cxid = cxid, .zxid = peers_.peer().next_zxid().value(), .time_ms = now_.ms};
}

Zxid WritePath::propose(Zxid zxid, std::string entry) {
  proposal_bytes_.note(entry.size());
  peers_.peer().propose(std::move(entry));
  return zxid;
}

std::string WritePath::take_entry() {
  if (spare_entries_.empty()) return {};
  std::string entry = std::move(spare_entries_.back());
  spare_entries_.pop_back();
  return entry;
}

void WritePath::recycle(std::string entry) {
  constexpr std::size_t kept_max = 4096, kept_bytes_max = 1024;
  if (spare_entries_.size() >= kept_max || entry.capacity() > kept_bytes_max) return;
  entry.clear();
  spare_entries_.push_back(std::move(entry));
}

// ---- on a learner ---------------------------------------------------------------------------------------------------

Zxid WritePath::pass_on(const PassedOn& request) {
  std::string entries;
  wire::Writer writer(entries);
  const std::size_t count = request.ids == nullptr ? 0 : request.ids->size();
  for (std::size_t i = 0; i < count; ++i) write(writer, wire::Id{(*request.ids)[i].scheme, (*request.ids)[i].id});
  const auto from = request.ids == nullptr ? wire::IdListView() : wire::IdListView::trusted(entries, count);
  const LinkId leader = peers_.peer().learner()->link().value();
  const bool is_known_open = settings_.ensemble->local_sessions && request.kind == state::SessionKind::global;
  wire::append_packet_with(peers_.output(leader), wire::PacketType::request,
                           is_known_open ? state_.last_applied() : wire::no_zxid,
                           wire::ForwardedRequest{request.session, request.cxid, request.op, request.body}, from);
  return zxid_zero;
}

}  // namespace zabra::replica
