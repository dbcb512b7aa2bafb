#include "zab/learner.h"

#include <algorithm>
#include <utility>

#include "wire/check.h"
#include "wire/quorum_payloads.h"

namespace zabra::zab {
namespace {

// To reach the leader, which may not listen yet, or not any more. Source: Learner.connectToLeader of 3.8.
constexpr std::int64_t dial_again_ms = 100;
constexpr int dial_tries = 5;

}  // namespace

using wire::PacketType;

std::string_view to_string(Learner::Phase phase) {
  switch (phase) {
    case Learner::Phase::connecting:
      return "connecting";
    case Learner::Phase::informing:
      return "discovery";
    case Learner::Phase::storing_accepted:
      return "storing the accepted epoch";
    case Learner::Phase::synchronising:
      return "synchronisation";
    case Learner::Phase::truncating:
      return "truncating";
    case Learner::Phase::beginning_anew:
      return "receiving a snapshot";
    case Learner::Phase::storing_history:
      return "storing the history";
    case Learner::Phase::adopting:
      return "adopting the history";
    case Learner::Phase::storing_current:
      return "storing the current epoch";
    case Learner::Phase::waiting:
      return "waiting for UPTODATE";
    case Learner::Phase::active:
      return "broadcast";
    case Learner::Phase::over:
      return "over";
  }
  return "?";
}

Learner::Learner(Identity identity, ServerId leader, RoleSettings settings, Epochs epochs, History& history,
                 Actions& actions, Log& log)
    : identity_(identity),
      leader_(leader),
      settings_(settings),
      epochs_(epochs),
      history_(history),
      actions_(actions),
      log_(log),
      durable_(history.last()) {}

void Learner::begin(MonotonicTime now) {
  now_ = begun_ = now;
  expect_word();
  actions_.dial(leader_);
}

// ---- time ----

std::int64_t Learner::patience() const {
  if (phase_ == Phase::connecting) return settings_.connect_limit_ms;
  return phase_ >= Phase::waiting ? settings_.sync_limit_ms : settings_.init_limit_ms;
}

void Learner::pass_time() {
  if (is_over()) return;
  if (dial_at_ && now_ >= *dial_at_) {
    dial_at_.reset();
    actions_.dial(leader_);
  }
  if (!takes_packets() && phase_ != Phase::beginning_anew) {
    expect_word();  // we are the one that is waited for
  } else if (now_ > deadline_) {
    end(text("no word from the leader, in ", to_string(phase_)));
  }
}

MonotonicTime Learner::next_deadline() const {
  const MonotonicTime too_late = deadline_ + 1;
  return dial_at_ ? std::min(*dial_at_, too_late) : too_late;
}

// ---- the link ----

void Learner::connected(LinkId link) {
  CHECK(phase_ == Phase::connecting);
  link_ = link;
  phase_ = Phase::informing;
  expect_word();
  inform();
}

// The deadline of the connecting goes on.
void Learner::dial_failed() {
  if (phase_ != Phase::connecting) return;
  if (++dials_failed_ == dial_tries) return end("the leader can't be reached");
  dial_at_ = now_ + dial_again_ms;
}

void Learner::snapshot_goes_on() {
  if (phase_ == Phase::beginning_anew) expect_word();
}

void Learner::closed() {
  link_.reset();
  end("the link to the leader broke");
}

bool Learner::takes_packets() const {
  switch (phase_) {
    case Phase::informing:
    case Phase::synchronising:
    case Phase::waiting:
    case Phase::active:
      return true;
    case Phase::connecting:  // no link yet, so silence is the network's
      return true;
    case Phase::storing_accepted:
    case Phase::truncating:
    case Phase::beginning_anew:
    case Phase::storing_history:
    case Phase::adopting:
    case Phase::storing_current:
    case Phase::over:
      return false;
  }
  return false;
}

void Learner::received(const wire::QuorumPacket& packet) {
  CHECK(takes_packets() && link_);
  expect_word();
  switch (phase_) {
    case Phase::informing:
      return accept_epoch(packet);
    case Phase::synchronising:
      return receive_in_sync(packet);
    case Phase::waiting:
      return receive_waiting(packet);
    default:
      return receive_active(packet);
  }
}

void Learner::send(PacketType type, Zxid zxid, wire::NullableView data) {
  actions_.send(*link_, {.type = type, .zxid = zxid, .data = data, .authinfo = {}});
}

void Learner::end(std::string reason) {
  if (is_over()) return;
  log_.warning(text(identity_.observes ? "observing" : "following", " no more, leader ", leader_.value, ": ", reason));
  phase_ = Phase::over;
  end_reason_ = std::move(reason);
  if (link_) actions_.close(*link_);
  link_.reset();
}

// ---- discovery ----

void Learner::inform() {
  std::string data;
  wire::Writer writer(data);
  write(writer, wire::LearnerInfo{.server = identity_.server, .config_version = identity_.ensemble_version.to_wire()});
  send(identity_.observes ? PacketType::observer_info : PacketType::follower_info, {epochs_.accepted, 0}, data);
}

void Learner::accept_epoch(const wire::QuorumPacket& packet) {
  if (packet.type != PacketType::leader_info) return end("its first packet is no LEADERINFO");
  epoch_ = packet.zxid.epoch;
  if (epoch_ > epoch_max) return end("it names an impossible epoch");
  if (epoch_ < epochs_.accepted)
    return end(text("its epoch ", epoch_, " is older than ", epochs_.accepted, ", which we have accepted"));
  if (epoch_ == epochs_.accepted) return acknowledge_epoch(false);
  epochs_.accepted = epoch_;
  phase_ = Phase::storing_accepted;
  actions_.store_epochs(epochs_);
}

// One that was accepted before counts for no quorum: it may have been another leader's.
void Learner::acknowledge_epoch(bool counts) {
  wire::EpochAck ack;
  if (counts) ack.current_epoch = epochs_.current;
  std::string data;
  wire::Writer writer(data);
  write(writer, ack);
  phase_ = Phase::synchronising;
  expect_word();
  send(PacketType::ack_epoch, identity_.wants_everything ? zxid_zero : history_.last(), data);
}

void Learner::epochs_stored() {
  if (phase_ == Phase::storing_accepted) return acknowledge_epoch(true);
  if (phase_ != Phase::storing_current) return;
  phase_ = Phase::waiting;
  expect_word();
  next_ack_ = history_.end();
  send(PacketType::ack, {epoch_, 0});
}

// ---- synchronisation ----

void Learner::receive_in_sync(const wire::QuorumPacket& packet) {
  const bool tells_where =
      packet.type == PacketType::diff || packet.type == PacketType::trunc || packet.type == PacketType::snap;
  if (tells_where == knows_where_ && packet.type != PacketType::ping) {
    return end(text(wire::to_string(packet.type), " out of turn"));
  }
  switch (packet.type) {
    case PacketType::diff:
      return begin_diff(packet.zxid);
    case PacketType::trunc:
      return begin_truncation(packet.zxid);
    case PacketType::snap:
      return begin_anew(packet.zxid);
    case PacketType::new_leader:
      return accept_new_leader(packet);
    case PacketType::proposal:
      return accept_proposal(packet);
    case PacketType::commit:
      return accept_commit(packet.zxid);
    case PacketType::inform:
      accept_proposal(packet);
      if (!is_over()) accept_commit(packet.zxid);
      return;
    case PacketType::ping:
      return;
    default:
      return end(text(wire::to_string(packet.type), " in synchronisation"));
  }
}

// What we have is the beginning of the leader's history. Whoever asked for everything as one that has nothing is taken
// at its word. Who has nothing, while the leader has something, takes it all or none of it: with a part of it on disk a wiped
// voter would no longer be known for one (election.h), and could elect a server that lacks what a quorum had.
void Learner::begin_diff(Zxid last) {
  const bool is_empty = history_.last() == zxid_zero && last != zxid_zero;
  if (identity_.wants_everything || is_empty) return begin_anew(std::nullopt);
  common_end_ = history_.last();
  stand_at_common_end();
}

// The tail goes for good only when the disk says so.
void Learner::begin_truncation(Zxid last) {
  phase_ = Phase::truncating;
  common_end_ = last;
  log_.info(text("cutting our history from ", to_string(history_.last()), " back to ", to_string(last)));
  actions_.truncate(last);
}

void Learner::truncated(bool done) {
  if (phase_ != Phase::truncating) return;
  needs_everything_ = !done;
  if (!done) return end("our history can't be cut where the leader says: asking for everything");
  stand_at_common_end();
}

void Learner::begin_anew(std::optional<Zxid> snapshot) {
  phase_ = Phase::beginning_anew;
  expect_word();
  anew_ = true;
  common_end_ = snapshot.value_or(zxid_zero);
  log_.info(text("beginning anew with ", snapshot ? "a snapshot of zxid " + to_string(*snapshot) : "nothing"));
  actions_.begin_anew(snapshot);
}

void Learner::begun() {
  if (phase_ == Phase::beginning_anew) stand_at_common_end();
}

void Learner::stand_at_common_end() {
  phase_ = Phase::synchronising;
  CHECK(history_.last() == common_end_);
  knows_where_ = true;
  durable_ = common_end_;
  next_commit_ = history_.end();
  expect_word();
}

void Learner::accept_new_leader(const wire::QuorumPacket& packet) {
  if (packet.zxid != Zxid{epoch_, 0}) return end("NEWLEADER is of another epoch than LEADERINFO");
  phase_ = Phase::storing_history;
  go_on_when_durable();
}

void Learner::go_on_when_durable() {
  if (durable_ < history_.last()) return;
  if (!anew_) return store_current();
  phase_ = Phase::adopting;
  actions_.adopt();
}

void Learner::adopted() {
  if (phase_ == Phase::adopting) store_current();
}

void Learner::store_current() {
  phase_ = Phase::storing_current;
  epochs_.current = epoch_;
  actions_.store_epochs(epochs_);
}

void Learner::durable(Zxid last) {
  durable_ = last;
  if (phase_ == Phase::storing_history) return go_on_when_durable();
  if (phase_ == Phase::active) acknowledge_durable();
}

// Java sends a COMMIT even now (ZOOKEEPER-4394), and does well if it is only remembered.
void Learner::receive_waiting(const wire::QuorumPacket& packet) {
  switch (packet.type) {
    case PacketType::proposal:
      return accept_proposal(packet);
    case PacketType::commit:
      return accept_commit(packet.zxid);
    case PacketType::inform:
      accept_proposal(packet);
      if (!is_over()) accept_commit(packet.zxid);
      return;
    case PacketType::up_to_date:
      return become_active();
    case PacketType::ping:
      return actions_.answer_ping(*link_, packet);
    default:
      return end(text(wire::to_string(packet.type), " before UPTODATE"));
  }
}

void Learner::become_active() {
  phase_ = Phase::active;
  committed_ = next_commit_ == history_.begin() ? history_.base() : history_.at(next_commit_ - 1).zxid;
  log_.info(text(identity_.observes ? "observing" : "following", " server ", leader_.value, " in epoch ", epoch_,
                 " from zxid ", to_string(committed_), " on, ", now_ - begun_, " ms after the election"));
  send(PacketType::ack, {epoch_, 0});
  acknowledge_durable();
}

// ---- broadcast ----

void Learner::receive_active(const wire::QuorumPacket& packet) {
  switch (packet.type) {
    case PacketType::proposal:
      return accept_proposal(packet);
    case PacketType::commit:
      return accept_commit(packet.zxid);
    case PacketType::inform:
      accept_proposal(packet);
      if (!is_over()) accept_commit(packet.zxid);
      return;
    case PacketType::ping:
      return actions_.answer_ping(*link_, packet);
    case PacketType::sync:
    case PacketType::revalidate:
      return actions_.service_packet(*link_, packet);
    case PacketType::up_to_date:
      return;
    default:
      return end(text(wire::to_string(packet.type), " is not a leader's to send now"));
  }
}

// What comes again, at or before the common end, is in a snapshot that was written while transactions went on.
void Learner::accept_proposal(const wire::QuorumPacket& packet) {
  if (packet.zxid <= common_end_) return;
  const Zxid last = history_.last();
  const bool begins_an_epoch = packet.zxid.epoch > last.epoch && packet.zxid.counter == 1;
  if (packet.zxid != last.next() && !begins_an_epoch) {
    return end(text("a proposal ", to_string(packet.zxid), " behind ", to_string(last), " leaves a hole"));
  }
  if (packet.zxid.epoch > epoch_) return end("a proposal of an epoch that is not the leader's");
  Proposal proposal{packet.zxid, std::string(packet.data.value_or("")), 0};
  if (const auto objection = actions_.objection_to(proposal)) {
    return end(text("proposal ", to_string(packet.zxid), ": ", *objection));
  }
  actions_.append(proposal);
  history_.append(std::move(proposal));
}

// Commits come in the order of the proposals.
void Learner::accept_commit(Zxid zxid) {
  if (zxid <= common_end_) return;
  if (next_commit_ == history_.end() || history_.at(next_commit_).zxid != zxid) {
    return end(text("a COMMIT of ", to_string(zxid), " is not that of the oldest proposal"));
  }
  ++next_commit_;
  if (phase_ == Phase::active) committed_ = zxid;
}

// One for each: Java counts them one by one.
void Learner::acknowledge_durable() {
  for (; next_ack_ < history_.end(); ++next_ack_) {
    const Zxid zxid = history_.at(next_ack_).zxid;
    if (zxid > durable_) return;
    if (!identity_.observes) send(PacketType::ack, zxid);
  }
}

History::Index Learner::pinned() const {
  if (!knows_where_) return history_.begin();
  return phase_ >= Phase::waiting ? std::min(next_commit_, next_ack_) : next_commit_;
}

}  // namespace zabra::zab
