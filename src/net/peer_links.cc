#include "net/peer_links.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "net/peer_dial.h"
#include "net/peer_link.h"

namespace zabra::net {
namespace {

PeerAddress address_of(const TcpSocket& socket) {
  asio::error_code ignored;
  const auto remote = socket.remote_endpoint(ignored);
  sockaddr_storage raw{};
  std::memcpy(&raw, remote.data(), remote.size());
  return peer_address(raw);
}

}  // namespace

PeerLinks::PeerLinks(asio::io_context& context, PeerSink& sink, PeerLinkSettings settings, Log& log)
    : context_(context),
      sink_(sink),
      settings_(settings),
      log_(log),
      admission_({.per_address = 0, .total = settings.accepted_max}),
      table_(context, LinkTable::peers_thread, {settings.linger_ms, settings.linger_at_stop_ms}) {}

PeerLinks::~PeerLinks() {
  stop_listening();
  abandon_dials();
}

// ---- accepted ----

Outcome PeerLinks::listen(PeerPort port, const std::vector<wire::HostPort>& addresses) {
  std::vector<Listening> opened;  // not started yet: nothing keeps them if one can't be opened
  for (const wire::HostPort& at : addresses) {
    const auto taker = [this, port](int socket, const PeerAddress& peer) { accepted(port, socket, peer); };
    auto acceptor = Acceptor::open(context_, {.address = at.host, .port = at.port, .keep_alive = true}, taker, log_);
    if (!acceptor) return Fault{text(to_string(port), " port: ", acceptor.fault().reason)};
    opened.push_back({port, std::move(*acceptor)});
  }
  for (Listening& listening : opened) {
    listening.acceptor->start();
    listening_.push_back(std::move(listening));
  }
  return Done{};
}

void PeerLinks::stop_listening(PeerPort port) {
  std::erase_if(listening_, [port](const Listening& listening) {
    if (listening.port == port) listening.acceptor->stop();
    return listening.port == port;
  });
}

void PeerLinks::stop_listening() {
  stop_listening(PeerPort::quorum);
  stop_listening(PeerPort::election);
}

std::vector<std::string> PeerLinks::listens_on(PeerPort port) const {
  std::vector<std::string> found;
  for (const Listening& listening : listening_) {
    if (listening.port == port) found.push_back(listening.acceptor->address_text());
  }
  return found;
}

void PeerLinks::accepted(PeerPort port, int socket, const PeerAddress& peer) {
  Admission::Answer answer = admission_.enter(peer.text);
  if (answer.refusal != Admission::Refusal::none) {
    ::close(socket);
    return log_.warning(text("Too many connections to the ports of servers, refused /", peer.text, " on the ",
                             to_string(port), " port - max is ", settings_.accepted_max));
  }
  if (auto stream = plain_stream(context_, socket)) {
    open(std::move(stream), std::move(answer.place), port, std::nullopt, peer);
  }
}

// ---- dialled ----

void PeerLinks::dial(PeerPort port, ServerId to, std::vector<wire::HostPort> addresses) {
  auto dial = std::make_shared<PeerDial>(context_, std::move(addresses), settings_.dial_timeout_ms);
  dial->start([this, port, to, &here = *dial](Result<TcpSocket> outcome) {
    std::erase_if(dials_, [&here](const auto& under_way) { return under_way.get() == &here; });
    dialled(port, to, std::move(outcome));
  });
  dials_.push_back(std::move(dial));
}

void PeerLinks::dialled(PeerPort port, ServerId to, Result<TcpSocket> outcome) {
  if (!outcome) return sink_.on_dial_failed(port, to, outcome.fault().reason);
  const PeerAddress peer = address_of(*outcome);
  open(plain_stream(std::move(*outcome)), {}, port, to, peer);
}

void PeerLinks::abandon_dials() {
  for (const auto& dial : dials_) dial->abandon();
  dials_.clear();
}

// ---- all ----

void PeerLinks::open(std::unique_ptr<Stream> stream, Admission::Place place, PeerPort port,
                     std::optional<ServerId> dialled, const PeerAddress& peer) {
  const LinkId id = table_.new_id();
  const auto link = std::make_shared<PeerLink>(id, std::move(stream), std::move(place), table_, sink_);
  table_.add(link);
  sink_.on_opened(id, port, dialled, peer);
  link->start();
}

void PeerLinks::stop() {
  stop_listening();
  abandon_dials();
  table_.stop();
}

}  // namespace zabra::net
