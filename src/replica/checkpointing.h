// When the state is stored outside the log, and how far that has come.
//
//   idle ──(enough has changed, enough was logged, a stop)──> encoding, a slice a step ──> storing ── Stored ──> idle
//
// One at a time, at the zxid applied when it began, which a single server has on disk itself. While one is under way
// and the changes behind it reach a batch's limit too, new writes wait, and so do committed ones: what one batch holds
// is bounded, however much was on its way.
#pragma once

#include <cstdint>
#include <optional>

#include "replica/effects.h"
#include "replica/event.h"
#include "replica/log_flow.h"
#include "replica/session_ids.h"
#include "replica/settings.h"
#include "state/state_machine.h"
#include "wire/ids.h"

namespace zabra::replica {

class Checkpointing {
 public:
  Checkpointing(ServerId server, const CheckpointSizes& sizes, const SessionIds& session_ids, state::StateMachine& state)
      : server_(server), sizes_(sizes), session_ids_(session_ids), state_(state) {}

  void start(Zxid checkpointed, std::uint64_t replayed_bytes) {
    stored_ = checkpointed;
    unstored_log_bytes_ = replayed_bytes;
  }

  // May one more write be added to what the next checkpoint must hold?
  Admission admit() const;
  // The same of a transaction that is committed: that one waits, but is never refused.
  bool may_apply() const { return admit() != Admission::wait; }
  // After each transaction applied, with the bytes that were ever appended to the log.
  void begin_if_due(std::uint64_t log_bytes);

  // Once a step. What is stored must be durable in our own log too: `durable` is how far that is.
  void step(Effects& effects, LogGeneration generation, Zxid durable, std::uint64_t log_bytes);
  // Answers to an older one, which another history has replaced, mean nothing.
  void stored(const Stored& event);
  void delayed(const StoreDelayed& event);
  // The state is another now, which is stored at `zxid`.
  void adopted(Zxid zxid);
  // As soon as there is anything: a leader without a checkpoint can't feed every learner.
  void store_soon() { is_wanted_ = true; }
  // A stop: whatever has changed is stored, however little.
  void store_all() { store_all_ = true; }

  bool works() const { return phase_ == Phase::encoding; }  // the next step can go on at once
  // Everything that is applied is stored; or can't be, for want of space: then the log has it.
  bool settled() const { return phase_ == Phase::idle ? stored_ == state_.last_applied() : delayed_; }
  Zxid stored_zxid() const { return stored_; }

 private:
  enum class Phase { idle, encoding, encoded, storing };
  bool is_due(std::uint64_t log_bytes) const;

  const ServerId server_;
  const CheckpointSizes sizes_;
  const SessionIds& session_ids_;
  state::StateMachine& state_;
  Phase phase_ = Phase::idle;
  Zxid stored_, storing_;
  LogGeneration storing_in_;
  std::optional<StoreCheckpoint> encoded_;  // waits for our own log
  // Log that the last checkpoint does not cover, when counted_at_ had been appended.
  std::uint64_t unstored_log_bytes_ = 0;
  std::uint64_t counted_at_ = 0;
  bool delayed_ = false;
  bool store_all_ = false;
  bool is_wanted_ = false;
};

}  // namespace zabra::replica
