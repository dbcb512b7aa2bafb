#include "net/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace zabra::net {
namespace {

Moved blocked_or_failed(Flow wait) {
  return {errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? wait : Flow::failed};
}

void set_flag(int socket, int level, int option) {
  const int on = 1;
  ::setsockopt(socket, level, option, &on, sizeof on);
}

bool is_v6(int socket) {
  int domain = AF_INET;
  socklen_t size = sizeof domain;
  ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  return domain == AF_INET6;
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

void set_link_options(int socket, bool keep_alive) {
  set_flag(socket, IPPROTO_TCP, TCP_NODELAY);
  if (keep_alive) set_flag(socket, SOL_SOCKET, SO_KEEPALIVE);
}

std::unique_ptr<Stream> plain_stream(asio::io_context& context, int socket) {
  TcpSocket owned(context);
  asio::error_code error;
  owned.assign(is_v6(socket) ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket, error);
  if (!error) return plain_stream(std::move(owned));
  ::close(socket);
  return nullptr;
}

}  // namespace zabra::net
