// A server that was elected, from there to the end of its leadership.
//
//   discovery        learners say which epoch they have accepted; a quorum of voters, we among them, fixes the new one
//     v                our acceptedEpoch durable, then LEADERINFO to all
//   epoch            ACKEPOCH: each learner's epoch and last zxid; a quorum of them, nobody ahead of us
//     v                our currentEpoch durable; meanwhile
//   synchronisation  each learner's log becomes ours (sync_plan.h), then NEWLEADER; its ACK: it has all of that on disk
//     v                a quorum of those: our whole history is committed
//   broadcast        UPTODATE; proposals, their acknowledgements, commits
//     v
//   over             no quorum in time, a quorum lost, or the epoch's counter used up
//
// Learners that come late walk through the same stages and wait for nobody.
//
// The order of durable steps is the protocol: acceptedEpoch before LEADERINFO, history before currentEpoch, that before
// our own acknowledgement of NEWLEADER (without: ZOOKEEPER-4643, -4646, -3911). A learner is sent no COMMIT of what it
// got before NEWLEADER until its UPTODATE (ZOOKEEPER-4394: Java before 3.9.3 drops the link).
//
// Source: Leader, LearnerHandler of ZooKeeper 3.8; the packets are theirs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/link_id.h"
#include "base/log.h"
#include "base/time.h"
#include "wire/ids.h"
#include "wire/quorum_packets.h"
#include "zab/acknowledgements.h"
#include "zab/actions.h"
#include "zab/ensemble.h"
#include "zab/history.h"
#include "zab/role_settings.h"
#include "zab/sync_plan.h"

namespace zabra::zab {

class Leader {
 public:
  enum class Phase : std::uint8_t {
    discovery,
    storing_accepted,
    epoch,
    storing_current,
    synchronisation,
    broadcast,
    over
  };

  struct Identity {
    ServerId server;
    Quorums quorums;
    std::string ensemble_text;  // goes out with NEWLEADER (wire/ensemble_format.h)
  };

  // `epochs` as they are on our disk, where all of `history` is durable too. begin() follows.
  Leader(Identity identity, RoleSettings settings, Epochs epochs, History& history, Actions& actions, Log& log);
  void begin(MonotonicTime now);

  // ---- a step: its time, what happened, then what time alone brings ----
  void begin_step(MonotonicTime now) { now_ = now; }
  void pass_time();
  void leave(std::string_view why) { end(std::string(why)); }
  MonotonicTime next_deadline() const;

  // ---- learners ----
  void opened(LinkId link);
  void received(LinkId link, const wire::QuorumPacket& packet);
  void closed(LinkId link);

  // ---- our disk ----
  void durable(Zxid last);  // of the history
  void epochs_stored();
  // Of Actions::read_log: whether to go on with what follows `found`.
  bool log_found(LinkId link, Zxid found);
  // The learner was sent all of our history up to `until`; none: what was asked for is not there any more, and of a log
  // nothing was sent.
  void fed(LinkId link, std::optional<Zxid> until);
  void drop(LinkId link, std::string_view why);

  // ---- broadcast ----
  // Of the next proposal; none when the epoch's counter is used up: with nothing in flight the leadership ends.
  std::optional<Zxid> next_zxid() const;
  // To our log and every learner. The entry is a transaction with next_zxid().
  void propose(std::string entry);
  // Shows that nobody else leads: once barrier_passed() has reached the number, a quorum followed us after this call.
  std::uint64_t begin_barrier();
  std::uint64_t barrier_passed() const { return pings_->quorum(); }

  Phase phase() const { return phase_; }
  bool leads() const { return phase_ == Phase::broadcast; }
  bool is_over() const { return phase_ == Phase::over; }
  const std::string& end_reason() const { return end_reason_; }
  Epochs epochs() const { return epochs_; }
  // Everything up to here can no longer be lost. While it leads.
  Zxid committed() const { return committed_; }
  // The history from here on is still to be sent to somebody.
  History::Index pinned() const;
  std::size_t learner_count() const { return learners_.size(); }
  std::size_t serving_count(bool observers) const;
  std::size_t serving_non_voter_count() const;  // of those who follow: in our configuration they don't vote
  // Who is at the other end, once it has said so.
  std::optional<ServerId> learner_at(LinkId link) const;

