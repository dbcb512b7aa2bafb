#include "net/client_link.h"

#include <algorithm>
#include <array>

#include "wire/frame.h"

namespace zabra::net {

bool ClientLink::tell_input(ReadBuffer& buffer) {
  bool told = false;
  while (tell_one(buffer)) told = true;
  return told;
}

// One frame, word or bad length from the front of the buffer; false if there is none.
bool ClientLink::tell_one(ReadBuffer& buffer) {
  if (!is_told() || buffer.unread().size() < 4) return false;
  const wire::Cut cut = wire::cut(buffer.unread(), first_, frame_max_);
  if (const auto* frame = std::get_if<wire::FrameCut>(&cut)) {
    first_ = false;
    buffer.consume(frame->consumed);
    sink_.on_frame(id(), frame->body);
    return true;
  }
  if (std::holds_alternative<wire::NeedMore>(cut)) return false;
  tell_no_more();
  const std::string_view unread = buffer.unread();
  buffer.consume(unread.size());
  if (const auto* bad = std::get_if<wire::BadFrameLength>(&cut)) {
    sink_.on_bad_length(id(), bad->length);
  } else {
    std::array<char, 4> word;
    std::copy_n(unread.begin(), word.size(), word.begin());
    sink_.on_word(id(), word, unread.substr(word.size()));
  }
  return true;
}

}  // namespace zabra::net
