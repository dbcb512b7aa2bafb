// The client connections of one thread. Not for use from any other.
#pragma once

#include "net/client_links.h"
#include "net/link_sink.h"
#include "net/link_table.h"

namespace zabra::net {

class LinkSet final : public ClientLinks {
 public:
  static constexpr std::size_t threads_max = LinkTable::threads_max;
  static std::size_t thread_of(LinkId link) { return LinkTable::thread_of(link); }

  // `thread`: where in a set of sets this one stands.
  LinkSet(asio::io_context& context, LinkSink& sink, LinkSettings settings, std::size_t thread = 0)
      : context_(context),
        sink_(sink),
        frame_max_(settings.frame_max),
        table_(context, thread, {settings.linger_ms, settings.linger_at_stop_ms}) {}

  void adopt(int socket, PeerAddress peer, Admission::Place place) override;
  void send(LinkId link, std::string& bytes) override { table_.send(link, bytes); }
  void pause_reading(LinkId link) override { table_.pause_reading(link); }
  void resume_reading(LinkId link) override { table_.resume_reading(link); }
  void close_after_send(LinkId link) override { table_.close_after_send(link); }
  void close_now(LinkId link) override { table_.close_now(link); }
  void step_begins() override { table_.step_begins(); }
  void step_done() override { table_.step_done(); }
  void stop() override { table_.stop(); }

  // So many links were read from since the last step that it is time for one.
  bool is_full() const { return table_.is_full(); }

 private:
  asio::io_context& context_;
  LinkSink& sink_;
  const std::size_t frame_max_;
  LinkTable table_;
};

}  // namespace zabra::net
