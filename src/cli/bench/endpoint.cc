#include "cli/bench/endpoint.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace zabra::cli::bench {

namespace {

constexpr int dial_wait_ms = 5000;
constexpr std::string_view default_port = "2181";

bool is_port(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number != 0;
}

// "host", "host:port", "[v6]", "[v6]:port".
Result<Endpoint> parse_endpoint(std::string_view text) {
  std::string_view host = text, port = default_port;
  if (text.starts_with('[')) {
    const std::size_t closing = text.find(']');
    if (closing == std::string_view::npos) return Fault{"'" + std::string(text) + "': no ']' after the address"};
    host = text.substr(1, closing - 1);
    const std::string_view behind = text.substr(closing + 1);
    if (!behind.empty()) port = behind.front() == ':' ? behind.substr(1) : std::string_view{};
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (host.empty() || !is_port(port)) return Fault{"'" + std::string(text) + "' is not host:port"};
  return Endpoint{std::string(host), std::string(port)};
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<Addresses> resolve(const Endpoint& endpoint) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &wanted, &found);
  if (error != 0) return Fault{endpoint.host + ":" + endpoint.port + ": " + gai_strerror(error)};
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

Result<std::vector<Endpoint>> parse_endpoints(std::string_view text) {
  std::vector<Endpoint> endpoints;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    Result<Endpoint> endpoint = parse_endpoint(text.substr(0, comma));
    if (!endpoint) return endpoint.fault();
    endpoints.push_back(std::move(*endpoint));
    if (comma == text.size()) return endpoints;
    text.remove_prefix(comma + 1);
  }
}

Result<Descriptor> dial(const Endpoint& endpoint) {
  Result<Addresses> addresses = resolve(endpoint);
  if (!addresses) return addresses.fault();
  for (const addrinfo* at = addresses->get(); at != nullptr; at = at->ai_next) {
    Descriptor socket = connect_to(*at);
    if (socket.is_open()) return socket;
  }
  return system_fault(endpoint.host + ":" + endpoint.port);
}

}  // namespace zabra::cli::bench
