// SIGTERM and SIGINT: the first asks for a clean end, the second ends the process at once with exit code 1, whatever
// its other threads are busy with.
//
// A thread of its own waits for them. They are blocked in the thread that makes the object, and so in all that it
// starts later.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

#include "base/log.h"

namespace zabra::server {

class Signals {
 public:
  // `on_first` is called on the signals' thread.
  Signals(Log& log, std::function<void()> on_first);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void run();
  int wait() const;

  Log& log_;
  const std::function<void()> on_first_;
  sigset_t waited_for_{}, before_{};
  std::atomic<bool> leaving_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace zabra::server
