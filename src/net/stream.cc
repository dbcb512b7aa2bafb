#include "net/stream.h"

#include <cerrno>
#include <sys/socket.h>

namespace zabra::net {
namespace {

Moved blocked_or_failed(Flow wait) {
  return {errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? wait : Flow::failed};
}

class PlainStream final : public Stream {
 public:
  explicit PlainStream(TcpSocket socket) : socket_(std::move(socket)) {}

  Moved read(std::span<char> into) override {
    const ssize_t n = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    if (n > 0) return {Flow::moved, static_cast<std::size_t>(n)};
    return n == 0 ? Moved{Flow::ended} : blocked_or_failed(Flow::wait_readable);
  }

  Moved write(std::string_view bytes) override {
    const ssize_t n = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return n >= 0 ? Moved{Flow::moved, static_cast<std::size_t>(n)} : blocked_or_failed(Flow::wait_writable);
  }

  void end_writing() override { ::shutdown(socket_.native_handle(), SHUT_WR); }
  TcpSocket& socket() override { return socket_; }

 private:
  TcpSocket socket_;
};

}  // namespace

std::unique_ptr<Stream> plain_stream(TcpSocket socket) { return std::make_unique<PlainStream>(std::move(socket)); }

}  // namespace zabra::net
