// Huge pages for the memory that a start fills: a tree of a million znodes touches 60,000 small pages, and each costs
// the kernel more than the znodes on it cost us. Only while a checkpoint is loaded: later a page of that size might
// have to be made free first, and the clients would wait for it.
#pragma once

#include <cstdint>

namespace zabra::server {

class GrowingHeap {
 public:
  GrowingHeap();
  ~GrowingHeap();
  GrowingHeap(const GrowingHeap&) = delete;
  GrowingHeap& operator=(const GrowingHeap&) = delete;

  // Asks for huge pages for what the heap has grown by; cheap where it has not grown.
  void follow();

 private:
  std::uintptr_t followed_;
};

}  // namespace zabra::server
