// Ports of 127.0.0.1 that don't take connections: one refuses them, one never answers.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <stdexcept>

#include "tests/net/peer.h"

namespace zabra::test {

// Bound, so that nobody else gets it; nobody listens.
class RefusingPort {
 public:
  RefusingPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) throw std::runtime_error("bind");
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
  }
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  ~RefusingPort() { ::close(socket_); }
  std::uint16_t port() const { return port_; }

 protected:
  int socket() const { return socket_; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

// Its queue of one connection is full and nobody accepts: the system drops whatever wants to connect.
class SilentPort final : public RefusingPort {
 public:
  SilentPort() {
    ::listen(socket(), 0);
    filler_ = std::make_unique<Peer>(port());
    pollfd full{socket(), POLLIN, 0};
    if (::poll(&full, 1, 60'000) != 1) throw std::runtime_error("the queue does not fill");
  }

 private:
  std::unique_ptr<Peer> filler_;
};

}  // namespace zabra::test
