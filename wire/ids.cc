#include "wire/ids.h"

#include <charconv>

namespace zabra {

std::string to_hex(std::int64_t value) {
  char text[18] = {'0', 'x'};
  const auto end = std::to_chars(text + 2, text + sizeof text, static_cast<std::uint64_t>(value), 16);
  return std::string(text, end.ptr);
}

}  // namespace zabra
