// One process life of storage on a disk that may lose its power at any step: recovery, then a drawn mix of appends,
// syncs, checkpoints, merges, purges and epochs, then a clean stop. What was promised goes into the ledger, which
// judges the next life. It heeds what the replica heeds: no record without room for it, one checkpoint at a time, none
// above what is durable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "storage/checkpoint_writer.h"
#include "storage/leveldb_checkpoint.h"
#include "storage/purge.h"
#include "storage/recovery.h"
#include "storage/txn_log.h"
#include "tests/crash/ledger.h"
#include "tests/crash/torn_watch.h"

namespace zabra::test {

enum class Keeper { leveldb, memory };

// The same for all lives on one disk.
struct StorageSetting {
  Keeper keeper = Keeper::leveldb;
  storage::RecoveryOptions recovery;
  storage::TxnLogOptions log;
  storage::PurgeRule purge;
  storage::LevelDbOptions leveldb;
  static StorageSetting small(Keeper keeper);
};

class StorageRun {
 public:
  struct End { std::string reason; bool is_io = false; };
  using SetFull = std::function<void(bool full)>;

  // `files` is the disk, or something in front of it. With `set_full` the disk is full from time to time.
  StorageRun(storage::Files& files, const StorageSetting& setting, Ledger& ledger, std::uint64_t seed,
             SetFull set_full);

  // Each: false when it came to a fault (the power went, as a rule). broken() tells a promise that was found broken.
  bool start();
  bool work(std::size_t steps);
  bool stop();

  const std::optional<std::string>& broken() const { return broken_; }
  const std::optional<End>& fault() const { return fault_; }
  bool started_full() const { return started_full_; }

 private:
  bool ok(const storage::FileOutcome& outcome);
  bool ok(const storage::StartFault& fault);
  bool recover();
  bool step();
  void change_space();
  bool append_and_sync();
  bool append();
  bool sync();
  bool checkpoint();
  bool settle();
  bool purge();
  bool truncate();
  bool write_epochs();
  bool step_beside();
  bool begin_anew();
  bool put_anew(const Model& state);
  bool abandon_anew();
  bool adopt_anew();
  std::size_t draw(std::size_t count) { return static_cast<std::size_t>(random_() % count); }

  storage::Files& files_;
  const StorageSetting& setting_;
  Ledger& ledger_;
  const SetFull set_full_;
  std::mt19937_64 random_;
  TornWatch log_;
  std::unique_ptr<storage::CheckpointStore> store_;
  std::optional<storage::DataLock> lock_;
  std::unique_ptr<storage::TxnLog> txn_log_;
  std::unique_ptr<storage::CheckpointWriter> writer_;
  struct Waiting { wire::CheckpointBatch batch; wire::CheckpointMeta meta; };
  bool is_beside_ = false;    // another history is being written
  bool is_adopting_ = false;  // and there is no way back
  std::optional<Waiting> waiting_;  // found no space: tried again as it is
  std::optional<std::string> broken_;
  std::optional<End> fault_;
  bool full_ = false, started_full_ = false;
};

}  // namespace zabra::test
