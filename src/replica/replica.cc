#include "replica/replica.h"

#include <algorithm>
#include <variant>

#include "replica/checkpointing.h"
#include "replica/client_side.h"
#include "replica/container_sweep.h"
#include "replica/ensemble_service.h"
#include "replica/peer_side.h"
#include "replica/read_only_mode.h"
#include "replica/session_ids.h"
#include "replica/write_path.h"
#include "state/state_machine.h"
#include "wire/log_format.h"
#include "wire/txn.h"
#include "zab/positions.h"

namespace zabra::replica {

struct Replica::Parts {
  Parts(const Settings& given, Log& to)
      : settings(given),
        log(to),
        state(settings.state),
        session_ids(settings.server),
        log_side(settings.state.txn_bytes_max),
        peers(settings, session_ids, log_side, log),
        read_only(settings),
        writes(state, peers, log_side, settings),
        checkpoints(settings.server, settings.checkpoints, session_ids, state),
        service(settings, peers, state, writes, checkpoints, log),
        clients(settings, log, state, session_ids, writes, checkpoints, service),
        sweep(settings) {
    peers.serve(service);
    service.serve(clients);
  }

  // ---- events ----
  void operator()(const Opened& event) { clients.opened(event); }
  void operator()(const Frame& event) { clients.frame(event); }
  void operator()(const Word& event) { clients.word(event); }
  void operator()(const BadLength& event) { clients.bad_length(event); }
  void operator()(const Drained& event) { clients.drained(event.link); }
  void operator()(const HalfClosed& event) { clients.half_closed(event.link); }
  void operator()(const Closed& event) { clients.closed(event.link); }
  void operator()(const Durable& event) {
    peers.handle(event);
    note_space();
    go_on();
  }
  void operator()(const Room& event) {
    log_side.set_room(event.room);
    note_space();
    go_on();
  }
  void operator()(const Stored& event) {
    checkpoints.stored(event);
    apply_committed();
  }
  void operator()(const StoreDelayed& event) {
    checkpoints.delayed(event);
    apply_committed();
  }
  template <class PeerEvent>
  void operator()(const PeerEvent& event) {
    peers.handle(event);
    go_on();
  }
  void operator()(const std::unique_ptr<LogPart>& event) { peers.handle(*event); }
  void operator()(const std::unique_ptr<SnapshotPart>& event) { peers.handle(*event); }
  void operator()(const Stop&) {
    if (!stopping) log.info("stopping");
    stopping = true;
    clients.stop();
    if (settings.ensemble) peers.peer().stop();  // others go on at once, and pass on nothing more
    go_on();
  }

  void go_on();
  void take_role();
  void show_config();
  void start_peer(const Recovered& recovered);
  void apply(const zab::Proposal& committed);
  void apply_committed();
  void note_space();
  bool may_remove() const {
    return !stopping && writes.leads() && std::max(writes.admit(), checkpoints.admit()) == Admission::now;
  }
  bool is_idle() const { return peers.peer().given() == peers.peer().last_logged() || !peers.peer().serves(); }
  void remove_expired_nodes();
  void go_on_stopping();
  void check_positions() const;
  bool refuses_clients() const;
  bool needs_checkpoint() const;
  Service service_now() const;
  Mode mode() const;

