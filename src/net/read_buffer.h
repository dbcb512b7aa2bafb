// What one connection has sent and nobody has used up yet.
//
//   std::span<char> room = buffer.room(pool);  // read into it
//   buffer.received(n);
//   cut(buffer.unread(), …); buffer.consume(cut.consumed);   // the bytes stay where they are
//   buffer.settle(pool);                                     // now they may be overwritten
//
// Memory follows the bytes that arrived, never a length that a peer claims: a link that has nothing half-received holds
// none, a few bytes of a frame hold that much, and a long frame's buffer doubles as it fills.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/limits.h"

namespace zabra::net {

// Read buffers of the usual size, shared by all links of one thread.
class ChunkPool {
 public:
  using Chunk = std::unique_ptr<char[]>;
  static constexpr std::size_t chunk_bytes = limits::client_read_chunk;
  static constexpr std::size_t kept_max = limits::links_per_batch_max;

  Chunk take();
  void give_back(Chunk chunk);

 private:
  std::vector<Chunk> free_;
};

class ReadBuffer {
 public:
  // Space behind what is unread, at least one byte. May move the unread bytes: call it only while nobody looks at them.
  std::span<char> room(ChunkPool& pool);
  void received(std::size_t bytes) { end_ += bytes; }
  std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes) { begin_ += bytes; }
  // Nobody looks at consumed bytes any more: gives the memory back that the unread ones don't need.
  void settle(ChunkPool& pool);
  void release(ChunkPool& pool);  // forgets everything
  std::size_t capacity() const { return capacity_; }

 private:
  // The unread bytes are kept in as much memory as they need when there are at most so many.
  static constexpr std::size_t keep_small_max = ChunkPool::chunk_bytes / 16;

  bool is_chunk() const { return capacity_ == ChunkPool::chunk_bytes; }
  void move_to(std::unique_ptr<char[]> bytes, std::size_t capacity, ChunkPool& pool);
  void free_bytes(ChunkPool& pool);

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace zabra::net
