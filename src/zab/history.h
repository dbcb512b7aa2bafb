// The end of a server's history that is kept in memory: what is logged here, in order, from some zxid on. It outlives
// the roles: what a follower has logged and its leader had not committed is what the next leader's synchronisation
// decides about.
//
//   base            oldest                   given                        last
//    |  on disk  |== kept for learners ==|==========|== logged, not committed ==|
//                                                   ^ next() stands here
//
// The base is the zxid before the oldest: nothing lies between them. Entries are opaque bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>

#include "wire/ids.h"
#include "zab/proposal.h"

namespace zabra::zab {

// How much is kept at most for learners that are a little behind. Whatever is not given out is always kept.
struct Retention {
  std::size_t entries = 0;
  std::size_t bytes = std::numeric_limits<std::size_t>::max();
};

class History {
 public:
  // A place in the history that stays right while the front is forgotten and the end grows.
  using Index = std::uint64_t;

  explicit History(Zxid base) : base_(base) {}

  Zxid base() const { return base_; }
  Zxid last() const { return entries_.empty() ? base_ : entries_.back().zxid; }
  // Of the last one that next() gave out.
  Zxid given() const { return given_ == begin_ ? base_ : at(given_ - 1).zxid; }
  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }

  Index begin() const { return begin_; }
  Index end() const { return begin_ + entries_.size(); }
  const Proposal& at(Index index) const { return entries_[static_cast<std::size_t>(index - begin_)]; }
  // The first one above `zxid`; end() when there is none. Meaningful from the base on.
  Index after(Zxid zxid) const;
  // The base counts: what follows it is here.
  bool has(Zxid zxid) const;

  // Zxids rise by one within an epoch: a history has no holes.
  void append(Proposal proposal);
  // The oldest that was not given out, if it is not above `until`. Good until the history is changed.
  const Proposal* next(Zxid until);
  // What comes behind `last` goes. What was given out and goes must be taken back by whoever got it. Where `last` is
  // not in memory, nothing stays there.
  void truncate(Zxid last);
  // Another history takes the place of this one: nothing behind `base`, and all before it is given out.
  void restart(Zxid base);
  // The oldest, if `keep` does not want it any more and it was given out and lies before `pinned`: its memory may be
  // used again.
  std::optional<Proposal> take_oldest(Retention keep, Index pinned);

 private:
  Zxid base_;
  std::deque<Proposal> entries_;
  std::size_t bytes_ = 0;
  Index begin_ = 0, given_ = 0;  // of the oldest, and of the next to be given out
};

}  // namespace zabra::zab
