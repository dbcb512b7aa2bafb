#include "state/ref_list.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "wire/check.h"

namespace zabra::state {

namespace {

void* resized(void* block, std::size_t bytes) {
  void* result = std::realloc(block, bytes);
  CHECK(result != nullptr);
  return result;
}

constexpr std::uint32_t flat_first = 4;            // with its header 24 bytes, the smallest block that malloc gives
constexpr std::uint32_t segment_slots_first = 4;
constexpr std::uint32_t flat_again_below = 512;    // well below flat_max, so that a list at its edge does not go to and fro

}  // namespace

RefList::~RefList() { release(); }

std::uint32_t RefList::add(std::uint32_t ref) {
  if (block_ == nullptr || block_->count == block_->capacity) grow();
  const std::uint32_t place = block_->count;
  if (!is_flat() && place % per_segment == 0) {
    segments()[place / per_segment] = static_cast<std::uint32_t*>(resized(nullptr, per_segment * sizeof(std::uint32_t)));
  }
  ++block_->count;
  slot(place) = ref;
  return place;
}

std::uint32_t RefList::remove(std::uint32_t place) {
  CHECK(place < size());
  const std::uint32_t last = --block_->count;
  const std::uint32_t moved = place == last ? 0 : slot(last);
  if (moved != 0) slot(place) = moved;
  shrink();
  return moved;
}

void RefList::grow() {
  if (block_ == nullptr) {
    block_ = static_cast<Block*>(resized(nullptr, sizeof(Block) + flat_first * sizeof(std::uint32_t)));
    *block_ = {0, flat_first};
  } else if (!is_flat()) {
    grow_segmented();
  } else if (block_->capacity == flat_max) {
    become_segmented();
  } else {
    block_->capacity = std::min(2 * block_->capacity + 2, flat_max);
    block_ = static_cast<Block*>(resized(block_, sizeof(Block) + block_->capacity * sizeof(std::uint32_t)));
  }
}

void RefList::grow_segmented() {
  const std::size_t slots = 2 * std::size_t{segment_slots()};
  CHECK(slots <= 0xffffffffU / per_segment);
  block_ = static_cast<Block*>(resized(block_, sizeof(Block) + slots * sizeof(std::uint32_t*)));
  block_->capacity = static_cast<std::uint32_t>(slots) * per_segment;
}

void RefList::become_segmented() {
  auto* segment = static_cast<std::uint32_t*>(resized(nullptr, per_segment * sizeof(std::uint32_t)));
  std::memcpy(segment, refs(), block_->count * sizeof(std::uint32_t));
  block_ = static_cast<Block*>(resized(block_, sizeof(Block) + segment_slots_first * sizeof(std::uint32_t*)));
  block_->capacity = segment_slots_first * per_segment;
  segments()[0] = segment;
}

void RefList::become_flat() {
  std::uint32_t* segment = segments()[0];
  block_ = static_cast<Block*>(resized(block_, sizeof(Block) + flat_max * sizeof(std::uint32_t)));
  std::memcpy(refs(), segment, block_->count * sizeof(std::uint32_t));
  block_->capacity = flat_max;
  std::free(segment);
}

void RefList::shrink() {
  const std::uint32_t count = block_->count;
  if (count == 0) {
    release();
  } else if (!is_flat()) {
    if (count % per_segment == 0) std::free(segments()[count / per_segment]);
    if (count < flat_again_below) become_flat();
  } else if (count < block_->capacity / 4 && block_->capacity > flat_first) {
    block_->capacity = std::max(block_->capacity / 2, flat_first);
    block_ = static_cast<Block*>(resized(block_, sizeof(Block) + block_->capacity * sizeof(std::uint32_t)));
  }
}

void RefList::release() {
  if (block_ == nullptr) return;
  if (!is_flat()) {
    const std::uint32_t used = (block_->count + per_segment - 1) / per_segment;
    for (std::uint32_t i = 0; i < used; ++i) std::free(segments()[i]);
  }
  std::free(block_);
  block_ = nullptr;
}

}  // namespace zabra::state
