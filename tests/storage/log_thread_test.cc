#include "storage/log_thread.h"

#include <gtest/gtest.h>

#include "storage/checkpoint_pointer.h"
#include "tests/storage/entries.h"
#include "tests/storage/reports.h"
#include "tests/support/collected_log.h"
#include "tests/support/sim_files.h"

namespace zabra::storage {
namespace {

class LogThreadTest : public testing::Test {
 protected:
  LogThreadTest() { EXPECT_TRUE(make_directories(disk_, "/d")); }

  void start() {
    auto log = TxnLog::open(disk_, said_, "/d", zxid_zero, options_);
    ASSERT_TRUE(log);
    thread_ = std::make_unique<LogThread>(std::move(*log), reports_.on_report(), reports_.on_fatal(),
                                          LogThread::Options{std::chrono::milliseconds(1)});
  }
  void submit(std::int64_t first, std::int64_t last, std::uint64_t generation = 1, std::size_t bytes = 10) {
    thread_->submit({{generation}, zxid_of(first), zxid_of(last), records_of(first, last, bytes),
                     static_cast<std::uint32_t>(last - first + 1)});
  }
  LogDurable await_durable(std::int64_t zxid) {
    return reports_.await<LogDurable>([=](const LogDurable& it) { return it.last >= zxid_of(zxid); });
  }
  using Failing = std::function<std::optional<FileFault::Kind>(const std::string&, const std::string&)>;
  static Failing failing(const std::string& failing_op, FileFault::Kind kind) {
    return [=](const std::string& op, const std::string&) {
      return op == failing_op ? std::optional(kind) : std::nullopt;
    };
  }

