// A server through all its roles: what it has (history, epochs, what is committed) outlives them, and one role at a
// time decides about it.
//
//   alone                                      the only member: its own disk is the quorum, for ever
//
//   resting ──> looking ──> leading, following or observing ──┐
//      ^   disk quiet   elected                               │ the role is over: link lost, silence, no quorum, no space,
//      └──────────────────────────────────────────────────────┘ our own standstill
//
// Resting: what is on its way to the disk is finished first, so that the next role begins with a history that is all
// durable and with epochs that are on disk; meanwhile nobody is answered. A history that a role had begun beside ours,
// and that was not adopted, is given up.
//
// Time: a step that comes more than syncLimit after the last one means that we stood still, and that others may have
// elected a leader meanwhile: whatever role we had is left before anything else is looked at.
//
// The tree is never ahead of `committed`: next_committed() gives what may be applied, once and in order. So what a
// leader makes us forget was shown to nobody.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/log_room.h"
#include "base/time.h"
#include "zab/acknowledgements.h"
#include "zab/actions.h"
#include "zab/election.h"
#include "zab/history.h"
#include "zab/leader.h"
#include "zab/learner.h"
#include "zab/role_settings.h"

namespace zabra::zab {

enum class Role : std::uint8_t { alone, resting, looking, leading, following, observing };

// What a peer wants done besides what its roles want (actions.h). Of the completions those are dropped whose generation
// is not the peer's (generation()).
class PeerActions : public Actions {
 public:
  // What was begun beside our history (begin_anew) is given up; nothing of it is reported any more.
  virtual void abandon() = 0;
};

class Peer final : private Actions {
 public:
  struct Identity {
    ServerId server;
    Quorums quorums;
    std::string ensemble_text;  // goes out with NEWLEADER (wire/ensemble_format.h)
    bool is_alone = false;      // without an ensemble: nobody else will ever be there
  };
  struct Settings {
    RoleSettings roles;
    Retention retention;  // of what is committed, for learners that are a little behind
  };

  Peer(Identity identity, Settings settings, PeerActions& actions, Log& log);

  // ---- recovery: `base` is where the state stands, `restore` what the log has behind it ----
  void recovered(Zxid base);
  void restore(Proposal proposal) { history_.append(std::move(proposal)); }
  void start(MonotonicTime now, Epochs epochs);

  // ---- a step: its time, what happened, then what time alone brings ----
  void begin_step(MonotonicTime now);
  void pass_time();
  std::optional<MonotonicTime> next_deadline() const;
  // It gives up whatever role it has.
  void leave(std::string_view why);
  // The same, for good.
  void stop();
  // Whether the log can be given more, and the next checkpoint has its place. Without space a server has no role.
  void has_space(bool yes);

  // ---- the election port ----
  void notification(ServerId from, const Notification& said);
  void voters_linked(ServerSet live);
  std::vector<Election::Send> take_sends() { return election_.take_sends(); }
  const Election& election() const { return election_; }

  // ---- the quorum port ----
  void accepted(LinkId link);   // somebody dialled us
  void connected(LinkId link);  // whom we have dialled
  void dial_failed();
  void closed(LinkId link);
  // Whether the link's next packet may come now.
  bool takes_packets(LinkId link) const;
  void received(LinkId link, const wire::QuorumPacket& packet);
  void snapshot_goes_on();  // Learner::snapshot_goes_on

  // ---- our disk: completions of what Actions asked for, of this generation ----
  void durable(Zxid last);
  void epochs_stored();
  void truncated(bool done);
  void begun();
  void adopted();
  bool log_found(LinkId link, Zxid found);
  void fed(LinkId link, std::optional<Zxid> until);
  void refuse(LinkId learner, std::string_view why);  // what it needs can't be had here

  // ---- broadcast, on the server that leads ----
  bool leads() const;
  // Of the next proposal; none: nothing can be proposed now.
  std::optional<Zxid> next_zxid() const;
  void propose(std::string entry);
  std::uint64_t begin_barrier() { return mutable_leader()->begin_barrier(); }
  std::uint64_t barrier_passed() const { return leader()->barrier_passed(); }

