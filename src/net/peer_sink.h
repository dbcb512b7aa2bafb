// Told of everything that happens on the links between servers, in the thread that runs them. The calls mirror the
// replica's events.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/link_id.h"
#include "base/peer_port.h"
#include "net/address.h"
#include "wire/ids.h"

namespace zabra::net {

class PeerSink {
 public:
  virtual ~PeerSink() = default;
  // `dialled`: the server of the dial that ends with this; none: the other side has dialled us.
  virtual void on_opened(LinkId link, PeerPort port, std::optional<ServerId> dialled, const PeerAddress& peer) = 0;
  virtual void on_dial_failed(PeerPort port, ServerId to, std::string_view reason) = 0;
  // What one read gave. The bytes stay where they are until the step that gets them is over (PeerLinks::step_done).
  virtual void on_chunk(LinkId link, std::string_view bytes) = 0;
  virtual void on_drained(LinkId link) = 0;  // when it is told: replica/event.h, Drained
  // The other side ended the stream, or the link failed; never as an answer to an order to close. Nothing of this link
  // follows, and what it had not taken yet is lost.
  virtual void on_closed(LinkId link) = 0;
};

}  // namespace zabra::net
