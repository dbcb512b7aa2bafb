// A pool of small records that are named by a 32-bit handle. It grows by segments: no record ever moves and no growth
// touches the records that are there. Freed handles are used again, the last freed first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "wire/check.h"

namespace zabra::state {

using Handle = std::uint32_t;
inline constexpr Handle no_handle = 0xffffffffU;

// Record: default constructible and assignable; a freed one is assigned Record{}.
template <class Record, unsigned segment_bits = 10>
class Slab {
 public:
  Record& operator[](Handle handle) { return segments_[handle >> segment_bits][handle & segment_mask]; }
  const Record& operator[](Handle handle) const { return segments_[handle >> segment_bits][handle & segment_mask]; }

  Handle add() {
    if (!free_.empty()) {
      const Handle handle = free_.back();
      free_.pop_back();
      return handle;
    }
    CHECK(used_ != no_handle);
    if ((used_ & segment_mask) == 0) segments_.push_back(std::make_unique<Record[]>(segment_mask + 1U));
    return used_++;
  }
  void remove(Handle handle) {
    (*this)[handle] = Record{};
    free_.push_back(handle);
  }
  std::size_t size() const { return used_ - free_.size(); }

 private:
  static constexpr Handle segment_mask = (Handle{1} << segment_bits) - 1;
  std::vector<std::unique_ptr<Record[]>> segments_;
  std::vector<Handle> free_;
  Handle used_ = 0;
};

}  // namespace zabra::state
