// The thread that runs the replica, and by default the sockets:
//
//        ┌──────────────────────────────────────────────────────────────────────────────┐
//        v                                                                              │
//   sleep until something is ready or due ── poll what else is ready ── step ── carry out the effects
//
// One batch, one step. A read at low load is: epoll_wait, recv, step, send. With much to do the batches grow by
// themselves: everything that became ready while one was carried out is in the next.
#pragma once

#include <cstdint>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include "net/client_links.h"
#include "net/link_set.h"
#include "replica/replica.h"
#include "server/inbox.h"
#include "server/word_answers.h"
#include "storage/checkpoint_thread.h"
#include "storage/log_thread.h"

namespace zabra::server {

// What the loop drives; all of it outlives the loop.
struct LoopParts {
  asio::io_context& context;
  Inbox& inbox;
  replica::Replica& replica;
  net::ClientLinks& links;
  const net::LinkSet* links_in_thread;  // `links`, when they run in this thread; else none
  storage::LogThread& log;
  storage::CheckpointThread& checkpoint;
  WordAnswers& words;
  std::int64_t step_interval_ms;  // at least so often the replica steps
};

class Loop {
 public:
  explicit Loop(const LoopParts& parts);

  // Turns until the replica has stopped.
  void run();
  // One batch, step, and its effects.
  void turn();

 private:
  void gather();
  std::int64_t ms_to_sleep() const;
  bool is_batch_full() const { return parts_.links_in_thread != nullptr && parts_.links_in_thread->is_full(); }
  void carry_out();
  void submit_append();
  void submit_checkpoint();
  void carry_out(replica::LinkEffects& effects);
  void release_large_buffers();

  const LoopParts parts_;
  const asio::executor_work_guard<asio::io_context::executor_type> work_;  // no socket at all is no reason to end
  replica::Batch batch_;
  replica::Effects effects_;
};

}  // namespace zabra::server
