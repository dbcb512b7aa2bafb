// Brings the checkpoint in force from one zxid to the next: the batch into the checkpoint, then the pointer.
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

  // Gives back what the keeper holds in memory; the next store opens it again.
  void close() { checkpoint_.reset(); }
  bool is_open() const { return checkpoint_ != nullptr; }

  Zxid stored() const { return pointer_.stored; }
  const std::string& directory() const { return directory_; }
  std::string checkpoint_path() const;

 private:
  FileOutcome ensure_open();
  void close_failed();

  Files& files_;
  CheckpointStore& store_;
  Log& log_;
  const std::string directory_;
  CheckpointPointer pointer_;
  std::unique_ptr<Checkpoint> checkpoint_;  // none after a fault, a start without space, or a rest
  bool failed_;                             // it is said when it is open again
};

}  // namespace zabra::storage
