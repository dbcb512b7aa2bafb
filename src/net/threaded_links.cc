#include "net/threaded_links.h"

#include "net/link_thread.h"
#include "wire/check.h"

namespace zabra::net {

ThreadedLinks::ThreadedLinks(const std::vector<LinkSink*>& sinks, LinkSettings settings, std::function<void()> wake)
    : wake_(std::move(wake)) {
  CHECK(!sinks.empty() && sinks.size() <= LinkSet::threads_max);
  for (LinkSink* sink : sinks) {
    threads_.push_back(std::make_unique<LinkThread>(threads_.size(), *sink, settings, wake_));
  }
}

ThreadedLinks::~ThreadedLinks() = default;

LinkThread& ThreadedLinks::thread_of(LinkId link) { return *threads_[LinkSet::thread_of(link)]; }

void ThreadedLinks::adopt(int socket, PeerAddress peer, Admission::Place place) {
  threads_[next_thread_]->adopt(socket, std::move(peer), std::move(place));
  next_thread_ = (next_thread_ + 1) % threads_.size();
}

void ThreadedLinks::send(LinkId link, std::string& bytes) {
  thread_of(link).order(link, LinkThread::Order::send, std::exchange(bytes, {}));
}

void ThreadedLinks::pause_reading(LinkId link) { thread_of(link).order(link, LinkThread::Order::pause_reading); }
void ThreadedLinks::resume_reading(LinkId link) { thread_of(link).order(link, LinkThread::Order::resume_reading); }
void ThreadedLinks::close_after_send(LinkId link) { thread_of(link).order(link, LinkThread::Order::close_after_send); }
void ThreadedLinks::close_now(LinkId link) { thread_of(link).order(link, LinkThread::Order::close_now); }

void ThreadedLinks::step_begins() {
  for (const auto& thread : threads_) thread->step_begins();
}

void ThreadedLinks::step_done() {
  for (const auto& thread : threads_) thread->step_done();
}

void ThreadedLinks::stop() {
  for (const auto& thread : threads_) thread->begin_stop();  // all linger at the same time
  for (const auto& thread : threads_) thread->stop();
}

}  // namespace zabra::net
