// What one file of SimFiles holds, and the operations that made it so: what a loss of power leaves is put together from them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace zabra::test {

inline constexpr std::uint64_t page_bytes = 4096, sector_bytes = 512;

inline std::uint64_t pages_of(std::uint64_t bytes) { return (bytes + page_bytes - 1) / page_bytes; }

struct WriteOp { std::uint64_t offset; std::string bytes; };
struct ResizeOp { std::uint64_t size; };
using FileOp = std::variant<WriteOp, ResizeOp>;

// One page as it is after the first `moment` operations.
inline std::string page_at(const std::string& durable, const std::vector<FileOp>& ops, std::size_t moment,
                    std::uint64_t page) {
  const std::uint64_t begin = page * page_bytes;
  std::string content = begin < durable.size() ? durable.substr(begin, page_bytes) : std::string();
  content.resize(page_bytes, '\0');
  for (std::size_t i = 0; i < moment; ++i) {
    if (const auto* write = std::get_if<WriteOp>(&ops[i])) {
      const std::uint64_t from = std::max(begin, write->offset);
      const std::uint64_t to = std::min(begin + page_bytes, write->offset + write->bytes.size());
      if (from < to) content.replace(from - begin, to - from, write->bytes, from - write->offset, to - from);
    } else if (const std::uint64_t size = std::get<ResizeOp>(ops[i]).size; size < begin + page_bytes) {
      const std::uint64_t kept = size > begin ? size - begin : 0;
      content.replace(kept, page_bytes - kept, page_bytes - kept, '\0');
    }
  }
  return content;
}

inline std::uint64_t size_at(std::uint64_t durable, const std::vector<FileOp>& ops, std::size_t moment) {
  std::uint64_t size = durable;
  for (std::size_t i = 0; i < moment; ++i) {
    if (const auto* write = std::get_if<WriteOp>(&ops[i])) {
      size = std::max<std::uint64_t>(size, write->offset + write->bytes.size());
    } else {
      size = std::get<ResizeOp>(ops[i]).size;
    }
  }
  return size;
}

// What a file holds. Space that was allocated and not written costs nothing.
struct Content {
  std::string bytes;  // zeros follow, up to the size
  std::uint64_t size = 0;

  void apply(const WriteOp& op) {
    const std::uint64_t end = op.offset + op.bytes.size();
    if (bytes.size() < end) bytes.resize(end, '\0');
    bytes.replace(op.offset, op.bytes.size(), op.bytes);
    size = std::max(size, end);
  }
  void apply(const ResizeOp& op) {
    if (op.size < bytes.size()) bytes.resize(op.size);
    size = op.size;
  }
  void apply(const FileOp& op) {
    std::visit([this](const auto& it) { apply(it); }, op);
  }
  std::size_t read(std::uint64_t offset, char* into, std::uint64_t count) const {
    count = offset < size ? std::min(count, size - offset) : 0;
    const std::uint64_t written = offset < bytes.size() ? bytes.copy(into, count, offset) : 0;
    std::fill(into + written, into + count, '\0');
    return count;
  }
};

}  // namespace zabra::test
