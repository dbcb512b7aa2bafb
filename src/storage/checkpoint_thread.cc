#include "storage/checkpoint_thread.h"

#include <algorithm>
#include <utility>

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
      thread_([this] { run(); }) {}

CheckpointThread::~CheckpointThread() { stop(); }

void CheckpointThread::submit(CheckpointRequest request) {
  {
    const std::lock_guard hold(mutex_);
    CHECK(!waiting_);
    waiting_ = std::move(request);
  }
  wake_.notify_one();
}

void CheckpointThread::stop() {
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void CheckpointThread::run() {
  FileOutcome done = Done{};
  while (done) {
    done = purge_if_due();
    std::optional<CheckpointRequest> request;
    if (!done || !take(request)) break;
    if (!request) {
      writer_->close();  // nothing was wanted all the while
      continue;
    }
    done = store(*std::exchange(request, std::nullopt));
    if (done) done = rest();
  }
  if (!done) on_fatal_(done.fault());
}

// False when all is done. Returns with nothing when a purge is due, or the checkpoint may be closed.
bool CheckpointThread::take(std::optional<CheckpointRequest>& request) {
  std::unique_lock hold(mutex_);
  const auto called = [this] { return stopping_ || waiting_; };
  if (const Clock::time_point wake = next_wake(); wake != Clock::time_point::max()) {
    wake_.wait_until(hold, wake, called);
  } else {
    wake_.wait(hold, called);
  }
  request = std::exchange(waiting_, std::nullopt);
  return request || !stopping_;
}

CheckpointThread::Clock::time_point CheckpointThread::next_wake() const {
  Clock::time_point wake = Clock::time_point::max();
  if (options_.purge_interval.count() > 0) wake = next_purge_;
  if (writer_->is_open()) wake = std::min(wake, Clock::now() + options_.close_after);
  return wake;
}

FileOutcome CheckpointThread::store(const CheckpointRequest& request) {
  bool delayed = false;
  for (;;) {
    FileOutcome stored = writer_->store(request.batch, request.meta);
    if (stored) break;
    if (stored.fault().kind != FileFault::Kind::no_space) return stored;
    if (!std::exchange(delayed, true)) {
      log_.warning(text("no space for a checkpoint: ", to_string(stored.fault())));
      on_report_(CheckpointDelayed{request.generation});
    }
    if (!wait_for_space()) return Done{};
  }
  on_report_(CheckpointStored{request.generation, request.meta.zxid});
  return Done{};
}

// False when the process is to end.
bool CheckpointThread::wait_for_space() {
  std::unique_lock hold(mutex_);
  return !wake_.wait_for(hold, options_.space_retry, [this] { return stopping_; });
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
  return stopping_ || waiting_;
}

FileOutcome CheckpointThread::purge_if_due() {
  if (options_.purge_interval.count() == 0 || Clock::now() < next_purge_) return Done{};
  next_purge_ = Clock::now() + options_.purge_interval;
  const FileResult<std::uint64_t> bytes = directory_bytes(files_, writer_->checkpoint_path());
  if (!bytes) return bytes.fault();
  const PurgeFacts facts{writer_->stored(), *bytes, std::nullopt};
  const FileResult<std::size_t> purged = purge_logs(files_, log_, options_.log_directory, options_.purge, facts);
  if (!purged) return purged.fault();
  return Done{};
}

}  // namespace zabra::storage
