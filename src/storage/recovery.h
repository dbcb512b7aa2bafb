// From what is on disk to a state: pointer -> checkpoint -> the log behind it. Nothing is deleted; what can't be
// explained as the trace of a crash is refused with file, offset and reason.
//
//   start                       log_start      Z = zxid of the checkpoint
//   checkpoint ======================================|
//   log            |--- log.1 ---|--- log.80 --------|--- on_txn() -----|##torn##| allocated, zero
//                                 ^ read from here, checked;            ^ saved as torn.<zxid>, cut, synced
//                                   the record at Z must be the one that the checkpoint names
//
// A torn tail is a bad or empty record in the last file with no valid record starting more than batch_bytes_max behind
// it (one batch at most is unsynced, its pages reach the disk in any order), above every zxid that was ever
// checkpointed. What is found is synced before it counts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/log.h"
#include "storage/checkpoint.h"
#include "storage/checkpoint_pointer.h"
#include "storage/epochs.h"
#include "storage/files.h"
#include "wire/checkpoint_format.h"
#include "wire/ids.h"
#include "wire/result.h"

namespace zabra::storage {

// Takes what is recovered, in this order: every entry of the checkpoint, its end, every transaction behind it. A
// directory whose checkpoint was never written gives transactions only. A fault refuses the start.
class RecoverySink {
 public:
  virtual ~RecoverySink() = default;
  // Before the entries; whether they are what it says is known at the end.
  virtual void on_checkpoint_begin(const wire::CheckpointMeta&) {}
  virtual Outcome on_checkpoint_entry(const wire::ParsedKey& key, std::string_view value) = 0;
  virtual Outcome on_checkpoint_end(const wire::CheckpointMeta& meta) = 0;
  virtual Outcome on_txn(std::string_view entry) = 0;
};

// Where the data is: `version-2` under dataDir and under dataLogDir (the same when only one is configured).
struct DataDirectories {
  std::string data, log;
  static DataDirectories under(const std::string& data_dir, const std::string& data_log_dir);
};

struct StartFault {
  enum class Kind {
    held,          // another process uses the directory
    refused,       // not ours, or not all there
    other_server,  // the disk of another server
    damaged,
    no_space,
    io,
  };
  Kind kind{};
  std::string reason;  // one line: file, offset, what is wrong, what to do
};

// Both directories, made where missing, for this process alone as long as it lives.
class DataLock {
 public:
  static Result<DataLock, StartFault> take(Files& files, const DataDirectories& directories);

 private:
  std::unique_ptr<FileLock> data_, log_;
};

struct RecoveryOptions {
  DataDirectories directories;
  ServerId server;
  std::uint64_t entry_bytes_max = 2 << 20;  // txn_bytes_max; longer ones are damage
  std::uint64_t batch_bytes_max = limits::log_batch_bytes_max;
};

struct Recovered {
  CheckpointPointer pointer;
  std::unique_ptr<Checkpoint> checkpoint;  // open, at `checkpointed`; none on a full disk
  Zxid checkpointed;                       // zero when there is none yet
  Zxid last;                               // of the log, or of the checkpoint when the log holds nothing behind it
  std::uint64_t replayed = 0;              // transactions given to the sink
  std::uint64_t replayed_bytes = 0;        // the bytes of their records
  bool fresh = false;                      // the directory was empty
  Epochs epochs;
  // From where on the log on disk can be read, without a hole: its first zxid, or what it follows where nothing of it
  // has been purged.
  std::optional<Zxid> log_start;
};

// The directories must be locked. Nothing else may write in them meanwhile.
Result<Recovered, StartFault> recover(Files& files, CheckpointStore& store, Log& log, const RecoveryOptions& options,
                                      RecoverySink& sink);

}  // namespace zabra::storage
