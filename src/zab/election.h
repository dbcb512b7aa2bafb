// Fast leader election, ZooKeeper's: servers without a leader tell each other the best vote that they have heard, until
// a quorum says the same.
//
//             begin                 a quorum votes for the same, nothing better comes
//   (start) ────────> LOOKING ──────────────────────────────────────────────────────> LEADING, FOLLOWING, OBSERVING
//                        ^  │  a quorum sits under a leader that says itself that it leads       │
//                        │  └────────────────────────────────────────────────────────>          │
//                        └───────────── begin: leader lost, or no quorum behind us ──────────────┘
//
// What it promises: in a round of its own a server settles once, so that no two leaders of one round have each a quorum
// of servers that elected them in it; and who is elected has the best (epoch, zxid) of the quorum that elected it. What
// it does not: that a leader is alone. Rounds live in memory, votes are counted at different moments: two servers may
// hold themselves elected, even in one round (one by a vote that has been changed since). Only one can gather a quorum
// in discovery, where epochs are durable: nothing may be proposed before.
//
// A wiped disk elects nobody. A voter that is in no epoch (empty, or with its first leader's history, which it takes as a
// whole, but not yet the epoch) votes with what it has only while it has heard of no history. When it has, it votes -1,
// which everybody ignores, counts nobody's votes, and waits for a leader that others elect, until synchronised()
// (ZOOKEEPER-261). History is a vote with a transaction, or of an epoch later than the one which we have accepted: a first
// leader that fell over its own first epoch may be voted for by those that had accepted it. Nobody can tell wiped servers
// among themselves from new ones: where empty servers are a quorum, they elect.
//
// Pure: time comes in. The host's duties:
//   1. carry out take_sends() after every call; whether a message arrives is nobody's promise
//   2. call links() when a voter's link comes or goes, tick() at next_deadline()
//   3. hand over what one server says in the order in which it was said, nothing of a link that another has replaced
//   4. after `elected()`: lead or follow; when that fails or ends, begin() with the position now on disk. An observer
//   may
//      wait for a random moment before it does (ZooKeeper: up to 200 ms)
//   5. call synchronised() when the synchronisation under the elected leader is complete, in every role
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"
#include "zab/ensemble.h"
#include "zab/vote.h"

namespace zabra::zab {

// A quorum that may still hear of something better waits so long for it. Source: FastLeaderElection's finalizeWait.
inline constexpr std::int64_t election_finalize_wait_ms = 200;
// A vote is repeated after so long, doubling each time, in case it was lost. Sources:
// zookeeper.fastleader.minNotificationInterval and maxNotificationInterval, their default values.
inline constexpr std::int64_t notification_interval_min_ms = 200, notification_interval_max_ms = 60'000;
// Where somebody has a leader whom we could not join yet (it is being synchronised; not everybody has settled), we ask
// again within this. Ours: ZooKeeper lets it grow to the minute.
inline constexpr std::int64_t notification_interval_joining_max_ms = 1'600;
// Servers without a vote that may wait for an answer while we have none. The ids that a configuration allows.
inline constexpr std::size_t askers_max = 255;

class Election {
 public:
  // How far our own disk has come, when an election begins. `last_logged` counts what is not committed too.
  struct Position {
    Zxid last_logged;
    std::uint32_t current_epoch = 0, accepted_epoch = 0;
  };
  struct Send {
    std::optional<ServerId> to;  // none: all voters but ourselves
    Notification notification;
    friend bool operator==(const Send&, const Send&) = default;
  };
  struct Elected {
    PeerState role;  // never looking
    Vote vote;
    Round round = 0;
    bool is_joined = false;  // others had elected it before we came
    friend bool operator==(const Elected&, const Elected&) = default;
  };

  // Answers nobody before the first begin().
  Election(ServerId self, Quorums quorums) : self_(self), quorums_(std::move(quorums)) {}

  // Looks for a leader, in a new round.
  void begin(Position own, MonotonicTime now);
  // What another server said. Anybody may say anything: what makes no sense counts for nothing.
  void notification(ServerId from, const Notification& said, MonotonicTime now);
  // The voters to which we have links.
  void links(ServerSet live, MonotonicTime now);
  void tick(MonotonicTime now);
  // The leader is lost, and it is not time yet for begin(): nobody is answered meanwhile.
  void rest();
  // The elected leader has brought us to its history, or we have established ourselves as leader, in this epoch: who
  // comes later must hear the same from all of us, so the vote takes on the epoch. It keeps zxid and round.
  void synchronised(std::uint32_t epoch);
  // Other members from here on. Where that makes a difference to an election under way, the host begins it anew.
  void set_quorums(Quorums quorums) { quorums_ = std::move(quorums); }

  bool is_looking() const { return is_looking_; }
  // What came of the last election; nothing while looking.
  const std::optional<Elected>& elected() const { return elected_; }
  Round round() const { return round_; }
  // What we say if asked now.
  Notification current() const;
  // Whether our own vote counts: false for a voter in no epoch that has heard of history.
  bool is_trusted() const { return !(is_in_no_epoch() && has_heard_of_history_); }

  std::optional<MonotonicTime> next_deadline() const;
  std::vector<Send> take_sends() { return std::exchange(sends_, {}); }

 private:
  // A history of epoch 0 is what a single server wrote, before it was one of an ensemble.
  bool is_in_no_epoch() const {
    return own_.current_epoch == 0 && (own_.last_logged == zxid_zero || own_.last_logged.epoch > 0);
  }
  bool is_abstaining() const { return quorums_.is_voter(self_) && !is_trusted(); }
  Vote own_vote() const;
  void open_round(Round round, MonotonicTime now);
  void propose(Round round, const Vote& vote, MonotonicTime now);

  void answer_asker(ServerId asker, const Notification& said);
  void note_history(const Vote& vote, MonotonicTime now);
  void hear_looking(ServerId from, const Notification& said, MonotonicTime now);
  void hear_abstaining(ServerId from, const Notification& said, MonotonicTime now);
  void hear_settled(ServerId from, const Notification& said, MonotonicTime now);
  void take_if_better(const Notification& said, MonotonicTime now);

  const Notification* word_of(ServerId voter) const;
  bool is_settled(ServerId voter) const;
  bool is_for_proposal(ServerId voter) const;
  bool has_everybody_spoken_for_proposal() const;
  void count(MonotonicTime now);
  bool is_agreed_in_this_round(const Notification& said) const;
  bool is_agreed_among_settled(const Notification& said) const;
  bool may_join(const Notification& said) const;
  void settle(const Vote& vote, Round round, bool is_joined);

  void tell_all() { sends_.push_back({std::nullopt, current()}); }
  void tell(ServerId to) { sends_.push_back({to, current()}); }

  ServerId self_;
  Quorums quorums_;
  ServerSet live_;

  Position own_;
  bool has_heard_of_history_ = false;  // since the disk was last known to be whole
  bool is_looking_ = false;
  Round round_ = 0;                         // never goes back
  Vote proposal_;                           // the best so far, while looking
  std::map<ServerId, Notification> words_;  // the last of each voter, while looking
  ServerSet askers_;
  std::optional<Elected> elected_;

  std::optional<MonotonicTime> finalize_at_;
  MonotonicTime repeat_at_;
  std::int64_t repeat_interval_ms_ = notification_interval_min_ms;
  std::vector<Send> sends_;
};

}  // namespace zabra::zab
