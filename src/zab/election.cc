#include "zab/election.h"

#include <algorithm>

#include "wire/check.h"

namespace zabra::zab {

// ---- what we say ----

Vote Election::own_vote() const {
  if (!quorums_.committed().is_voter(self_)) return {};
  return {self_, is_abstaining() ? zxid_untrusted : own_.last_logged, own_.current_epoch};
}

Notification Election::current() const {
  if (elected_) return {.state = elected_->role, .vote = elected_->vote, .round = elected_->round};
  return {.state = PeerState::looking, .vote = proposal_, .round = round_};
}

void Election::propose(Round round, const Vote& vote, MonotonicTime now) {
  round_ = round;
  proposal_ = vote;
  finalize_at_.reset();
  repeat_interval_ms_ = notification_interval_min_ms;
  repeat_at_ = now + repeat_interval_ms_;
  tell_all();
}

void Election::open_round(Round round, MonotonicTime now) {
  propose(round, own_vote(), now);
  count(now);
}

// ---- events ----

void Election::begin(Position own, MonotonicTime now) {
  own_ = own;
  if (!is_in_no_epoch()) has_heard_of_history_ = false;
  is_looking_ = true;
  elected_.reset();
  words_.clear();
  open_round(round_ + 1, now);
}

void Election::rest() {
  is_looking_ = false;
  elected_.reset();
  finalize_at_.reset();
}

void Election::notification(ServerId from, const Notification& said, MonotonicTime now) {
  if (from == self_ || said.round < 0 || said.round > round_max) return;
  if (!quorums_.is_voter(from)) return answer_asker(from, said);
  if (quorums_.is_voter(said.vote.leader)) note_history(said.vote, now);
  if (is_looking_ && said.state == PeerState::looking) {
    hear_looking(from, said, now);
  } else if (is_looking_ && said.state != PeerState::observing) {
    hear_settled(from, said, now);
  } else if (elected_ && said.state == PeerState::looking) {
    tell(from);
  }
}

// A link that ended takes with it what was said over it: its server may have died, or come back as another. When that
// was the one for which we vote, we look for a better candidate than one whom we can't reach.
void Election::links(ServerSet live, MonotonicTime now) {
  const ServerSet before = std::exchange(live_, std::move(live));
  if (!is_looking_) return;
  for (const ServerId server : before) {
    if (!live_.contains(server)) words_.erase(server);
  }
  if (before.contains(proposal_.leader) && !live_.contains(proposal_.leader)) return open_round(round_ + 1, now);
  for (const ServerId server : live_) {
    if (!before.contains(server) && quorums_.is_voter(server)) tell(server);
  }
  count(now);
}

void Election::tick(MonotonicTime now) {
  if (!is_looking_) return;
  if (finalize_at_ && now >= *finalize_at_) return settle(proposal_, round_, false);
  if (now < repeat_at_) return;
  const bool is_anybody_settled =
      std::any_of(words_.begin(), words_.end(), [&](const auto& word) { return is_settled(word.first); });
  repeat_interval_ms_ = std::min(2 * repeat_interval_ms_, is_anybody_settled ? notification_interval_joining_max_ms
                                                                             : notification_interval_max_ms);
  repeat_at_ = now + repeat_interval_ms_;
  tell_all();
}

void Election::synchronised(std::uint32_t epoch) {
  CHECK(elected_);
  elected_->vote.peer_epoch = epoch;
  own_.current_epoch = epoch;
  own_.accepted_epoch = std::max(own_.accepted_epoch, epoch);
  has_heard_of_history_ = false;
}

std::optional<MonotonicTime> Election::next_deadline() const {
  if (!is_looking_) return std::nullopt;
  return finalize_at_ ? std::min(*finalize_at_, repeat_at_) : repeat_at_;
}

// ---- what others say ----

// Observers and joiners ask whom to follow. Two servers that take each other for such must not answer each other for
// ever: we answer questions only, and while we look ourselves, with the answer.
void Election::answer_asker(ServerId asker, const Notification& said) {
  if (said.state != PeerState::looking) return;
  if (elected_) return tell(asker);
  if (is_looking_ && askers_.size() < askers_max) askers_.insert(asker);
}

void Election::note_history(const Vote& vote, MonotonicTime now) {
  if (!is_in_no_epoch() || has_heard_of_history_) return;
  if (!vote.has_transactions() && vote.peer_epoch <= std::int64_t{own_.accepted_epoch}) return;
  has_heard_of_history_ = true;
  if (is_looking_ && is_abstaining()) open_round(round_, now);
}

void Election::hear_looking(ServerId from, const Notification& said, MonotonicTime now) {
  if (is_settled(from)) words_.erase(from);  // it has left its leader, or leads no more
  if (said.round < round_) tell(from);
  if (is_abstaining()) return;
  if (said.vote.is_untrusted()) return hear_abstaining(from, said, now);
  if (said.round < round_ || !quorums_.is_voter(said.vote.leader)) return;
  words_[from] = said;
  take_if_better(said, now);
  count(now);
}

// It takes no vote from us, and must hear of the outcome to join it: in whichever round it is.
void Election::hear_abstaining(ServerId from, const Notification& said, MonotonicTime now) {
  answer_asker(from, said);
  words_[from] = said;
  count(now);
}

// A later round makes void what was said in earlier ones, our own proposal included.
void Election::take_if_better(const Notification& said, MonotonicTime now) {
  const Vote best = said.round > round_ ? own_vote() : proposal_;
  const bool is_taken =
      quorums_.is_electable(said.vote.leader) && (!quorums_.is_electable(best.leader) || is_better(said.vote, best));
  if (is_taken || said.round > round_) propose(said.round, is_taken ? said.vote : best, now);
}

void Election::hear_settled(ServerId from, const Notification& said, MonotonicTime now) {
  if (!quorums_.is_voter(said.vote.leader)) return;
  words_[from] = said;
  const bool is_sitting = may_join(said) && (is_agreed_in_this_round(said) || is_agreed_among_settled(said));
  if (is_sitting) return settle(said.vote, said.round, true);
  repeat_at_ = std::min(repeat_at_, now + notification_interval_joining_max_ms);
  count(now);  // it may have settled for what we propose
}

// ---- counting ----

const Notification* Election::word_of(ServerId voter) const {
  const auto place = words_.find(voter);
  return place == words_.end() ? nullptr : &place->second;
}

bool Election::is_settled(ServerId voter) const {
  const Notification* word = word_of(voter);
  return word != nullptr && word->state != PeerState::looking;
}

bool Election::is_for_proposal(ServerId voter) const {
  if (voter == self_) return true;
  const Notification* word = word_of(voter);
  return word != nullptr && is_same_vote(*word, {.vote = proposal_, .round = round_});
}

// Nobody is left from whom something better could come: every voter that we can reach has voted for the same, or says
// that it does not vote. ZooKeeper waits in any case.
bool Election::has_everybody_spoken_for_proposal() const {
  if (proposal_.leader != self_ && !live_.contains(proposal_.leader)) return false;
  return std::all_of(live_.begin(), live_.end(), [&](ServerId server) {
    if (!quorums_.is_electable(server) || is_for_proposal(server)) return true;
    const Notification* word = word_of(server);
    return word != nullptr && word->vote.is_untrusted();
  });
}

void Election::count(MonotonicTime now) {
  const bool is_won = !is_abstaining() && quorums_.is_electable(proposal_.leader) &&
                      quorums_.is_quorum_where([&](ServerId voter) { return is_for_proposal(voter); });
  if (!is_won) return finalize_at_.reset();
  if (has_everybody_spoken_for_proposal()) return settle(proposal_, round_, false);
  if (!finalize_at_) finalize_at_ = now + election_finalize_wait_ms;
}

// Those that settled in the round in which we are, with those that would have: a settled server's epoch may be that of
// its vote or already the one agreed on, so the leader's name is enough (ZooKeeper: the same).
bool Election::is_agreed_in_this_round(const Notification& said) const {
  if (said.round != round_) return false;
  return quorums_.is_quorum_where([&](ServerId voter) {
    if (voter == self_) return proposal_ == said.vote;
    const Notification* word = word_of(voter);
    if (word == nullptr || word->round != round_) return false;
    return word->state == PeerState::looking ? is_same_vote(*word, said) : word->vote.leader == said.vote.leader;
  });
}

bool Election::is_agreed_among_settled(const Notification& said) const {
  return quorums_.is_quorum_where(
      [&](ServerId voter) { return is_settled(voter) && is_same_leader(*word_of(voter), said); });
}

// Followers may not have noticed that their leader is gone, or leads no more: only its own word counts. We ourselves
// were elected only if it was in the round in which we are, with the disk that we still have.
bool Election::may_join(const Notification& said) const {
  if (said.vote.leader == self_) return said.round == round_ && !is_abstaining();
  const Notification* word = word_of(said.vote.leader);
  return word != nullptr && word->state == PeerState::leading;
}

void Election::settle(const Vote& vote, Round round, bool is_joined) {
  const PeerState role = vote.leader == self_          ? PeerState::leading
                         : quorums_.is_observer(self_) ? PeerState::observing
                                                       : PeerState::following;
  is_looking_ = false;
  round_ = std::max(round_, round);
  elected_ = Elected{role, vote, round, is_joined};
  finalize_at_.reset();
  words_.clear();
  for (const ServerId asker : std::exchange(askers_, {})) tell(asker);
}

}  // namespace zabra::zab
