// The storage code of one server's one life, over files that a loss of power takes from it: what storage's two threads do,
// on virtual time. An order takes a while, is carried out in one moment (but for a power cut in its midst), and is
// reported another while later: crashes come before, within, between and after.
//
// The orders of a worker stand in a queue each, as in LogThread and CheckpointThread, whose rules these are: log batches
// that have queued up share one fsync; an abandoned history is dropped from the queues; a checkpoint's readers go first.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "replica/replica.h"
#include "storage/checkpoint_orders.h"
#include "storage/checkpoint_writer.h"
#include "storage/log_orders.h"
#include "storage/memory_checkpoint.h"
#include "storage/purge.h"
#include "storage/recovery.h"
#include "storage/txn_log.h"
#include "tests/sim/schedule.h"
#include "tests/support/sim_files.h"

namespace zabra::sim {

inline constexpr std::uint64_t entry_bytes_max = 128 << 10;

// What the orders of a run were, for its summary.
struct DiskCounts {
  std::uint64_t appends = 0, truncations = 0, truncations_refused = 0, snapshots_adopted = 0, snapshots_abandoned = 0;
  std::uint64_t log_reads = 0, snapshot_reads = 0, checkpoints = 0, logs_purged = 0, read_faults = 0;
  std::uint64_t old_completions = 0;    // reported of a generation that was over
  std::uint64_t waits_for_space = 0;    // of whatever found none
};

// What a disk has done, at once and whoever may still hear of it.
struct DiskSynced { Zxid last; bool is_anew = false; };  // the log in force, or the one that was begun
struct DiskTruncated { Zxid last; bool done = false; };
struct DiskAdopted {};
struct DiskStoredEpochs { storage::Epochs epochs; };
struct DiskStoredCheckpoint { Zxid zxid; };
using DiskDeed = std::variant<DiskSynced, DiskTruncated, DiskAdopted, DiskStoredEpochs, DiskStoredCheckpoint>;

struct DiskSetting {
  ServerId server;
  storage::PurgeRule purge;
  Micros slow_max = 2 * ms;  // an order takes about so long, seldom longer
};

class Disk {
 public:
  struct Host {
    std::function<void(replica::Event)> report;
    std::function<void(const std::string& reason)> die;  // the process must end: the files fail
    std::function<void(const DiskDeed&)> did{};
  };
  Disk(Schedule& schedule, Random& random, test::SimFiles& files, Log& log, DiskCounts& counts,
       const DiskSetting& setting, Host host);

  // Recovers into the replica; what replica.start() needs, or why the process ends.
  Result<replica::Recovered, storage::StartFault> start(replica::Replica& replica);
  void carry_out(replica::Effects& effects);
  void set_slow(Micros slow_max) { slow_max_ = slow_max; }
  void hold(bool yes);  // while it is held, orders wait
  bool is_idle() const { return !log_.busy && !checkpoint_.busy; }
  bool close();  // a clean end
  void end() { failed_ = true; }  // its process is gone: nothing more is done, not even at this moment

 private:
  // ---- orders ----
  void operator()(replica::StoreEpochs& order);
  void operator()(replica::TruncateLog& order);
  void operator()(replica::BeginAnew& order);
  void operator()(replica::PutAnew& order);
  void operator()(replica::FinishAnew& order);
  void operator()(replica::AdoptAnew& order);
  void operator()(replica::AbandonAnew& order);
  void operator()(replica::ReadLog& order);
  void operator()(replica::ReadSnapshot& order);
  void operator()(replica::EndReading& order);
  friend struct Ordering;

  // ---- the two workers ----
  struct Worker {
    bool busy = false;
    Micros reported = 0;  // when the last report comes: they keep their order
  };
  Micros latency() { return random_.skewed(20, slow_max_); }
  void wake_log();
  void wake_checkpoint();
  void later(Micros delay, void (Disk::*what)());
  void report(Worker& worker, replica::Event event);
  void did(const DiskDeed& deed) {
    if (host_.did) host_.did(deed);
  }
  bool ok(const storage::FileOutcome& outcome);

  void work_log();
  void retry_log();
  storage::FileOutcome carry_out_log(std::vector<storage::LogOrder> orders);
  storage::FileOutcome look_for_room();
  void wait_for_room();
  void wake_log_for_room();
  storage::FileOutcome write_and_sync(std::vector<storage::LogBatch>& batches);
  storage::FileOutcome make_room();
  storage::FileOutcome log_order(const storage::LogBatch&) { return Done{}; }
  storage::FileOutcome log_order(const storage::TruncateLog& order);
  storage::FileOutcome log_order(const storage::StoreEpochs& order);
  storage::FileOutcome log_order(const storage::StageLog& order);
  storage::FileOutcome log_order(const storage::AdoptStaged& order);
  storage::FileOutcome log_order(const storage::AbandonStaged&);

  void work_checkpoint();
  bool has_work() const { return !work_.empty() && schedule_.now() >= retry_work_at_; }
  storage::FileOutcome carry_out_checkpoint();
  void put_back(storage::CheckpointWork work);
  storage::FileOutcome checkpoint_work(const storage::CheckpointRequest& request);
  storage::FileOutcome checkpoint_work(const storage::BeginAnew& order);
  storage::FileOutcome checkpoint_work(const storage::PutAnew& order);
  storage::FileOutcome checkpoint_work(const storage::FinishAnew& order);
  storage::FileOutcome checkpoint_work(const storage::AdoptAnew&);
  storage::FileOutcome checkpoint_work(const storage::AbandonAnew&);
  storage::FileOutcome read(const storage::ReadLog& request);
  storage::FileOutcome read(const storage::ReadSnapshot& request);
  storage::FileOutcome read(const storage::EndReading& request);
  storage::FileOutcome purge();
  storage::FileOutcome remove_old();
  storage::FileResult<std::optional<Zxid>> log_start();
  void drop_abandoned();

  Schedule& schedule_;
  Random& random_;
  test::SimFiles& files_;
  Log& said_;
  DiskCounts& counts_;
  const DiskSetting setting_;
  const Host host_;
  const storage::DataDirectories directories_;
  const std::shared_ptr<int> life_ = std::make_shared<int>(0);  // what is scheduled for a disk that is gone does nothing
  Micros slow_max_;

  storage::MemoryStore store_;
  std::optional<storage::DataLock> lock_;
  std::unique_ptr<storage::TxnLog> txn_log_;
  std::unique_ptr<storage::CheckpointWriter> writer_;
  storage::LogFeeds log_feeds_;
  storage::SnapshotFeeds snapshot_feeds_;
  Zxid checkpointed_;
  std::optional<storage::Epochs> epochs_;

  Worker log_, checkpoint_;
  std::vector<storage::LogOrder> log_queue_;
  std::deque<storage::CheckpointWork> work_;
  std::deque<storage::Reading> readings_;
  storage::BeginAnew anew_;
  std::uint64_t attempt_ = 0, abandoned_attempt_ = 0;
  bool is_old_there_ = true;
  bool failed_ = false;
  bool held_ = false;

  LogGeneration newest_;                  // of what was ordered
  Micros retry_room_at_ = 0, retry_work_at_ = 0;  // what found no space waits until then
  bool is_retrying_log_ = false, is_waiting_for_room_ = false, is_delay_said_ = false;
};

}  // namespace zabra::sim
