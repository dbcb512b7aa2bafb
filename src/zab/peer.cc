#include "zab/peer.h"

#include <algorithm>
#include <utility>

#include "wire/check.h"

namespace zabra::zab {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::alone:
      return "alone";
    case Role::resting:
      return "resting";
    case Role::looking:
      return "looking";
    case Role::leading:
      return "leading";
    case Role::following:
      return "following";
    case Role::observing:
      return "observing";
  }
  return "?";
}

Peer::Peer(Identity identity, Settings settings, PeerActions& actions, Log& log)
    : identity_(std::move(identity)),
      settings_(settings),
      host_(actions),
      log_(log),
      election_(identity_.server, identity_.quorums) {}

void Peer::recovered(Zxid base) {
  committed_ = base;
  history_.restart(base);
}

void Peer::start(MonotonicTime now, Epochs epochs) {
  now_ = now;
  epochs_ = epochs;
  durable_ = history_.last();
  if (!identity_.is_alone) return;  // the first step begins to look
  role_.emplace<Alone>();
  committed_ = durable_;
}

// ---- time ----

void Peer::begin_step(MonotonicTime now) {
  const std::int64_t gap = now - std::exchange(now_, now);
  if (Leader* role = mutable_leader()) role->begin_step(now);
  if (Learner* role = mutable_learner()) role->begin_step(now);
  if (gap > settings_.roles.sync_limit_ms) leave(text("this server stood still for ", gap, " ms"));
}

void Peer::pass_time() {
  if (Leader* role = mutable_leader()) role->pass_time();
  if (Learner* role = mutable_learner()) role->pass_time();
  if (std::holds_alternative<Looking>(role_)) election_.tick(now_);
  go_on();
}

std::optional<MonotonicTime> Peer::next_deadline() const {
  if (const Leader* role = leader()) return role->next_deadline();
  if (const Learner* role = learner()) return role->next_deadline();
  if (may_look()) return now_;
  return election_.next_deadline();
}

// Without space it has no vote either: it could not keep what it votes for.
void Peer::has_space(bool yes) {
  has_space_ = yes;
  if (!yes) leave("no space left on the disk");
  if (!yes && std::holds_alternative<Looking>(role_)) rest("no space left on the disk");
  go_on();
}

// ---- from role to role ----

void Peer::go_on() {
  note_progress();
  while (refuse_truncation() || drop_role_that_is_over() || look_when_quiet() || take_role_when_elected()) note_progress();
}

void Peer::note_progress() {
  const Leader* leads = leader();
  const Learner* learns = learner();
  if (leads != nullptr && leads->leads()) committed_ = std::max(committed_, leads->committed());
  if (learns != nullptr && learns->serves()) committed_ = std::max(committed_, learns->committed());
  const bool is_synchronised = (leads != nullptr && leads->leads()) || (learns != nullptr && learns->serves());
  if (is_synchronised && !std::exchange(said_synchronised_, true)) election_.synchronised(epochs_.current);
}

bool Peer::is_over() const {
  const Leader* leads = leader();
  const Learner* learns = learner();
  return (leads != nullptr && leads->is_over()) || (learns != nullptr && learns->is_over());
}

bool Peer::drop_role_that_is_over() {
  if (!is_over()) return false;
  if (const Learner* role = learner()) {
    wants_everything_ = role->needs_everything() || (wants_everything_ && !role->knows_where());
    rest(role->end_reason());
  } else {
    rest(leader()->end_reason());
  }
  return true;
}

void Peer::rest(std::string reason) {
  end_reason_ = std::move(reason);
  role_.emplace<Resting>();
  election_.rest();
  said_synchronised_ = false;
  if (set_aside_ && asked_ != Asked::adoption) give_up_begun();
}

// All of our own history is durable: another is only begun where it is.
void Peer::give_up_begun() {
  host_.abandon();
  next_generation();
  asked_ = Asked::nothing;
  history_ = std::move(*set_aside_);
  set_aside_.reset();
  durable_ = history_.last();
}

bool Peer::may_look() const {
  const bool is_quiet = asked_ == Asked::nothing && durable_ == history_.last();
  return std::holds_alternative<Resting>(role_) && is_quiet && has_space_ && !is_stopping_;
}

bool Peer::look_when_quiet() {
  if (!may_look()) return false;
  next_generation();
  role_.emplace<Looking>();
  ++looking_count_;
  election_.begin({.last_logged = history_.last(), .current_epoch = epochs_.current, .accepted_epoch = epochs_.accepted},
                  now_);
  log_.info(text("looking for a leader: last zxid ", to_string(history_.last()), ", epoch ", epochs_.current));
  return true;
}

