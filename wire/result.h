// Result<T>: a value, or why bytes, a file or a configuration from outside could not give one.
//
//   Result<Frame> frame = cut(bytes);
//   if (!frame) return frame.fault();
//   use(*frame);
//
// For ZooKeeper's own answers (NoNode, BadVersion, …) see ErrorCode: those are data, not faults.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "wire/check.h"

namespace zabra {

struct Fault {
  std::string reason;        // one line, for people
  std::uint64_t offset = 0;  // where in the bytes or the file, when that means something
};

// A room whose faults carry more than a reason gives its own type for F (storage::FileFault).
template <class T, class F = Fault>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}          // NOLINT: a value is a Result
  Result(F fault) : held_(std::in_place_index<1>, std::move(fault)) {}          // NOLINT: a fault is a Result
  explicit operator bool() const { return held_.index() == 0; }
  T& operator*() { CHECK(held_.index() == 0); return *std::get_if<0>(&held_); }
  const T& operator*() const { CHECK(held_.index() == 0); return *std::get_if<0>(&held_); }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }
  const F& fault() const { CHECK(held_.index() == 1); return *std::get_if<1>(&held_); }

 private:
  std::variant<T, F> held_;
};

// A Result without a value: done, or a fault.
struct Done {};
using Outcome = Result<Done>;

}  // namespace zabra
