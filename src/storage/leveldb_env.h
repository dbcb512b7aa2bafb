// What LevelDB stands on: its environment over Files. Knows nothing of checkpoints; names no type of LevelDB's but by
// name, so that its headers stay in two .cc files.
//
// LevelDB 1.23 is bent in four places: a file's first sync and every rename sync the directory too; the errno is kept;
// background work runs when it is asked to; after a rename of CURRENT whose directory could not be synced nothing is
// removed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/files.h"

namespace leveldb {
class Env;
class Logger;
}  // namespace leveldb

namespace zabra::storage {

class LevelDbEnv {
 public:
  static std::unique_ptr<LevelDbEnv> make(Files& files);
  virtual ~LevelDbEnv() = default;

  virtual leveldb::Env& env() = 0;
  virtual leveldb::Logger& silent_logger() = 0;
  // LevelDB's statuses are text only: the fault itself, the first since it was asked.
  virtual std::optional<FileFault> take_fault() = 0;
  // Background work is queued, and run by whoever calls run_one(), never while LevelDB is inside another call.
  virtual bool has_work() const = 0;
  virtual void run_one() = 0;
  // From now on nothing reaches the disk.
  virtual void cut_off() = 0;
};

// The offset of the first block that LevelDB can't read, of one table; nothing when all is well with it. LevelDB says
// that a block is damaged, not which, and has read on when it says so.
std::optional<std::uint64_t> damaged_block(LevelDbEnv& environment, const std::string& path);

}  // namespace zabra::storage
