#include "net/read_buffer.h"

#include <cstring>

#include "wire/check.h"

namespace zabra::net {
namespace {

// Not zeroed: what was not received is never read, and pages that are not touched are not resident.
std::unique_ptr<char[]> raw_bytes(std::size_t size) { return std::make_unique_for_overwrite<char[]>(size); }

}  // namespace

ChunkPool::Chunk ChunkPool::take() {
  if (free_.empty()) return raw_bytes(chunk_bytes);
  Chunk chunk = std::move(free_.back());
  free_.pop_back();
  return chunk;
}

void ChunkPool::give_back(Chunk chunk) {
  if (free_.size() < kept_max) free_.push_back(std::move(chunk));
}

void ReadBuffer::free_bytes(ChunkPool& pool) {
  if (is_chunk()) pool.give_back(std::move(bytes_));
  bytes_.reset();
  capacity_ = 0;
}

void ReadBuffer::move_to(std::unique_ptr<char[]> bytes, std::size_t capacity, ChunkPool& pool) {
  const std::size_t size = end_ - begin_;
  CHECK(size <= capacity);
  if (size > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, size);
  free_bytes(pool);
  bytes_ = std::move(bytes);
  capacity_ = capacity;
  begin_ = 0;
  end_ = size;
}

std::span<char> ReadBuffer::room(ChunkPool& pool) {
  if (capacity_ < ChunkPool::chunk_bytes) {
    move_to(pool.take(), ChunkPool::chunk_bytes, pool);
  } else if (end_ == capacity_) {
    CHECK(begin_ == 0);  // settle() moved the unread bytes to the front
    move_to(raw_bytes(capacity_ * 2), capacity_ * 2, pool);
  }
  return {bytes_.get() + end_, capacity_ - end_};
}

void ReadBuffer::settle(ChunkPool& pool) {
  const std::size_t size = end_ - begin_;
  if (size == 0) {
    release(pool);
  } else if (size <= keep_small_max && capacity_ >= ChunkPool::chunk_bytes) {
    move_to(raw_bytes(size), size, pool);
  } else if (begin_ > 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, size);
    begin_ = 0;
    end_ = size;
  }
}

void ReadBuffer::release(ChunkPool& pool) {
  free_bytes(pool);
  begin_ = end_ = 0;
}

}  // namespace zabra::net
