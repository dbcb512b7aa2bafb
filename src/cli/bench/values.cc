#include "cli/bench/values.h"

#include "wire/jute.h"

namespace zabra::cli::bench {

namespace {

constexpr std::size_t windows = 1 << 16;
constexpr std::size_t head_bytes = 8;

// Any fixed sequence without short periods will do; writer, reader and echo server must agree on it.
std::string make_pattern(std::size_t bytes) {
  std::string pattern(bytes, '\0');
  std::uint64_t state = 0x9E3779B97F4A7C15ULL;
  for (char& byte : pattern) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    byte = static_cast<char>(state >> 56);
  }
  return pattern;
}

}  // namespace

Values::Values(std::size_t size) : size_(size), pattern_(make_pattern(windows + size)) {}

std::string_view Values::filling(std::uint32_t number, std::uint32_t stamp) const {
  if (size_ < head_bytes) return std::string_view(pattern_).substr(0, size_);
  const std::uint32_t mixed = (number * 0x9E3779B1U) ^ (stamp * 0x85EBCA77U);
  return std::string_view(pattern_).substr(mixed >> 16, size_ - head_bytes);
}

void Values::append(std::string& out, std::uint32_t number, std::uint32_t stamp) const {
  wire::Writer writer(out);
  if (size_ >= head_bytes) {
    writer.write_i32(static_cast<std::int32_t>(number));
    writer.write_i32(static_cast<std::int32_t>(stamp));
  }
  writer.write_raw(filling(number, stamp));
}

bool Values::holds(std::string_view value, std::uint32_t number) const {
  if (value.size() != size_) return false;
  if (size_ < head_bytes) return value == filling(number, 0);
  wire::Reader reader(value);
  if (static_cast<std::uint32_t>(reader.read_i32()) != number) return false;
  const auto stamp = static_cast<std::uint32_t>(reader.read_i32());
  return reader.rest() == filling(number, stamp);
}

}  // namespace zabra::cli::bench
