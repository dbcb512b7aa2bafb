#include "replica/peer_side.h"

#include <utility>

#include "base/limits.h"
#include "wire/log_format.h"
#include "wire/txn.h"

namespace zabra::replica {
namespace {

zab::Peer::Identity identity_of(const Settings& settings) {
  if (!settings.ensemble) return {settings.server, zab::Ensemble::of_one(settings.server), "", true};
  return {settings.server, zab::Ensemble(settings.ensemble->members, zxid_zero), settings.ensemble->text, false};
}

// Alone nobody is behind us.
zab::Peer::Settings peer_settings(const Settings& settings) {
  if (!settings.ensemble) return {.roles = {.tick_ms = settings.tick_ms}, .retention = {.entries = 0, .bytes = 0}};
  return {.roles = {.tick_ms = settings.tick_ms,
                    .init_limit_ms = settings.ensemble->init_limit_ms,
                    .connect_limit_ms = settings.ensemble->connect_limit_ms,
                    .sync_limit_ms = settings.ensemble->sync_limit_ms,
                    .counter_max = settings.ensemble->counter_max},
          .retention = {.entries = limits::history_entries_kept, .bytes = limits::history_bytes_kept}};
}

}  // namespace

PeerSide::PeerSide(const Settings& settings, const SessionIds& session_ids, LogSide& log_side, Log& log)
    : settings_(settings),
      session_ids_(session_ids),
      log_side_(log_side),
      log_(log),
      peer_(identity_of(settings), peer_settings(settings), *this, log),
      receiver_({.field_max = settings.peer_field_max()}, settings.state),
      quorum_({.field_max = settings.peer_field_max()}, peer_, receiver_, output_, log_side.flow(), log),
      feeds_(peer_, output_, log) {
  if (settings.ensemble) election_.emplace(settings.server, *settings.ensemble, peer_, output_, log);
}

void PeerSide::start(MonotonicTime now, zab::Epochs epochs, std::optional<Zxid> log_start) {
  log_start_ = log_start;
  peer_.start(now, epochs);
  if (election_) is_starting_ = true;
}

// ---- a step ----

void PeerSide::begin_step(MonotonicTime now, Effects& effects) {
  output_.begin_step(effects);
  log_side_.begin_step(effects);
  peer_.begin_step(now);
  if (!election_) return;
  election_->begin_step(now);
  if (std::exchange(is_starting_, false)) election_->start();
  close_stuck();
}

void PeerSide::pass_time() {
  if (!election_) return;
  peer_.pass_time();
  election_->pass_time();
}

// What the peer waits for may have come meanwhile: packets that it did not take are offered again.
void PeerSide::end_step(bool may_read) {
  if (!election_) return;
  put_what_was_received();
  quorum_.go_on(may_read);
  put_what_was_received();
  feeds_.go_on();
  election_->send_what_is_said();
  quorum_.end_step();
}

void PeerSide::close_stuck() {
  for (const LinkId link : std::exchange(stuck_, {})) {
    log_.warning("closing a link of another server: it does not take what it is sent");
    output_.close(link);
    handle(PeerClosed{link});
  }
}

std::optional<MonotonicTime> PeerSide::next_deadline() const {
  if (!election_) return std::nullopt;
  const auto peer = peer_.next_deadline(), election = election_->next_deadline();
  return peer && election ? std::min(*peer, *election) : peer ? peer : election;
}

// ---- links ----

void PeerSide::handle(const PeerOpened& event) {
  output_.opened(event.link);
  if (!election_) return output_.close(event.link);
  if (event.port == PeerPort::quorum) {
    quorum_.opened(event.link, event.dialled.has_value());
  } else {
    election_->opened(event.link, event.dialled);
  }
}

void PeerSide::handle(const DialFailed& event) {
  log_.debug(text("server ", event.server.value, " can't be reached on its ", to_string(event.port),
                  " port: ", event.reason));
  event.port == PeerPort::quorum ? quorum_.dial_failed() : election_->dial_failed(event.server);
}

void PeerSide::handle(const PeerChunk& event) {
  quorum_.chunk(event.link, event.bytes);
  if (election_) election_->chunk(event.link, event.bytes);
}

void PeerSide::handle(const PeerDrained& event) {
  output_.drained(event.link);
}

void PeerSide::handle(const PeerClosed& event) {
  output_.gone(event.link);
  feeds_.closed(event.link);
  quorum_.closed(event.link);
  if (election_) election_->closed(event.link);
}

// ---- completions ----

void PeerSide::handle(const Durable& event) {
  if (!is_current(event.generation)) return;
  log_side_.durable(event.last, event.room);
  peer_.durable(event.last);
}

void PeerSide::handle(const EpochsStored& event) {
  if (is_current(event.generation)) peer_.epochs_stored();
}

void PeerSide::handle(const Truncated& event) {
  if (!is_current(event.generation)) return;
  log_side_.set_room(event.room);
  peer_.truncated(event.done);
}

void PeerSide::handle(const AnewTaken& event) {
  if (is_current(event.generation)) receiver_.part_taken();
}

void PeerSide::handle(const AnewBegun& event) {
  if (!is_current(event.generation)) return;
  log_side_.set_room(event.room);
  peer_.begun();
}

// The state first: what is committed next is applied to it.
void PeerSide::handle(const AnewAdopted& event) {
  if (!is_current(event.generation)) return;
  log_side_.set_room(event.room);
  service_->adopted(receiver_.take_state());
  receiver_.give_up();
  peer_.adopted();
  log_start_ = peer_.committed();
}

// ---- what the roles want ----

void PeerSide::dial(ServerId server) {
  Dial dial{PeerPort::quorum, server, {}};
  if (const auto known = settings_.ensemble->addresses.find(server); known != settings_.ensemble->addresses.end()) {
    dial.addresses = known->second.quorum;
  }
  output_.effects().dials.push_back(std::move(dial));
}

void PeerSide::close(LinkId link) {
  feeds_.closed(link);
  quorum_.close(link);
}

std::optional<std::string> PeerSide::objection_to(const zab::Proposal& proposal) const {
  const Result<wire::Txn> txn = wire::decode_txn(proposal.entry);
  if (!txn || txn->header.zxid != proposal.zxid) return "is no transaction";
  if (proposal.entry.size() > settings_.peer_field_max()) return "is longer than our log may hold";
  if (log_side_.flow().is_full()) return "there is no space left";
  return std::nullopt;
}

void PeerSide::send(LinkId link, const wire::QuorumPacket& packet) {
  if (packet.type == wire::PacketType::diff || packet.type == wire::PacketType::trunc) ++sync_counts_.diffs;
  quorum_.send(link, packet);
}

void PeerSide::send_snapshot(LinkId learner) {
  ++sync_counts_.snapshots;
  feeds_.send_snapshot(learner);
}

void PeerSide::append(zab::Proposal& proposal) {
  proposal.checksum = log_side_.append(proposal.zxid, proposal.entry, peer_.generation());
}

void PeerSide::store_epochs(zab::Epochs epochs) {
  output_.effects().disk_orders.emplace_back(StoreEpochs{peer_.generation(), epochs});
}

void PeerSide::truncate(Zxid last) {
  output_.effects().disk_orders.emplace_back(TruncateLog{peer_.generation(), last});
}

void PeerSide::begin_anew(std::optional<Zxid> snapshot) {
  receiver_.begin(snapshot);
  output_.effects().disk_orders.emplace_back(BeginAnew{peer_.generation()});
}

void PeerSide::put_what_was_received() {
  if (!receiver_.is_active()) return;
  if (!receiver_.takes_more()) peer_.snapshot_goes_on();  // our disk is the one that is waited for
  std::vector<DiskOrder>& orders = output_.effects().disk_orders;
  while (auto part = receiver_.take_part()) orders.push_back(PutAnew{peer_.generation(), std::move(*part)});
  const Result<std::optional<wire::CheckpointMeta>> meta = receiver_.take_meta();
  if (!meta) return peer_.leave(text("its snapshot is no state: ", meta.fault().reason));
  if (!*meta) return;
  wire::CheckpointMeta ours = **meta;
  ours.server = settings_.server;
  ours.session_id_max = session_ids_.highest();
  orders.push_back(FinishAnew{peer_.generation(), ours});
}

void PeerSide::adopt() {
  output_.effects().disk_orders.emplace_back(AdoptAnew{peer_.generation()});
}

void PeerSide::abandon() {
  receiver_.give_up();
  log_side_.forget_in_flight();
  output_.effects().disk_orders.emplace_back(AbandonAnew{});
}

void PeerSide::service_packet(LinkId link, const wire::QuorumPacket& packet) {
  service_->service_packet(link, packet);
}

void PeerSide::answer_ping(LinkId link, const wire::QuorumPacket& ping) {
  service_->answer_ping(link, ping);
}

}  // namespace zabra::replica