  test::SimFiles disk_;
  test::CollectedLog said_;
  TxnLogOptions options_{.extent_bytes = 64 << 10,
                         .roll_bytes = 10 << 20,
                         .room_low = 16 << 10,
                         .reserve_bytes = 4 << 10,
                         .batch_bytes_max = 16 << 20};
  Reports<LogReport> reports_;
  std::unique_ptr<LogThread> thread_;  // last: it reports to the above
};

TEST_F(LogThreadTest, ABatchIsReportedWhenItIsOnDisk) {
  start();
  submit(1, 3, 7);
  const LogDurable durable = await_durable(3);
  EXPECT_EQ(durable.generation, LogGeneration{7});
  EXPECT_EQ(durable.last, zxid_of(3));
  EXPECT_EQ(durable.room.reserve, options_.reserve_bytes);
  EXPECT_TRUE(durable.buffer.empty());
  disk_.restart_after_power_loss(1);
  EXPECT_EQ(zxids_in(disk_, "/d/log.1"), (std::vector<std::int64_t>{1, 2, 3}));
}

TEST_F(LogThreadTest, WhatQueuesUpBehindASlowDiskSharesOneSync) {
  start();
  submit(1, 1);
  await_durable(1);
  Gate gate;
  disk_.fail_when([&, held = false](const std::string& op, const std::string&) mutable {
    if (op == "write" && !std::exchange(held, true)) gate.pass();
    return std::optional<FileFault::Kind>();
  });
  const std::uint64_t before = thread_->counters().syncs;
  submit(2, 2, 1);
  gate.await_reached();
  submit(3, 3, 1);
  submit(4, 4, 2);
  submit(5, 5, 2);
  gate.open();
  await_durable(5);
  EXPECT_EQ(thread_->counters().syncs, before + 2);
  std::vector<std::pair<std::uint64_t, std::int64_t>> told;
  for (const LogDurable& it : reports_.all<LogDurable>()) told.emplace_back(it.generation.value, it.last.to_wire());
  EXPECT_EQ(told, (std::vector<std::pair<std::uint64_t, std::int64_t>>{{1, 1}, {1, 2}, {1, 3}, {2, 5}}))
      << "one report for each generation";
}

TEST_F(LogThreadTest, StopWritesReportsAndCloses) {
  start();
  for (int i = 1; i <= 20; ++i) submit(i, i);
  thread_->stop();
  EXPECT_EQ(reports_.all<LogDurable>().back().last, zxid_of(20));
  EXPECT_EQ(*disk_.size("/d/log.1"), wire::log_header_bytes + records_of(1, 20).size());
  EXPECT_FALSE(reports_.is_fatal());
  thread_->stop();
}

TEST_F(LogThreadTest, TellsThatSpaceIsMissingAndThatItIsThereAgain) {
  start();
  disk_.fill();
  for (int i = 1; i <= 15; ++i) submit(i, i, 1, 3000);
  await_durable(15);
  const auto missing = reports_.await<LogRoomChanged>([](const LogRoomChanged& it) { return it.room.full; });
  EXPECT_LT(missing.room.ordinary, options_.room_low);
  disk_.set_capacity(std::nullopt);
  const auto found = reports_.await<LogRoomChanged>([](const LogRoomChanged& it) { return !it.room.full; });
  EXPECT_GE(found.room.ordinary, options_.room_low);
  EXPECT_FALSE(reports_.is_fatal());
}

TEST_F(LogThreadTest, AFailingSyncIsFatalAndNothingIsReportedAnyMore) {
  start();
  submit(1, 1);
  await_durable(1);
  disk_.fail_when(failing("fdatasync", FileFault::Kind::io));
  submit(2, 2);
  const FileFault fault = reports_.await_fatal();
  EXPECT_EQ(fault.kind, FileFault::Kind::io);
  EXPECT_EQ(fault.op, "fdatasync");
  disk_.fail_when({});
  submit(3, 3);
  thread_->stop();
  EXPECT_EQ(reports_.all<LogDurable>().back().last, zxid_of(1));
}

TEST_F(LogThreadTest, NoSpaceOnWhatWasReservedIsFatal) {
  start();
  disk_.fail_when(failing("write", FileFault::Kind::no_space));
  submit(1, 1);
  EXPECT_EQ(reports_.await_fatal().kind, FileFault::Kind::no_space);
  EXPECT_TRUE(reports_.all<LogDurable>().empty());
}

TEST_F(LogThreadTest, AFaultOfTheLastCloseIsFatalToo) {
  start();
  submit(1, 1);
  await_durable(1);
  disk_.fail_when(failing("truncate", FileFault::Kind::io));
  thread_->stop();
  EXPECT_TRUE(reports_.is_fatal());
}

// ---- of a server of an ensemble ----

class EnsembleLogThread : public LogThreadTest {
 protected:
  void start_at(Zxid stored, Zxid checkpointed) {
    CheckpointPointer pointer;
    pointer.stored = stored;
    ASSERT_TRUE(replace_checkpoint_pointer(disk_, "/d", pointer));
    auto log = TxnLog::open(disk_, said_, "/d", zxid_zero, options_);
    ASSERT_TRUE(log);
    thread_ = std::make_unique<LogThread>(
        std::move(*log), reports_.on_report(), reports_.on_fatal(),
        LogThread::Options{std::chrono::milliseconds(1), "/d", checkpointed});
  }
};

TEST_F(EnsembleLogThread, TruncatesBehindWhatWasSubmittedBefore) {
  start_at(zxid_of(2), zxid_zero);
  submit(1, 5);
  thread_->truncate({3}, zxid_of(4));
  submit(5, 6, 4);
  const auto truncated = reports_.await<LogTruncated>();
  EXPECT_EQ(truncated.generation, LogGeneration{3});
  EXPECT_TRUE(truncated.done);
  EXPECT_GE(truncated.room.ordinary, options_.room_low);
  await_durable(6);
  EXPECT_EQ(zxids_in(disk_, "/d/log.1"), (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_EQ(zxids_in(disk_, "/d/log.5"), (std::vector<std::int64_t>{5, 6}));
}

TEST_F(EnsembleLogThread, DoesNotTruncateBelowTheCheckpoint) {
  start_at(zxid_of(2), zxid_of(3));
  submit(1, 5);
  for (const std::int64_t last : {1, 2, 9}) thread_->truncate({1}, zxid_of(last));
  thread_->truncate({2}, zxid_of(3));
  reports_.await<LogTruncated>([](const LogTruncated& it) { return it.generation == LogGeneration{2}; });
  std::vector<bool> done;
  for (const LogTruncated& it : reports_.all<LogTruncated>()) done.push_back(it.done);
  EXPECT_EQ(done, (std::vector<bool>{false, false, false, true}));
}

TEST_F(EnsembleLogThread, EpochsAreReportedWhenBothAreOnDisk) {
  start_at(zxid_zero, zxid_zero);
  thread_->store_epochs({7}, {5, 4});
  EXPECT_EQ(reports_.await<EpochsStored>().generation, LogGeneration{7});
  disk_.restart_after_power_loss(1);
  EXPECT_EQ(*read_epochs(disk_, "/d", zxid_zero), (Epochs{5, 4}));
}

TEST_F(EnsembleLogThread, EpochsWaitForSpace) {
  start_at(zxid_zero, zxid_zero);
  disk_.fail_when([](const std::string& op, const std::string& path) {
    return op == "write" && path.ends_with("Epoch.tmp") ? std::optional(FileFault::Kind::no_space) : std::nullopt;
  });
  thread_->store_epochs({1}, {5, 5});
  submit(1, 1);
  while (!said_.said("no space for the epochs")) std::this_thread::yield();
  EXPECT_TRUE(reports_.all<EpochsStored>().empty());
  disk_.fail_when({});
  reports_.await<EpochsStored>();
  await_durable(1);
  EXPECT_FALSE(reports_.is_fatal());
}

TEST_F(LogThreadTest, CountsWhatItDoes) {
  start();
  submit(1, 2);
  await_durable(2);
  const LogThread::Counters counters = thread_->counters();
  EXPECT_EQ(counters.batches, 1U);
  EXPECT_EQ(counters.syncs, 1U);
  EXPECT_EQ(counters.bytes, records_of(1, 2).size());
  EXPECT_GE(counters.sync_ns, counters.sync_ns_max);
}

}  // namespace
}  // namespace zabra::storage
