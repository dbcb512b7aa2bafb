#include "state/digest.h"

#include <cstring>

#include "wire/log_format.h"

namespace zabra::state {

namespace {

class FixedWriter {
 public:
  void i64(std::int64_t value) { put(wire::swap64(static_cast<std::uint64_t>(value))); }
  void i32(std::int32_t value) { put(wire::swap32(static_cast<std::uint32_t>(value))); }
  std::string_view bytes() const { return {bytes_, used_}; }

 private:
  template <class T>
  void put(T bits) {
    std::memcpy(bytes_ + used_, &bits, sizeof bits);
    used_ += sizeof bits;
  }
  char bytes_[60];
  std::size_t used_ = 0;
};

}  // namespace

std::uint32_t content_crc(std::string_view path, wire::NullableView data) {
  const std::uint32_t crc = wire::crc32(path == "/" ? std::string_view{} : path);
  return data ? wire::crc32(*data, crc) : crc;
}

std::uint64_t node_digest(const NodeFacts& facts, std::uint32_t content_crc) {
  FixedWriter out;
  out.i64(facts.czxid.to_wire());
  out.i64(facts.mzxid.to_wire());
  out.i64(facts.pzxid.to_wire());
  out.i64(facts.ctime);
  out.i64(facts.mtime);
  out.i32(facts.version);
  out.i32(facts.cversion);
  out.i32(facts.aversion);
  out.i64(facts.owner.value);
  return wire::crc32(out.bytes(), content_crc);
}

}  // namespace zabra::state
