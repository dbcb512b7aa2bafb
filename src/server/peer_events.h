// What links between servers tell, as the replica's events.
#pragma once

#include <string>

#include "net/peer_sink.h"
#include "replica/event.h"
#include "server/inbox.h"

namespace zabra::server {

class PeerEvents final : public net::PeerSink {
 public:
  explicit PeerEvents(Inbox& inbox) : told_(inbox.told()) {}

  void on_opened(LinkId link, PeerPort port, std::optional<ServerId> dialled, const net::PeerAddress& peer) override {
    told_.push_back(replica::PeerOpened{link, port, dialled, peer.text + ":" + std::to_string(peer.port)});
  }
  void on_dial_failed(PeerPort port, ServerId to, std::string_view reason) override {
    told_.push_back(replica::DialFailed{port, to, std::string(reason)});
  }
  void on_chunk(LinkId link, std::string_view bytes) override { told_.push_back(replica::PeerChunk{link, bytes}); }
  void on_drained(LinkId link) override { told_.push_back(replica::PeerDrained{link}); }
  void on_closed(LinkId link) override { told_.push_back(replica::PeerClosed{link}); }

 private:
  std::vector<replica::Event>& told_;
};

}  // namespace zabra::server
