// Accepts client connections on one address and port and hands them to the links. A connection beyond a limit is closed
// at once, with nothing sent and one line in the log.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <asio/steady_timer.hpp>

#include "base/log.h"
#include "net/admission.h"
#include "net/asio_types.h"
#include "net/client_links.h"
#include "wire/result.h"

namespace zabra::net {

struct ListenSettings {
  std::string address;      // a host name or an address; empty: all addresses, IPv4 and IPv6
  std::uint16_t port = 0;   // 0: any free one
  int backlog = -1;         // -1: as many as the system allows
  bool keep_alive = false;  // TCP keep-alive on accepted connections
};

class Listener {
 public:
  // Binds and listens. Nothing is accepted before start().
  static Result<std::unique_ptr<Listener>> open(asio::io_context& context, const ListenSettings& settings,
                                                ClientLinks& links, Admission& admission, Log& log);

  Listener(TcpAcceptor acceptor, bool keep_alive, ClientLinks& links, Admission& admission, Log& log);
  void start() { wait(); }
  void stop();
  std::uint16_t port() const;
  std::string address_text() const;  // "127.0.0.1:2181", "[::]:2181"

 private:
  void wait();
  void wait_for_files();
  void accept_ready();
  bool accept_one();
  void admit(int socket, PeerAddress peer);

  TcpAcceptor acceptor_;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> retry_;
  const bool keep_alive_;
  ClientLinks& links_;
  Admission& admission_;
  Log& log_;
};

}  // namespace zabra::net
