// The thread that owns the transaction log. Batches come in, completions go out; all work is TxnLog's. Batches that
// have queued up while the disk was busy are written together and share one fsync.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/log_room.h"
#include "storage/files.h"
#include "storage/txn_log.h"
#include "wire/ids.h"

namespace zabra::storage {

// Framed records in order of zxid (replica::Append).
struct LogBatch {
  LogGeneration generation;
  Zxid first, last;
  std::string records;
  std::uint32_t count = 0;
};

// Every record of the batches up to and with `last` is on disk. `buffer` is an emptied string of a batch, to be filled
// again.
struct LogDurable { LogGeneration generation; Zxid last; LogRoom room; std::string buffer; };
struct LogRoomChanged { LogRoom room; };  // space was found, or is missing now
using LogReport = std::variant<LogDurable, LogRoomChanged>;

class LogThread {
 public:
  struct Options {
    std::chrono::milliseconds room_retry{1000};  // how often space is asked for while there is none
  };
  // Both are called on the log's thread. After on_fatal nothing more is written or reported: the process must end.
  LogThread(std::unique_ptr<TxnLog> log, std::function<void(LogReport)> on_report,
            std::function<void(const FileFault&)> on_fatal, Options options);
  ~LogThread();  // stop()

  void submit(LogBatch batch);
  // Writes and reports what was submitted, closes the log, and ends the thread. Once.
  void stop();

  // Copied facts for metrics: how many fsyncs, how long they took together.
  struct Counters { std::uint64_t batches = 0, syncs = 0, bytes = 0, sync_ns = 0, sync_ns_max = 0; };
  Counters counters() const;

 private:
  void run();
  bool take(std::vector<LogBatch>& batches);
  FileOutcome write_and_sync(std::vector<LogBatch>& batches);
  FileOutcome timed_sync(std::uint64_t bytes, std::size_t batches);
  void report_durable(std::vector<LogBatch>& batches);
  FileOutcome make_room();

  std::unique_ptr<TxnLog> log_;
  const std::function<void(LogReport)> on_report_;
  const std::function<void(const FileFault&)> on_fatal_;
  const Options options_;
  std::chrono::steady_clock::time_point next_try_;  // for space

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<LogBatch> queue_;
  Counters counters_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace zabra::storage
