#include "zab/broadcast.h"

#include <algorithm>

#include "wire/check.h"

namespace zabra::zab {

Broadcast::Broadcast(Ensemble ensemble, Zxid last)
    : ensemble_(std::move(ensemble)),
      acknowledged_(ensemble_.voters().size(), last),
      last_proposed_(last),
      committed_(last) {}

void Broadcast::propose(Proposal proposal) {
  CHECK(proposal.zxid == last_proposed_.next() || proposal.zxid.epoch > last_proposed_.epoch);
  last_proposed_ = proposal.zxid;
  proposals_.push_back(std::move(proposal));
}

void Broadcast::acknowledged(ServerId server, Zxid zxid) {
  const auto voters = ensemble_.voters();
  const auto place = std::lower_bound(voters.begin(), voters.end(), server);
  if (place == voters.end() || *place != server) return;
  Zxid& position = acknowledged_[static_cast<std::size_t>(place - voters.begin())];
  CHECK(zxid <= last_proposed_);
  if (zxid <= position) return;
  position = zxid;
  committed_ = std::max(committed_, quorum_position());
}

// The highest zxid that a quorum has: with positions sorted from the highest down, that of the last member of the smallest
// quorum.
Zxid Broadcast::quorum_position() {
  sorted_ = acknowledged_;
  std::sort(sorted_.begin(), sorted_.end(), std::greater<>());
  std::size_t members = 1;
  while (!ensemble_.is_quorum(members)) ++members;
  return sorted_[members - 1];
}

std::optional<Proposal> Broadcast::next_committed() {
  if (proposals_.empty() || proposals_.front().zxid > committed_) return std::nullopt;
  Proposal proposal = std::move(proposals_.front());
  proposals_.pop_front();
  return proposal;
}

}  // namespace zabra::zab
