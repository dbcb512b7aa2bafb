// epoll, edge-triggered: each descriptor is registered once for both directions and never touched again.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "cli/bench/endpoint.h"
#include "cli/bench/operation.h"

namespace zabra::cli::bench {

Nanoseconds now();  // of the steady clock

class Poller {
 public:
  Poller();
  // `tag` comes back in the event's data.u64.
  void add(int fd, std::uint64_t tag);
  // Waits for events, until the steady clock shows `until` at the latest. Valid until the next call.
  std::span<const epoll_event> wait(Nanoseconds until);

 private:
  Descriptor epoll_;
  std::array<epoll_event, 256> events_{};
};

inline bool says_hung_up(const epoll_event& event) { return (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0; }

}  // namespace zabra::cli::bench
