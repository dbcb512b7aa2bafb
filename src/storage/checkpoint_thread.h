// The thread that owns the checkpoint. It never sees the tree: batches of encoded changes come in, completions go out;
// all work is CheckpointWriter's and purge's. One checkpoint at a time (the replica asks for the next after Stored).
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "base/log.h"
#include "base/log_room.h"
#include "storage/checkpoint_writer.h"
#include "storage/files.h"
#include "storage/purge.h"
#include "wire/checkpoint_format.h"
#include "wire/ids.h"

namespace zabra::storage {

// All that changed since the last one, as of meta.zxid (replica::StoreCheckpoint).
struct CheckpointRequest {
  LogGeneration generation;
  wire::CheckpointMeta meta;
  wire::CheckpointBatch batch;
};

struct CheckpointStored { LogGeneration generation; Zxid zxid; };
struct CheckpointDelayed { LogGeneration generation; };  // no space; said once, Stored follows when there is some
using CheckpointReport = std::variant<CheckpointStored, CheckpointDelayed>;

class CheckpointThread {
 public:
  struct Options {
    std::string log_directory;                    // where purge works
    std::chrono::milliseconds purge_interval{0};  // autopurge.purgeInterval; 0: never
    PurgeRule purge;
    std::chrono::milliseconds space_retry{1000};
    // With nothing to store for so long the checkpoint is closed, and its keeper's memory goes back; opened when needed.
    std::chrono::milliseconds close_after{2000};
  };
  // Both are called on the checkpoint's thread. After on_fatal nothing more is written or reported.
  CheckpointThread(Files& files, Log& log, std::unique_ptr<CheckpointWriter> writer,
                   std::function<void(CheckpointReport)> on_report, std::function<void(const FileFault&)> on_fatal,
                   Options options);
  ~CheckpointThread();  // stop()

  void submit(CheckpointRequest request);
  // Finishes what was submitted (one that waits for space is given up: the log has it all), and ends the thread. Once.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  FileOutcome store(const CheckpointRequest& request);
  bool wait_for_space();
  FileOutcome rest();
  FileOutcome purge_if_due();
  bool take(std::optional<CheckpointRequest>& request);
  Clock::time_point next_wake() const;
  bool is_wanted() const;

  Files& files_;
  Log& log_;
  std::unique_ptr<CheckpointWriter> writer_;
  const std::function<void(CheckpointReport)> on_report_;
  const std::function<void(const FileFault&)> on_fatal_;
  const Options options_;
  Clock::time_point next_purge_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<CheckpointRequest> waiting_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace zabra::storage
