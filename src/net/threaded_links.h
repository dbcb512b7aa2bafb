// Client connections on threads of their own (`ioThreads=N`): each thread has an io_context and a LinkSet.
//
// What happens is told to that thread's sink and crosses to the owner as whole batches, one at a time for each thread;
// orders and the end of a step cross back as one letter. Both ways: a mutex, and one wake-up for as much as there is.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "net/client_links.h"
#include "net/link_sink.h"

namespace zabra::net {

class LinkThread;

class ThreadedLinks final : public ClientLinks {
 public:
  // One thread for each sink, at most LinkSet::threads_max. `wake` is called in those threads when step_begins() would
  // deliver something. All calls but that come from one thread, the owner's.
  ThreadedLinks(const std::vector<LinkSink*>& sinks, LinkSettings settings, std::function<void()> wake);
  ~ThreadedLinks();

  void adopt(int socket, PeerAddress peer, Admission::Place place) override;
  void send(LinkId link, std::string& bytes) override;
  void pause_reading(LinkId link) override;
  void resume_reading(LinkId link) override;
  void close_after_send(LinkId link) override;
  void close_now(LinkId link) override;
  void step_begins() override;
  void step_done() override;
  void stop() override;

 private:
  LinkThread& thread_of(LinkId link);

  const std::function<void()> wake_;
  std::vector<std::unique_ptr<LinkThread>> threads_;
  std::size_t next_thread_ = 0;
};

}  // namespace zabra::net
