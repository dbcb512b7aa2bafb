// The thread that owns the checkpoint. It never sees the tree: batches of encoded changes come in, completions go out;
// all work is CheckpointWriter's, purge's and that of the two kinds of feeds. One checkpoint at a time (the replica
// asks for the next after Stored).
//
// Of a server of an ensemble it also
//   - reads the log and the checkpoint for learners, part by part: each part is asked for. It is the thread that
//     purges, so nothing goes that somebody reads;
//   - makes another history beside the one in force (adoption.h), of which the log's thread writes the log:
//
//       begin_anew  put_anew …  finish_anew ──> stage ──> AnewBegun      adopt_anew ──> adopt ──> AnewAdopted
//                   AnewTaken …                 ^ the log's thread, which reports      ^
//
// What finds no space waits, with what comes behind it; readers are served all the same.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "storage/checkpoint_orders.h"
#include "storage/checkpoint_writer.h"
#include "storage/files.h"
#include "storage/log_thread.h"
#include "storage/purge.h"

namespace zabra::storage {

class CheckpointThread {
 public:
  struct Options {
    std::string log_directory;                    // where purge works, and readers read
    std::chrono::milliseconds purge_interval{0};  // autopurge.purgeInterval; 0: never
    PurgeRule purge;
    std::chrono::milliseconds space_retry{1000};
    // With nothing to store for so long the checkpoint is closed, and its keeper's memory goes back; opened when needed.
    std::chrono::milliseconds close_after{2000};
    LogThread* log_thread = nullptr;              // where another history's log is written
    std::function<void(Zxid)> on_log_start{};     // after a purge: where the log begins now. On this thread
    std::uint64_t entry_bytes_max = limits::log_batch_bytes_max;
  };
  // Both are called on the checkpoint's thread. After on_fatal nothing more is written or reported.
  CheckpointThread(Files& files, Log& log, std::unique_ptr<CheckpointWriter> writer,
                   std::function<void(CheckpointReport)> on_report, std::function<void(const FileFault&)> on_fatal,
                   Options options);
  ~CheckpointThread();  // stop()

  void submit(CheckpointRequest request);  // -> CheckpointStored

  // ---- readers ----
  void read(const ReadLog& request) { order(Reading(request)); }            // -> LogReadPart
  void read(const ReadSnapshot& request) { order(Reading(request)); }       // -> SnapshotPart
  void end_reading(LinkId reader) { order(Reading(EndReading{reader})); }   // of either kind

  // ---- another history; all from one thread, the one that submits batches to the log's ----
  void begin_anew(LogGeneration generation);
  void put_anew(wire::CheckpointBatch part) { order(CheckpointWork(PutAnew{std::move(part)})); }  // -> AnewTaken
  // From AnewBegun on batches belong to it.
  void finish_anew(const wire::CheckpointMeta& meta) { order(CheckpointWork(FinishAnew{meta})); }
  // When all batches are durable, and before the next: AnewAdopted follows, and nothing may be abandoned any more.
  void adopt_anew();
  // The history in force goes on; batches belong to it again from here on. Nothing is answered any more.
  void abandon_anew();

  // Finishes what was submitted (one that waits for space is given up: the log has it all), and ends the thread. Once.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  // What there is to do next: one piece of work at most, and all that is to be read.
  struct Taken {
    std::optional<CheckpointWork> work;
    std::deque<Reading> readings;
  };

  void run();
  void order(CheckpointWork work);
  void order(Reading reading);
  bool take(Taken& taken);
  void drop_abandoned();
  Clock::time_point next_wake() const;
  bool is_wanted() const;

  FileOutcome serve(Taken& taken);
  FileOutcome work_on(CheckpointWork work);
  void put_back(CheckpointWork work, const FileFault& fault);
  FileOutcome carry_out(const CheckpointRequest& request);
  FileOutcome carry_out(const BeginAnew& order);
  FileOutcome carry_out(const PutAnew& order);
  FileOutcome carry_out(const FinishAnew& order);
  FileOutcome carry_out(const AdoptAnew&);
  FileOutcome carry_out(const AbandonAnew&);
  FileOutcome carry_out(const ReadLog& request);
  FileOutcome carry_out(const ReadSnapshot& request);
  FileOutcome carry_out(const EndReading& request);

  FileOutcome remove_old();
  FileResult<std::optional<Zxid>> log_start();
  FileOutcome rest();
  FileOutcome purge_if_due();
  std::optional<Zxid> pinned() const;

  Files& files_;
  Log& log_;
  std::unique_ptr<CheckpointWriter> writer_;
  const std::function<void(CheckpointReport)> on_report_;
  const std::function<void(const FileFault&)> on_fatal_;
  const Options options_;
  // The submitting thread's.
  std::uint64_t attempt_ = 0;  // of begin_anew(), the last
  bool is_anew_ = false;       // begun, and neither to be adopted nor abandoned

  // This thread's.
  Clock::time_point next_purge_;
  LogFeeds log_feeds_;
  SnapshotFeeds snapshot_feeds_;
  BeginAnew anew_;                 // the last that was begun
  bool is_old_there_ = true;       // what another history has replaced may be: looked at with the next checkpoint
  bool is_delay_said_ = false;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<CheckpointWork> work_;
  std::deque<Reading> readings_;
  std::optional<Clock::time_point> retry_at_;  // the first piece of work has found no space
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace zabra::storage
