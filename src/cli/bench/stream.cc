#include "cli/bench/stream.h"

#include <sys/socket.h>

#include <cerrno>

namespace zabra::cli::bench {

bool Stream::flush() {
  while (written_ < out_.size()) {
    const ssize_t sent = ::send(fd(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN;
    written_ += static_cast<std::size_t>(sent);
  }
  out_.clear();
  written_ = 0;
  return true;
}

Stream::Received Stream::receive_some(ReadBuffer& buffer) {
  if (buffer.size() < rest_.size() + read_chunk) buffer.resize(rest_.size() + read_chunk);
  rest_.copy(buffer.data(), rest_.size());
  const std::size_t room = buffer.size() - rest_.size();
  while (true) {
    const ssize_t got = ::recv(fd(), buffer.data() + rest_.size(), room, 0);
    if (got > 0) {
      // A short read has emptied the socket: edge-triggered epoll will tell of the next byte.
      const auto bytes = static_cast<std::size_t>(got);
      return {rest_.size() + bytes, true, bytes < room};
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return {rest_.size(), true, true};
    return {rest_.size(), false, true};
  }
}

}  // namespace zabra::cli::bench
