// Jute, the encoding of all that ZooKeeper sends and stores: big-endian integers, length-prefixed strings and buffers
// (length -1 is null), counted vectors, records as plain concatenation. No tags, no padding.
//
// Reader is total: any bytes give values or a failure, never a read outside them, and no memory is taken on the word of
// a length. After the first failure every further read gives zero or empty, so a record is decoded straight through and
// ok() asked once at its end. Strings are views into the bytes that are read: they live as long as those.
// Source: BinaryInputArchive, BinaryOutputArchive of ZooKeeper 3.8; client-protocol facts in wire/README.md.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace zabra::wire {

// Bytes that may be absent: jute keeps null and empty apart, and so do znodes.
using NullableView = std::optional<std::string_view>;

inline std::uint32_t swap32(std::uint32_t x) { return __builtin_bswap32(x); }
inline std::uint64_t swap64(std::uint64_t x) { return __builtin_bswap64(x); }
static_assert(std::endian::native == std::endian::little, "swap32 and swap64 would have to be the identity");

class Reader {
 public:
  explicit Reader(std::string_view bytes)
      : begin_(bytes.data()), at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return !failed_; }
  std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  std::string_view rest() const { return {at_, remaining()}; }
  // Nothing more is read; offset() stays where it went wrong.
  void fail() { failed_ = true; end_ = at_; }

  bool read_bool() { return take(1) ? at_[-1] != 0 : false; }
  std::int32_t read_i32() {
    if (!take(4)) return 0;
    std::uint32_t bits;
    std::memcpy(&bits, at_ - 4, 4);
    return static_cast<std::int32_t>(swap32(bits));
  }
  std::int64_t read_i64() {
    if (!take(8)) return 0;
    std::uint64_t bits;
    std::memcpy(&bits, at_ - 8, 8);
    return static_cast<std::int64_t>(swap64(bits));
  }
  // str and buf: the same bytes. A length below -1 or beyond the end fails.
  NullableView read_nullable() {
    const std::int32_t length = read_i32();
    if (length == -1) return std::nullopt;
    if (length < 0 || !take(static_cast<std::size_t>(length))) {
      fail();
      return std::nullopt;
    }
    return std::string_view{at_ - length, static_cast<std::size_t>(length)};
  }
  // A string for which null means failure.
  std::string_view read_string() {
    const NullableView view = read_nullable();
    if (!view) fail();
    return view.value_or(std::string_view{});
  }
  // The count of a vector. Negative counts are no items (Java's loop runs zero times); a huge one fails when the items
  // run into the end: loop `for (i = 0; i < count && reader.ok(); ++i)` and never reserve from it.
  std::int32_t read_count() {
    const std::int32_t count = read_i32();
    return count < 0 ? 0 : count;
  }
  bool skip(std::size_t bytes) { return take(bytes); }

 private:
  bool take(std::size_t bytes) {
    if (bytes > remaining()) {
      fail();
      return false;
    }
    at_ += bytes;
    return true;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  bool failed_ = false;
};

// Appends to a string that it does not own.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(&out) {}

  void write_bool(bool value) { out_->push_back(value ? 1 : 0); }
  void write_i32(std::int32_t value) {
    const std::uint32_t bits = swap32(static_cast<std::uint32_t>(value));
    out_->append(reinterpret_cast<const char*>(&bits), 4);
  }
  void write_i64(std::int64_t value) {
    const std::uint64_t bits = swap64(static_cast<std::uint64_t>(value));
    out_->append(reinterpret_cast<const char*>(&bits), 8);
  }
  void write_string(std::string_view value) {
    write_i32(static_cast<std::int32_t>(value.size()));
    out_->append(value);
  }
  void write_nullable(NullableView value) { value ? write_string(*value) : write_i32(-1); }
  void write_raw(std::string_view bytes) { out_->append(bytes); }

  // Space for a length or a count that is known only later: patch_i32(reserve_i32(), value).
  std::size_t reserve_i32() {
    out_->append(4, '\0');
    return out_->size() - 4;
  }
  void patch_i32(std::size_t position, std::int32_t value) {
    const std::uint32_t bits = swap32(static_cast<std::uint32_t>(value));
    std::memcpy(out_->data() + position, &bits, 4);
  }

  std::size_t size() const { return out_->size(); }
  std::string& out() { return *out_; }

 private:
  std::string* out_;
};

}  // namespace zabra::wire
