// All client connections of a server, behind one interface: LinkSet runs them in the caller's thread, ThreadedLinks on
// threads of their own. Orders to a link that is gone do nothing.
#pragma once

#include <string>

#include "base/limits.h"
#include "base/link_id.h"
#include "net/admission.h"
#include "net/address.h"

namespace zabra::net {

struct LinkSettings {
  std::size_t frame_max = 0xfffff;  // jute.maxbuffer
  std::int64_t linger_ms = limits::link_linger_ms;
  std::int64_t linger_at_stop_ms = limits::link_linger_at_stop_ms;
};

class ClientLinks {
 public:
  virtual ~ClientLinks() = default;

  // Takes over an accepted, non-blocking socket.
  virtual void adopt(int socket, PeerAddress peer, Admission::Place place) = 0;

  // Sends all of `bytes` and leaves it empty, with its memory where possible.
  virtual void send(LinkId link, std::string& bytes) = 0;
  virtual void pause_reading(LinkId link) = 0;
  virtual void resume_reading(LinkId link) = 0;
  // Nothing more is read; what was sent has linger_ms to reach the peer, then the socket is closed.
  virtual void close_after_send(LinkId link) = 0;
  virtual void close_now(LinkId link) = 0;

  // A step is to begin that looks at everything told so far (links on other threads deliver it now), and is over: its
  // frames may be overwritten.
  virtual void step_begins() = 0;
  virtual void step_done() = 0;

  // Closes all after what was sent, which has linger_at_stop_ms to reach the peers; nothing is told any more. Returns
  // when all are closed.
  virtual void stop() = 0;
};

}  // namespace zabra::net
