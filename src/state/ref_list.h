// A list of 32-bit refs in eight bytes, nothing when empty: the children of a znode, the ephemerals of a session. Each
// member remembers its place, so that it is taken out in O(1): the last one moves to its place.
//
// Up to `flat_max` refs stand in one array; longer lists stand in segments, so that a list of a million never moves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace zabra::state {

class RefList {
 public:
  RefList() = default;
  RefList(RefList&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  RefList& operator=(RefList&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~RefList();

  std::uint32_t size() const { return block_ == nullptr ? 0 : block_->count; }
  bool empty() const { return block_ == nullptr; }
  std::uint32_t operator[](std::uint32_t place) const { return const_cast<RefList*>(this)->slot(place); }

  // Returns the new member's place.
  std::uint32_t add(std::uint32_t ref);
  // Returns the ref that stands at `place` now, or 0 if that was the last place.
  std::uint32_t remove(std::uint32_t place);

 private:
  static constexpr std::uint32_t flat_max = 1022, per_segment = 1024;
  struct Block {
    std::uint32_t count, capacity;  // of refs; above flat_max it is segmented: then pointers to segments follow
  };

  bool is_flat() const { return block_->capacity <= flat_max; }
  std::uint32_t* refs() { return reinterpret_cast<std::uint32_t*>(block_ + 1); }
  std::uint32_t** segments() { return reinterpret_cast<std::uint32_t**>(block_ + 1); }
  std::uint32_t segment_slots() const { return block_->capacity / per_segment; }
  std::uint32_t& slot(std::uint32_t place) {
    return is_flat() ? refs()[place] : segments()[place / per_segment][place % per_segment];
  }
  void grow();
  void grow_segmented();
  void become_segmented();
  void become_flat();
  void shrink();
  void release();

  Block* block_ = nullptr;
};

}  // namespace zabra::state
