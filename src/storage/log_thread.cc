#include "storage/log_thread.h"

#include <algorithm>
#include <utility>

namespace zabra::storage {

LogThread::LogThread(std::unique_ptr<TxnLog> log, std::function<void(LogReport)> on_report,
                     std::function<void(const FileFault&)> on_fatal, Options options)
    : log_(std::move(log)),
      on_report_(std::move(on_report)),
      on_fatal_(std::move(on_fatal)),
      options_(options),
      thread_([this] { run(); }) {}

LogThread::~LogThread() { stop(); }

void LogThread::submit(LogBatch batch) {
  {
    const std::lock_guard hold(mutex_);
    queue_.push_back(std::move(batch));
  }
  wake_.notify_one();
}

void LogThread::stop() {
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

LogThread::Counters LogThread::counters() const {
  const std::lock_guard hold(mutex_);
  return counters_;
}

void LogThread::run() {
  std::vector<LogBatch> batches;
  FileOutcome done = Done{};
  while (done && take(batches)) {
    if (!batches.empty()) done = write_and_sync(batches);
    if (done) done = make_room();
  }
  if (done) done = log_->close();
  if (!done) on_fatal_(done.fault());
}

// False when all is done. Without space it also returns, with nothing, when it is time to ask again.
bool LogThread::take(std::vector<LogBatch>& batches) {
  batches.clear();
  std::unique_lock hold(mutex_);
  const auto called = [this] { return stopping_ || !queue_.empty(); };
  if (log_->room().full) {
    wake_.wait_for(hold, options_.room_retry, called);
  } else {
    wake_.wait(hold, called);
  }
  batches.swap(queue_);
  return !batches.empty() || !stopping_;
}

FileOutcome LogThread::write_and_sync(std::vector<LogBatch>& batches) {
  std::uint64_t bytes = 0;
  for (const LogBatch& batch : batches) {
    if (FileOutcome written = log_->write(batch.records, batch.first, batch.last); !written) return written;
    bytes += batch.records.size();
  }
  if (FileOutcome synced = timed_sync(bytes, batches.size()); !synced) return synced;
  report_durable(batches);
  return Done{};
}

FileOutcome LogThread::timed_sync(std::uint64_t bytes, std::size_t batches) {
  const auto start = std::chrono::steady_clock::now();
  FileOutcome synced = log_->sync();
  const auto took = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count());
  const std::lock_guard hold(mutex_);
  counters_.batches += batches;
  counters_.syncs += 1;
  counters_.bytes += bytes;
  counters_.sync_ns += took;
  counters_.sync_ns_max = std::max(counters_.sync_ns_max, took);
  return synced;
}

// One report for each generation among the batches, the last zxid of each.
void LogThread::report_durable(std::vector<LogBatch>& batches) {
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const bool last_of_generation = i + 1 == batches.size() || batches[i + 1].generation != batches[i].generation;
    if (!last_of_generation) continue;
    batches[i].records.clear();
    on_report_(LogDurable{batches[i].generation, batches[i].last, log_->room(), std::move(batches[i].records)});
  }
}

// Without space, only when it is time: trying costs more than a batch.
FileOutcome LogThread::make_room() {
  const auto now = std::chrono::steady_clock::now();
  if (log_->room().full && now < next_try_) return Done{};
  next_try_ = now + options_.room_retry;
  const FileResult<bool> changed = log_->make_room();
  if (!changed) return changed.fault();
  if (*changed) on_report_(LogRoomChanged{log_->room()});
  return Done{};
}

}  // namespace zabra::storage
