// What a client writes and reads, by hand: shares no code with the server's codec.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace zabra::sim {

enum class Op : std::int32_t {
  create = 1, remove = 2, exists = 3, get_data = 4, set_data = 5, get_children = 8, sync = 9, ping = 11, check = 13,
  multi = 14, close = -11
};
enum Error : std::int32_t {
  ok = 0, unknown_session = -12, no_node = -101, bad_version = -103, node_exists = -110, session_expired = -112,
  session_moved = -118, not_read_only = -119, ephemeral_on_local = -120
};

class Out {
 public:
  Out& i32(std::int32_t value) { return number(static_cast<std::uint32_t>(value), 4); }
  Out& i64(std::int64_t value) { return number(static_cast<std::uint64_t>(value), 8); }
  Out& flag(bool value) { return number(value ? 1 : 0, 1); }
  Out& text(std::string_view value) {
    i32(static_cast<std::int32_t>(value.size()));
    bytes_ += value;
    return *this;
  }
  Out& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }
  std::string framed() const { return Out().i32(static_cast<std::int32_t>(bytes_.size())).bytes() + bytes_; }

 private:
  Out& number(std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) bytes_.push_back(static_cast<char>(value >> shift & 0xff));
    return *this;
  }
  std::string bytes_;
};

class In {
 public:
  explicit In(std::string_view bytes) : rest_(bytes) {}
  std::int32_t i32() { return static_cast<std::int32_t>(number(4)); }
  std::int64_t i64() { return static_cast<std::int64_t>(number(8)); }
  bool flag() { return number(1) != 0; }
  std::string text() {
    const std::int32_t length = i32();
    if (length <= 0) return {};
    if (rest_.size() < static_cast<std::size_t>(length)) throw std::runtime_error("a text ends too early");
    std::string value(rest_.substr(0, static_cast<std::size_t>(length)));
    rest_.remove_prefix(value.size());
    return value;
  }

 private:
  std::uint64_t number(std::size_t count) {
    if (rest_.size() < count) throw std::runtime_error("a frame ends too early");
    std::uint64_t value = 0;
    for (; count > 0; --count, rest_.remove_prefix(1)) value = value << 8 | static_cast<unsigned char>(rest_.front());
    return value;
  }
  std::string_view rest_;
};

struct NodeStat {
  std::int64_t czxid = 0, mzxid = 0;
  std::int32_t version = 0, cversion = 0, aversion = 0;
  std::int64_t owner = 0;
  std::int32_t children = 0;
  std::int64_t pzxid = 0, ctime = 0, mtime = 0;
  friend bool operator==(const NodeStat&, const NodeStat&) = default;
  static NodeStat read(In& in) {
    NodeStat stat;
    stat.czxid = in.i64();
    stat.mzxid = in.i64();
    stat.ctime = in.i64();
    stat.mtime = in.i64();
    stat.version = in.i32();
    stat.cversion = in.i32();
    stat.aversion = in.i32();
    stat.owner = in.i64();
    in.i32();  // the length of the data
    stat.children = in.i32();
    stat.pzxid = in.i64();
    return stat;
  }
};

inline std::string create_body(std::string_view path, std::string_view data, std::int32_t flags) {
  return Out().text(path).text(data).i32(1).i32(31).text("world").text("anyone").i32(flags).bytes();
}
inline std::string set_data_body(std::string_view path, std::string_view data, std::int32_t version) {
  return Out().text(path).text(data).i32(version).bytes();
}
inline std::string path_body(std::string_view path, bool watch) { return Out().text(path).flag(watch).bytes(); }
inline std::string remove_body(std::string_view path) { return Out().text(path).i32(-1).bytes(); }

// The first whole frame of the bytes, taken off.
inline std::optional<std::string> take_frame(std::string& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  const auto length = static_cast<std::size_t>(In(bytes).i32());
  if (bytes.size() < 4 + length) return std::nullopt;
  std::string frame = bytes.substr(4, length);
  bytes.erase(0, 4 + length);
  return frame;
}

}  // namespace zabra::sim
