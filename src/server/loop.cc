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
  parts_.inbox.take(batch_.events);
  batch_.now = read_clocks();
  parts_.replica.step(batch_, effects_);
  carry_out();
  parts_.links.step_done();
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

// Counted from the last batch's time: the clock is read once for each.
std::int64_t Loop::ms_to_sleep() const {
  if (!parts_.inbox.told().empty()) return 0;  // told while the last effects were carried out
  std::int64_t sleep = parts_.step_interval_ms;
  if (const auto due = parts_.replica.next_deadline()) sleep = std::min(sleep, *due - batch_.now.monotonic);
  return sleep;
}

// ---- effects ----

// The log first: its fsync takes longest, and runs while replies are sent.
void Loop::carry_out() {
  submit_append();
  for (replica::LinkEffects& effects : effects_.touched()) carry_out(effects);
  submit_checkpoint();
  for (const replica::WordRequest& request : effects_.words) parts_.words.ask(request);
}

void Loop::submit_append() {
  replica::Append& append = effects_.append;
  if (append.count == 0) return;
  parts_.log.submit({append.generation, append.first, append.last, std::move(append.records), append.count});
  append.records = parts_.inbox.spare_buffer();
}

void Loop::submit_checkpoint() {
  if (!effects_.checkpoint) return;
  replica::StoreCheckpoint& store = *effects_.checkpoint;
  parts_.checkpoint.submit({store.generation, store.meta, std::move(store.batch)});
}

void Loop::carry_out(replica::LinkEffects& effects) {
  if (!effects.output.empty()) parts_.links.send(effects.link, effects.output);
  if (effects.output.capacity() > output_kept_max) std::string().swap(effects.output);
  switch (effects.reading) {
    case replica::Reading::unchanged: break;
    case replica::Reading::pause: parts_.links.pause_reading(effects.link); break;
    case replica::Reading::resume: parts_.links.resume_reading(effects.link); break;
  }
  switch (effects.closing) {
    case replica::Closing::no: break;
    case replica::Closing::after_send: parts_.links.close_after_send(effects.link); break;
    case replica::Closing::now: parts_.links.close_now(effects.link); break;
  }
}

void Loop::release_large_buffers() {
  if (batch_.events.capacity() > events_kept_max) std::vector<replica::Event>().swap(batch_.events);
}

}  // namespace zabra::server
