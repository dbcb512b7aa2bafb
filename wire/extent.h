// Finds out how far a record reaches in bytes that may end before it does, as those of a stream do: then it says how
// many are missing at least, or why no more of them would help. Decoding itself is the Reader's, once all is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "wire/frame.h"
#include "wire/jute.h"
#include "wire/result.h"

namespace zabra::wire {

class Extent {
 public:
  // `field_max`: of a string or buffer.
  Extent(std::string_view bytes, std::size_t field_max) : bytes_(bytes), field_max_(field_max) {}

  // After the first thing that is missing or bad all the others do nothing.
  std::int32_t read_i32() {
    skip(4);
    return ok() ? Reader(bytes_.substr(end_ - 4, 4)).read_i32() : 0;
  }
  void skip(std::size_t count) {
    if (!ok()) return;
    if (count > bytes_.size() - end_) {
      missing_ = count - (bytes_.size() - end_);
    } else {
      end_ += count;
    }
  }
  // A string or buffer; its bytes, which are empty for null too.
  std::string_view read_nullable(const char* what) {
    const std::int32_t length = read_i32();
    if (!ok() || length == -1) return {};
    if (length < 0 || static_cast<std::size_t>(length) > field_max_) {
      refuse(std::string(what) + ": length out of range: " + std::to_string(length), end_ - 4);
      return {};
    }
    skip(static_cast<std::size_t>(length));
    return ok() ? bytes_.substr(end_ - static_cast<std::size_t>(length), static_cast<std::size_t>(length)) : "";
  }
  void refuse(std::string reason, std::size_t offset) {
    if (ok()) fault_ = Fault{std::move(reason), offset};
  }

  bool ok() const { return missing_ == 0 && !fault_; }
  std::size_t end() const { return end_; }
  NeedMore need() const { return {missing_}; }                  // unless there is a fault
  const std::optional<Fault>& fault() const { return fault_; }

 private:
  std::string_view bytes_;
  std::size_t field_max_;
  std::size_t end_ = 0;
  std::size_t missing_ = 0;
  std::optional<Fault> fault_;
};

}  // namespace zabra::wire
