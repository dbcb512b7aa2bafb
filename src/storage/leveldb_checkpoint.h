// Checkpoints kept by LevelDB, which runs on Files and has no thread of its own: its merging is done in settle().
#pragma once

#include "base/log.h"
#include "storage/checkpoint.h"

namespace zabra::storage {

class LevelDbStore final : public CheckpointStore {
 public:
  LevelDbStore(Files& files, Log& log) : files_(files), log_(log) {}
  FileResult<std::unique_ptr<Checkpoint>> open(const std::string& directory, bool create) override;

 private:
  Files& files_;
  Log& log_;
};

}  // namespace zabra::storage
