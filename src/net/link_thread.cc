#include "net/link_thread.h"

#include <pthread.h>
#include <unistd.h>

#include <iterator>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

namespace zabra::net {
namespace {

template <class T>
void append_moved(std::vector<T>& to, std::vector<T>& from) {
  if (to.empty()) {
    to.swap(from);
  } else {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
  }
}

}  // namespace

LinkThread::LinkThread(std::size_t index, LinkSink& sink, LinkSettings settings, const std::function<void()>& wake)
    : sink_(sink), set_(context_, sink, settings, index), wake_(wake), thread_([this] { run(); }) {
  ::pthread_setname_np(thread_.native_handle(), ("io-" + std::to_string(index)).c_str());
}

// ---- the owner's side ----

void LinkThread::adopt(int socket, PeerAddress peer, Admission::Place place) {
  letter_.adopted.push_back({socket, std::move(peer), std::move(place)});
  post_letter();
}

void LinkThread::step_begins() {
  const std::lock_guard lock(mutex_);
  if (!offered_) return;
  offered_ = false;
  in_step_ = true;
  sink_.deliver();
}

void LinkThread::step_done() {
  letter_.step_done = in_step_;
  in_step_ = false;
  if (!letter_.empty()) post_letter();
}

void LinkThread::begin_stop() {
  letter_.stop = true;
  post_letter();
}

void LinkThread::stop() {
  if (!thread_.joinable()) return;
  begin_stop();
  thread_.join();
}

void LinkThread::post_letter() {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = posted_.empty();
    append_moved(posted_.adopted, letter_.adopted);
    append_moved(posted_.orders, letter_.orders);
    posted_.step_done |= letter_.step_done;
    posted_.stop |= letter_.stop;
  }
  letter_.step_done = letter_.stop = false;
  if (first) asio::post(context_, [this] { read_letter(); });
}

// ---- the thread's side ----

void LinkThread::run() {
  const auto work = asio::make_work_guard(context_);
  while (!stopped_) {
    context_.run_one();
    while (!set_.is_full() && context_.poll_one() > 0) {
    }
    offer();
  }
  set_.stop();
}

void LinkThread::offer() {
  if (with_owner_ || stopped_ || !sink_.hand_over()) return;
  with_owner_ = true;
  set_.step_begins();
  {
    const std::lock_guard lock(mutex_);
    offered_ = true;
  }
  wake_();
}

void LinkThread::read_letter() {
  Letter letter;
  {
    const std::lock_guard lock(mutex_);
    std::swap(letter, posted_);
  }
  for (Adopted& adopted : letter.adopted) {
    set_.adopt(adopted.socket, std::move(adopted.peer), std::move(adopted.place));
  }
  for (LinkOrder& order : letter.orders) carry_out(order);
  if (letter.step_done) {
    set_.step_done();
    with_owner_ = false;
  }
  stopped_ |= letter.stop;
}

void LinkThread::carry_out(LinkOrder& order) {
  switch (order.order) {
    case Order::send: return set_.send(order.link, order.bytes);
    case Order::pause_reading: return set_.pause_reading(order.link);
    case Order::resume_reading: return set_.resume_reading(order.link);
    case Order::close_after_send: return set_.close_after_send(order.link);
    case Order::close_now: return set_.close_now(order.link);
  }
}

}  // namespace zabra::net
