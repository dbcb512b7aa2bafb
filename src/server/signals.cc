#include "server/signals.h"

#include <pthread.h>

#include <cstdlib>
#include <utility>

namespace zabra::server {
namespace {

constexpr int leave = SIGUSR1;  // sent by the destructor to the thread

const char* name_of(int signal) { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

}  // namespace

Signals::Signals(Log& log, std::function<void()> on_first) : log_(log), on_first_(std::move(on_first)) {
  sigemptyset(&waited_for_);
  for (const int signal : {SIGTERM, SIGINT, leave}) sigaddset(&waited_for_, signal);
  ::pthread_sigmask(SIG_BLOCK, &waited_for_, &before_);
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "signals");
}

Signals::~Signals() {
  leaving_ = true;
  ::pthread_kill(thread_.native_handle(), leave);
  thread_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

// A SIGUSR1 that somebody else has sent means nothing.
int Signals::wait() const {
  for (;;) {
    int signal = 0;
    const bool waited = ::sigwait(&waited_for_, &signal) == 0;
    if (waited && (signal != leave || leaving_)) return signal;
  }
}

void Signals::run() {
  int signal = wait();
  if (signal == leave) return;
  log_.info(text(name_of(signal), ": ending"));
  on_first_();
  signal = wait();
  if (signal == leave) return;
  log_.warning(text(name_of(signal), " again: ending at once"));
  std::_Exit(1);
}

}  // namespace zabra::server