 private:
  enum class Stage : std::uint8_t {
    connected,     // is to say who it is
    informed,      // waits for the epoch
    epoch_sent,    // is to acknowledge it
    epoch_acked,   // waits for a quorum of such
    feeding,       // is sent what our disk has
    synchronised,  // is to acknowledge NEWLEADER
    ready,         // waits for a quorum of such
    active,        // serves
  };
  struct Learner {
    LinkId link;
    Stage stage = Stage::connected;
    ServerId server;
    bool observes = false;
    bool told_where = false;                            // DIFF, TRUNC or SNAP is sent
    Zxid last;                                          // of its history
    History::Index next_proposal = 0, next_commit = 0;  // the first entries of which it was not sent these
    MonotonicTime deadline;                             // to say something, where it is to
    Zxid acknowledged;                                  // of this epoch
    std::deque<std::pair<Zxid, MonotonicTime>> asked;   // to acknowledge; one for each half tick is enough
    std::deque<std::uint64_t> pings;                    // unanswered, by number
  };

  // leader.cc: discovery and time
  void accept_info(Learner& learner, const wire::QuorumPacket& packet);
  void replace_older(const Learner& learner);
  void hear_accepted_epoch(ServerId server, std::uint32_t accepted);
  void send_epoch(Learner& learner);
  void accept_epoch_ack(Learner& learner, const wire::QuorumPacket& packet);
  void hear_epoch_ack(ServerId server);
  void close_silent();
  bool owes_ack(const Learner& learner) const;
  bool is_late(const Learner& learner) const;
  bool has_quorum(bool late_ones_too) const;
  void leave_without_quorum();
  void end_when_used_up();

  // leader_sync.cc
  // All that we were elected with counts as committed: the acknowledgement of NEWLEADER is that of all before it.
  Zxid settled() const { return std::max(initial_last_, committed_); }
  void begin_synchronisation(Learner& learner);
  void synchronise(Learner& learner);
  void send_everything(Learner& learner, std::string_view else_why);
  void tell_where(Learner& learner, FromMemory plan, std::string_view remark = {});
  void send_from_memory(Learner& learner);
  void send_new_leader(Learner& learner);
  void accept_sync_ack(Learner& learner, const wire::QuorumPacket& packet);
  void hear_new_leader_ack(ServerId server);
  void activate(Learner& learner);

  // leader_broadcast.cc
  void receive_active(Learner& learner, const wire::QuorumPacket& packet);
  void accept_ack(Learner& learner, Zxid zxid);
  void hear_ack(ServerId server, Zxid zxid);
  void send_proposals(Learner& learner);
  void send_commits(Learner& learner);
  void send_informs(Learner& learner);
  void send_committed(Learner& learner) { learner.observes ? send_informs(learner) : send_commits(learner); }
  void accept_pong(Learner& learner, const wire::QuorumPacket& packet);
  void ping_all();

  void send(const Learner& learner, wire::PacketType type, Zxid zxid, wire::NullableView data = {});
  void end(std::string reason);
  Learner* find(LinkId link);

  const Identity identity_;
  const RoleSettings settings_;
  Epochs epochs_;
  History& history_;
  Actions& actions_;
  Log& log_;
  const Zxid initial_last_;  // of the history with which we were elected

  Phase phase_ = Phase::discovery;
  std::string end_reason_;
  MonotonicTime now_, begun_;
  MonotonicTime quorum_seen_, next_ping_;
  std::uint32_t epoch_ = 0;  // the new one; until it is fixed, the lowest that it may be
  ServerSet informed_, epoch_acks_, new_leader_acks_;
  std::map<LinkId, Learner> learners_;
  Zxid committed_;
  std::optional<Acknowledgements<Zxid>> acks_;            // from broadcast on
  std::optional<Acknowledgements<std::uint64_t>> pings_;  // answered, by number
  std::uint64_t last_ping_ = 0;
};

std::string_view to_string(Leader::Phase phase);

}  // namespace zabra::zab
