#include "replica/replica.h"

#include <algorithm>
#include <variant>

#include "replica/checkpointing.h"
#include "replica/client_side.h"
#include "replica/container_sweep.h"
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
        writes(settings.server, state, settings.state.txn_bytes_max),
        checkpoints(settings.server, state),
        clients(settings, log, state, writes, checkpoints),
        sweep(settings) {}

  // ---- events ----
  void operator()(const Opened& event) { clients.opened(event); }
  void operator()(const Frame& event) { clients.frame(event); }
  void operator()(const Word& event) { clients.word(event); }
  void operator()(const BadLength& event) { clients.bad_length(event); }
  void operator()(const Drained& event) { clients.drained(event.link); }
  void operator()(const HalfClosed& event) { clients.half_closed(event.link); }
  void operator()(const Closed& event) { clients.closed(event.link); }
  void operator()(const Durable& event) {
    writes.durable(event);
    note_space();
    apply_committed();
  }
  void operator()(const Room& event) {
    writes.room(event.room);
    note_space();
  }
  void operator()(const Stored& event) {
    if (event.generation != writes.generation()) return;
    checkpoints.stored(event);
    apply_committed();
  }
  void operator()(const StoreDelayed& event) {
    if (event.generation != writes.generation()) return;
    checkpoints.delayed();
    apply_committed();
  }
  void operator()(const Stop&) {
    if (!stopping) log.info("stopping");
    stopping = true;
    clients.stop();
  }

  void apply_committed();
  void note_space();
  bool may_remove() const { return !stopping && std::max(writes.admit(), checkpoints.admit()) == Admission::now; }
  void remove_expired_nodes();
  void go_on_stopping();
  void check_positions() const;

  const Settings settings;
  Log& log;
  state::StateMachine state;
  WritePath writes;
  Checkpointing checkpoints;
  ClientSide clients;
  ContainerSweep sweep;
  Now now;
  MonotonicTime started;
  bool said_full = false;
  bool stopping = false;
  bool links_closed = false;
};

void Replica::Parts::apply_committed() {
  while (checkpoints.may_apply()) {
    std::optional<Committed> committed = writes.next_committed();
    if (!committed) return;
    clients.applied(std::move(*committed));
    checkpoints.begin_if_due(writes.flow().total_bytes());
  }
}

// Said once when space is gone, and once when it is back.
void Replica::Parts::note_space() {
  const bool full = writes.flow().is_full();
  if (full == said_full) return;
  said_full = full;
  if (full) {
    log.error("no space left for the transaction log: writes and new sessions are refused, reads and expiry go on");
  } else {
    log.info("there is space for the transaction log again: writes are taken");
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
  if (!stopping || !writes.idle() || links_closed) return;
  clients.close_all();
  checkpoints.store_all();
  links_closed = true;
}

void Replica::Parts::check_positions() const {
  zab::Positions{.checkpoint = checkpoints.stored_zxid(),
                 .applied = state.last_applied(),
                 .committed = writes.committed(),
                 .durable = writes.durable(),
                 .logged = writes.last_proposed()}
      .check();
}

Replica::Replica(const Settings& settings, Log& log) : parts_(std::make_unique<Parts>(settings, log)) {}
Replica::~Replica() = default;

void Replica::expect(const wire::CheckpointMeta& meta) { parts_->state.expect(meta); }
Outcome Replica::load(const wire::ParsedKey& key, std::string_view value) { return parts_->state.load(key, value); }
Outcome Replica::finish_load(const wire::CheckpointMeta& meta) { return parts_->state.finish_load(meta); }

Outcome Replica::replay(std::string_view entry) {
  const Result<wire::Txn> txn = wire::decode_txn(entry);
  if (!txn) return txn.fault();
  state::NoEvents nobody;
  parts_->state.apply(*txn, wire::adler32(entry), nobody);
  parts_->clients.seen(txn->header.session);
  return Done{};
}

void Replica::start(Now now, const Recovered& recovered) {
  CHECK(parts_->state.last_applied() == recovered.last);
  parts_->now = now;
  parts_->started = now.monotonic;
  parts_->writes.start(recovered.last, recovered.room);
  parts_->checkpoints.start(recovered.checkpointed, recovered.replayed_bytes);
  parts_->clients.start(now);
  parts_->sweep.start(now.monotonic);
  parts_->check_positions();
}

void Replica::step(const Batch& batch, Effects& effects) {
  Parts& parts = *parts_;
  parts.now = batch.now;
  parts.writes.begin_step(effects, batch.now.wall);
  parts.clients.begin_step(batch.now, effects);
  for (const Event& event : batch.events) std::visit(parts, event);
  parts.clients.pass_time();
  parts.remove_expired_nodes();
  parts.go_on_stopping();
  parts.checkpoints.step(effects, parts.writes.generation(), parts.writes.flow().total_bytes());
  parts.clients.end_step();
  parts.check_positions();
}

std::optional<MonotonicTime> Replica::next_deadline() const {
  const Parts& parts = *parts_;
  if (parts.checkpoints.works()) return parts.now.monotonic;
  if (parts.stopping) return std::nullopt;  // what is under way ends with an event
  const std::optional<MonotonicTime> clients = parts.clients.next_deadline();
  if (!parts.may_remove()) return clients;
  const MonotonicTime sweep = parts.sweep.next_deadline();
  return clients ? std::min(*clients, sweep) : sweep;
}

bool Replica::stopped() const { return parts_->links_closed && parts_->checkpoints.settled(); }

Status Replica::status() const {
  const Parts& parts = *parts_;
  const Traffic& traffic = parts.clients.traffic();
  const state::Facts facts = parts.state.facts();
  Status status;
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
  status.data_watches = facts.data_watches;
  status.child_watches = facts.child_watches;
  status.last_response_bytes = traffic.last_response_bytes;
  status.min_response_bytes = traffic.min_response_bytes;
  status.max_response_bytes = traffic.max_response_bytes;
  status.uptime_ms = parts.now.monotonic - parts.started;
  status.auth_failed = parts.clients.auth_failures();
  status.digest_mismatches = facts.digest_mismatches;
  status.no_space = parts.said_full;
  return status;
}

std::vector<ConnectionFacts> Replica::connections() const { return parts_->clients.connection_facts(); }

}  // namespace zabra::replica
