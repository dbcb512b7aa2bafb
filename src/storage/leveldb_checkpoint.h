// Checkpoints kept by LevelDB, which runs on Files and has no thread of its own: its merging is done in settle().
#pragma once

#include <cstddef>

#include "storage/checkpoint.h"

namespace zabra::storage {

struct LevelDbOptions {
  std::size_t write_buffer_bytes = 4 << 20;  // while LevelDB replays its log; a batch may go beyond it
  std::size_t memory_kept_bytes = 256 << 10;  // more than this is written out once a batch is stored
};

class LevelDbStore final : public CheckpointStore {
 public:
  explicit LevelDbStore(Files& files, LevelDbOptions options = {}) : files_(files), options_(options) {}
  FileResult<std::unique_ptr<Checkpoint>> open(const std::string& directory, bool create) override;
  FileResult<std::unique_ptr<Checkpoint>> open_to_read(const std::string& directory, bool create) override;

 private:
  Files& files_;
  const LevelDbOptions options_;
};

}  // namespace zabra::storage
