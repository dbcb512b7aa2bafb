// Told of everything that happens on client links, in the thread that runs them. The calls mirror the replica's events.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/link_id.h"
#include "net/address.h"

namespace zabra::net {

class LinkSink {
 public:
  virtual ~LinkSink() = default;
  virtual void on_opened(LinkId link, const PeerAddress& peer) = 0;
  // Bodies and rests stay where they are until the step that gets them is over (ClientLinks::step_done).
  virtual void on_frame(LinkId link, std::string_view body) = 0;
  // After one of these two only on_closed() follows for the link.
  virtual void on_word(LinkId link, std::array<char, 4> word, std::string_view rest) = 0;
  virtual void on_bad_length(LinkId link, std::int32_t length) = 0;
  virtual void on_drained(LinkId link) = 0;      // when it is told: replica/event.h, Drained
  virtual void on_half_closed(LinkId link) = 0;  // the peer sends nothing more; it may still read
  virtual void on_closed(LinkId link) = 0;       // by the peer or by a failure, never as an answer to an order to close

  // For links on threads of their own (ThreadedLinks). hand_over() is called in the link's thread when all that was
  // ready has been told: true if that was anything; it is then set aside, and no more is until its step is done.
  // deliver() is called in the owner's thread, by step_begins(), to take what was set aside.
  virtual bool hand_over() { return false; }
  virtual void deliver() {}
};

}  // namespace zabra::net
