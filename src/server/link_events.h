// What links tell, as the replica's events.
//
// For links in the loop's thread they go straight to the inbox. Links on a thread of their own collect them there; a
// whole batch is set aside, and moved to the inbox when the loop's thread begins its step.
#pragma once

#include <vector>

#include "net/link_sink.h"
#include "replica/event.h"
#include "server/inbox.h"

namespace zabra::server {

class LinkEvents final : public net::LinkSink {
 public:
  enum class Where { loop_thread, own_thread };
  LinkEvents(Inbox& inbox, Where where)
      : inbox_(inbox.told()), told_(where == Where::loop_thread ? inbox_ : own_) {}

  void on_opened(LinkId link, const net::PeerAddress& peer) override {
    told_.push_back(replica::Opened{link, peer.text, peer.port});
  }
  void on_frame(LinkId link, std::string_view body) override { told_.push_back(replica::Frame{link, body}); }
  void on_word(LinkId link, std::array<char, 4> word, std::string_view rest) override {
    told_.push_back(replica::Word{link, word, rest});
  }
  void on_bad_length(LinkId link, std::int32_t length) override { told_.push_back(replica::BadLength{link, length}); }
  void on_drained(LinkId link) override { told_.push_back(replica::Drained{link}); }
  void on_half_closed(LinkId link) override { told_.push_back(replica::HalfClosed{link}); }
  void on_closed(LinkId link) override { told_.push_back(replica::Closed{link}); }

  bool hand_over() override;
  void deliver() override;

 private:
  std::vector<replica::Event>& inbox_;  // the loop's thread only
  std::vector<replica::Event> own_;     // the links' thread only
  std::vector<replica::Event> set_aside_;
  std::vector<replica::Event>& told_;
};

}  // namespace zabra::server
