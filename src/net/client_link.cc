#include "net/client_link.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "wire/check.h"
#include "wire/frame.h"

namespace zabra::net {

// Handlers of one wait each. They own their link, and their memory is in it.
struct ClientLink::Readable {
  std::shared_ptr<ClientLink> link;
  using allocator_type = SlotAllocator<Readable>;
  allocator_type get_allocator() const { return allocator_type(link->readable_slot_); }
  void operator()(const asio::error_code&) { link->on_readable(); }
};

struct ClientLink::Writable {
  std::shared_ptr<ClientLink> link;
  using allocator_type = SlotAllocator<Writable>;
  allocator_type get_allocator() const { return allocator_type(link->writable_slot_); }
  void operator()(const asio::error_code&) { link->on_writable(); }
};

// ---- reading ----

void ClientLink::wait_readable() {
  if (waits_readable_ || in_step_ || closed_ || input_ == Input::ended) return;
  if (paused_ && input_ == Input::frames) return;
  waits_readable_ = true;
  stream_->socket().async_wait(TcpSocket::wait_read, Readable{shared_from_this()});
}

void ClientLink::on_readable() {
  waits_readable_ = false;
  if (closed_ || in_step_ || (paused_ && input_ == Input::frames)) return;
  read();
  wait_readable();
}

void ClientLink::read() {
  const std::span<char> room = buffer_.room(home_.chunks());
  const Moved moved = stream_->read(room);
  switch (moved.flow) {
    case Flow::moved:
      if (input_ != Input::frames) break;
      buffer_.received(moved.bytes);
      return tell_frames();
    case Flow::wait_writable: wait_writable(); break;
    case Flow::wait_readable: break;
    case Flow::ended: input_ended(); break;
    case Flow::failed: fail(); break;
  }
  buffer_.settle(home_.chunks());
}

void ClientLink::input_ended() {
  const bool tell = input_ == Input::frames;
  input_ = Input::ended;
  if (closing_ && queue_.empty()) return close_now();
  if (tell && !closing_) home_.sink().on_half_closed(id_);
}

void ClientLink::tell_frames() {
  bool told = false;
  while (tell_one()) told = true;
  if (told) {
    in_step_ = true;
    home_.frames_told(*this);
  } else {
    buffer_.settle(home_.chunks());
  }
}

// One frame, word or bad length from the front of the buffer; false if there is none.
bool ClientLink::tell_one() {
  if (input_ != Input::frames || buffer_.unread().size() < 4) return false;
  const wire::Cut cut = wire::cut(buffer_.unread(), first_, home_.frame_max());
  if (const auto* frame = std::get_if<wire::FrameCut>(&cut)) {
    first_ = false;
    buffer_.consume(frame->consumed);
    home_.sink().on_frame(id_, frame->body);
    return true;
  }
  if (std::holds_alternative<wire::NeedMore>(cut)) return false;
  input_ = Input::thrown_away;
  const std::string_view unread = buffer_.unread();
  buffer_.consume(unread.size());
  if (const auto* bad = std::get_if<wire::BadFrameLength>(&cut)) {
    home_.sink().on_bad_length(id_, bad->length);
  } else {
    std::array<char, 4> word;
    std::copy_n(unread.begin(), word.size(), word.begin());
    home_.sink().on_word(id_, word, unread.substr(word.size()));
  }
  return true;
}

void ClientLink::settle() {
  in_step_ = false;
  buffer_.settle(home_.chunks());
  wait_readable();
}

void ClientLink::resume_reading() {
  paused_ = false;
  wait_readable();
}

// ---- sending ----

void ClientLink::send(std::string& bytes) {
  if (closed_ || closing_ || bytes.empty()) return bytes.clear();
  if (!queue_.empty()) return queue_.add(bytes, 0);  // the socket is full: on_writable() goes on
  const std::size_t taken = write(bytes);
  if (closed_) return bytes.clear();
  if (taken < bytes.size()) {
    queue_.add(bytes, taken);
    had_to_wait_ = true;
    wait_writable();
  } else {
    bytes.clear();
    sent_all();
  }
}

// How many of `bytes` the kernel took. The link may be closed afterwards.
std::size_t ClientLink::write(std::string_view bytes) {
  const Moved moved = stream_->write(bytes);
  switch (moved.flow) {
    case Flow::moved: sent_since_drained_ += moved.bytes; return moved.bytes;
    case Flow::wait_readable:
    case Flow::wait_writable: return 0;
    case Flow::ended:
    case Flow::failed: fail(); return 0;
  }
  return 0;
}

void ClientLink::wait_writable() {
  if (waits_writable_ || closed_) return;
  waits_writable_ = true;
  stream_->socket().async_wait(TcpSocket::wait_write, Writable{shared_from_this()});
}

void ClientLink::on_writable() {
  waits_writable_ = false;
  if (closed_ || queue_.empty()) return;
  queue_.taken(write(queue_.front()));
  if (closed_) return;
  if (!queue_.empty()) return wait_writable();
  if (closing_) return end_writing();
  sent_all();
}

void ClientLink::sent_all() {
  if (!had_to_wait_ && sent_since_drained_ < limits::link_drained_report) return;
  had_to_wait_ = false;
  sent_since_drained_ = 0;
  home_.sink().on_drained(id_);
}

// ---- closing ----

void ClientLink::close_after_send() {
  if (closed_ || closing_) return;
  closing_ = true;
  if (input_ == Input::frames) input_ = Input::thrown_away;
  home_.lingers(*this);
  if (queue_.empty()) end_writing();
}

void ClientLink::end_writing() {
  stream_->end_writing();
  if (input_ == Input::ended) return close_now();
  wait_readable();
}

void ClientLink::close_now() {
  if (closed_) return;
  closed_ = true;
  queue_.clear();
  asio::error_code ignored;
  stream_->socket().close(ignored);
  place_.give_up();
  if (!in_step_) buffer_.release(home_.chunks());
  home_.gone(*this);
}

void ClientLink::fail() {
  const bool tell = !closing_;
  close_now();
  if (tell) home_.sink().on_closed(id_);
}

}  // namespace zabra::net
