#include "storage/checkpoint_thread.h"

#include <algorithm>

#include "storage/adoption.h"
#include "wire/check.h"

namespace zabra::storage {

CheckpointThread::CheckpointThread(Files& files, Log& log, std::unique_ptr<CheckpointWriter> writer,
                                   std::function<void(CheckpointReport)> on_report,
                                   std::function<void(const FileFault&)> on_fatal, Options options)
    : files_(files),
      log_(log),
      writer_(std::move(writer)),
      on_report_(std::move(on_report)),
      on_fatal_(std::move(on_fatal)),
      options_(std::move(options)),
      next_purge_(Clock::now()),
      log_feeds_(files_, options_.log_directory, options_.entry_bytes_max),
      thread_([this] { run(); }) {}

CheckpointThread::~CheckpointThread() { stop(); }

// ---- orders ---------------------------------------------------------------------------------------------------------

void CheckpointThread::submit(CheckpointRequest request) {
  {
    const std::lock_guard hold(mutex_);
    CHECK(std::none_of(work_.begin(), work_.end(),
                       [](const CheckpointWork& work) { return std::holds_alternative<CheckpointRequest>(work); }));
    work_.emplace_back(std::move(request));
  }
  wake_.notify_one();
}

void CheckpointThread::order(CheckpointWork work) {
  {
    const std::lock_guard hold(mutex_);
    work_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void CheckpointThread::order(Reading reading) {
  {
    const std::lock_guard hold(mutex_);
    readings_.push_back(reading);
  }
  wake_.notify_one();
}

void CheckpointThread::begin_anew(LogGeneration generation) {
  CHECK(options_.log_thread != nullptr);
  is_anew_ = true;
  order(CheckpointWork(BeginAnew{generation, ++attempt_}));
}

void CheckpointThread::adopt_anew() {
  CHECK(std::exchange(is_anew_, false));
  order(CheckpointWork(AdoptAnew{}));
}

void CheckpointThread::abandon_anew() {
  CHECK(std::exchange(is_anew_, false));
  options_.log_thread->abandon(attempt_);
  order(CheckpointWork(AbandonAnew{}));
}

void CheckpointThread::stop() {
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// ---- the thread -----------------------------------------------------------------------------------------------------

void CheckpointThread::run() {
  FileOutcome done = Done{};
  while (done) {
    done = purge_if_due();
    Taken taken;
    if (!done || !take(taken)) break;
    done = serve(taken);
  }
  if (!done) on_fatal_(done.fault());
}

// False when all is done. Returns with nothing when a purge is due, or the checkpoint may be closed.
bool CheckpointThread::take(Taken& taken) {
  std::unique_lock hold(mutex_);
  const auto called = [this] {
    drop_abandoned();
    return stopping_ || !readings_.empty() || (!work_.empty() && !retry_at_);
  };
  if (const Clock::time_point wake = next_wake(); wake != Clock::time_point::max()) {
    wake_.wait_until(hold, wake, called);
  } else {
    wake_.wait(hold, called);
  }
  if (retry_at_ && Clock::now() >= *retry_at_) retry_at_.reset();
  taken.readings.swap(readings_);
  if (stopping_ && retry_at_) return !taken.readings.empty();
  if (!work_.empty() && !retry_at_) {
    taken.work = std::move(work_.front());
    work_.pop_front();
  }
  return taken.work || !taken.readings.empty() || !stopping_;
}

// What was begun anew and is abandoned need not be carried out, nor waited for.
void CheckpointThread::drop_abandoned() {
  const auto is_abandon = [](const CheckpointWork& work) { return std::holds_alternative<AbandonAnew>(work); };
  const auto abandon = std::find_if(work_.rbegin(), work_.rend(), is_abandon).base();
  if (abandon == work_.begin()) return;
  const auto is_void = [](const CheckpointWork& work) {
    return std::holds_alternative<BeginAnew>(work) || std::holds_alternative<PutAnew>(work) ||
           std::holds_alternative<FinishAnew>(work);
  };
  const bool is_first_void = is_void(work_.front());
  work_.erase(std::remove_if(work_.begin(), abandon, is_void), abandon);
  if (is_first_void) retry_at_.reset();
}

CheckpointThread::Clock::time_point CheckpointThread::next_wake() const {
  Clock::time_point wake = Clock::time_point::max();
  if (options_.purge_interval.count() > 0) wake = next_purge_;
  if (writer_->is_open() && snapshot_feeds_.empty()) wake = std::min(wake, Clock::now() + options_.close_after);
  if (retry_at_) wake = std::min(wake, *retry_at_);
  return wake;
}

FileOutcome CheckpointThread::serve(Taken& taken) {
  for (const Reading& reading : taken.readings) {
    FileOutcome done = std::visit([this](const auto& it) { return carry_out(it); }, reading);
    if (!done) return done;
  }
  if (taken.work) return work_on(*std::exchange(taken.work, std::nullopt));
  // Nothing was wanted all the while.
  if (taken.readings.empty() && snapshot_feeds_.empty()) writer_->close();
  return Done{};
}

FileOutcome CheckpointThread::work_on(CheckpointWork work) {
  const FileOutcome done = std::visit([this](const auto& it) { return carry_out(it); }, work);
  if (done) {
    is_delay_said_ = false;
    return rest();
  }
  if (done.fault().kind != FileFault::Kind::no_space) return done;
  put_back(std::move(work), done.fault());
  return Done{};
}

void CheckpointThread::put_back(CheckpointWork work, const FileFault& fault) {
  if (!std::exchange(is_delay_said_, true)) {
    log_.warning(text("no space for a checkpoint: ", to_string(fault)));
    if (const auto* request = std::get_if<CheckpointRequest>(&work)) on_report_(CheckpointDelayed{request->generation});
  }
  const std::lock_guard hold(mutex_);
  work_.push_front(std::move(work));
  retry_at_ = Clock::now() + options_.space_retry;
}

// Merges while nobody asks for anything else.
FileOutcome CheckpointThread::rest() {
  while (!is_wanted()) {
    const FileResult<bool> more = writer_->settle();
    if (!more) return more.fault();
    if (!*more) break;
  }
  return Done{};
}

bool CheckpointThread::is_wanted() const {
  const std::lock_guard hold(mutex_);
  return stopping_ || !work_.empty() || !readings_.empty();
}

// ---- the checkpoint -------------------------------------------------------------------------------------------------

FileOutcome CheckpointThread::carry_out(const CheckpointRequest& request) {
  if (FileOutcome stored = writer_->store(request.batch, request.meta); !stored) return stored;
  const FileResult<std::optional<Zxid>> start = log_start();
  if (!start) return start.fault();
  on_report_(CheckpointStored{request.generation, request.meta.zxid, *start});
  return remove_old();
}

// Once after a start, and after each adoption.
FileOutcome CheckpointThread::remove_old() {
  if (!std::exchange(is_old_there_, false)) return Done{};
  const FileResult<bool> removed = remove_old_generations(files_, log_, writer_->directory(), options_.log_directory,
                                                          writer_->pointer().generation);
  if (!removed) return removed.fault();
  if (*removed) log_.info("the history that another has replaced is removed");
  return Done{};
}

FileResult<std::optional<Zxid>> CheckpointThread::log_start() {
  if (const auto base = writer_->pointer().log_base()) return base;
  const FileResult<std::vector<LogFile>> logs = list_log_files(files_, options_.log_directory);
  if (!logs) return logs.fault();
  return logs->empty() ? std::nullopt : std::optional(logs->front().first);
}

FileOutcome CheckpointThread::purge_if_due() {
  if (options_.purge_interval.count() == 0 || Clock::now() < next_purge_) return Done{};
  next_purge_ = Clock::now() + options_.purge_interval;
  const FileResult<std::uint64_t> bytes = directory_bytes(files_, writer_->checkpoint_path());
  if (!bytes) return bytes.fault();
  const PurgeFacts facts{writer_->stored(), *bytes, pinned()};
  const FileResult<std::size_t> purged = purge_logs(files_, log_, options_.log_directory, options_.purge, facts);
  if (!purged) return purged.fault();
  if (*purged == 0 || !options_.on_log_start) return Done{};
  const FileResult<std::optional<Zxid>> start = log_start();
  if (!start) return start.fault();
  if (*start) options_.on_log_start(**start);
  return Done{};
}

std::optional<Zxid> CheckpointThread::pinned() const {
  const std::optional<Zxid> log = log_feeds_.pinned(), snapshot = snapshot_feeds_.pinned();
  if (!log || !snapshot) return log ? log : snapshot;
  return std::min(*log, *snapshot);
}

// ---- readers --------------------------------------------------------------------------------------------------------

FileOutcome CheckpointThread::carry_out(const ReadLog& request) {
  FileResult<LogReadPart> part = log_feeds_.read(request, writer_->pointer().log_base());
  if (!part) return part.fault();
  on_report_(std::move(*part));
  return Done{};
}

FileOutcome CheckpointThread::carry_out(const ReadSnapshot& request) {
  FileResult<SnapshotPart> part = snapshot_feeds_.read(request, *writer_);
  if (!part) return part.fault();
  on_report_(std::move(*part));
  return Done{};
}

FileOutcome CheckpointThread::carry_out(const EndReading& request) {
  log_feeds_.end(request.reader);
  snapshot_feeds_.end(request.reader);
  return Done{};
}

// ---- another history ------------------------------------------------------------------------------------------------

FileOutcome CheckpointThread::carry_out(const BeginAnew& order) {
  anew_ = order;
  return writer_->begin_anew();
}

FileOutcome CheckpointThread::carry_out(const PutAnew& order) {
  if (FileOutcome put = writer_->put_anew(order.part); !put) return put;
  on_report_(AnewTaken{anew_.generation});
  return Done{};
}

FileOutcome CheckpointThread::carry_out(const FinishAnew& order) {
  if (FileOutcome finished = writer_->finish_anew(order.meta); !finished) return finished;
  options_.log_thread->stage(anew_.attempt, {anew_.generation, writer_->anew_generation(), order.meta.zxid});
  return Done{};
}

FileOutcome CheckpointThread::carry_out(const AdoptAnew&) {
  if (FileOutcome adopted = writer_->adopt_anew(options_.log_directory); !adopted) return adopted;
  is_old_there_ = true;
  log_feeds_.clear();
  options_.log_thread->adopt(anew_.generation);
  return Done{};
}

FileOutcome CheckpointThread::carry_out(const AbandonAnew&) { return writer_->abandon_anew(); }

}  // namespace zabra::storage
