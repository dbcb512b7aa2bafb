// How the decoders of this folder end: with the value that was read, or with a fault that says where the bytes gave
// out.
#pragma once

#include <utility>

#include "wire/jute.h"
#include "wire/result.h"

namespace zabra::wire {

template <class T>
Result<T> decoded(const Reader& in, T value, const char* what) {
  if (in.ok()) return Result<T>(std::move(value));
  return Fault{std::string(what) + ": bad or missing bytes", in.offset()};
}

}  // namespace zabra::wire
