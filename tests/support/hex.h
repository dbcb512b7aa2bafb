// Bytes as people write them down: hex digits with spaces, labels and marks between them.
//
//   hex("len=00000010 xid=00000003 | Stat{ czxid=0000000000000004 }")
//
// Of each word only what stands behind its last '=' counts; words of one bar or brace and words that end in '{' are
// notes.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace zabra::test {

inline int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  throw std::invalid_argument(std::string("not a hex digit: ") + c);
}

inline void append_hex_word(std::string& out, std::string_view digits) {
  if (digits.size() % 2 != 0) throw std::invalid_argument("odd number of digits: " + std::string(digits));
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    out.push_back(static_cast<char>(hex_digit(digits[i]) * 16 + hex_digit(digits[i + 1])));
  }
}

inline std::string hex(std::string_view text) {
  std::string bytes;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (word == "|" || word == "}" || word.back() == '{') continue;
    append_hex_word(bytes, std::string_view(word).substr(word.rfind('=') + 1));
  }
  return bytes;
}

// The other way, for readable failures: EXPECT_EQ(hex_of(out), hex_of(hex("…"))).
inline std::string hex_of(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    text.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  return text;
}

}  // namespace zabra::test
