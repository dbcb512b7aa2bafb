#include "server/growing_heap.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace zabra::server {
namespace {

constexpr std::uintptr_t huge_page = 2 << 20;
// Address space, no memory. Much more than a huge page: the part that does not fill one gets small ones.
constexpr int grown_at_once = 32 << 20;
constexpr int grown_at_once_else = 128 << 10;  // glibc's own

std::uintptr_t heap_end() { return reinterpret_cast<std::uintptr_t>(::sbrk(0)); }

}  // namespace

GrowingHeap::GrowingHeap() : followed_((heap_end() + huge_page - 1) / huge_page * huge_page) {
  ::mallopt(M_TOP_PAD, grown_at_once);
}

GrowingHeap::~GrowingHeap() { ::mallopt(M_TOP_PAD, grown_at_once_else); }

// Where there are no huge pages nothing is lost.
void GrowingHeap::follow() {
  const std::uintptr_t end = heap_end() / huge_page * huge_page;
  if (end <= followed_) return;
  ::madvise(reinterpret_cast<void*>(followed_), end - followed_, MADV_HUGEPAGE);
  followed_ = end;
}

}  // namespace zabra::server
