#include "storage/log_thread.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "storage/checkpoint_pointer.h"
#include "wire/check.h"

namespace zabra::storage {

LogThread::LogThread(std::unique_ptr<TxnLog> log, std::function<void(LogReport)> on_report,
                     std::function<void(const FileFault&)> on_fatal, Options options)
    : log_(std::move(log)),
      on_report_(std::move(on_report)),
      on_fatal_(std::move(on_fatal)),
      options_(std::move(options)),
      thread_([this] { run(); }) {}

LogThread::~LogThread() { stop(); }

void LogThread::order(LogOrder order) {
  {
    const std::lock_guard hold(mutex_);
    queue_.push_back(std::move(order));
  }
  wake_.notify_one();
}

void LogThread::stage(std::uint64_t attempt, const StageLog& stage) {
  {
    const std::lock_guard hold(mutex_);
    if (attempt <= abandoned_attempt_) return;
    queue_.emplace_back(stage);
  }
  wake_.notify_one();
}

void LogThread::abandon(std::uint64_t attempt) {
  {
    const std::lock_guard hold(mutex_);
    abandoned_attempt_ = attempt;
    queue_.emplace_back(AbandonStaged{});
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
  std::vector<LogOrder> orders;
  FileOutcome done = Done{};
  while (done && take(orders)) {
    done = carry_out(orders);
    if (done) done = make_room();
  }
  if (done) done = log_->close();
  if (!done) on_fatal_(done.fault());
}

// False when all is done. Without space it also returns, with nothing, when it is time to ask again.
bool LogThread::take(std::vector<LogOrder>& orders) {
  orders.clear();
  std::unique_lock hold(mutex_);
  const auto called = [this] { return stopping_ || !queue_.empty(); };
  if (log_->room().full) {
    wake_.wait_for(hold, options_.room_retry, called);
  } else {
    wake_.wait(hold, called);
  }
  orders.swap(queue_);
  return !orders.empty() || !stopping_;
}

FileOutcome LogThread::carry_out(std::vector<LogOrder>& orders) {
  for (LogOrder& order : orders) {
    if (auto* batch = std::get_if<LogBatch>(&order)) {
      batches_.push_back(std::move(*batch));
      continue;
    }
    if (FileOutcome written = write_and_sync(batches_); !written) return written;
    if (FileOutcome done = std::visit([this](const auto& it) { return carry_out(it); }, order); !done) return done;
  }
  return write_and_sync(batches_);
}

FileOutcome LogThread::carry_out(const LogBatch&) {
  CHECK(false);
  return Done{};
}

FileOutcome LogThread::carry_out(const TruncateLog& order) {
  const auto pointer = read_checkpoint_pointer(log_->files(), options_.data_directory);
  if (!pointer) return pointer.fault();
  CHECK(*pointer);
  const Zxid floor = std::max({options_.checkpointed, (*pointer)->stored, previous((*pointer)->log_start)});
  const FileResult<bool> truncated = log_->truncate(order.last, floor);
  if (!truncated) return truncated.fault();
  if (FileOutcome room = make_room_now(); !room) return room;
  on_report_(LogTruncated{order.generation, *truncated, log_->room()});
  return Done{};
}

FileOutcome LogThread::make_room_now() {
  const FileResult<bool> made = log_->make_room();
  return made ? Done{} : FileOutcome(made.fault());
}

FileOutcome LogThread::carry_out(const StageLog& order) {
  if (FileOutcome staged = log_->stage(order.number, order.last); !staged) return staged;
  if (FileOutcome room = make_room_now(); !room) return room;
  on_report_(AnewBegun{order.generation, log_->room()});
  return Done{};
}

FileOutcome LogThread::carry_out(const AdoptStaged& order) {
  if (FileOutcome adopted = log_->adopt(); !adopted) return adopted;
  if (FileOutcome room = make_room_now(); !room) return room;
  on_report_(AnewAdopted{order.generation, log_->room()});
  return Done{};
}

FileOutcome LogThread::carry_out(const AbandonStaged&) {
  if (!log_->is_staged()) return Done{};
  if (FileOutcome abandoned = log_->abandon(); !abandoned) return abandoned;
  return make_room_now();
}

// Without space it waits: nobody may be told anything meanwhile.
FileOutcome LogThread::carry_out(const StoreEpochs& order) {
  for (bool said = false;; said = true) {
    FileOutcome stored = storage::store_epochs(log_->files(), options_.data_directory, order.epochs, epochs_);
    if (stored) break;
    epochs_.reset();
    if (stored.fault().kind != FileFault::Kind::no_space) return stored;
    if (!said) log_->log().warning(text("no space for the epochs: ", to_string(stored.fault())));
    if (!wait_for_space()) return Done{};
  }
  epochs_ = order.epochs;
  on_report_(EpochsStored{order.generation});
  return Done{};
}

// False when the process is to end.
bool LogThread::wait_for_space() {
  std::unique_lock hold(mutex_);
  return !wake_.wait_for(hold, options_.room_retry, [this] { return stopping_; });
}

FileOutcome LogThread::write_and_sync(std::vector<LogBatch>& batches) {
  if (batches.empty()) return Done{};
  std::uint64_t bytes = 0;
  for (const LogBatch& batch : batches) {
    if (FileOutcome written = log_->write(batch.records, batch.first, batch.last); !written) return written;
    bytes += batch.records.size();
  }
  if (FileOutcome synced = timed_sync(bytes, batches.size()); !synced) return synced;
  report_durable(batches);
  batches.clear();
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
