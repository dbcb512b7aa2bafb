// Brings the checkpoint in force from one zxid to the next: the batch into the checkpoint, then the pointer. Makes
// another one beside it, and lets that take its place.
// Synchronous; CheckpointThread runs it beside the server, the crash test and the simulator call it directly.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "storage/checkpoint.h"
#include "storage/checkpoint_pointer.h"
#include "storage/files.h"
#include "wire/checkpoint_format.h"
#include "wire/ids.h"

namespace zabra::storage {

class CheckpointWriter {
 public:
  // `directory` holds the pointer and the checkpoints; `open` is the one in force, or none: then the first store opens
  // it.
  CheckpointWriter(Files& files, CheckpointStore& store, Log& log, std::string directory, CheckpointPointer pointer,
                   std::unique_ptr<Checkpoint> open);

  // Durable, pointer included, when it returns. Kind::no_space: nothing is lost, the checkpoint is closed, call again
  // with the same batch. Any other fault is fatal.
  FileOutcome store(const wire::CheckpointBatch& batch, const wire::CheckpointMeta& meta);
  // One piece of the merging that stores leave behind; true while there is more. No space is not a fault: it waits.
  FileResult<bool> settle();

  // What is stored now, to be read while more is (checkpoint.h); close(), or a fault of store(), ends it.
  FileResult<std::unique_ptr<CheckpointView>> view();

  // ---- another history (adoption.h) ----
  // Each can be called again after Kind::no_space. What an earlier attempt has left is removed first.
  FileOutcome begin_anew();
  FileOutcome put_anew(const wire::CheckpointBatch& part);
  // All that was put stands for meta.zxid, durably; zxid 0 is a history that begins with nothing, and takes no parts.
  FileOutcome finish_anew(wire::CheckpointMeta meta);
  std::uint64_t anew_generation() const { return pointer_.generation + 1; }
  // The new checkpoint is the one in force, whatever comes; the old logs are aside. Once the staged ones are taken too
  // (TxnLog::adopt()), it is done.
  FileOutcome adopt_anew(const std::string& log_directory);
  FileOutcome abandon_anew();

  // Gives back what the keeper holds in memory; the next store opens it again.
  void close() { checkpoint_.reset(); }
  bool is_open() const { return checkpoint_ != nullptr; }

  Zxid stored() const { return pointer_.stored; }
  const CheckpointPointer& pointer() const { return pointer_; }
  const std::string& directory() const { return directory_; }
  std::string checkpoint_path() const;

 private:
  FileOutcome ensure_open();
  FileOutcome ensure_anew_open();
  FileOutcome close_anew_failed(FileOutcome outcome);
  std::string anew_path() const { return join(directory_, checkpoint_directory_name(anew_generation())); }
  void close_failed();

  Files& files_;
  CheckpointStore& store_;
  Log& log_;
  const std::string directory_;
  CheckpointPointer pointer_;
  std::unique_ptr<Checkpoint> checkpoint_;  // none after a fault, a start without space, or a rest
  std::unique_ptr<Checkpoint> anew_;
  Zxid anew_zxid_;                          // what it stands for, when finished
  bool failed_;                             // it is said when it is open again
};

}  // namespace zabra::storage
