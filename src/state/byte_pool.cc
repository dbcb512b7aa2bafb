#include "state/byte_pool.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "wire/check.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace zabra::state {

namespace {

#if defined(__SANITIZE_ADDRESS__)
void forbid(const char* at, std::size_t bytes) { ASAN_POISON_MEMORY_REGION(at, bytes); }
void permit(const char* at, std::size_t bytes) { ASAN_UNPOISON_MEMORY_REGION(at, bytes); }
#else
void forbid(const char*, std::size_t) {}
void permit(const char*, std::size_t) {}
#endif

void* present(void* memory) {
  CHECK(memory != nullptr);
  return memory;
}

std::uint8_t number_in(const char* slot) { return static_cast<std::uint8_t>(*slot); }
void put_number(char* slot, std::uint8_t number) { *slot = static_cast<char>(number); }

}  // namespace

// ---- within a segment ----

std::uint8_t BytePool::Segment::take_slot() {
  ++used;
  if (free_head == none) return begun++;
  const std::uint8_t number = free_head;
  free_head = number_in(slot(number));
  return number;
}

void BytePool::Segment::free_slot(std::uint8_t number) {
  put_number(slot(number), free_head);
  free_head = number;
  --used;
}

BytePool::Segment& BytePool::segment_of(char* slot, std::size_t bytes) {
  char* const slots = slot - number_in(slot) * slot_bytes(bytes);
  Segment& segment = *std::launder(reinterpret_cast<Segment*>(slots) - 1);
  CHECK(segment.slot_bytes == slot_bytes(bytes));
  return segment;
}

// ---- bytes ----

char* BytePool::take(std::size_t bytes) {
  if (!is_pooled(bytes)) return static_cast<char*>(present(std::malloc(bytes)));
  const std::size_t size = slot_bytes(bytes);
  if (open_[size / step - 1] == nullptr) add_segment(size);
  Segment& segment = *open_[size / step - 1];
  const std::uint8_t number = segment.take_slot();
  if (segment.is_full()) unlink(segment);
  char* const slot = segment.slot(number);
  permit(slot, number_bytes + bytes);
  put_number(slot, number);
  return slot + number_bytes;
}

void BytePool::give_back(char* at, std::size_t bytes) {
  if (!is_pooled(bytes)) return std::free(at);
  char* const slot = at - number_bytes;
  Segment& segment = segment_of(slot, bytes);
  const bool was_full = segment.is_full();
  segment.free_slot(number_in(slot));
  forbid(at, segment.slot_bytes - number_bytes);
  segment.pool->freed_in(segment, was_full);
}

char* BytePool::resize(char* at, std::size_t from, std::size_t to) {
  if (!is_pooled(from) && !is_pooled(to)) return static_cast<char*>(present(std::realloc(at, to)));
  if (is_pooled(from) && is_pooled(to) && slot_bytes(from) == slot_bytes(to)) {
    forbid(at, slot_bytes(to) - number_bytes);
    permit(at, to);
    return at;
  }
  char* const moved = take(to);
  std::memcpy(moved, at, std::min(from, to));
  give_back(at, from);
  return moved;
}

// ---- segments ----

BytePool::~BytePool() {
  for (Segment* segment : open_) {
    if (segment == nullptr) continue;
    CHECK(segment->used == 0 && segment->next_open == nullptr);
    drop(*segment);
  }
  CHECK(segment_count_ == 0);
}

void BytePool::add_segment(std::size_t size) {
  const std::size_t slots = std::min<std::size_t>(slots_max, segment_bytes_max / size);
  void* const memory = present(std::malloc(sizeof(Segment) + slots * size));
  auto* const segment = new (memory) Segment{.pool = this,
                                             .previous_open = nullptr,
                                             .next_open = nullptr,
                                             .slot_bytes = static_cast<std::uint16_t>(size),
                                             .slots = static_cast<std::uint8_t>(slots)};
  forbid(segment->slot(0), slots * size);
  ++segment_count_;
  link(*segment);
}

void BytePool::freed_in(Segment& segment, bool was_full) {
  if (was_full) link(segment);
  const bool is_only_open = segment.previous_open == nullptr && segment.next_open == nullptr;
  if (segment.used == 0 && !is_only_open) drop(segment);
}

void BytePool::drop(Segment& segment) {
  unlink(segment);
  --segment_count_;
  std::free(&segment);
}

void BytePool::link(Segment& segment) {
  Segment*& first = open(segment);
  segment.previous_open = nullptr;
  segment.next_open = first;
  if (first != nullptr) first->previous_open = &segment;
  first = &segment;
}

void BytePool::unlink(Segment& segment) {
  (segment.previous_open == nullptr ? open(segment) : segment.previous_open->next_open) = segment.next_open;
  if (segment.next_open != nullptr) segment.next_open->previous_open = segment.previous_open;
}

}  // namespace zabra::state
