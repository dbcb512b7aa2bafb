// The client connections of one thread. Not for use from any other.
//
// Ids carry the place of the link in the set's table, so that an order finds its link without a search:
//   serial (38 bits) | thread (6) | place (20)
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <asio/steady_timer.hpp>

#include "net/client_link.h"
#include "net/client_links.h"

namespace zabra::net {

class LinkSet final : public ClientLinks, private LinkHome {
 public:
  static constexpr unsigned place_bits = 20, thread_bits = 6;
  static constexpr std::size_t threads_max = std::size_t{1} << thread_bits;
  static std::size_t thread_of(LinkId link) { return (link.value >> place_bits) & (threads_max - 1); }

  // `thread`: where in a set of sets this one stands.
  LinkSet(asio::io_context& context, LinkSink& sink, LinkSettings settings, std::size_t thread = 0)
      : context_(context), sink_(sink), settings_(settings), thread_(thread), linger_timer_(context) {}
  ~LinkSet();

  void adopt(int socket, PeerAddress peer, Admission::Place place) override;
  void send(LinkId link, std::string& bytes) override;
  void pause_reading(LinkId link) override;
  void resume_reading(LinkId link) override;
  void close_after_send(LinkId link) override;
  void close_now(LinkId link) override;
  void step_begins() override;
  void step_done() override;
  void stop() override;

  // So many links were read from since the last step that it is time for one.
  bool is_full() const { return told_.size() >= limits::links_per_batch_max; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Lingering {
    Clock::time_point until;
    std::weak_ptr<ClientLink> link;
  };

  LinkSink& sink() override { return sink_; }
  ChunkPool& chunks() override { return chunks_; }
  std::size_t frame_max() const override { return settings_.frame_max; }
  void frames_told(ClientLink& link) override { told_.push_back(link.shared_from_this()); }
  void gone(ClientLink& link) override;
  void lingers(ClientLink& link) override;

  ClientLink* find(LinkId link) const;
  std::size_t free_place();
  bool has_links() const { return free_places_.size() < slots_.size(); }
  void close_all_after_send();
  void close_all();
  void wait_for_lingering();
  void close_lingering();

  asio::io_context& context_;
  LinkSink& sink_;
  const LinkSettings settings_;
  const std::size_t thread_;
  ChunkPool chunks_;  // outlives the links
  std::vector<std::shared_ptr<ClientLink>> slots_;  // empty ones are in free_places_
  std::vector<std::size_t> free_places_;
  std::uint64_t serial_ = 0;
  std::vector<std::shared_ptr<ClientLink>> told_;     // since the step began that now runs, if one does
  std::vector<std::shared_ptr<ClientLink>> in_step_;  // to be settled when it is over
  std::vector<std::shared_ptr<ClientLink>> gone_;     // kept until no call into them can be under way
  std::deque<Lingering> lingering_;                   // the first has waited longest
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> linger_timer_;
};

}  // namespace zabra::net
