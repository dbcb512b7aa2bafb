#include "net/link.h"

#include "base/limits.h"
#include "net/link_table.h"

namespace zabra::net {

// Handlers of one wait each. They own their link, and their memory is in it.
struct Link::Readable {
  std::shared_ptr<Link> link;
  using allocator_type = SlotAllocator<Readable>;
  allocator_type get_allocator() const { return allocator_type(link->readable_slot_); }
  void operator()(const asio::error_code&) { link->on_readable(); }
};

struct Link::Writable {
  std::shared_ptr<Link> link;
  using allocator_type = SlotAllocator<Writable>;
  allocator_type get_allocator() const { return allocator_type(link->writable_slot_); }
  void operator()(const asio::error_code&) { link->on_writable(); }
};

// ---- reading ----

void Link::wait_readable() {
  if (waits_readable_ || in_step_ || closed_ || input_ == Input::ended) return;
  if (paused_ && input_ == Input::told) return;
  waits_readable_ = true;
  stream_->socket().async_wait(TcpSocket::wait_read, Readable{shared_from_this()});
}

void Link::on_readable() {
  waits_readable_ = false;
  if (closed_ || in_step_ || (paused_ && input_ == Input::told)) return;
  read();
  wait_readable();
}

void Link::read() {
  const std::span<char> room = buffer_.room(table_.chunks());
  const Moved moved = stream_->read(room);
  switch (moved.flow) {
    case Flow::moved:
      if (input_ != Input::told) break;
      return received(moved.bytes);
    case Flow::wait_writable: wait_writable(); break;
    case Flow::wait_readable: break;
    case Flow::ended: input_ended(); break;
    case Flow::failed: fail(); break;
  }
  buffer_.settle(table_.chunks());
}

void Link::input_ended() {
  const bool tell = input_ == Input::told;
  input_ = Input::ended;
  if (closing_ && queue_.empty()) return close_now();
  if (tell && !closing_) tell_input_ended();
}

void Link::received(std::size_t bytes) {
  buffer_.received(bytes);
  if (tell_input(buffer_)) {
    in_step_ = true;
    table_.told(*this);
  } else {
    buffer_.settle(table_.chunks());
  }
}

void Link::settle() {
  in_step_ = false;
  buffer_.settle(table_.chunks());
  wait_readable();
}

void Link::resume_reading() {
  paused_ = false;
  wait_readable();
}

// ---- sending ----

void Link::send(std::string& bytes) {
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
std::size_t Link::write(std::string_view bytes) {
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

void Link::wait_writable() {
  if (waits_writable_ || closed_) return;
  waits_writable_ = true;
  stream_->socket().async_wait(TcpSocket::wait_write, Writable{shared_from_this()});
}

void Link::on_writable() {
  waits_writable_ = false;
  if (closed_ || queue_.empty()) return;
  queue_.taken(write(queue_.front()));
  if (closed_) return;
  if (!queue_.empty()) return wait_writable();
  if (closing_) return end_writing();
  sent_all();
}

void Link::sent_all() {
  if (!had_to_wait_ && sent_since_drained_ < limits::link_drained_report) return;
  had_to_wait_ = false;
  sent_since_drained_ = 0;
  tell_drained();
}

// ---- closing ----

void Link::close_after_send() {
  if (closed_ || closing_) return;
  closing_ = true;
  if (input_ == Input::told) input_ = Input::thrown_away;
  table_.lingers(*this);
  if (queue_.empty()) end_writing();
}

void Link::end_writing() {
  stream_->end_writing();
  if (input_ == Input::ended) return close_now();
  wait_readable();
}

void Link::close_now() {
  if (closed_) return;
  closed_ = true;
  queue_.clear();
  asio::error_code ignored;
  stream_->socket().close(ignored);
  place_.give_up();
  if (!in_step_) buffer_.release(table_.chunks());
  table_.gone(*this);
}

void Link::fail() {
  const bool tell = !closing_ && !closed_;
  close_now();
  if (tell) tell_closed();
}

}  // namespace zabra::net
