#include "replica/write_path.h"

#include <utility>

#include "wire/client_packets.h"
#include "wire/log_format.h"
#include "wire/txn.h"

namespace zabra::replica {

namespace {

std::vector<OpCode> items_of(OpCode op, std::string_view body) {
  std::vector<OpCode> items;
  if (op != OpCode::multi) return items;
  const Result<wire::MultiRequest> multi = wire::decode_multi(wire::Reader(body));
  if (!multi) return items;
  items.reserve(multi->items.size());
  for (const wire::MultiItem& item : multi->items) items.push_back(item.op);
  return items;
}

}  // namespace

WritePath::WritePath(ServerId server, state::StateMachine& state, std::size_t txn_bytes_max)
    : server_(server), state_(state), flow_(txn_bytes_max + wire::log_record_overhead) {}

void WritePath::start(Zxid last, LogRoom room) {
  broadcast_.emplace(zab::Ensemble::of_one(server_), last);
  durable_ = last;
  flow_.set_room(room);
}

Zxid WritePath::propose_request(OpCode op, std::int32_t cxid, std::string_view body, const state::Caller& caller,
                                Awaited awaited) {
  const state::Proposal proposal = next(caller.session, cxid);
  std::string entry = take_entry();
  awaited.op = op;
  awaited.items = items_of(op, body);
  state_.prepare(proposal, op, body, caller, entry);
  return propose(proposal.zxid, std::move(entry), std::move(awaited));
}

Zxid WritePath::propose_create_session(SessionId session, std::int32_t timeout_ms, Awaited awaited) {
  const state::Proposal proposal = next(session, 0);
  std::string entry = take_entry();
  awaited.op = OpCode::create_session;
  state_.prepare_create_session(proposal, timeout_ms, entry);
  return propose(proposal.zxid, std::move(entry), std::move(awaited));
}

Zxid WritePath::propose_close_session(SessionId session, std::int32_t cxid, Awaited awaited) {
  const state::Proposal proposal = next(session, cxid);
  std::string entry = take_entry();
  awaited.op = OpCode::close_session;
  state_.prepare_close_session(proposal, entry);
  fit_close(proposal, entry);
  return propose(proposal.zxid, std::move(entry), std::move(awaited));
}

Zxid WritePath::propose_delete_container(std::string_view path) {
  const state::Proposal proposal = next({}, 0);
  std::string entry = take_entry();
  state_.prepare_delete_container(proposal, path, entry);
  return propose(proposal.zxid, std::move(entry), {});
}

// On a full disk only the reserve is left, and it may be smaller than a long list of ephemerals: without the list appliers
// delete by owner.
void WritePath::fit_close(const state::Proposal& proposal, std::string& entry) const {
  if (entry.size() + wire::log_record_overhead <= flow_.close_room()) return;
  entry.clear();
  const wire::TxnHeader header{.session = proposal.session,
                               .cxid = proposal.cxid,
                               .zxid = proposal.zxid,
                               .time_ms = proposal.time_ms,
                               .type = OpCode::close_session};
  wire::append_txn(entry, {header, wire::CloseSessionTxn{}, std::nullopt});
}

state::Proposal WritePath::next(SessionId session, std::int32_t cxid) const {
  return {.session = session, .cxid = cxid, .zxid = broadcast_->last_proposed().next(), .time_ms = now_.ms};
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

Zxid WritePath::propose(Zxid zxid, std::string entry, Awaited awaited) {
  Append& append = effects_->append;
  if (append.count == 0) append.first = zxid;
  append.generation = generation_;
  append.last = zxid;
  ++append.count;
  const std::size_t before = append.records.size();
  const std::uint32_t checksum = wire::append_log_record(append.records, entry);
  flow_.appended(zxid, append.records.size() - before);

  awaited_.push_back(std::move(awaited));
  broadcast_->propose({zxid, std::move(entry), checksum});
  return zxid;
}

void WritePath::durable(const Durable& event) {
  if (event.generation != generation_) return;
  flow_.durable(event.last, event.room);
  durable_ = event.last;
  broadcast_->acknowledged(server_, event.last);
}

std::optional<Committed> WritePath::next_committed() {
  std::optional<zab::Proposal> proposal = broadcast_->next_committed();
  if (!proposal) return std::nullopt;
  Committed committed{std::move(*proposal), std::move(awaited_.front())};
  awaited_.pop_front();
  return committed;
}

}  // namespace zabra::replica
