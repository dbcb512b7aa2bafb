// A record of fixed size, composed in place and appended at once: on the hot path one append costs as much as one
// field.
//
//   FixedRecord<20> header;  header.put_i32(length);  …  header.append_to(out);
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "wire/check.h"
#include "wire/jute.h"

namespace zabra::wire {

template <std::size_t size>
class FixedRecord {
 public:
  void put_bool(bool value) { bytes_[at_++] = value ? 1 : 0; }
  void put_i32(std::int32_t value) {
    const std::uint32_t bits = swap32(static_cast<std::uint32_t>(value));
    std::memcpy(bytes_ + at_, &bits, 4);
    at_ += 4;
  }
  void put_i64(std::int64_t value) {
    const std::uint64_t bits = swap64(static_cast<std::uint64_t>(value));
    std::memcpy(bytes_ + at_, &bits, 8);
    at_ += 8;
  }
  // Every byte must have been put.
  void append_to(std::string& out) const {
    CHECK(at_ == size);
    out.append(bytes_, size);
  }

 private:
  char bytes_[size];
  std::size_t at_ = 0;
};

}  // namespace zabra::wire
