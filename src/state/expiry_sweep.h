// One look at all containers and TTL nodes, in slices, from the last to the first: when one is removed the last takes its
// place, and that has been looked at. So each one that was there at the beginning is looked at once at least, and what is
// added meanwhile waits for the next sweep.
#pragma once

#include <cstdint>

namespace zabra::state {

class ExpirySweep {
 public:
  bool is_over() const { return left_ == 0; }

 private:
  friend class Expiring;
  explicit ExpirySweep(std::uint32_t nodes) : left_(nodes) {}
  std::uint32_t left_;
};

}  // namespace zabra::state
