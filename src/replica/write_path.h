// The way of a write on the server that leads: prepared against all that is on its way, given the next zxid, proposed,
// handed to the log; handed back in order once a quorum has it on disk.
//
//   propose_…() ──> state.prepare ──> zab::Broadcast ──> Effects::append … Durable ──> next_committed()
//
// Whoever waits for the outcome travels beside the proposal.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "replica/connections.h"
#include "replica/effects.h"
#include "replica/event.h"
#include "replica/log_flow.h"
#include "state/state_machine.h"
#include "wire/ids.h"
#include "zab/broadcast.h"

namespace zabra::replica {

// Who waits for a transaction, and for what kind of reply.
struct Awaited {
  ConnectionRef who;  // none: nobody
  OpCode op{};
  std::vector<OpCode> items;  // of a multi
};

struct Committed {
  zab::Proposal proposal;
  Awaited awaited;
};

class WritePath {
 public:
  WritePath(ServerId server, state::StateMachine& state, std::size_t txn_bytes_max);

  void start(Zxid last, LogRoom room);
  void begin_step(Effects& effects, WallTime now) {
    effects_ = &effects;
    now_ = now;
  }

  // ---- asked before proposing ----
  Admission admit() const { return flow_.admit(); }
  Admission admit_close() const { return flow_.admit_close(); }
  const LogFlow& flow() const { return flow_; }

  // ---- each gives the zxid that it took ----
  Zxid propose_request(OpCode op, std::int32_t cxid, std::string_view body, const state::Caller& caller, Awaited awaited);
  Zxid propose_create_session(SessionId session, std::int32_t timeout_ms, Awaited awaited);
  Zxid propose_close_session(SessionId session, std::int32_t cxid, Awaited awaited);
  Zxid propose_delete_container(std::string_view path);

  // ---- completions ----
  void durable(const Durable& event);
  void room(LogRoom room) { flow_.set_room(room); }
  // The next one to be applied; give its entry back with recycle().
  std::optional<Committed> next_committed();
  void recycle(std::string entry);

  Zxid last_proposed() const { return broadcast_->last_proposed(); }
  Zxid committed() const { return broadcast_->committed(); }
  Zxid durable() const { return durable_; }
  bool idle() const { return broadcast_->in_flight() == 0; }
  LogGeneration generation() const { return generation_; }

 private:
  state::Proposal next(SessionId session, std::int32_t cxid) const;
  std::string take_entry();
  Zxid propose(Zxid zxid, std::string entry, Awaited awaited);
  void fit_close(const state::Proposal& proposal, std::string& entry) const;

  const ServerId server_;
  state::StateMachine& state_;
  LogFlow flow_;
  std::optional<zab::Broadcast> broadcast_;  // from start()
  std::deque<Awaited> awaited_;              // beside the proposals that are not given out
  LogGeneration generation_{1};
  Zxid durable_;
  Effects* effects_ = nullptr;
  WallTime now_;
  std::vector<std::string> spare_entries_;
};

}  // namespace zabra::replica
