#include "replica/checkpointing.h"

#include <utility>

#include "wire/check.h"

namespace zabra::replica {

Admission Checkpointing::admit() const {
  if (phase_ == Phase::idle || state_.dirty_bytes() < sizes_.batch_max) return Admission::now;
  return delayed_ ? Admission::no_space : Admission::wait;
}

bool Checkpointing::is_due(std::uint64_t log_bytes) const {
  if (stored_ == state_.last_applied()) return false;
  if (store_all_ || is_wanted_ || state_.dirty_bytes() >= sizes_.dirty_trigger) return true;
  return unstored_log_bytes_ + (log_bytes - counted_at_) >= sizes_.log_trigger;
}

void Checkpointing::begin_if_due(std::uint64_t log_bytes) {
  if (phase_ != Phase::idle || !is_due(log_bytes)) return;
  state_.begin_checkpoint();
  phase_ = Phase::encoding;
  is_wanted_ = false;
  unstored_log_bytes_ = 0;
  counted_at_ = log_bytes;
}

void Checkpointing::step(Effects& effects, LogGeneration generation, Zxid durable, std::uint64_t log_bytes) {
  begin_if_due(log_bytes);
  if (phase_ == Phase::encoding && state_.encode_checkpoint_slice(sizes_.slice)) {
    state::StateMachine::EncodedCheckpoint encoded = state_.take_checkpoint();
    encoded.meta.server = server_;
    encoded.meta.session_id_max = session_ids_.highest();
    storing_ = encoded.meta.zxid;
    encoded_ = StoreCheckpoint{{}, encoded.meta, std::move(encoded.batch)};
    phase_ = Phase::encoded;
  }
  if (phase_ != Phase::encoded || durable < storing_) return;
  encoded_->generation = storing_in_ = generation;
  effects.checkpoint = std::move(*std::exchange(encoded_, std::nullopt));
  phase_ = Phase::storing;
}

void Checkpointing::stored(const Stored& event) {
  if (phase_ != Phase::storing || event.generation != storing_in_) return;
  CHECK(event.zxid == storing_);
  stored_ = event.zxid;
  phase_ = Phase::idle;
  delayed_ = false;
}

void Checkpointing::delayed(const StoreDelayed& event) {
  if (phase_ == Phase::storing && event.generation == storing_in_) delayed_ = true;
}

void Checkpointing::adopted(Zxid zxid) {
  phase_ = Phase::idle;
  encoded_.reset();
  stored_ = zxid;
  delayed_ = false;
  unstored_log_bytes_ = 0;
}

}  // namespace zabra::replica
