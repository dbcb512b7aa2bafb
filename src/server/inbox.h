// Where events wait for the replica's next step.
//
//   links in the loop's thread ──── told() ─────────────┐
//   links on their own threads ──── deliver() ── told() ┼──>  take()  ──>  step
//   log, checkpoint ── post() ──── collect() ── told() ─┘
//
// post() and wake() come from any thread and interrupt the loop's sleep, once for a burst: the flag `woken_` is taken
// back by collect() before anything is looked at, so that what comes later wakes again and nothing is left lying.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include <asio/io_context.hpp>

#include "replica/event.h"

namespace zabra::server {

class Inbox {
 public:
  explicit Inbox(asio::io_context& context) : context_(context) {}

  // ---- any thread ----
  // `buffer`: emptied memory of a log batch, for spare_buffer().
  void post(replica::Event event, std::string buffer = {});
  void wake();

  // ---- the loop's thread ----
  void collect();
  std::vector<replica::Event>& told() { return told_; }  // to be added to
  // All that is told goes into `events`, which must be empty.
  void take(std::vector<replica::Event>& events) { events.swap(told_); }
  std::string spare_buffer();

 private:
  asio::io_context& context_;
  std::vector<replica::Event> told_;
  std::vector<std::string> spare_;

  std::atomic<bool> woken_{false};
  std::mutex mutex_;
  std::vector<replica::Event> posted_;  // guarded
  std::vector<std::string> returned_;   // guarded
};

}  // namespace zabra::server