bool Peer::take_role_when_elected() {
  if (!std::holds_alternative<Looking>(role_) || election_.is_looking()) return false;
  const Election::Elected elected = election_.elected().value();
  log_.info(text("elected: server ", elected.vote.leader.value, " with zxid ", to_string(elected.vote.zxid), ", round ",
                 elected.round));
  if (elected.role == PeerState::leading) {
    lead();
  } else {
    follow(elected.vote.leader, elected.role == PeerState::observing);
  }
  return true;
}

void Peer::lead() {
  const Leader::Identity identity{identity_.server, identity_.quorums, identity_.ensemble_text};
  Leader& role = role_.emplace<Leader>(identity, settings_.roles, epochs_, history_, static_cast<Actions&>(*this), log_);
  role.begin(now_);
  for (const LinkId link : std::exchange(waiting_, {})) role.opened(link);
}

// Who has come to be led by us has to look further.
void Peer::follow(ServerId whom, bool observes) {
  for (const LinkId link : std::exchange(waiting_, {})) host_.close(link);
  const Learner::Identity identity{.server = identity_.server,
                                   .observes = observes,
                                   .ensemble_version = identity_.quorums.committed().version(),
                                   .wants_everything = wants_everything_};
  role_.emplace<Learner>(identity, whom, settings_.roles, epochs_, history_, static_cast<Actions&>(*this), log_)
      .begin(now_);
}

void Peer::leave(std::string_view why) {
  if (Leader* role = mutable_leader()) role->leave(why);
  if (Learner* role = mutable_learner()) role->leave(why);
  go_on();
}

void Peer::stop() {
  is_stopping_ = true;
  leave("this server is stopping");
}

// ---- the election port ----

void Peer::notification(ServerId from, const Notification& said) {
  election_.notification(from, said, now_);
  go_on();
}

void Peer::voters_linked(ServerSet live) {
  election_.links(std::move(live), now_);
  go_on();
}

// ---- the quorum port ----

void Peer::accepted(LinkId link) {
  if (Leader* role = mutable_leader(); role != nullptr && !role->is_over()) {
    role->opened(link);
  } else if (learner() != nullptr || std::holds_alternative<Alone>(role_)) {
    host_.close(link);
  } else {
    waiting_.push_back(link);
  }
}

// Whoever has dialled may be over meanwhile, and another may have dialled.
void Peer::connected(LinkId link) {
  Learner* role = mutable_learner();
  if (role == nullptr || role->phase() != Learner::Phase::connecting) return host_.close(link);
  role->connected(link);
  go_on();
}

void Peer::dial_failed() {
  Learner* role = mutable_learner();
  if (role == nullptr) return;
  role->dial_failed();
  go_on();
}

void Peer::closed(LinkId link) {
  std::erase(waiting_, link);
  if (Leader* role = mutable_leader()) role->closed(link);
  if (Learner* role = mutable_learner(); role != nullptr && role->link() == link) role->closed();
  go_on();
}

bool Peer::takes_packets(LinkId link) const {
  if (const Leader* role = leader()) return !role->is_over();
  const Learner* role = learner();
  return role != nullptr && role->link() == link && role->takes_packets();
}

void Peer::received(LinkId link, const wire::QuorumPacket& packet) {
  if (Leader* role = mutable_leader()) {
    role->received(link, packet);
  } else if (takes_packets(link)) {
    mutable_learner()->received(packet);
  }
  go_on();
}

void Peer::snapshot_goes_on() {
  if (Learner* role = mutable_learner()) role->snapshot_goes_on();
}

// ---- our disk ----

void Peer::durable(Zxid last) {
  durable_ = last;
  if (std::holds_alternative<Alone>(role_)) committed_ = last;
  if (Leader* role = mutable_leader()) role->durable(last);
  if (Learner* role = mutable_learner()) role->durable(last);
  go_on();
}

void Peer::store_epochs(Epochs epochs) {
  CHECK(asked_ == Asked::nothing);
  asked_ = Asked::epochs;
  epochs_asked_ = epochs;
  host_.store_epochs(epochs);
}

void Peer::epochs_stored() {
  CHECK(asked_ == Asked::epochs);
  asked_ = Asked::nothing;
  epochs_ = epochs_asked_;
  if (Leader* role = mutable_leader()) role->epochs_stored();
  if (Learner* role = mutable_learner()) role->epochs_stored();
  go_on();
}

