// A non-blocking socket with what is still to be written to it and what has come of an incomplete frame. Both ends of a
// bench use it, the generator and the echo server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/bench/endpoint.h"
#include "wire/frame.h"

namespace zabra::cli::bench {

// Frames above this are a broken stream: the largest value is 1 MB (bench_options.cc).
inline constexpr std::size_t frame_bytes_max = 4 << 20;
inline constexpr std::size_t read_chunk = 256 << 10;
// Shared by all streams of a thread. Holds a kept incomplete frame, then up to read_chunk bytes more.
using ReadBuffer = std::vector<char>;

class Stream {
 public:
  explicit Stream(Descriptor socket) : socket_(std::move(socket)) {}

  int fd() const { return socket_.get(); }
  std::string& out() { return out_; }  // append to it, then flush() once a turn

  // False: the connection is broken (errno says why). What the socket does not take now goes with a later flush().
  bool flush();
  // Reads all that the socket has and calls on_frame(body) for each whole frame; it returns false to stop. `hung_up`:
  // the event said that nothing comes after it. False: the connection is closed or broken, or on_frame stopped.
  template <class OnFrame>
  bool receive(ReadBuffer& buffer, bool hung_up, OnFrame&& on_frame);

 private:
  struct Received {
    std::size_t bytes = 0;  // at the front of the buffer
    bool open = true;
    bool is_all = true;     // the socket has no more for now
  };
  Received receive_some(ReadBuffer& buffer);

  Descriptor socket_;
  std::string out_;
  std::size_t written_ = 0;  // of out_
  std::string rest_;
};

template <class OnFrame>
bool Stream::receive(ReadBuffer& buffer, bool hung_up, OnFrame&& on_frame) {
  while (true) {
    const Received received = receive_some(buffer);
    std::string_view bytes(buffer.data(), received.bytes);
    while (true) {
      const wire::Cut cut = wire::cut(bytes, false, frame_bytes_max);
      if (std::holds_alternative<wire::NeedMore>(cut)) break;
      const auto* frame = std::get_if<wire::FrameCut>(&cut);
      if (frame == nullptr || !on_frame(frame->body)) return false;
      bytes.remove_prefix(frame->consumed);
    }
    rest_.assign(bytes);
    if (!received.open) return false;
    if (received.is_all && !hung_up) return true;
  }
}

}  // namespace zabra::cli::bench
