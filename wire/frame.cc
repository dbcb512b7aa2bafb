#include "wire/frame.h"

#include <algorithm>
#include <array>

#include "wire/jute.h"

namespace zabra::wire {

namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::array<std::string_view, 20> four_letter_words = {
    "conf", "cons", "crst", "dirs", "dump", "envi", "gtmk", "hash", "isro", "lead",
    "mntr", "role", "ruok", "srst", "srvr", "stat", "stmk", "wchc", "wchp", "wchs"};

}  // namespace

bool is_four_letter_word(std::string_view four_bytes) {
  return std::ranges::find(four_letter_words, four_bytes) != four_letter_words.end();
}

Cut cut(std::string_view bytes, bool first, std::size_t frame_max) {
  if (bytes.size() < length_bytes) return NeedMore{length_bytes - bytes.size()};
  const std::string_view front = bytes.substr(0, length_bytes);
  if (first && is_four_letter_word(front)) return WordCut{front};

  const std::int32_t length = Reader(front).read_i32();
  if (length < 0 || static_cast<std::size_t>(length) > frame_max) return BadFrameLength{length};
  const std::size_t whole = length_bytes + static_cast<std::size_t>(length);
  if (bytes.size() < whole) return NeedMore{whole - bytes.size()};
  return FrameCut{bytes.substr(length_bytes, whole - length_bytes), whole};
}

}  // namespace zabra::wire
