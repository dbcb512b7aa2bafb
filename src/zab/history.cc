#include "zab/history.h"

#include <algorithm>
#include <utility>

#include "wire/check.h"

namespace zabra::zab {

History::Index History::after(Zxid zxid) const {
  const auto found = std::upper_bound(entries_.begin(), entries_.end(), zxid,
                                      [](Zxid sought, const Proposal& entry) { return sought < entry.zxid; });
  return begin_ + static_cast<Index>(found - entries_.begin());
}

bool History::has(Zxid zxid) const {
  if (zxid == base_) return true;
  const Index behind = after(zxid);
  return behind > begin_ && at(behind - 1).zxid == zxid;
}

void History::append(Proposal proposal) {
  CHECK(proposal.zxid == last().next() || proposal.zxid.epoch > last().epoch);
  bytes_ += proposal.entry.size();
  entries_.push_back(std::move(proposal));
}

const Proposal* History::next(Zxid until) {
  if (given_ == end() || at(given_).zxid > until) return nullptr;
  return &at(given_++);
}

void History::truncate(Zxid last) {
  if (!has(last)) return restart(last);
  while (this->last() > last) {
    bytes_ -= entries_.back().entry.size();
    entries_.pop_back();
  }
  given_ = std::min(given_, end());
}

void History::restart(Zxid base) {
  begin_ = given_ = end();
  entries_.clear();
  bytes_ = 0;
  base_ = base;
}

std::optional<Proposal> History::take_oldest(Retention keep, Index pinned) {
  if (begin_ == given_ || begin_ >= pinned) return std::nullopt;
  if (entries_.size() <= keep.entries && bytes_ <= keep.bytes) return std::nullopt;
  Proposal oldest = std::move(entries_.front());
  entries_.pop_front();
  bytes_ -= oldest.entry.size();
  base_ = oldest.zxid;
  ++begin_;
  return oldest;
}

}  // namespace zabra::zab