  const Settings settings;
  Log& log;
  state::StateMachine state;
  SessionIds session_ids;
  LogSide log_side;
  PeerSide peers;
  ReadOnlyMode read_only;
  WritePath writes;
  Checkpointing checkpoints;
  EnsembleService service;
  ClientSide clients;
  ContainerSweep sweep;
  Now now;
  MonotonicTime started, in_mode_since;
  std::optional<LogGeneration> serving_in;  // the role in which clients are served
  Service serving = Service::none;
  bool said_full = false;
  bool stopping = false;
  bool links_closed = false;
};

// Other servers have been heard of, or our disk: our role may be another.
void Replica::Parts::go_on() {
  const zab::Peer& peer = peers.peer();
  read_only.note(peer.role() == zab::Role::looking && !stopping, now.monotonic);
  const auto now_serving = peer.serves() ? std::optional(peer.generation()) : std::nullopt;
  if (now_serving != serving_in || service_now() != serving) {
    serving_in = now_serving;
    serving = service_now();
    in_mode_since = now.monotonic;
    take_role();
  }
  apply_committed();
}

// Each server says by which configuration it works itself, from its own file, as Apache ZooKeeper's do: not a transaction,
// and in no digest, so servers whose files differ (while a change is rolled out) answer differently until each has been
// restarted. Written anew where a state may have come from elsewhere: a snapshot brings its leader's text. A server alone
// leaves what it finds.
void Replica::Parts::show_config() {
  if (settings.ensemble) state.set_config(settings.ensemble->text, settings.ensemble->text_version, now.wall);
}

// What an earlier role had prepared is void, what waited for it lost. Before anybody is served the state is brought to
// all that is committed: what is prepared next must see it.
void Replica::Parts::take_role() {
  const zab::Peer& peer = peers.peer();
  state.forget_prepared();
  writes.take_role();
  service.take_role();
  while (const zab::Proposal* committed = peers.peer().next_committed()) apply(*committed);
  show_config();
  if (checkpoints.stored_zxid() == zxid_zero && needs_checkpoint()) checkpoints.store_soon();
  clients.take_role(serving, peer.leads(), peer.serves() ? "its server has another role" : "this server has no leader");
  if (serving == Service::read_only) log.warning("no leader is found: reads are served to those who want them even then");
}

void Replica::Parts::apply(const zab::Proposal& committed) {
  clients.apply(committed);
  while (std::optional<zab::Proposal> spare = peers.peer().take_spare()) writes.recycle(std::move(spare->entry));
  checkpoints.begin_if_due(log_side.flow().total_bytes());
}

void Replica::Parts::apply_committed() {
  while (checkpoints.may_apply()) {
    const zab::Proposal* committed = peers.peer().next_committed();
    if (committed == nullptr) return;
    apply(*committed);
  }
}

// Said once when space is gone, and once when it is back.
void Replica::Parts::note_space() {
  const bool log_is_full = log_side.flow().is_full();
  const bool full = log_is_full || checkpoints.admit() == Admission::no_space;
  if (full == said_full) return;
  said_full = full;
  if (settings.ensemble) peers.space_changed(!full);
  if (full) {
    log.error(text("no space left for ", log_is_full ? "the transaction log" : "a checkpoint",
                   ": writes and new sessions are refused, reads and expiry go on"));
  } else {
    log.info("there is space for the transaction log and the next checkpoint again: writes are taken");
  }
}

void Replica::Parts::remove_expired_nodes() {
  while (may_remove()) {
    const std::optional<std::string> path = sweep.next(now, state);
    if (!path) return;
    writes.propose_delete_container(*path);
  }
}

// What is on its way is finished first, so that its clients hear of it.
void Replica::Parts::go_on_stopping() {
  if (!stopping || !is_idle() || links_closed) return;
  clients.close_all();
  checkpoints.store_all();
  links_closed = true;
}

void Replica::Parts::check_positions() const {
  zab::Positions{.checkpoint = checkpoints.stored_zxid(),
                 .applied = state.last_applied(),
                 .committed = peers.peer().committed(),
                 .durable = peers.peer().durable(),
                 .logged = peers.peer().last_logged(),
                 .accepted_epoch = peers.peer().epochs().accepted,
                 .current_epoch = peers.peer().epochs().current}
      .check();
}

Replica::Replica(const Settings& settings, Log& log) : parts_(std::make_unique<Parts>(settings, log)) {}
Replica::~Replica() = default;

void Replica::expect(const wire::CheckpointMeta& meta) { parts_->state.expect(meta); }
Outcome Replica::load(const wire::ParsedKey& key, std::string_view value) { return parts_->state.load(key, value); }
Outcome Replica::finish_load(const wire::CheckpointMeta& meta) {
  parts_->session_ids.seen(meta.session_id_max);
  parts_->peers.peer().recovered(meta.zxid);
  return parts_->state.finish_load(meta);
}

Outcome Replica::replay(std::string_view entry) {
  const Result<wire::Txn> txn = wire::decode_txn(entry);
  if (!txn) return txn.fault();
  parts_->session_ids.seen(txn->header.session);
  if (parts_->settings.ensemble) {  // not ours alone to call committed
    parts_->peers.peer().restore({txn->header.zxid, std::string(entry), wire::adler32(entry)});
    return Done{};
  }
  state::NoEvents nobody;
  parts_->state.apply(*txn, wire::adler32(entry), nobody);
  return Done{};
}

void Replica::Parts::start_peer(const Recovered& recovered) {
  zab::Peer& peer = peers.peer();
  if (!settings.ensemble) {
    CHECK(state.last_applied() == recovered.last);
    peer.recovered(recovered.last);
  }
  CHECK(peer.last_logged() == recovered.last);
  peers.start(now.monotonic, recovered.epochs, recovered.log_start);
  if (peer.serves()) serving_in = peer.generation();
  serving = service_now();
}

void Replica::start(Now now, const Recovered& recovered) {
  parts_->now = now;
  parts_->started = parts_->in_mode_since = now.monotonic;
  parts_->log_side.set_room(recovered.room);
  parts_->start_peer(recovered);
  parts_->show_config();
  parts_->checkpoints.start(recovered.checkpointed, recovered.replayed_bytes);
  parts_->clients.start(now, parts_->serving, parts_->peers.peer().leads());
  parts_->sweep.start(now.monotonic);
  parts_->check_positions();
}

void Replica::step(const Batch& batch, Effects& effects) {
  Parts& parts = *parts_;
  parts.now = batch.now;
  parts.writes.begin_step(batch.now.wall);
  parts.clients.begin_step(batch.now, effects);
  parts.peers.begin_step(batch.now.monotonic, effects);
  parts.go_on();
  for (const Event& event : batch.events) std::visit(parts, event);
  parts.peers.pass_time();
  parts.go_on();
  parts.clients.pass_time();
  parts.service.step();
  parts.remove_expired_nodes();
  parts.go_on_stopping();
  const zab::Peer& peer = parts.peers.peer();
  parts.checkpoints.step(effects, peer.generation(), peer.durable(), parts.log_side.flow().total_bytes());
  parts.note_space();
  parts.peers.end_step(parts.checkpoints.may_apply());
  parts.go_on();
  parts.clients.end_step();
  parts.peers.count_output();
  parts.check_positions();
}

std::optional<MonotonicTime> Replica::next_deadline() const {
  const Parts& parts = *parts_;
  if (parts.checkpoints.works()) return parts.now.monotonic;
  if (parts.stopping) return std::nullopt;  // what is under way ends with an event
  std::optional<MonotonicTime> next = parts.peers.next_deadline();
  const auto note = [&](std::optional<MonotonicTime> time) {
    if (time) next = next ? std::min(*next, *time) : *time;
  };
  note(parts.clients.next_deadline());
  note(parts.read_only.next_deadline());
  if (parts.may_remove()) note(parts.sweep.next_deadline());
  return next;
}

bool Replica::stopped() const { return parts_->links_closed && parts_->checkpoints.settled(); }

// leaderServes=no, and there is somebody else who can serve.
bool Replica::Parts::refuses_clients() const {
  if (!settings.ensemble || settings.ensemble->leader_serves || !peers.peer().leads()) return false;
  return settings.ensemble->members.voters.size() + settings.ensemble->members.observers.size() > 1;
}

// A first one: a leader can't feed every learner without, and only a checkpoint remembers the ids of local sessions.
bool Replica::Parts::needs_checkpoint() const {
  return peers.peer().leader() != nullptr || (settings.ensemble && settings.ensemble->local_sessions);
}

Service Replica::Parts::service_now() const {
  if (peers.peer().serves()) return refuses_clients() ? Service::none : Service::full;
  return read_only.is_on() ? Service::read_only : Service::none;
}

Mode Replica::Parts::mode() const {
  const zab::Peer& peer = peers.peer();
  if (!peer.serves()) return read_only.is_on() ? Mode::read_only : Mode::not_serving;
  switch (peer.role()) {
    case zab::Role::alone: return Mode::standalone;
    case zab::Role::leading: return Mode::leader;
    case zab::Role::observing: return Mode::observer;
    default: return Mode::follower;
  }
}

Status Replica::status() const {
  const Parts& parts = *parts_;
  const Traffic& traffic = parts.clients.traffic();
  const state::Facts facts = parts.state.facts();
  Status status;
  status.mode = parts.mode();
  if (parts.settings.ensemble) status.quorum_size = parts.settings.ensemble->members.voters.size();
  status.leader_id = parts.peers.peer().leader_id();
  status.epoch = parts.peers.peer().epochs().current;
  if (const zab::Leader* leader = parts.peers.peer().leader()) {
    status.leader.learners = leader->learner_count();
    status.leader.synced_followers = leader->serving_count(false);
    status.leader.synced_observers = leader->serving_count(true);
    status.leader.synced_non_voters = leader->serving_non_voter_count();
    status.leader.pending_syncs = parts.service.pending_syncs();
    status.leader.proposal_bytes = parts.writes.proposal_bytes();
  }
  status.syncs = parts.peers.sync_counts();
  status.lookings = parts.peers.peer().looking_count();
  status.last_applied = parts.state.last_applied();
  status.latency = traffic.latency;
  status.packets_received = traffic.packets_received;
  status.packets_sent = traffic.packets_sent;
  status.connections = parts.clients.connection_count();
  status.outstanding_requests = parts.clients.outstanding();
  status.znodes = facts.znodes;
  status.ephemerals = facts.ephemerals;
  status.data_bytes = facts.data_bytes;
  status.sessions = facts.sessions;
  status.local_sessions = parts.clients.local_sessions();
  status.serves_clients = !parts.refuses_clients();
  status.data_watches = facts.data_watches;
  status.child_watches = facts.child_watches;
  status.response_bytes = traffic.response_bytes;
  status.uptime_ms = parts.now.monotonic - parts.started;
  status.mode_ms = parts.now.monotonic - parts.in_mode_since;
  status.auth_failed = parts.clients.auth_failures();
  status.digest_mismatches = facts.digest_mismatches;
  status.no_space = parts.said_full;
  return status;
}

std::vector<ConnectionFacts> Replica::connections() const { return parts_->clients.connection_facts(); }

}  // namespace zabra::replica
