// The thread that owns the transaction log. Batches come in, completions go out; all work is TxnLog's. Batches that
// have queued up while the disk was busy are written together and share one fsync. Truncations and epochs are carried
// out in order with them; the replica asks for these when no batch is on its way.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "storage/files.h"
#include "storage/log_orders.h"
#include "storage/txn_log.h"
#include "wire/ids.h"

namespace zabra::storage {

class LogThread {
 public:
  struct Options {
    std::chrono::milliseconds room_retry{1000};  // how often space is asked for while there is none
    // Of a server of an ensemble: where the pointer and the epochs are, and what the checkpoint stood at when the log
    // was opened.
    std::string data_directory{};
    Zxid checkpointed{};
  };
  // Both are called on the log's thread. After on_fatal nothing more is written or reported: the process must end.
  LogThread(std::unique_ptr<TxnLog> log, std::function<void(LogReport)> on_report,
            std::function<void(const FileFault&)> on_fatal, Options options);
  ~LogThread();  // stop()

  void submit(LogBatch batch) { order(std::move(batch)); }
  void truncate(LogGeneration generation, Zxid last) { order(TruncateLog{generation, last}); }  // -> LogTruncated
  void store_epochs(LogGeneration generation, Epochs epochs) { order(StoreEpochs{generation, epochs}); }  // -> Stored
  // ---- another history: for CheckpointThread, which knows when ----
  // Each time it is begun counts as an attempt, and has a higher number.
  void stage(std::uint64_t attempt, const StageLog& stage);                 // -> AnewBegun
  void adopt(LogGeneration generation) { order(AdoptStaged{generation}); }  // -> AnewAdopted
  // Called where batches are submitted, so that it comes before those that belong to the old history again. A stage()
  // of this attempt that comes later is void.
  void abandon(std::uint64_t attempt);

  // Writes and reports what was submitted, closes the log, and ends the thread. Once.
  void stop();

  // Copied facts for metrics: how many fsyncs, how long they took together.
  struct Counters { std::uint64_t batches = 0, syncs = 0, bytes = 0, sync_ns = 0, sync_ns_max = 0; };
  Counters counters() const;

 private:
  void run();
  void order(LogOrder order);
  bool take(std::vector<LogOrder>& orders);
  FileOutcome carry_out(std::vector<LogOrder>& orders);
  FileOutcome carry_out(const TruncateLog& order);
  FileOutcome carry_out(const StoreEpochs& order);
  FileOutcome carry_out(const StageLog& order);
  FileOutcome carry_out(const AdoptStaged& order);
  FileOutcome carry_out(const AbandonStaged&);
  FileOutcome carry_out(const LogBatch&);  // never: they are gathered
  FileOutcome make_room_now();
  bool wait_for_space();
  FileOutcome write_and_sync(std::vector<LogBatch>& batches);
  FileOutcome timed_sync(std::uint64_t bytes, std::size_t batches);
  void report_durable(std::vector<LogBatch>& batches);
  FileOutcome make_room();

  std::unique_ptr<TxnLog> log_;
  const std::function<void(LogReport)> on_report_;
  const std::function<void(const FileFault&)> on_fatal_;
  const Options options_;
  std::chrono::steady_clock::time_point next_try_;  // for space
  std::vector<LogBatch> batches_;                   // of the orders taken: to be written together
  std::optional<Epochs> epochs_;                    // written by us; none: not known

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<LogOrder> queue_;
  std::uint64_t abandoned_attempt_ = 0;  // the last
  Counters counters_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace zabra::storage
