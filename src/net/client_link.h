// A client's connection: what arrives is cut into frames, or is a four-letter word.
#pragma once

#include <cstddef>
#include <memory>

#include "net/link.h"
#include "net/link_sink.h"

namespace zabra::net {

class ClientLink final : public Link {
 public:
  ClientLink(LinkId id, std::unique_ptr<Stream> stream, Admission::Place place, LinkTable& table, LinkSink& sink,
             std::size_t frame_max)
      : Link(id, std::move(stream), std::move(place), table), sink_(sink), frame_max_(frame_max) {}

 private:
  bool tell_input(ReadBuffer& buffer) override;
  void tell_input_ended() override { sink_.on_half_closed(id()); }
  void tell_drained() override { sink_.on_drained(id()); }
  void tell_closed() override { sink_.on_closed(id()); }
  bool tell_one(ReadBuffer& buffer);

  LinkSink& sink_;
  const std::size_t frame_max_;
  bool first_ = true;  // nothing was consumed yet: a four-letter word may come
};

}  // namespace zabra::net
