#include "wire/path.h"

#include <cstdio>

#include "wire/check.h"

namespace zabra::wire {

namespace {

bool is_continuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

// The code point at the front of `text`, whose first byte is not ASCII; 0 if it is malformed. Four-byte sequences give
// 0 too: what lies beyond the BMP is a pair of surrogates in Java's strings, and surrogates are refused.
struct CodePoint { char32_t value = 0; std::size_t bytes = 0; };
CodePoint decode_non_ascii(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead >= 0xc2 && lead <= 0xdf && text.size() >= 2 && is_continuation(byte(1))) {
    return {static_cast<char32_t>((lead & 0x1f) << 6 | (byte(1) & 0x3f)), 2};
  }
  if (lead >= 0xe0 && lead <= 0xef && text.size() >= 3 && is_continuation(byte(1)) && is_continuation(byte(2))) {
    const auto value = static_cast<char32_t>((lead & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f));
    if (value >= 0x800) return {value, 3};  // shorter ones are overlong
  }
  return {};
}

bool is_allowed(char32_t point) {
  if (point <= 0x9f) return false;                      // C1 controls; malformed
  if (point >= 0xd800 && point <= 0xf8ff) return false;  // surrogates, private use
  return point < 0xfff0;
}

bool is_plain_ascii(char c) { return c >= 0x20 && c != 0x7f; }

// Every character but for '/' and '.', whose rules span several.
bool has_only_allowed_characters(std::string_view path) {
  for (std::size_t at = 0; at < path.size();) {
    if (is_plain_ascii(path[at])) {
      ++at;
      continue;
    }
    if (static_cast<unsigned char>(path[at]) < 0x80) return false;
    const CodePoint point = decode_non_ascii(path.substr(at));
    if (!is_allowed(point.value)) return false;
    at += point.bytes;
  }
  return true;
}

bool is_allowed_component(std::string_view component) {
  return !component.empty() && component != "." && component != "..";
}

bool has_only_allowed_components(std::string_view path) {
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (!is_allowed_component(path.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace

bool is_valid_path(std::string_view path) {
  if (path.empty() || path.front() != '/') return false;
  if (path.size() == 1) return true;
  return has_only_allowed_components(path) && has_only_allowed_characters(path);
}

std::string_view parent_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  CHECK(slash != std::string_view::npos);
  return path.substr(0, slash);
}

std::string_view last_component(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  CHECK(slash != std::string_view::npos);
  return path.substr(slash + 1);
}

std::string sequential_path(std::string_view path, std::int32_t counter) {
  char suffix[12];
  const int length = std::snprintf(suffix, sizeof suffix, "%010d", counter);
  std::string result;
  result.reserve(path.size() + static_cast<std::size_t>(length));
  return result.append(path).append(suffix, static_cast<std::size_t>(length));
}

}  // namespace zabra::wire
