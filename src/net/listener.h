// Accepts client connections on one address and port and hands them to the links. A connection beyond a limit is closed
// at once, with nothing sent and one line in the log.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "net/acceptor.h"
#include "net/admission.h"
#include "net/client_links.h"
#include "wire/result.h"

namespace zabra::net {

class Listener {
 public:
  // Binds and listens. Nothing is accepted before start().
  static Result<std::unique_ptr<Listener>> open(asio::io_context& context, const ListenSettings& settings,
                                                ClientLinks& links, Admission& admission, Log& log);

  Listener(ClientLinks& links, Admission& admission, Log& log) : links_(links), admission_(admission), log_(log) {}
  ~Listener() { if (acceptor_) stop(); }
  void start() { acceptor_->start(); }
  void stop() { acceptor_->stop(); }
  std::uint16_t port() const { return acceptor_->port(); }
  std::string address_text() const { return acceptor_->address_text(); }  // "127.0.0.1:2181", "[::]:2181"

 private:
  void admit(int socket, PeerAddress peer);

  ClientLinks& links_;
  Admission& admission_;
  Log& log_;
  std::shared_ptr<Acceptor> acceptor_;
};

}  // namespace zabra::net
