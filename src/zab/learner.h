// A server that follows (or observes) an elected leader, from the dialling to the end of their link.
//
//   connecting         the leader's quorum port
//     v                  FOLLOWERINFO or OBSERVERINFO
//   informing          waits for LEADERINFO, the new epoch
//     v                  our acceptedEpoch durable, then ACKEPOCH: our epoch and the end of our history
//   synchronising      DIFF, TRUNC or SNAP, then what we lack; all of it goes to our log as it comes
//     v                  NEWLEADER: our history durable, then our currentEpoch, then the ACK (ZOOKEEPER-4643, -4646,
//     -3911);
//                        only then does a history that begins with a snapshot take the place of the old one
//   waiting            for UPTODATE; proposals may come already, and are acknowledged after it
//     v
//   active             serves. A proposal is acknowledged when it is durable here, applied when it is committed
//     v
//   over               the link broke, fell silent, or brought what no leader sends
//
// What is logged here and not committed when it ends stays in the history: the next leader decides. Nothing of the old
// epoch's is acknowledged any more.
//
// Source: Learner, Follower, Observer of ZooKeeper 3.8, in the order of 3.9.4; the packets are theirs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/link_id.h"
#include "base/log.h"
#include "base/time.h"
#include "wire/ids.h"
#include "wire/quorum_packets.h"
#include "zab/actions.h"
#include "zab/history.h"
#include "zab/role_settings.h"

namespace zabra::zab {

class Learner {
 public:
  enum class Phase : std::uint8_t {
    connecting,
    informing,
    storing_accepted,
    synchronising,
    truncating,
    beginning_anew,
    storing_history,
    adopting,
    storing_current,
    waiting,
    active,
    over
  };
  struct Identity {
    ServerId server;
    bool observes = false;
    Zxid ensemble_version = zxid_zero;          // of the configuration that we know
    bool wants_everything = false;  // what we have can't be brought to a leader's history
  };

  // `epochs` as they are on our disk, where all of `history` is durable too. begin() follows.
  Learner(Identity identity, ServerId leader, RoleSettings settings, Epochs epochs, History& history, Actions& actions,
          Log& log);
  void begin(MonotonicTime now);

  // ---- a step: its time, what happened, then what time alone brings ----
  void begin_step(MonotonicTime now) { now_ = now; }
  void pass_time();
  void leave(std::string_view why) { end(std::string(why)); }
  MonotonicTime next_deadline() const;

  // ---- the leader's link ----
  void connected(LinkId link);
  void dial_failed();
  // Whether the next packet may come now: not while our disk has to finish something before.
  bool takes_packets() const;
  void received(const wire::QuorumPacket& packet);
  // More of the snapshot that we are to begin with has come, or our disk has to take what came: else the leader is silent.
  void snapshot_goes_on();
  void closed();

  // ---- our disk ----
  void durable(Zxid last);  // of the history
  void epochs_stored();
  // The history has followed the disk: it does so too when the role that asked for it is over.
  void truncated(bool done);
  void begun();
  void adopted();

  Phase phase() const { return phase_; }
  bool serves() const { return phase_ == Phase::active; }
  bool is_over() const { return phase_ == Phase::over; }
  const std::string& end_reason() const { return end_reason_; }
  // It ended because the leader's history and ours have no common end here: ask the next one for everything.
  bool needs_everything() const { return needs_everything_; }
  ServerId leader() const { return leader_; }
  std::optional<LinkId> link() const { return link_; }
  Epochs epochs() const { return epochs_; }
  // What we have is to be judged by what the leader said of it.
  bool knows_where() const { return knows_where_; }
  // Everything up to here can no longer be lost. While it serves.
  Zxid committed() const { return committed_; }
  // The history from here on is still needed.
  History::Index pinned() const;

 private:
  void inform();
  void accept_epoch(const wire::QuorumPacket& packet);
  void acknowledge_epoch(bool counts);
  void receive_in_sync(const wire::QuorumPacket& packet);
  void begin_diff(Zxid last);
  void begin_truncation(Zxid last);
  void begin_anew(std::optional<Zxid> snapshot);
  void stand_at_common_end();
  void accept_new_leader(const wire::QuorumPacket& packet);
  void go_on_when_durable();
  void store_current();
  void receive_waiting(const wire::QuorumPacket& packet);
  void become_active();
  void receive_active(const wire::QuorumPacket& packet);
  void accept_proposal(const wire::QuorumPacket& packet);
  void accept_commit(Zxid zxid);
  void acknowledge_durable();
  void send(wire::PacketType type, Zxid zxid, wire::NullableView data = {});
  void expect_word() { deadline_ = now_ + patience(); }
  std::int64_t patience() const;
  void end(std::string reason);

  const Identity identity_;
  const ServerId leader_;
  const RoleSettings settings_;
  Epochs epochs_;
  History& history_;
  Actions& actions_;
  Log& log_;

  Phase phase_ = Phase::connecting;
  std::string end_reason_;
  bool needs_everything_ = false;
  MonotonicTime now_, begun_, deadline_;
  std::optional<MonotonicTime> dial_at_;  // again
  int dials_failed_ = 0;
  std::optional<LinkId> link_;
  std::uint32_t epoch_ = 0;
  bool knows_where_ = false;  // DIFF, TRUNC or SNAP has come
  bool anew_ = false;         // what we had is not adopted away yet
  Zxid common_end_;           // of our history and the leader's, before it sends what we lack
  Zxid durable_;
  History::Index next_commit_ = 0;  // the oldest that the leader has not called committed
  History::Index next_ack_ = 0;
  Zxid committed_;
};

std::string_view to_string(Learner::Phase phase);

}  // namespace zabra::zab
