// A checkpoint: the last durable state of every znode, session and ACL list, in one directory, changed only by batches
// that carry it whole from one zxid to a later one. Two keepers of it pass one conformance suite: LevelDB
// (leveldb_checkpoint.h) and one small file (memory_checkpoint.h, for the simulator).
//
// Keys and values: wire/checkpoint_format.h. One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/files.h"
#include "wire/checkpoint_format.h"

namespace zabra::storage {

// The views are good for the call. A fault ends the reading: what was read can't be what was written.
using ReadEntry = std::function<Outcome(std::string_view key, std::string_view value)>;

// A checkpoint as it was at one moment, read step by step while batches go on being written. It may outlive the
// checkpoint, and then gives faults.
class CheckpointView {
 public:
  struct Entry { std::string_view key, value; };  // good until the next call
  virtual ~CheckpointView() = default;
  virtual FileResult<std::optional<wire::CheckpointMeta>> meta() = 0;
  // To the first entry whose key is not below `key`.
  virtual void seek(std::string_view key) = 0;
  // The entry there, verified as far as the keeper can, and on behind it; nothing at the end.
  virtual FileResult<std::optional<Entry>> next() = 0;
};

// What a view that has outlived its checkpoint says.
inline FileFault closed_view_fault() {
  return {FileFault::Kind::missing, 0, "read", "", "the checkpoint was closed meanwhile"};
}

class Checkpoint {
 public:
  virtual ~Checkpoint() = default;  // like a crash: nothing more is written

  // What the content stands for; nothing before the first write.
  virtual FileResult<std::optional<wire::CheckpointMeta>> meta() = 0;
  // Every entry but the meta, in the order of the keys, each verified as far as the keeper can.
  virtual FileOutcome read(const ReadEntry& entry) = 0;
  // All of the batch and the meta, durable when it returns; after a fault or a crash all of it or nothing is there.
  // After a fault the checkpoint must be closed, and may be opened again.
  virtual FileOutcome write(const wire::CheckpointBatch& batch, const wire::CheckpointMeta& meta) = 0;
  // A part of a content that comes in many: after close and open it is still there, after a crash only when a write()
  // has come behind it.
  virtual FileOutcome load(const wire::CheckpointBatch& part) = 0;
  // Holds memory and space on disk as long as it lives.
  virtual FileResult<std::unique_ptr<CheckpointView>> view() = 0;
  // One piece of the work that a write has left for later (merging of files); true while there is more. May be put off
  // for as long as one likes; the next write does what it can't do without.
  virtual FileResult<bool> settle() = 0;
};

class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;
  // Kind::damaged when there is none, or it can't be read; with `create`, one is made where there is none.
  virtual FileResult<std::unique_ptr<Checkpoint>> open(const std::string& directory, bool create) = 0;
  // To be read and closed again, never written: nothing reaches the disk, so that one that is refused stays as it was,
  // and one on a full disk can be read. With `create`, an empty one where there is none.
  virtual FileResult<std::unique_ptr<Checkpoint>> open_to_read(const std::string& directory, bool create) = 0;
};

}  // namespace zabra::storage
