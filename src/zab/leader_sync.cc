// How learners get the leader's history, and when that makes it the ensemble's.
#include <variant>

#include "wire/check.h"
#include "zab/leader.h"

namespace zabra::zab {

using wire::PacketType;

// It may be made to forget what it has acknowledged on an earlier link: that must not count for a commit any more.
void Leader::begin_synchronisation(Learner& learner) {
  new_leader_acks_.erase(learner.server);
  if (leads()) acks_->start_anew(learner.server, zxid_zero);
  synchronise(learner);
}

// From where the learner stands; again after each part that our disk has sent.
void Leader::synchronise(Learner& learner) {
  const SyncPlan plan = plan_sync(history_, settled(), actions_.log_start(), learner.last);
  if (const auto* memory = std::get_if<FromMemory>(&plan)) {
    if (learner.told_where && memory->from != learner.last) return drop(learner.link, "what it was sent is not ours");
    tell_where(learner, *memory);
    return send_from_memory(learner);
  }
  learner.stage = Stage::feeding;
  learner.next_proposal = learner.next_commit = history_.begin();  // what is in memory must follow what is read
  if (std::holds_alternative<FromLog>(plan)) return actions_.read_log(learner.link, learner.last, history_.base());
  send_everything(learner, "our log does not reach the snapshot that it got");
}

bool Leader::log_found(LinkId link, Zxid found) {
  Learner* learner = find(link);
  if (learner == nullptr || learner->stage != Stage::feeding) return false;
  CHECK(found <= learner->last);
  if (const SyncPlan plan = plan_from_log(found, learner->last); std::holds_alternative<FromMemory>(plan)) {
    tell_where(*learner, std::get<FromMemory>(plan), ", the next is read from disk");
    return true;
  }
  send_everything(*learner, "our log does not hold the snapshot that it got");
  return false;
}

// Once, and only to who was not told anything yet.
void Leader::send_everything(Learner& learner, std::string_view else_why) {
  if (learner.told_where) return drop(learner.link, else_why);
  log_.info(text("learner server=", learner.server.value, " last=", to_string(learner.last), ": sending a snapshot"));
  learner.told_where = true;
  actions_.send_snapshot(learner.link);
}

void Leader::fed(LinkId link, std::optional<Zxid> until) {
  Learner* learner = find(link);
  if (learner == nullptr || learner->stage != Stage::feeding) return;
  if (!until) return send_everything(*learner, "what it needs is not on our disk any more");
  learner->last = *until;
  synchronise(*learner);
}

void Leader::tell_where(Learner& learner, FromMemory plan, std::string_view remark) {
  learner.last = plan.from;
  if (learner.told_where) return;
  learner.told_where = true;
  log_.info(text("learner server=", learner.server.value, plan.cut ? ": cut to " : ": has ", to_string(plan.from),
                 remark));
  if (plan.cut) return send(learner, PacketType::trunc, plan.from);
  // For people only: Java says how far the sending will go.
  send(learner, PacketType::diff, history_.last());
}

void Leader::send_from_memory(Learner& learner) {
  learner.next_proposal = learner.next_commit = history_.after(learner.last);
  const Zxid committed = settled();
  for (; learner.next_commit < history_.end(); ++learner.next_commit) {
    const Proposal& proposal = history_.at(learner.next_commit);
    if (proposal.zxid > committed) break;
    send(learner, PacketType::proposal, proposal.zxid, proposal.entry);
    send(learner, PacketType::commit, proposal.zxid);
  }
  learner.next_proposal = learner.next_commit;
  if (!learner.observes) send_proposals(learner);
  send_new_leader(learner);
}

void Leader::send_new_leader(Learner& learner) {
  learner.stage = Stage::synchronised;
  learner.deadline = now_ + settings_.init_limit_ms;
  send(learner, PacketType::new_leader, {epoch_, 0}, identity_.ensemble_text);
}

// Java's log thread may acknowledge a proposal before its main thread acknowledges NEWLEADER (ZOOKEEPER-4685). Such an
// acknowledgement counts once the learner has made this epoch its own.
void Leader::accept_sync_ack(Learner& learner, const wire::QuorumPacket& packet) {
  if (packet.type != PacketType::ack) return drop(learner.link, "NEWLEADER was not answered by ACK");
  if (packet.zxid != Zxid{epoch_, 0}) return accept_ack(learner, packet.zxid);
  learner.stage = Stage::ready;
  if (leads()) activate(learner);
  if (!identity_.quorums.is_voter(learner.server) || learner.observes) return;
  if (leads()) return hear_ack(learner.server, learner.acknowledged);
  hear_new_leader_ack(learner.server);
}

void Leader::hear_new_leader_ack(ServerId server) {
  new_leader_acks_.insert(server);
  if (phase_ != Phase::synchronisation || !identity_.quorums.is_quorum(new_leader_acks_)) return;
  CHECK(new_leader_acks_.contains(identity_.server));
  phase_ = Phase::broadcast;
  committed_ = initial_last_;
  acks_.emplace(identity_.quorums, initial_last_);
  quorum_seen_ = next_ping_ = now_;
  log_.info(text("leading epoch ", epoch_, " from zxid ", to_string(initial_last_), " on, ", now_ - begun_,
                 " ms after the election"));
  for (auto& [link, learner] : learners_) {
    if (learner.stage == Stage::ready) activate(learner);
  }
}

void Leader::activate(Learner& learner) {
  learner.stage = Stage::active;
  learner.deadline = now_ + settings_.sync_limit_ms;
  for (auto& [zxid, asked] : learner.asked) asked = now_;  // what it was sent meanwhile it could not acknowledge before
  send(learner, PacketType::up_to_date, wire::no_zxid);
  send_committed(learner);
  log_.info(text("learner server=", learner.server.value, learner.observes ? " observes" : " follows"));
}

}  // namespace zabra::zab
