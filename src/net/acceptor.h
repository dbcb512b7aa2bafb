// Listens on one address and port, and hands over what connects.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <asio/steady_timer.hpp>

#include "base/log.h"
#include "net/address.h"
#include "net/asio_types.h"
#include "wire/result.h"

namespace zabra::net {

struct ListenSettings {
  std::string address;      // a host name or an address; empty: all addresses, IPv4 and IPv6
  std::uint16_t port = 0;   // 0: any free one
  int backlog = -1;         // -1: as many as the system allows
  bool keep_alive = false;  // TCP keep-alive on accepted connections
};

// Whoever owns one stops it; what waits keeps it until then.
class Acceptor final : public std::enable_shared_from_this<Acceptor> {
 public:
  // Takes over a non-blocking socket, and may close it.
  using Taker = std::function<void(int socket, PeerAddress peer)>;

  // Binds and listens. Nothing is accepted before start(). A name is looked up here, in the caller's thread.
  static Result<std::shared_ptr<Acceptor>> open(asio::io_context& context, const ListenSettings& settings, Taker taker,
                                                Log& log);

  Acceptor(TcpAcceptor acceptor, bool keep_alive, Taker taker, Log& log);
  void start() { wait(); }
  void stop();
  std::uint16_t port() const;
  std::string address_text() const;  // "127.0.0.1:2181", "[::]:2181"

 private:
  void wait();
  void wait_for_files();
  void accept_ready();
  bool accept_one();

  TcpAcceptor acceptor_;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> retry_;
  const bool keep_alive_;
  const Taker taker_;
  Log& log_;
};

}  // namespace zabra::net
