#include "net/acceptor.h"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include <asio/ip/v6_only.hpp>

#include "net/stream.h"

namespace zabra::net {
namespace {

// Accepted before links are served again: a storm of connections must not starve those that exist.
constexpr int accepts_in_a_row = 64;
// With no file or memory left for a connection, so long is waited before the next try.
constexpr std::chrono::milliseconds retry_after{100};

using asio::ip::tcp;

Result<tcp::endpoint> endpoint_of(asio::io_context& context, const ListenSettings& settings) {
  asio::error_code error;
  const auto address = asio::ip::make_address(settings.address, error);
  if (!error) return tcp::endpoint(address, settings.port);
  asio::ip::basic_resolver<tcp, Executor> resolver(context);
  const auto found = resolver.resolve(settings.address, std::to_string(settings.port), error);
  if (error) return Fault{text("cannot resolve ", settings.address, ": ", error.message())};
  return found.begin()->endpoint();
}

asio::error_code listen_on(TcpAcceptor& acceptor, const tcp::endpoint& at, bool both_families, int backlog) {
  asio::error_code error;
  if (acceptor.open(at.protocol(), error); error) return error;
  if (acceptor.set_option(tcp::acceptor::reuse_address(true), error); error) return error;
  if (both_families) acceptor.set_option(asio::ip::v6_only(false), error);
  if (error) return error;
  if (acceptor.bind(at, error); error) return error;
  if (acceptor.listen(backlog < 0 ? SOMAXCONN : backlog, error); error) return error;
  acceptor.native_non_blocking(true, error);
  return error;
}

bool has_no_v6(const asio::error_code& error) {
  return error.value() == EAFNOSUPPORT || error.value() == EADDRNOTAVAIL;
}

Result<TcpAcceptor> acceptor_on(asio::io_context& context, const tcp::endpoint& at, const ListenSettings& settings) {
  TcpAcceptor acceptor(context);
  const auto error = listen_on(acceptor, at, false, settings.backlog);
  if (!error) return acceptor;
  return Fault{text("cannot listen on ", at.address().to_string(), " port ", settings.port, ": ", error.message())};
}

Result<TcpAcceptor> acceptor_on_all(asio::io_context& context, const ListenSettings& settings) {
  TcpAcceptor both(context);
  const auto error = listen_on(both, {tcp::v6(), settings.port}, true, settings.backlog);
  if (!error) return both;
  if (has_no_v6(error)) return acceptor_on(context, {tcp::v4(), settings.port}, settings);
  return Fault{text("cannot listen on port ", settings.port, " of all addresses: ", error.message())};
}

Result<TcpAcceptor> bound_acceptor(asio::io_context& context, const ListenSettings& settings) {
  if (settings.address.empty()) return acceptor_on_all(context, settings);
  const Result<tcp::endpoint> at = endpoint_of(context, settings);
  if (!at) return at.fault();
  return acceptor_on(context, *at, settings);
}

}  // namespace

Result<std::shared_ptr<Acceptor>> Acceptor::open(asio::io_context& context, const ListenSettings& settings, Taker taker,
                                                 Log& log) {
  Result<TcpAcceptor> acceptor = bound_acceptor(context, settings);
  if (!acceptor) return acceptor.fault();
  return std::make_shared<Acceptor>(std::move(*acceptor), settings.keep_alive, std::move(taker), log);
}

Acceptor::Acceptor(TcpAcceptor acceptor, bool keep_alive, Taker taker, Log& log)
    : acceptor_(std::move(acceptor)),
      retry_(acceptor_.get_executor()),
      keep_alive_(keep_alive),
      taker_(std::move(taker)),
      log_(log) {}

void Acceptor::stop() {
  asio::error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
}

std::uint16_t Acceptor::port() const {
  asio::error_code ignored;
  return acceptor_.local_endpoint(ignored).port();
}

std::string Acceptor::address_text() const {
  asio::error_code ignored;
  const auto at = acceptor_.local_endpoint(ignored);
  const std::string address = at.address().to_string();
  return text(at.address().is_v6() ? "[" + address + "]" : address, ":", at.port());
}

void Acceptor::wait() {
  acceptor_.async_wait(TcpAcceptor::wait_read, [self = shared_from_this()](const asio::error_code& error) {
    if (!error) self->accept_ready();
  });
}

void Acceptor::wait_for_files() {
  log_.error(
      text("cannot accept a connection: ", std::strerror(errno), "; trying again in ", retry_after.count(), " ms"));
  retry_.expires_after(retry_after);
  retry_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    if (!error) self->accept_ready();
  });
}

void Acceptor::accept_ready() {
  for (int i = 0; i < accepts_in_a_row; ++i) {
    if (accept_one()) continue;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return wait_for_files();
    break;
  }
  wait();
}

// False, with errno, when nothing was accepted.
bool Acceptor::accept_one() {
  sockaddr_storage raw{};
  socklen_t size = sizeof raw;
  const int socket =
      ::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&raw), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) return errno == ECONNABORTED || errno == EINTR || errno == EPROTO;
  set_link_options(socket, keep_alive_);
  taker_(socket, peer_address(raw));
  return true;
}

}  // namespace zabra::net
