// The links of one thread: found by their ids, settled when a step is over, closed when they linger too long. Not for
// use from any other thread.
//
// Ids carry the place of the link in the table, so that an order finds its link without a search:
//   serial (37 bits) | thread (7) | place (20)
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <asio/steady_timer.hpp>

#include "base/limits.h"
#include "net/link.h"

namespace zabra::net {

class LinkTable {
 public:
  static constexpr unsigned place_bits = 20, thread_bits = 7;
  // Client links live on threads 0 … threads_max - 1, links to other servers have a number of their own, whatever
  // thread they live on.
  static constexpr std::size_t threads_max = 64, peers_thread = threads_max;
  static_assert(peers_thread < (std::size_t{1} << thread_bits));
  static std::size_t thread_of(LinkId link) {
    return (link.value >> place_bits) & ((std::size_t{1} << thread_bits) - 1);
  }

  struct Linger {
    std::int64_t ms, at_stop_ms;
  };
  LinkTable(asio::io_context& context, std::size_t thread, Linger linger)
      : context_(context), thread_(thread), linger_(linger), linger_timer_(context) {}
  ~LinkTable() { close_all(); }

  // A name for the link that is added next.
  LinkId new_id();
  void add(std::shared_ptr<Link> link);
  Link* find(LinkId link) const;
  bool is_full() const { return told_.size() >= limits::links_per_batch_max; }

  // ---- orders: those to a link that is gone do nothing ----
  void send(LinkId link, std::string& bytes);
  void pause_reading(LinkId link);
  void resume_reading(LinkId link);
  void close_after_send(LinkId link);
  void close_now(LinkId link);
  void step_begins();
  void step_done();
  void stop();

  // ---- for links ----
  ChunkPool& chunks() { return chunks_; }
  // settle() has to be called when the step is over that looks at what was told.
  void told(Link& link) { told_.push_back(link.shared_from_this()); }
  void gone(Link& link);      // the socket is closed
  void lingers(Link& link);   // close_now() has to be called when it takes too long

 private:
  using Clock = std::chrono::steady_clock;
  struct Lingering {
    Clock::time_point until;
    std::weak_ptr<Link> link;
  };

  bool has_links() const { return free_places_.size() < slots_.size(); }
  void close_all_after_send();
  void close_all();
  void wait_for_lingering();
  void close_lingering();

  asio::io_context& context_;
  const std::size_t thread_;
  const Linger linger_;
  ChunkPool chunks_;  // outlives the links
  std::vector<std::shared_ptr<Link>> slots_;  // empty ones are in free_places_
  std::vector<std::size_t> free_places_;
  std::uint64_t serial_ = 0;
  std::vector<std::shared_ptr<Link>> told_;     // since the step began that now runs, if one does
  std::vector<std::shared_ptr<Link>> in_step_;  // to be settled when it is over
  std::vector<std::shared_ptr<Link>> gone_;     // kept until no call into them can be under way
  std::deque<Lingering> lingering_;             // the first has waited longest
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> linger_timer_;
};

}  // namespace zabra::net
