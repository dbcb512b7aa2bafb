#include "server/inbox.h"

#include <iterator>
#include <utility>

#include <asio/post.hpp>

namespace zabra::server {
namespace {

// Buffers of log batches that are kept for reuse: one is being filled, one written, one on its way back.
constexpr std::size_t spare_buffers_max = 3;
// A larger one was made by a burst, and goes.
constexpr std::size_t spare_buffer_bytes_max = 1 << 20;

}  // namespace

void Inbox::post(replica::Event event, std::string buffer) {
  {
    const std::lock_guard hold(mutex_);
    posted_.push_back(std::move(event));
    returned_.push_back(std::move(buffer));
  }
  wake();
}

void Inbox::wake() {
  if (!woken_.exchange(true)) asio::post(context_, [] {});
}

void Inbox::collect() {
  if (!woken_.exchange(false)) return;
  const std::lock_guard hold(mutex_);
  told_.insert(told_.end(), std::make_move_iterator(posted_.begin()), std::make_move_iterator(posted_.end()));
  posted_.clear();
  for (std::string& buffer : returned_) {
    const bool is_wanted = buffer.capacity() > 0 && buffer.capacity() <= spare_buffer_bytes_max;
    if (is_wanted && spare_.size() < spare_buffers_max) spare_.push_back(std::move(buffer));
  }
  returned_.clear();
}

std::string Inbox::spare_buffer() {
  if (spare_.empty()) return {};
  std::string buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

}  // namespace zabra::server
