#include "cli/bench/poller.h"

#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "wire/check.h"

namespace zabra::cli::bench {

Nanoseconds now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  CHECK(epoll_.is_open());
  // The kernel may round a sleep up by 50 us to save wake-ups: that would count as latency at a fixed rate.
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

void Poller::add(int fd, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = tag;
  CHECK(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
}

std::span<const epoll_event> Poller::wait(Nanoseconds until) {
  const Nanoseconds left = std::max<Nanoseconds>(until - now(), 0);
  const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
  const int ready = epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
  CHECK(ready >= 0 || errno == EINTR);
  return {events_.data(), static_cast<std::size_t>(std::max(ready, 0))};
}

}  // namespace zabra::cli::bench
