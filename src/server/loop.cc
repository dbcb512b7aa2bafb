#include "server/loop.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/clocks.h"

namespace zabra::server {
namespace {

// Handlers that run between two steps: what is ready without end (a storm of connections) must not keep replies
// waiting.
constexpr std::size_t handlers_per_turn_max = 4 * limits::links_per_batch_max;
// Buffers that a burst has made larger than this are given back after it.
constexpr std::size_t events_kept_max = 16 << 10;
constexpr std::size_t output_kept_max = 64 << 10;

}  // namespace

Loop::Loop(const LoopParts& parts) : parts_(parts), work_(asio::make_work_guard(parts.context)) {}

void Loop::run() {
  batch_.now = read_clocks();
  while (!parts_.replica.stopped()) turn();
}

void Loop::turn() {
  gather();
  parts_.inbox.collect();
  parts_.links.step_begins();
  if (parts_.peers != nullptr) parts_.peers->step_begins();
  parts_.inbox.take(batch_.events);
  batch_.now = read_clocks();
  parts_.replica.step(batch_, effects_);
  carry_out();
  parts_.links.step_done();
  if (parts_.peers != nullptr) parts_.peers->step_done();
  effects_.clear();
  batch_.events.clear();
  release_large_buffers();
}

// Runs what is ready, so that the inbox holds one batch; sleeps first when nothing is and nothing is due.
void Loop::gather() {
  const std::int64_t sleep = ms_to_sleep();
  std::size_t ran =
      sleep > 0 ? parts_.context.run_one_for(std::chrono::milliseconds(sleep)) : parts_.context.poll_one();
  while (ran > 0 && ran < handlers_per_turn_max && !is_batch_full() && parts_.context.poll_one() > 0) ++ran;
}

bool Loop::is_batch_full() const {
  const bool is_clients_full = parts_.links_in_thread != nullptr && parts_.links_in_thread->is_full();
  return is_clients_full || (parts_.peers != nullptr && parts_.peers->is_full());
}

// Counted from the last batch's time: the clock is read once for each.
std::int64_t Loop::ms_to_sleep() const {
  if (!parts_.inbox.told().empty()) return 0;  // told while the last effects were carried out
  std::int64_t sleep = parts_.step_interval_ms;
  if (const auto due = parts_.replica.next_deadline()) sleep = std::min(sleep, *due - batch_.now.monotonic);
  return sleep;
}

// ---- effects ----

// The disk first: its fsync takes longest, and runs while replies are sent.
void Loop::carry_out() {
  parts_.disk.carry_out(effects_, parts_.inbox);
  carry_out_peers();
  for (replica::LinkEffects& effects : effects_.touched()) carry_out(parts_.links, effects);
  for (const replica::WordRequest& request : effects_.words) parts_.words.ask(request);
}

void Loop::carry_out_peers() {
  if (parts_.peers == nullptr) return;
  for (replica::LinkEffects& effects : effects_.touched_peers()) carry_out(*parts_.peers, effects);
  for (replica::Dial& dial : effects_.dials) parts_.peers->dial(dial.port, dial.to, std::move(dial.addresses));
}

template <class Links>
void Loop::carry_out(Links& links, replica::LinkEffects& effects) {
  if (!effects.output.empty()) links.send(effects.link, effects.output);
  if (effects.output.capacity() > output_kept_max) std::string().swap(effects.output);
  switch (effects.reading) {
    case replica::Reading::unchanged: break;
    case replica::Reading::pause: links.pause_reading(effects.link); break;
    case replica::Reading::resume: links.resume_reading(effects.link); break;
  }
  switch (effects.closing) {
    case replica::Closing::no: break;
    case replica::Closing::after_send: links.close_after_send(effects.link); break;
    case replica::Closing::now: links.close_now(effects.link); break;
  }
}

void Loop::release_large_buffers() {
  if (batch_.events.capacity() > events_kept_max) std::vector<replica::Event>().swap(batch_.events);
}

}  // namespace zabra::server
