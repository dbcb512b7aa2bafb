#include "cli/bench/endpoint.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace zabra::cli::bench {

namespace {

constexpr int dial_wait_ms = 5000;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<Addresses> resolve(const wire::HostPort& server) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(server.host.c_str(), std::to_string(server.port).c_str(), &wanted, &found);
  if (error != 0) return Fault{to_string(server) + ": " + gai_strerror(error)};
  return Addresses(found, &freeaddrinfo);
}

// 0, or the errno that the connection ended in.
int await_connected(int fd) {
  pollfd waiting{fd, POLLOUT, 0};
  const int ready = poll(&waiting, 1, dial_wait_ms);
  if (ready <= 0) return ready == 0 ? ETIMEDOUT : errno;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

Descriptor connect_to(const addrinfo& address) {
  Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return {};
  const int one = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
  if (errno == EINPROGRESS) errno = await_connected(socket.get());
  return errno == 0 ? std::move(socket) : Descriptor{};
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Fault system_fault(std::string_view what) { return Fault{std::string(what) + ": " + std::strerror(errno)}; }

Result<Descriptor> dial(const wire::HostPort& server) {
  Result<Addresses> addresses = resolve(server);
  if (!addresses) return addresses.fault();
  for (const addrinfo* at = addresses->get(); at != nullptr; at = at->ai_next) {
    Descriptor socket = connect_to(*at);
    if (socket.is_open()) return socket;
  }
  return system_fault(to_string(server));
}

}  // namespace zabra::cli::bench