  // ---- what may be applied ----
  // The next committed transaction that was not given out yet. Good until the peer is told something.
  const Proposal* next_committed() { return set_aside_ ? nullptr : history_.next(committed_); }
  // One that nobody needs any more: its memory may be used again.
  std::optional<Proposal> take_spare();

  // ---- facts ----
  Role role() const;
  bool serves() const;  // its clients may be served
  // Of the history in force: what is begun beside it does not count before it is adopted.
  Zxid committed() const { return committed_; }
  Zxid durable() const { return set_aside_ ? set_aside_->last() : durable_; }
  Zxid last_logged() const { return in_force().last(); }
  Zxid given() const { return in_force().given(); }
  Epochs epochs() const { return epochs_; }
  LogGeneration generation() const { return generation_; }
  // While there is one.
  std::optional<ServerId> leader_id() const;
  const Learner* learner() const { return std::get_if<Learner>(&role_); }
  const Leader* leader() const { return std::get_if<Leader>(&role_); }
  const std::string& last_end_reason() const { return end_reason_; }
  std::uint64_t looking_count() const { return looking_count_; }  // how often it has looked for a leader

 private:
  struct Alone {};
  struct Resting {};
  struct Looking {};
  // What was asked of the disk besides records, one at a time.
  enum class Asked : std::uint8_t { nothing, epochs, truncation, refused_truncation, begin, adoption };

  // transitions
  void go_on();
  bool refuse_truncation();
  bool drop_role_that_is_over();
  bool may_look() const;
  bool look_when_quiet();
  bool take_role_when_elected();
  void rest(std::string reason);
  void give_up_begun();
  void lead();
  void follow(ServerId leader, bool observes);
  void note_progress();
  void next_generation() { ++generation_.value; }
  bool is_over() const;
  const History& in_force() const { return set_aside_ ? *set_aside_ : history_; }
  Leader* mutable_leader() { return std::get_if<Leader>(&role_); }
  Learner* mutable_learner() { return std::get_if<Learner>(&role_); }

  // Actions of the roles
  void dial(ServerId server) override { host_.dial(server); }
  void send(LinkId link, const wire::QuorumPacket& packet) override { host_.send(link, packet); }
  void close(LinkId link) override { host_.close(link); }
  std::optional<std::string> objection_to(const Proposal& proposal) const override {
    return host_.objection_to(proposal);
  }
  void append(Proposal& proposal) override { host_.append(proposal); }
  void store_epochs(Epochs epochs) override;
  void truncate(Zxid last) override;
  void begin_anew(std::optional<Zxid> snapshot) override;
  void adopt() override;
  std::optional<Zxid> log_start() const override { return host_.log_start(); }
  void read_log(LinkId link, Zxid after, Zxid until) override { host_.read_log(link, after, until); }
  void send_snapshot(LinkId link) override { host_.send_snapshot(link); }
  void service_packet(LinkId link, const wire::QuorumPacket& packet) override { host_.service_packet(link, packet); }
  void answer_ping(LinkId link, const wire::QuorumPacket& ping) override { host_.answer_ping(link, ping); }

  const Identity identity_;
  const Settings settings_;
  PeerActions& host_;
  Log& log_;

  History history_{zxid_zero};
  std::optional<History> set_aside_;  // ours, while another is begun beside it
  Epochs epochs_, epochs_asked_;
  Zxid durable_, committed_, cut_to_, begun_at_;
  LogGeneration generation_{1};
  Asked asked_ = Asked::nothing;
  bool has_space_ = true;
  bool is_stopping_ = false;
  bool wants_everything_ = false;  // what we have can't be brought to a leader's history
  bool said_synchronised_ = false;

  MonotonicTime now_;
  Election election_;
  std::vector<LinkId> waiting_;  // learners that came before we lead
  std::string end_reason_;
  std::uint64_t looking_count_ = 0;
  std::variant<Resting, Alone, Looking, Leader, Learner> role_;
};

std::string_view to_string(Role role);

}  // namespace zabra::zab
