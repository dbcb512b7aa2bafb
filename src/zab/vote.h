// What a server says in an election: whom it would have lead, how far that one's history goes, in which round it says
// so.
//
//   better: higher epoch, then higher zxid, then higher server id        (a total order: somebody is always the best)
//
// Three marks are ZooKeeper's. A server without a vote of its own (observer, joiner) names nobody: -2^63 in all three
// fields. A voter that can't vouch for its disk says zxid -1, which everybody ignores. Both are below every real zxid:
// votes compare as signed numbers, as ZooKeeper compares them; so ask `is_better`, never compare the zxids.
#pragma once

#include <cstdint>
#include <limits>

#include "wire/ids.h"

namespace zabra::zab {

inline constexpr ServerId nobody{std::numeric_limits<std::int64_t>::min()};
inline constexpr Zxid zxid_of_nobody = Zxid::from_wire(std::numeric_limits<std::int64_t>::min());
inline constexpr std::int64_t epoch_of_nobody = std::numeric_limits<std::int64_t>::min();
inline constexpr Zxid zxid_untrusted = Zxid::from_wire(-1);

struct Vote {
  ServerId leader = nobody;
  Zxid zxid = zxid_of_nobody;                 // the last one that the proposed leader has logged
  std::int64_t peer_epoch = epoch_of_nobody;  // the proposed leader's current epoch
  friend constexpr bool operator==(const Vote&, const Vote&) = default;

  constexpr bool is_untrusted() const { return zxid == zxid_untrusted; }
  constexpr bool has_transactions() const { return zxid.to_wire() > 0; }
};

// The numbers are ZooKeeper's.
enum class PeerState : std::uint8_t { looking = 0, following = 1, leading = 2, observing = 3 };

// The sender's logical clock: elections begun, as far as it has heard. Begins at 0 with the process.
using Round = std::int64_t;
// A clock that says more than this is broken; adopting it would overflow ours one day.
inline constexpr Round round_max = Round{1} << 62;

// One message on the election port, without the configuration that it carries.
struct Notification {
  PeerState state = PeerState::looking;
  Vote vote;
  Round round = 0;
  std::int32_t format = 2;  // 0: from a server before ZooKeeper 3.5, whose epochs of settled votes mean nothing
  friend constexpr bool operator==(const Notification&, const Notification&) = default;
};

// Whether the candidate of the first vote should lead rather than that of the second. Whether it may lead at all is the
// ensemble's word (Quorums::is_electable).
constexpr bool is_better(const Vote& a, const Vote& b) {
  if (a.peer_epoch != b.peer_epoch) return a.peer_epoch > b.peer_epoch;
  if (a.zxid != b.zxid) return a.zxid.to_wire() > b.zxid.to_wire();
  return a.leader > b.leader;
}

// While somebody looks for a leader: the same vote in the same round.
constexpr bool is_same_vote(const Notification& a, const Notification& b) {
  return a.round == b.round && a.vote == b.vote;
}

// Between servers that have a leader: the round and the zxid were those of different elections, if one of them came
// later, and count for nothing. Nor does the epoch between the two formats.
constexpr bool is_same_leader(const Notification& a, const Notification& b) {
  const bool are_formats_mixed = (a.format > 0) != (b.format > 0);
  return a.vote.leader == b.vote.leader && (are_formats_mixed || a.vote.peer_epoch == b.vote.peer_epoch);
}

}  // namespace zabra::zab
