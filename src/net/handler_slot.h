// Memory for the one handler that a link may have waiting for each direction, so that a wait allocates nothing.
#pragma once

#include <cstddef>
#include <new>

namespace zabra::net {

class HandlerSlot {
 public:
  HandlerSlot() = default;
  HandlerSlot(const HandlerSlot&) = delete;
  HandlerSlot& operator=(const HandlerSlot&) = delete;

  void* allocate(std::size_t bytes) {
    if (used_ || bytes > sizeof(bytes_)) return ::operator new(bytes);
    used_ = true;
    return bytes_;
  }
  void deallocate(void* memory) {
    if (memory != bytes_) return ::operator delete(memory);
    used_ = false;
  }

 private:
  alignas(std::max_align_t) std::byte bytes_[192];
  bool used_ = false;
};

// The slot as an allocator, as Asio asks a handler for it (`allocator_type`, `get_allocator()`).
template <class T>
class SlotAllocator {
 public:
  using value_type = T;
  explicit SlotAllocator(HandlerSlot& slot) : slot_(&slot) {}
  template <class U>
  SlotAllocator(const SlotAllocator<U>& other) : slot_(other.slot_) {}  // NOLINT: allocators convert

  T* allocate(std::size_t n) { return static_cast<T*>(slot_->allocate(n * sizeof(T))); }
  void deallocate(T* memory, std::size_t) { slot_->deallocate(memory); }
  template <class U>
  bool operator==(const SlotAllocator<U>& other) const { return slot_ == other.slot_; }

 private:
  template <class U>
  friend class SlotAllocator;
  HandlerSlot* slot_;
};

}  // namespace zabra::net
