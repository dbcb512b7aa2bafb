// A hash index over the records of a Slab, with the chains running through the records themselves. It grows by linear
// hashing: an insertion splits at most one bucket, a removal joins at most one, so that none is slow, however many records
// there are.
//
// `Records` gives the index what it needs of a record: `Handle& next(Handle)` and `std::uint32_t hash(Handle)`.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "state/slab.h"

namespace zabra::state {

class ChainIndex {
 public:
  ChainIndex() { add_bucket(); }

  // Makes buckets for `count` records at once, so that inserting them splits none: for loading. O(count).
  template <class Records>
  void reserve(std::size_t count, Records&& records) {
    while (buckets_ < count) split_one(records);
  }

  template <class Records, class Equal>
  Handle find(std::uint32_t hash, Records&& records, Equal&& equal) const {
    Handle at = head(bucket_of(hash));
    while (at != no_handle && !equal(at)) at = records.next(at);
    return at;
  }

  template <class Records>
  void insert(Handle handle, std::uint32_t hash, Records&& records) {
    push(bucket_of(hash), handle, records);
    if (++count_ > buckets_) split_one(records);
  }

  template <class Records>
  void remove(Handle handle, std::uint32_t hash, Records&& records) {
    Handle* link = &head(bucket_of(hash));
    while (*link != handle) {
      CHECK(*link != no_handle);
      link = &records.next(*link);
    }
    *link = records.next(handle);
    --count_;
    if (count_ < buckets_ / 2 && buckets_ > segment_mask + 1) join_one(records);
  }

  std::size_t size() const { return count_; }

  // What find() and remove() of this hash will need is on its way from memory: first the head of the chain, then, when that
  // is there, its first record.
  void fetch_head(std::uint32_t hash) const { __builtin_prefetch(&slot(bucket_of(hash))); }
  template <class Records>
  void fetch_first(std::uint32_t hash, Records&& records) const {
    if (const Handle first = head(bucket_of(hash)); first != no_handle) __builtin_prefetch(&records.next(first));
  }

 private:
  static constexpr unsigned segment_bits = 10;
  static constexpr std::uint32_t segment_mask = (1U << segment_bits) - 1;
  using Segment = std::array<Handle, segment_mask + 1U>;

  const Handle& slot(std::uint32_t bucket) const { return (*segments_[bucket >> segment_bits])[bucket & segment_mask]; }
  Handle& head(std::uint32_t bucket) { return (*segments_[bucket >> segment_bits])[bucket & segment_mask]; }
  Handle head(std::uint32_t bucket) const { return slot(bucket); }

  // Buckets below the one to be split next have been split already: they use one more bit of the hash.
  std::uint32_t bucket_of(std::uint32_t hash) const {
    const std::uint32_t bucket = hash & (2 * level_ - 1);
    return bucket < buckets_ ? bucket : bucket - level_;
  }

  void add_bucket() {
    if ((buckets_ & segment_mask) == 0) {
      segments_.push_back(std::make_unique<Segment>());
      segments_.back()->fill(no_handle);
    }
    ++buckets_;
  }

  template <class Records>
  void push(std::uint32_t bucket, Handle handle, Records&& records) {
    records.next(handle) = head(bucket);
    head(bucket) = handle;
  }

  template <class Records>
  void split_one(Records&& records) {
    Handle at = std::exchange(head(buckets_ - level_), no_handle);
    add_bucket();
    while (at != no_handle) {
      const Handle next = records.next(at);
      push(bucket_of(records.hash(at)), at, records);
      at = next;
    }
    if (buckets_ == 2 * level_) level_ = buckets_;
  }

  // The reverse of a split: the last bucket goes back behind the one it came from.
  template <class Records>
  void join_one(Records&& records) {
    if (buckets_ == level_) level_ /= 2;
    const std::uint32_t last = buckets_ - 1;
    if (const Handle moved = std::exchange(head(last), no_handle); moved != no_handle) {
      Handle* link = &head(last - level_);
      while (*link != no_handle) link = &records.next(*link);
      *link = moved;
    }
    --buckets_;
    if ((buckets_ & segment_mask) == 0) segments_.pop_back();
  }

  std::vector<std::unique_ptr<Segment>> segments_;
  std::uint32_t buckets_ = 0;  // level_ <= buckets_ < 2 * level_
  std::uint32_t level_ = 1;
  std::size_t count_ = 0;
};

}  // namespace zabra::state
