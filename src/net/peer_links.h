// The links between this server and the others, in the caller's thread: dialled and accepted, on the quorum port and on
// the election port. Moves bytes; whom to dial, which link survives and what the bytes say is the replica's to decide.
//
//   PeerLinks links(context, sink, settings, log);
//   if (Outcome listens = links.listen(PeerPort::quorum, addresses); !listens) …
//   links.dial(PeerPort::election, server, addresses);   // -> on_opened or on_dial_failed, once, in a later handler
//   links.step_begins(); … look at what was told … ; links.step_done();
//
// A link is read from at most once between two steps. Orders to a link that is gone do nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/log.h"
#include "net/acceptor.h"
#include "net/admission.h"
#include "net/link_table.h"
#include "net/peer_sink.h"
#include "wire/host_port.h"
#include "wire/ids.h"
#include "wire/result.h"

namespace zabra::net {

class PeerDial;

struct PeerLinkSettings {
  std::int64_t dial_timeout_ms = 5'000;  // zookeeper.cnxTimeout, for all addresses of a server together
  std::int64_t linger_ms = limits::link_linger_ms;
  std::int64_t linger_at_stop_ms = limits::link_linger_at_stop_ms;
  std::uint32_t accepted_max = limits::peer_links_accepted_max;
};

class PeerLinks {
 public:
  PeerLinks(asio::io_context& context, PeerSink& sink, PeerLinkSettings settings, Log& log);
  ~PeerLinks();

  // Listens on all of the addresses, or on none and says why. An empty host stands for all addresses of the machine,
  // port 0 for any free one. Names are looked up here, in the caller's thread.
  Outcome listen(PeerPort port, const std::vector<wire::HostPort>& addresses);
  void stop_listening(PeerPort port);
  // Where it listens: "127.0.0.1:2888", "[::]:3888".
  std::vector<std::string> listens_on(PeerPort port) const;

  // Ends with exactly one of on_opened() and on_dial_failed(), unless stop() comes first.
  void dial(PeerPort port, ServerId to, std::vector<wire::HostPort> addresses);

  // Sends all of `bytes` and leaves it empty, with its memory where possible.
  void send(LinkId link, std::string& bytes) { table_.send(link, bytes); }
  void pause_reading(LinkId link) { table_.pause_reading(link); }
  void resume_reading(LinkId link) { table_.resume_reading(link); }
  // Nothing more is read; what was sent has linger_ms to reach the peer, then the socket is closed.
  void close_after_send(LinkId link) { table_.close_after_send(link); }
  void close_now(LinkId link) { table_.close_now(link); }

  // A step is to begin that looks at everything told so far, and is over: its chunks may be overwritten.
  void step_begins() { table_.step_begins(); }
  void step_done() { table_.step_done(); }
  bool is_full() const { return table_.is_full(); }  // so many links were read from that it is time for a step

  // Ends listening, dials, and all links after what was sent, which has linger_at_stop_ms to reach the peers. Nothing
  // is told any more. Returns when all are closed.
  void stop();

 private:
  struct Listening {
    PeerPort port{};
    std::shared_ptr<Acceptor> acceptor;
  };

  void accepted(PeerPort port, int socket, const PeerAddress& peer);
  void dialled(PeerPort port, ServerId to, Result<TcpSocket> outcome);
  void open(std::unique_ptr<Stream> stream, Admission::Place place, PeerPort port, std::optional<ServerId> dialled,
            const PeerAddress& peer);
  void stop_listening();
  void abandon_dials();

  asio::io_context& context_;
  PeerSink& sink_;
  const PeerLinkSettings settings_;
  Log& log_;
  Admission admission_;
  LinkTable table_;
  std::vector<Listening> listening_;
  std::vector<std::shared_ptr<PeerDial>> dials_;  // under way
};

}  // namespace zabra::net