void Peer::truncate(Zxid last) {
  CHECK(asked_ == Asked::nothing && durable_ == history_.last());
  asked_ = last < committed_ ? Asked::refused_truncation : Asked::truncation;
  if (asked_ == Asked::refused_truncation) return;
  cut_to_ = last;
  host_.truncate(last);
}

// What is committed, and may have been shown, is not cut, whoever asks.
bool Peer::refuse_truncation() {
  if (asked_ != Asked::refused_truncation) return false;
  asked_ = Asked::nothing;
  log_.error(text("a leader wants us to forget what is committed, up to ", to_string(committed_)));
  if (Learner* role = mutable_learner()) role->truncated(false);
  return true;
}

void Peer::truncated(bool done) {
  CHECK(asked_ == Asked::truncation);
  asked_ = Asked::nothing;
  if (done) {
    next_generation();
    history_.truncate(cut_to_);
    durable_ = cut_to_;
  }
  if (Learner* role = mutable_learner()) role->truncated(done);
  go_on();
}

void Peer::begin_anew(std::optional<Zxid> snapshot) {
  CHECK(asked_ == Asked::nothing && durable_ == history_.last() && !set_aside_);
  asked_ = Asked::begin;
  begun_at_ = snapshot.value_or(zxid_zero);
  set_aside_ = std::exchange(history_, History(begun_at_));
  next_generation();
  host_.begin_anew(snapshot);
}

void Peer::begun() {
  CHECK(asked_ == Asked::begin);
  asked_ = Asked::nothing;
  durable_ = begun_at_;
  if (Learner* role = mutable_learner()) role->begun();
  go_on();
}

void Peer::adopt() {
  CHECK(asked_ == Asked::nothing && set_aside_ && durable_ == history_.last());
  asked_ = Asked::adoption;
  host_.adopt();
}

// From here on the other history is ours, whatever became of the role that asked for it.
void Peer::adopted() {
  CHECK(asked_ == Asked::adoption);
  asked_ = Asked::nothing;
  set_aside_.reset();
  committed_ = begun_at_;
  wants_everything_ = false;
  if (Learner* role = mutable_learner()) role->adopted();
  go_on();
}

bool Peer::log_found(LinkId link, Zxid found) {
  Leader* role = mutable_leader();
  return role != nullptr && role->log_found(link, found);
}

void Peer::fed(LinkId link, std::optional<Zxid> until) {
  if (Leader* role = mutable_leader()) role->fed(link, until);
  go_on();
}

void Peer::refuse(LinkId learner, std::string_view why) {
  if (Leader* role = mutable_leader()) role->drop(learner, why);
  go_on();
}

// ---- broadcast ----

bool Peer::leads() const {
  const Leader* role = leader();
  return std::holds_alternative<Alone>(role_) || (role != nullptr && role->leads());
}

std::optional<Zxid> Peer::next_zxid() const {
  if (std::holds_alternative<Alone>(role_)) return history_.last().next();
  const Leader* role = leader();
  return role != nullptr && role->leads() ? role->next_zxid() : std::nullopt;
}

void Peer::propose(std::string entry) {
  if (Leader* role = mutable_leader()) return role->propose(std::move(entry));
  CHECK(std::holds_alternative<Alone>(role_));
  Proposal proposal{history_.last().next(), std::move(entry), 0};
  host_.append(proposal);
  history_.append(std::move(proposal));
}

// What our own disk does not have yet can't be read from there for a learner.
std::optional<Proposal> Peer::take_spare() {
  if (history_.begin() == history_.end() || history_.at(history_.begin()).zxid > durable_) return std::nullopt;
  const Leader* leads = leader();
  const Learner* learns = learner();
  const History::Index pinned = leads != nullptr    ? leads->pinned()
                                : learns != nullptr ? learns->pinned()
                                                    : history_.end();
  return history_.take_oldest(settings_.retention, pinned);
}

// ---- facts ----

Role Peer::role() const {
  switch (role_.index()) {
    case 1:
      return Role::alone;
    case 2:
      return Role::looking;
    case 3:
      return Role::leading;
    case 4:
      return election_.elected()->role == PeerState::observing ? Role::observing : Role::following;
    default:
      return Role::resting;
  }
}

bool Peer::serves() const {
  const Learner* role = learner();
  return leads() || (role != nullptr && role->serves());
}

std::optional<ServerId> Peer::leader_id() const {
  if (leader() != nullptr) return identity_.server;
  if (const Learner* role = learner()) return role->leader();
  return std::nullopt;
}

}  // namespace zabra::zab
