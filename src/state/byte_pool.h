// Memory for the payloads of znodes: malloc would add eight bytes to each and round to sixteen. Up to `pooled_max` bytes
// stand in a slot, and a segment holds slots of one size class, a multiple of eight. Whatever is larger is malloc's.
//
//   segment   Segment | slot | slot | …        slots are given out in order: what was never needed stays untouched
//   slot      u8 its number in the segment | bytes
//   free      u8 the next free one's number | poisoned for AddressSanitizer
//
// Number and size lead to the segment; that is why giving back asks for the size. No call costs more than O(1), but for
// the copying of bytes that move.
//
// A segment goes back to malloc when none of its slots is in use, unless its class has no other with a free slot: at most
// one empty segment for each class. One that is still in use serves its own class only: a class never holds more than it
// once did, and shrinks as whole segments empty, which neighbours in time (a subtree, a session's ephemerals) do together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace zabra::state {

class BytePool {
 public:
  // The largest that stands in a slot.
  static constexpr std::size_t pooled_max = 1023;

  BytePool() = default;
  BytePool(const BytePool&) = delete;
  BytePool& operator=(const BytePool&) = delete;
  ~BytePool();  // all must have been given back

  // Not aligned to anything.
  char* take(std::size_t bytes);
  // `bytes` as they were taken or resized. The pool is found by the segment: who holds bytes need not know it.
  static void give_back(char* at, std::size_t bytes);
  // The first bytes stay, as many as fit; returns where they are now.
  char* resize(char* at, std::size_t from, std::size_t to);

  std::size_t segment_count() const { return segment_count_; }

 private:
  static constexpr std::size_t step = 8, number_bytes = 1, classes = (pooled_max + number_bytes) / step;
  static constexpr std::size_t segment_bytes_max = 16 << 10;  // of slots: four small pages
  static constexpr std::uint8_t slots_max = 254, none = 255;
  static_assert(classes * step == pooled_max + number_bytes);

  struct Segment {
    BytePool* pool;
    Segment *previous_open, *next_open;  // among the segments of its class that have a free slot
    std::uint16_t slot_bytes;
    std::uint8_t slots;      // that it has room for
    std::uint8_t begun = 0;  // that have ever been given out: the first ones
    std::uint8_t used = 0;
    std::uint8_t free_head = none;

    char* slot(std::size_t number) { return reinterpret_cast<char*>(this + 1) + number * slot_bytes; }
    bool is_full() const { return used == slots; }
    std::uint8_t take_slot();
    void free_slot(std::uint8_t number);
  };
  static_assert(sizeof(Segment) % step == 0 && segment_bytes_max / (pooled_max + number_bytes) >= 16);

  static bool is_pooled(std::size_t bytes) { return bytes <= pooled_max; }
  static std::size_t slot_bytes(std::size_t bytes) { return (bytes + number_bytes + step - 1) / step * step; }
  static Segment& segment_of(char* slot, std::size_t bytes);
  Segment*& open(const Segment& segment) { return open_[segment.slot_bytes / step - 1]; }
  void add_segment(std::size_t slot_bytes);
  void freed_in(Segment& segment, bool was_full);
  void drop(Segment& segment);
  void link(Segment& segment);
  void unlink(Segment& segment);

  std::array<Segment*, classes> open_{};
  std::size_t segment_count_ = 0;
};

}  // namespace zabra::state
