#include "zab/broadcast.h"

#include <algorithm>

#include "wire/check.h"

namespace zabra::zab {

Broadcast::Broadcast(Quorums quorums, Zxid last)
    : quorums_(std::move(quorums)), last_proposed_(last), committed_(last) {
  for (const ServerId voter : quorums_.voters()) positions_.push_back({voter, last});
}

void Broadcast::propose(Proposal proposal) {
  CHECK(proposal.zxid == last_proposed_.next() || proposal.zxid.epoch > last_proposed_.epoch);
  last_proposed_ = proposal.zxid;
  proposals_.push_back(std::move(proposal));
}

void Broadcast::acknowledged(ServerId server, Zxid zxid) {
  const auto place = std::find_if(positions_.begin(), positions_.end(),
                                  [&](const Position& position) { return position.server == server; });
  if (place == positions_.end()) return;
  CHECK(zxid <= last_proposed_);
  if (zxid <= place->acknowledged) return;
  place->acknowledged = zxid;
  committed_ = std::max(committed_, quorum_position());
}

Zxid Broadcast::acknowledged_by(ServerId voter) const {
  return std::find_if(positions_.begin(), positions_.end(),
                      [&](const Position& position) { return position.server == voter; })
      ->acknowledged;
}

// The highest zxid that a quorum has. It is the position of some voter: of those whose position is at or below it.
Zxid Broadcast::quorum_position() const {
  Zxid highest = committed_;
  for (const Position& candidate : positions_) {
    if (candidate.acknowledged <= highest) continue;
    const auto has_it = [&](ServerId voter) { return acknowledged_by(voter) >= candidate.acknowledged; };
    if (quorums_.is_quorum_where(has_it)) highest = candidate.acknowledged;
  }
  return highest;
}

std::optional<Proposal> Broadcast::next_committed() {
  if (proposals_.empty() || proposals_.front().zxid > committed_) return std::nullopt;
  Proposal proposal = std::move(proposals_.front());
  proposals_.pop_front();
  return proposal;
}

}  // namespace zabra::zab
