// A pool of records that are named by a 32-bit handle: no malloc header, stable addresses. It grows and shrinks by
// segments: no record ever moves, no growth touches the records that are there, and a segment goes back to the system when
// none of its records is in use. Handles of removed records are used again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "wire/check.h"

namespace zabra::state {

using Handle = std::uint32_t;
inline constexpr Handle no_handle = 0;

// Record: default constructible and assignable; a removed one is assigned Record{}.
template <class Record, unsigned segment_bits = 10>
class Slab {
 public:
  Record& operator[](Handle handle) { return segments_[handle >> segment_bits]->records[handle & segment_mask]; }
  const Record& operator[](Handle handle) const {
    return segments_[handle >> segment_bits]->records[handle & segment_mask];
  }
  // Nothing if no record has this handle now.
  Record* find(Handle handle) {
    Segment* segment = segments_[handle >> segment_bits].get();
    if (segment == nullptr || segment->next_free[handle & segment_mask] != in_use) return nullptr;
    return &segment->records[handle & segment_mask];
  }

  Handle add() {
    if (open_ == none) add_segment();
    const std::uint32_t id = open_;
    Segment& segment = *segments_[id];
    const Slot slot = segment.free_head;
    segment.free_head = segment.next_free[slot];
    segment.next_free[slot] = in_use;
    if (segment.free_head == end_of_free) unlink(id);
    ++segment.used;
    ++size_;
    return (id << segment_bits) | slot;
  }

  void remove(Handle handle) {
    const std::uint32_t id = handle >> segment_bits;
    const auto slot = static_cast<Slot>(handle & segment_mask);
    Segment& segment = *segments_[id];
    CHECK(segment.next_free[slot] == in_use);
    segment.records[slot] = Record{};
    if (segment.free_head == end_of_free) link(id);
    segment.next_free[slot] = segment.free_head;
    segment.free_head = slot;
    --size_;
    if (--segment.used == 0 && has_spare_segment()) drop_segment(id);
  }

  // visit(Handle, const Record&), by handle.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t id = 0; id < segments_.size(); ++id) {
      if (segments_[id] == nullptr) continue;
      for (Handle slot = 0; slot <= segment_mask; ++slot) {
        const Handle handle = static_cast<Handle>(id << segment_bits) | slot;
        if (segments_[id]->next_free[slot] == in_use) visit(handle, segments_[id]->records[slot]);
      }
    }
  }

  std::size_t size() const { return size_; }

 private:
  using Slot = std::uint16_t;
  static constexpr Handle segment_mask = (Handle{1} << segment_bits) - 1;
  static constexpr Slot in_use = 0xffff, end_of_free = 0xfffe;
  static constexpr std::uint32_t none = 0xffffffffU;
  static_assert(segment_bits < 16);

  struct Segment {
    std::array<Record, segment_mask + 1U> records;
    std::array<Slot, segment_mask + 1U> next_free;
    Slot free_head = end_of_free;
    std::uint32_t used = 0;
    std::uint32_t next_open = none, previous_open = none;  // among the segments that have a free record
  };

  void add_segment() {
    const std::uint32_t id = take_segment_id();
    auto segment = std::make_unique<Segment>();
    for (Handle slot = 0; slot <= segment_mask; ++slot) segment->next_free[slot] = static_cast<Slot>(slot + 1);
    segment->next_free[segment_mask] = end_of_free;
    segment->free_head = 0;
    if (id == 0) hide_handle_zero(*segment);
    segments_[id] = std::move(segment);
    ++live_segments_;
    link(id);
  }
  void hide_handle_zero(Segment& segment) {
    segment.free_head = 1;
    segment.next_free[0] = end_of_free;
    segment.used = 1;
    ++hidden_;
  }
  std::uint32_t take_segment_id() {
    if (vacant_.empty()) {
      CHECK(segments_.size() < (none >> segment_bits));
      segments_.emplace_back();
      return static_cast<std::uint32_t>(segments_.size() - 1);
    }
    const std::uint32_t id = vacant_.back();
    vacant_.pop_back();
    return id;
  }
  // One empty segment is kept, so that a count that goes up and down at its edge does not allocate each time.
  bool has_spare_segment() const {
    return (live_segments_ << segment_bits) - hidden_ - size_ >= 2 * (std::size_t{segment_mask} + 1);
  }
  void drop_segment(std::uint32_t id) {
    unlink(id);
    segments_[id].reset();
    vacant_.push_back(id);
    --live_segments_;
  }
  void link(std::uint32_t id) {
    segments_[id]->next_open = open_;
    segments_[id]->previous_open = none;
    if (open_ != none) segments_[open_]->previous_open = id;
    open_ = id;
  }
  void unlink(std::uint32_t id) {
    const Segment& segment = *segments_[id];
    (segment.previous_open == none ? open_ : segments_[segment.previous_open]->next_open) = segment.next_open;
    if (segment.next_open != none) segments_[segment.next_open]->previous_open = segment.previous_open;
  }

  std::vector<std::unique_ptr<Segment>> segments_;
  std::vector<std::uint32_t> vacant_;
  std::uint32_t open_ = none;
  std::size_t live_segments_ = 0, hidden_ = 0, size_ = 0;
};

}  // namespace zabra::state
