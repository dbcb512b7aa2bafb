#include "zab/leader.h"

#include <algorithm>
#include <utility>

#include "wire/check.h"
#include "wire/quorum_payloads.h"

namespace zabra::zab {

using wire::PacketType;

std::string_view to_string(Leader::Phase phase) {
  switch (phase) {
    case Leader::Phase::discovery:
      return "discovery";
    case Leader::Phase::storing_accepted:
      return "storing the accepted epoch";
    case Leader::Phase::epoch:
      return "epoch";
    case Leader::Phase::storing_current:
      return "storing the current epoch";
    case Leader::Phase::synchronisation:
      return "synchronisation";
    case Leader::Phase::broadcast:
      return "broadcast";
    case Leader::Phase::over:
      return "over";
  }
  return "?";
}

Leader::Leader(Identity identity, RoleSettings settings, Epochs epochs, History& history, Actions& actions, Log& log)
    : identity_(std::move(identity)),
      settings_(settings),
      epochs_(epochs),
      history_(history),
      actions_(actions),
      log_(log),
      initial_last_(history.last()) {
  pings_.emplace(identity_.quorums, 0);
}

void Leader::begin(MonotonicTime now) {
  now_ = begun_ = quorum_seen_ = now;
  log_.info(
      text("leading: waiting for a quorum, last zxid ", to_string(initial_last_), ", epoch so far ", epochs_.current));
  hear_accepted_epoch(identity_.server, epochs_.accepted);
}

// ---- links ----

void Leader::opened(LinkId link) {
  Learner& learner = learners_[link];
  learner.link = link;
  learner.deadline = now_ + settings_.init_limit_ms;
}

void Leader::received(LinkId link, const wire::QuorumPacket& packet) {
  Learner* learner = find(link);
  if (learner == nullptr || is_over()) return;
  switch (learner->stage) {
    case Stage::connected:
      return accept_info(*learner, packet);
    case Stage::epoch_sent:
      return accept_epoch_ack(*learner, packet);
    case Stage::synchronised:
      return accept_sync_ack(*learner, packet);
    case Stage::ready:
    case Stage::active:
      return receive_active(*learner, packet);
    case Stage::informed:
    case Stage::epoch_acked:
    case Stage::feeding:
      return drop(link, text(wire::to_string(packet.type), " out of turn"));
  }
}

void Leader::closed(LinkId link) {
  const Learner* learner = find(link);
  if (learner == nullptr) return;
  if (learner->stage == Stage::active) log_.warning(text("learner server=", learner->server.value, " is gone"));
  learners_.erase(link);
}

void Leader::drop(LinkId link, std::string_view why) {
  const Learner* learner = find(link);
  if (learner == nullptr) return;
  log_.warning(text("closing the link of learner server=", learner->server.value, ": ", why));
  actions_.close(link);
  learners_.erase(link);
}

void Leader::send(const Learner& learner, PacketType type, Zxid zxid, wire::NullableView data) {
  actions_.send(learner.link, {.type = type, .zxid = zxid, .data = data, .authinfo = {}});
}

Leader::Learner* Leader::find(LinkId link) {
  const auto found = learners_.find(link);
  return found == learners_.end() ? nullptr : &found->second;
}

std::optional<ServerId> Leader::learner_at(LinkId link) const {
  const auto found = learners_.find(link);
  if (found == learners_.end() || found->second.stage == Stage::connected) return std::nullopt;
  return found->second.server;
}

std::size_t Leader::serving_count(bool observers) const {
  return static_cast<std::size_t>(std::count_if(learners_.begin(), learners_.end(), [&](const auto& entry) {
    return entry.second.stage == Stage::active && entry.second.observes == observers;
  }));
}

std::size_t Leader::serving_non_voter_count() const {
  return static_cast<std::size_t>(std::count_if(learners_.begin(), learners_.end(), [&](const auto& entry) {
    const Learner& learner = entry.second;
    return learner.stage == Stage::active && !learner.observes && !identity_.quorums.is_voter(learner.server);
  }));
}

// ---- discovery ----

void Leader::accept_info(Learner& learner, const wire::QuorumPacket& packet) {
  const bool observes = packet.type == PacketType::observer_info;
  if (!observes && packet.type != PacketType::follower_info)
    return drop(learner.link, "its first packet is no FOLLOWERINFO");
  const Result<wire::LearnerInfo> info = wire::decode_learner_info(packet.data);
  if (!info) return drop(learner.link, info.fault().reason);
  learner.server = info->server;
  if (info->protocol_version < wire::learner_protocol_version)
    return drop(learner.link, "it speaks a protocol before 3.4");
  if (info->server == identity_.server) return drop(learner.link, "it has our own id");
  if (packet.zxid.epoch > epoch_max) return drop(learner.link, "it names an impossible epoch");
  if (Zxid::from_wire(info->config_version) > identity_.quorums.committed().version()) {
    return drop(learner.link, "it knows a newer configuration of the ensemble");
  }
  learner.observes = observes;
  learner.stage = Stage::informed;
  replace_older(learner);
  if (phase_ == Phase::discovery) return hear_accepted_epoch(learner.server, packet.zxid.epoch);
  // It promised a leader that fell over its own discovery, and can't follow an older epoch: only a new one takes it in.
  if (packet.zxid.epoch > epoch_ && identity_.quorums.is_voter(learner.server)) {
    return end(text("server ", learner.server.value, " has accepted epoch ", packet.zxid.epoch));
  }
  if (phase_ > Phase::storing_accepted) send_epoch(learner);
}

// A server has one link: it has given up the older one, whatever that looks like from here.
void Leader::replace_older(const Learner& learner) {
  const auto older = std::find_if(learners_.begin(), learners_.end(), [&](const auto& other) {
    return other.second.server == learner.server && other.first != learner.link &&
           other.second.stage != Stage::connected;
  });
  if (older != learners_.end()) drop(older->first, "it has connected anew");
}

// Whoever is there may raise the epoch; voters decide when there are enough to fix it.
void Leader::hear_accepted_epoch(ServerId server, std::uint32_t accepted) {
  epoch_ = std::max(epoch_, accepted + 1);
  informed_.insert(server);
  if (!informed_.contains(identity_.server) || !identity_.quorums.is_quorum(informed_)) return;
  phase_ = Phase::storing_accepted;
  epochs_.accepted = epoch_;
  actions_.store_epochs(epochs_);
}

void Leader::epochs_stored() {
  if (phase_ == Phase::storing_accepted) {
    phase_ = Phase::epoch;
    for (auto& [link, learner] : learners_) {
      if (learner.stage == Stage::informed) send_epoch(learner);
    }
    hear_epoch_ack(identity_.server);
  } else if (phase_ == Phase::storing_current) {
    phase_ = Phase::synchronisation;
    hear_new_leader_ack(identity_.server);
  }
}

void Leader::send_epoch(Learner& learner) {
  learner.stage = Stage::epoch_sent;
  learner.deadline = now_ + settings_.init_limit_ms;
  std::string data;
  wire::Writer writer(data);
  write(writer, wire::LeaderInfo{});
  send(learner, PacketType::leader_info, {epoch_, 0}, data);
}

void Leader::accept_epoch_ack(Learner& learner, const wire::QuorumPacket& packet) {
  if (packet.type != PacketType::ack_epoch) return drop(learner.link, "LEADERINFO was not answered by ACKEPOCH");
  const Result<wire::EpochAck> ack = wire::decode_epoch_ack(packet.data);
  if (!ack) return drop(learner.link, ack.fault().reason);
  learner.last = packet.zxid;
  learner.stage = Stage::epoch_acked;
  if (phase_ != Phase::epoch) return begin_synchronisation(learner);
  if (!ack->current_epoch) return;  // it had accepted this epoch before, and may have promised it to another
  const auto theirs = std::pair(*ack->current_epoch, packet.zxid), ours = std::pair(epochs_.current, initial_last_);
  if (identity_.quorums.is_voter(learner.server) && theirs > ours) {
    return end(text("server ", learner.server.value, " has a longer history than we: epoch ", theirs.first, ", zxid ",
                    to_string(theirs.second)));
  }
  hear_epoch_ack(learner.server);
}

void Leader::hear_epoch_ack(ServerId server) {
  epoch_acks_.insert(server);
  if (!epoch_acks_.contains(identity_.server) || !identity_.quorums.is_quorum(epoch_acks_)) return;
  phase_ = Phase::storing_current;
  epochs_.current = epoch_;
  actions_.store_epochs(epochs_);
  log_.info(text("epoch ", epoch_, ": a quorum is there, synchronising"));
  for (auto& [link, learner] : learners_) {
    if (learner.stage == Stage::epoch_acked) begin_synchronisation(learner);
  }
}

// ---- time ----

void Leader::pass_time() {
  if (is_over()) return;
  leave_without_quorum();
  if (is_over()) return;
  close_silent();
  if (leads() && now_ >= next_ping_) ping_all();
  end_when_used_up();
}

MonotonicTime Leader::next_deadline() const {
  const std::int64_t half_tick = settings_.tick_ms / 2;
  return leads() ? next_ping_ : now_ + half_tick;
}

// One that is still synchronising acknowledges NEWLEADER first, and that has a deadline of its own.
bool Leader::owes_ack(const Learner& learner) const {
  return learner.stage == Stage::active && !learner.asked.empty() &&
         now_ - learner.asked.front().second > settings_.sync_limit_ms;
}

bool Leader::is_late(const Learner& learner) const {
  if (owes_ack(learner)) return true;
  switch (learner.stage) {
    case Stage::connected:
    case Stage::epoch_sent:
    case Stage::synchronised:
    case Stage::active:
      return now_ > learner.deadline;
    // The others wait for us.
    case Stage::informed:
    case Stage::epoch_acked:
    case Stage::feeding:
    case Stage::ready:
      return false;
  }
  return false;
}

void Leader::close_silent() {
  for (auto next = learners_.begin(); next != learners_.end();) {
    const Learner& learner = (next++)->second;
    if (is_late(learner)) drop(learner.link, "it says nothing, or does not acknowledge");
  }
}

bool Leader::has_quorum(bool late_ones_too) const {
  ServerSet there{identity_.server};
  for (const auto& [link, learner] : learners_) {
    if (learner.stage == Stage::active && (late_ones_too || !is_late(learner))) there.insert(learner.server);
  }
  return identity_.quorums.is_quorum(there);
}

// Silence for syncLimit ends it at once. A link that broke has a tick to come back: its server looks for us meanwhile.
void Leader::leave_without_quorum() {
  if (!leads()) {
    if (now_ - begun_ > settings_.init_limit_ms) end(text("no quorum within initLimit, in ", to_string(phase_)));
    return;
  }
  if (has_quorum(false)) {
    quorum_seen_ = now_;
  } else if (has_quorum(true)) {
    end("no word from a quorum for syncLimit");
  } else if (now_ - quorum_seen_ > settings_.tick_ms) {
    end("a quorum is gone");
  }
}

void Leader::end_when_used_up() {
  if (leads() && !next_zxid() && committed_ == history_.last())
    end(text("the counter of epoch ", epoch_, " is used up"));
}

void Leader::end(std::string reason) {
  if (is_over()) return;
  log_.warning(text("leading no more, epoch ", epoch_, ": ", reason));
  phase_ = Phase::over;
  end_reason_ = std::move(reason);
  for (const auto& [link, learner] : learners_) actions_.close(link);
  learners_.clear();
}

}  // namespace zabra::zab
