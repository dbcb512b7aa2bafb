// A hash table of 32-bit refs to objects that carry their own hash and chain link: linear hashing. It grows by splitting
// one bucket for each insert and shrinks by joining one for each erase, and the buckets stand in segments: no insert ever
// moves the whole table. Ref 0 ends a chain.
//
//   Links: std::uint32_t hash(std::uint32_t ref) const;  std::uint32_t& next(std::uint32_t ref);
//
// A look-up walks from first(hash) by the objects' own links and compares.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "wire/check.h"

namespace zabra::state {

class BucketTable {
 public:
  BucketTable() { segments_.push_back(std::make_unique<Segment>()); }

  std::uint32_t size() const { return size_; }
  std::uint32_t first(std::uint32_t hash) const { return const_cast<BucketTable*>(this)->bucket(place(hash)); }

  template <class Links>
  void insert(Links links, std::uint32_t ref) {
    std::uint32_t& head = bucket(place(links.hash(ref)));
    links.next(ref) = head;
    head = ref;
    if (++size_ > buckets_) split(links);
  }

  template <class Links>
  void erase(Links links, std::uint32_t ref) {
    std::uint32_t* at = &bucket(place(links.hash(ref)));
    while (*at != ref) {
      CHECK(*at != 0);
      at = &links.next(*at);
    }
    *at = links.next(ref);
    if (--size_ < buckets_ / 2 && buckets_ > per_segment) join(links);
  }

 private:
  static constexpr std::uint32_t per_segment = 1024;
  using Segment = std::array<std::uint32_t, per_segment>;

  std::uint32_t& bucket(std::uint32_t at) { return (*segments_[at / per_segment])[at % per_segment]; }
  // Buckets below `buckets_` exist; one that does not exist yet has its objects in the one that it will be split from.
  std::uint32_t place(std::uint32_t hash) const {
    const std::uint32_t at = hash & mask_;
    return at < buckets_ ? at : at & (mask_ >> 1);
  }
  void set_buckets(std::uint32_t count) {
    buckets_ = count;
    mask_ = std::bit_ceil(count) - 1;
  }

  template <class Links>
  void split(Links links) {
    const std::uint32_t added = buckets_, from = added - std::bit_floor(added);
    CHECK(added < 0x80000000U);
    if (added % per_segment == 0) segments_.push_back(std::make_unique<Segment>());
    set_buckets(added + 1);
    std::uint32_t* keep = &bucket(from);
    std::uint32_t* move = &bucket(added);
    for (std::uint32_t ref = *keep; ref != 0;) {
      std::uint32_t*& tail = place(links.hash(ref)) == added ? move : keep;
      *tail = ref;
      tail = &links.next(ref);
      ref = *tail;
    }
    *keep = 0;
    *move = 0;
  }

  template <class Links>
  void join(Links links) {
    const std::uint32_t gone = buckets_ - 1, into = gone - std::bit_floor(gone);
    std::uint32_t* tail = &bucket(into);
    while (*tail != 0) tail = &links.next(*tail);
    *tail = bucket(gone);
    bucket(gone) = 0;
    set_buckets(gone);
    if (gone % per_segment == 0) segments_.pop_back();
  }

  std::vector<std::unique_ptr<Segment>> segments_;
  std::uint32_t size_ = 0, buckets_ = per_segment, mask_ = per_segment - 1;
};

}  // namespace zabra::state
