#include "net/listener.h"

#include <unistd.h>

namespace zabra::net {

Result<std::unique_ptr<Listener>> Listener::open(asio::io_context& context, const ListenSettings& settings,
                                                 ClientLinks& links, Admission& admission, Log& log) {
  auto listener = std::make_unique<Listener>(links, admission, log);
  const auto admit = [&here = *listener](int socket, PeerAddress peer) { here.admit(socket, std::move(peer)); };
  Result<std::shared_ptr<Acceptor>> acceptor = Acceptor::open(context, settings, admit, log);
  if (!acceptor) return acceptor.fault();
  listener->acceptor_ = std::move(*acceptor);
  return listener;
}

void Listener::admit(int socket, PeerAddress peer) {
  Admission::Answer answer = admission_.enter(peer.text);
  if (answer.refusal == Admission::Refusal::none)
    return links_.adopt(socket, std::move(peer), std::move(answer.place));
  ::close(socket);
  const Admission::Limits limits = admission_.limits();
  if (answer.refusal == Admission::Refusal::address_full) {
    log_.warning(text("Too many connections from /", peer.text, " - max is ", limits.per_address));
  } else {
    log_.warning(text("Too many connections from all addresses, refused /", peer.text, " - max is ", limits.total));
  }
}

}  // namespace zabra::net
