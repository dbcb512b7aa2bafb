// Checkpoints kept in memory and in one small file that is replaced as a whole: for the simulator and for tests, where
// the state is small and every run must be the same.
#pragma once

#include "storage/checkpoint.h"

namespace zabra::storage {

class MemoryStore final : public CheckpointStore {
 public:
  explicit MemoryStore(Files& files) : files_(files) {}
  FileResult<std::unique_ptr<Checkpoint>> open(const std::string& directory, bool create) override;
  FileResult<std::unique_ptr<Checkpoint>> open_to_read(const std::string& directory, bool create) override;

 private:
  Files& files_;
};

}  // namespace zabra::storage
