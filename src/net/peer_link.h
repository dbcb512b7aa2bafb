// A link to another server: a stream of bytes, whatever its protocol. Its end in one direction is its end.
#pragma once

#include <memory>

#include "net/link.h"
#include "net/peer_sink.h"

namespace zabra::net {

class PeerLink final : public Link {
 public:
  PeerLink(LinkId id, std::unique_ptr<Stream> stream, Admission::Place place, LinkTable& table, PeerSink& sink)
      : Link(id, std::move(stream), std::move(place), table), sink_(sink) {}

 private:
  bool tell_input(ReadBuffer& buffer) override {
    const std::string_view bytes = buffer.unread();
    buffer.consume(bytes.size());
    sink_.on_chunk(id(), bytes);
    return true;
  }
  void tell_input_ended() override { fail(); }
  void tell_drained() override { sink_.on_drained(id()); }
  void tell_closed() override { sink_.on_closed(id()); }

  PeerSink& sink_;
};

}  // namespace zabra::net
