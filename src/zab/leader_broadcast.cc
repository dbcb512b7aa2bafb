// Proposals, acknowledgements, commits, pings.
#include <algorithm>
#include <utility>

#include "wire/check.h"
#include "zab/leader.h"

namespace zabra::zab {

using wire::PacketType;

std::optional<Zxid> Leader::next_zxid() const {
  const Zxid last = std::max(history_.last(), Zxid{epoch_, 0});
  if (last.counter >= settings_.counter_max) return std::nullopt;
  return last.next();
}

void Leader::propose(std::string entry) {
  CHECK(leads());
  Proposal proposal{next_zxid().value(), std::move(entry), 0};
  actions_.append(proposal);
  history_.append(std::move(proposal));
  for (auto& [link, learner] : learners_) {
    if (learner.stage >= Stage::synchronised && !learner.observes) send_proposals(learner);
  }
}

void Leader::send_proposals(Learner& learner) {
  for (; learner.next_proposal < history_.end(); ++learner.next_proposal) {
    const Proposal& proposal = history_.at(learner.next_proposal);
    send(learner, PacketType::proposal, proposal.zxid, proposal.entry);
    const bool sampled = !learner.asked.empty() && now_ - learner.asked.back().second < settings_.tick_ms / 2;
    if (!sampled) learner.asked.emplace_back(proposal.zxid, now_);
  }
}

void Leader::durable(Zxid last) {
  if (leads()) hear_ack(identity_.server, last);
}

// ---- acknowledgements ----

void Leader::receive_active(Learner& learner, const wire::QuorumPacket& packet) {
  learner.deadline = now_ + settings_.sync_limit_ms;
  switch (packet.type) {
    case PacketType::ack:
      return accept_ack(learner, packet.zxid);
    case PacketType::ping:
      return accept_pong(learner, packet);
    case PacketType::request:
    case PacketType::revalidate:
      if (learner.stage == Stage::active) return actions_.service_packet(learner.link, packet);
      return drop(learner.link, "it passes on requests before it may serve");
    default:
      return drop(learner.link, text(wire::to_string(packet.type), " is not a learner's to send"));
  }
}

// Acknowledgements of NEWLEADER and UPTODATE have a counter of zero; those of older epochs are covered by the former.
void Leader::accept_ack(Learner& learner, Zxid zxid) {
  if (zxid.epoch > epoch_ || zxid > history_.last()) {
    if (zxid != Zxid{epoch_, 0}) return drop(learner.link, "it acknowledges what was never proposed");
  }
  if (zxid.epoch < epoch_ || zxid.counter == 0 || learner.observes) return;
  learner.acknowledged = std::max(learner.acknowledged, zxid);
  while (!learner.asked.empty() && learner.asked.front().first <= zxid) learner.asked.pop_front();
  if (learner.stage >= Stage::ready && leads()) hear_ack(learner.server, learner.acknowledged);
}

void Leader::hear_ack(ServerId server, Zxid zxid) {
  acks_->reached(server, zxid);
  if (acks_->quorum() <= committed_) return;
  committed_ = acks_->quorum();
  for (auto& [link, learner] : learners_) {
    if (learner.stage == Stage::active) send_committed(learner);
  }
}

void Leader::send_commits(Learner& learner) {
  for (; learner.next_commit < learner.next_proposal; ++learner.next_commit) {
    const Zxid zxid = history_.at(learner.next_commit).zxid;
    if (zxid > committed_) return;
    send(learner, PacketType::commit, zxid);
  }
}

void Leader::send_informs(Learner& learner) {
  for (; learner.next_commit < history_.end(); ++learner.next_commit) {
    const Proposal& proposal = history_.at(learner.next_commit);
    if (proposal.zxid > committed_) break;
    send(learner, PacketType::inform, proposal.zxid, proposal.entry);
  }
  learner.next_proposal = learner.next_commit;
}

History::Index Leader::pinned() const {
  History::Index pinned = history_.end();
  for (const auto& [link, learner] : learners_) {
    if (learner.stage >= Stage::feeding) pinned = std::min(pinned, learner.next_commit);
  }
  return pinned;
}

// ---- pings: a learner answers each, in order ----

void Leader::ping_all() {
  ++last_ping_;
  for (auto& [link, learner] : learners_) {
    if (learner.stage != Stage::active) continue;
    learner.pings.push_back(last_ping_);
    send(learner, PacketType::ping, std::max(history_.last(), Zxid{epoch_, 0}));
  }
  pings_->reached(identity_.server, last_ping_);
  next_ping_ = now_ + settings_.tick_ms / 2;
}

void Leader::accept_pong(Learner& learner, const wire::QuorumPacket& packet) {
  if (learner.pings.empty()) return drop(learner.link, "it answers a ping that was not sent");
  const std::uint64_t number = learner.pings.front();
  learner.pings.pop_front();
  if (!learner.observes) pings_->reached(learner.server, number);
  actions_.service_packet(learner.link, packet);
}

std::uint64_t Leader::begin_barrier() {
  CHECK(leads());
  ping_all();
  return last_ping_;
}

}  // namespace zabra::zab
