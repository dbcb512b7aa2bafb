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
#include "net/peer_links.h"
#include "replica/replica.h"
#include "server/disk_orders.h"
#include "server/inbox.h"
#include "server/word_answers.h"

namespace zabra::server {

// What the loop drives; all of it outlives the loop.
struct LoopParts {
  asio::io_context& context;
  Inbox& inbox;
  replica::Replica& replica;
  net::ClientLinks& links;
  const net::LinkSet* links_in_thread;  // `links`, when they run in this thread; else none
  net::PeerLinks* peers;  // to the other servers of an ensemble, in this thread; null: standalone
  DiskOrders& disk;
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
  bool is_batch_full() const;
  void carry_out();
  void carry_out_peers();
  template <class Links>
  void carry_out(Links& links, replica::LinkEffects& effects);
  void release_large_buffers();

  const LoopParts parts_;
  const asio::executor_work_guard<asio::io_context::executor_type> work_;  // no socket at all is no reason to end
  replica::Batch batch_;
  replica::Effects effects_;
};

}  // namespace zabra::server
