// What one file of SimFiles holds, and the operations that made it so: what a loss of power leaves is put together from them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace zabra::test {

inline constexpr std::uint64_t page_bytes = 4096, sector_bytes = 512;

inline std::uint64_t pages_of(std::uint64_t bytes) { return (bytes + page_bytes - 1) / page_bytes; }

struct WriteOp { std::uint64_t offset; std::string bytes; };
struct ResizeOp { std::uint64_t size; };
using FileOp = std::variant<WriteOp, ResizeOp>;

// What a file holds, page by page: a growing file moves nothing, and space that was not written costs nothing.
class Content {
 public:
  std::uint64_t size() const { return size_; }
  std::uint64_t pages() const { return pages_.size(); }  // behind them there are only zeros
  // At most page_bytes; zeros follow.
  std::string_view page(std::uint64_t number) const { return number < pages_.size() ? pages_[number] : std::string_view(); }

  void apply(const WriteOp& op) {
    size_ = std::max<std::uint64_t>(size_, op.offset + op.bytes.size());
    pages_.resize(std::max<std::size_t>(pages_.size(), pages_of(op.offset + op.bytes.size())));
    for (std::uint64_t done = 0; done < op.bytes.size();) {
      const std::uint64_t at = (op.offset + done) % page_bytes;
      const std::uint64_t count = std::min(page_bytes - at, op.bytes.size() - done);
      std::string& page = pages_[(op.offset + done) / page_bytes];
      if (page.capacity() < page_bytes) page.reserve(page_bytes);
      if (page.size() < at) page.resize(at, '\0');
      page.replace(at, count, op.bytes, done, count);
      done += count;
    }
  }
  void apply(const ResizeOp& op) {
    size_ = op.size;
    if (pages_of(size_) <= pages_.size()) cut();
  }
  void apply(const FileOp& op) {
    std::visit([this](const auto& it) { apply(it); }, op);
  }

  std::size_t read(std::uint64_t offset, char* into, std::uint64_t count) const {
    count = offset < size_ ? std::min(count, size_ - offset) : 0;
    for (std::uint64_t done = 0; done < count;) {
      const std::uint64_t at = (offset + done) % page_bytes;
      const std::uint64_t part = std::min(page_bytes - at, count - done);
      const std::string_view from = page((offset + done) / page_bytes);
      const std::uint64_t written = at < from.size() ? from.copy(into + done, part, at) : 0;
      std::fill(into + done + written, into + done + part, '\0');
      done += part;
    }
    return count;
  }

 private:
  void cut() {
    pages_.resize(pages_of(size_));
    const std::uint64_t kept = size_ % page_bytes;
    if (kept != 0 && pages_.back().size() > kept) pages_.back().resize(kept);
  }

  std::vector<std::string> pages_;
  std::uint64_t size_ = 0;
};

// One page as it is after the first `moment` operations.
inline std::string page_at(const Content& durable, const std::vector<FileOp>& ops, std::size_t moment,
                           std::uint64_t page) {
  const std::uint64_t begin = page * page_bytes;
  std::string content(durable.page(page));
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

}  // namespace zabra::test
