#include "storage/checkpoint_thread.h"

#include <gtest/gtest.h>

#include "storage/leveldb_checkpoint.h"
#include "storage/txn_log.h"
#include "tests/storage/entries.h"
#include "tests/storage/reports.h"
#include "tests/support/collected_log.h"
#include "tests/support/sim_files.h"
#include "wire/log_format.h"

namespace zabra::storage {
namespace {

class CheckpointThreadTest : public testing::Test {
 protected:
  CheckpointThreadTest() {
    EXPECT_TRUE(make_directories(disk_, "/d/checkpoint.1"));
    options_.log_directory = "/d";
    options_.space_retry = std::chrono::milliseconds(1);
    options_.purge = {.retain_count = 0, .entries_retained_min = 0};
  }

  void start() {
    auto opened = store_.open("/d/checkpoint.1", true);
    ASSERT_TRUE(opened);
    auto writer =
        std::make_unique<CheckpointWriter>(disk_, store_, said_, "/d", CheckpointPointer{}, std::move(*opened));
    thread_ = std::make_unique<CheckpointThread>(disk_, said_, std::move(writer), reports_.on_report(),
                                                 reports_.on_fatal(), options_);
  }
  void submit(std::int64_t zxid, std::uint64_t generation = 1) {
    CheckpointRequest request;
    request.generation = {generation};
    request.meta.zxid = Zxid::from_wire(zxid);
    request.batch.put(wire::node_key("/"), "at " + std::to_string(zxid));
    thread_->submit(std::move(request));
  }
  CheckpointStored await_stored(std::int64_t zxid) {
    return reports_.await<CheckpointStored>(
        [=](const CheckpointStored& it) { return it.zxid == Zxid::from_wire(zxid); });
  }
  Zxid pointer() { return (*read_checkpoint_pointer(disk_, "/d"))->stored; }

  test::SimFiles disk_;
  test::CollectedLog said_;
  LevelDbStore store_{disk_};
  CheckpointThread::Options options_;
  Reports<CheckpointReport> reports_;
  std::unique_ptr<CheckpointThread> thread_;  // last: it reports to the above
};

TEST_F(CheckpointThreadTest, AStoredCheckpointIsReportedWhenThePointerSaysSo) {
  start();
  submit(5, 9);
  EXPECT_EQ(await_stored(5).generation, LogGeneration{9});
  EXPECT_EQ(pointer(), Zxid::from_wire(5));
  submit(8);
  await_stored(8);
  EXPECT_EQ(pointer(), Zxid::from_wire(8));
}

TEST_F(CheckpointThreadTest, WithoutSpaceItSaysSoOnceAndStoresWhenThereIsSome) {
  start();
  submit(1);
  await_stored(1);
  disk_.fill();
  submit(2);
  reports_.await<CheckpointDelayed>();
  EXPECT_EQ(pointer(), Zxid::from_wire(1));
  disk_.set_capacity(std::nullopt);
  await_stored(2);
  EXPECT_EQ(reports_.all<CheckpointDelayed>().size(), 1U);
  EXPECT_FALSE(reports_.is_fatal());
}

// What LevelDB holds in memory would otherwise stay as long as the server does.
TEST_F(CheckpointThreadTest, WithNothingToStoreForAWhileTheCheckpointIsClosedAndThenOpenedAgain) {
  options_.close_after = std::chrono::milliseconds(1);
  start();
  const auto is_closed = [this] { return static_cast<bool>(store_.open("/d/checkpoint.1", false)); };  // it is locked else
  for (std::int64_t zxid = 1; zxid <= 3; ++zxid) {
    submit(zxid);
    await_stored(zxid);
    while (!is_closed()) std::this_thread::yield();
  }
  EXPECT_EQ(pointer(), Zxid::from_wire(3));
  EXPECT_FALSE(reports_.is_fatal());
}

TEST_F(CheckpointThreadTest, StopFinishesWhatWasSubmitted) {
  start();
  submit(1);
  thread_->stop();
  EXPECT_EQ(reports_.all<CheckpointStored>().size(), 1U);
  EXPECT_EQ(pointer(), Zxid::from_wire(1));
  thread_->stop();
}

TEST_F(CheckpointThreadTest, StopDoesNotWaitForSpace) {
  start();
  submit(1);
  await_stored(1);
  disk_.fill();
  submit(2);
  reports_.await<CheckpointDelayed>();
  thread_->stop();
  EXPECT_FALSE(reports_.is_fatal());
  EXPECT_EQ(pointer(), Zxid::from_wire(1));
}

TEST_F(CheckpointThreadTest, AFailingDiskIsFatalAndNothingIsReported) {
  start();
  disk_.fail_when([](const std::string& op, const std::string&) {
    return op == "fdatasync" ? std::optional(FileFault::Kind::io) : std::nullopt;
  });
  submit(1);
  EXPECT_EQ(reports_.await_fatal().kind, FileFault::Kind::io);
  thread_->stop();
  EXPECT_TRUE(reports_.all<CheckpointStored>().empty());
}

TEST_F(CheckpointThreadTest, PurgesTheLogAtTheStartAndFromTimeToTime) {
  for (const char* name : {"log.1", "log.3", "log.5", "log.9"}) {
    ASSERT_TRUE((*disk_.open(join("/d", name), OpenMode::create))->allocate(100'000));
  }
  Gate gone;
  disk_.fail_when([&, removed = 0](const std::string& op, const std::string& path) mutable {
    if (op == "remove" && path.starts_with("/d/log.") && ++removed == 2) gone.pass();
    return std::optional<FileFault::Kind>();
  });
  options_.purge_interval = std::chrono::milliseconds(1);
  start();
  submit(9);
  await_stored(9);
  gone.await_reached();
  gone.open();
  thread_->stop();
  EXPECT_FALSE(*disk_.exists("/d/log.1"));
  EXPECT_FALSE(*disk_.exists("/d/log.3"));
  EXPECT_TRUE(*disk_.exists("/d/log.5")) << "what is left holds a third of the checkpoint's bytes";
  EXPECT_TRUE(*disk_.exists("/d/log.9"));
  EXPECT_FALSE(reports_.is_fatal());
}

TEST_F(CheckpointThreadTest, WithoutAPurgeIntervalAllLogsStay) {
  for (const char* name : {"log.1", "log.5"}) ASSERT_TRUE(disk_.open(join("/d", name), OpenMode::create));
  start();
  submit(9);
  await_stored(9);
  thread_->stop();
  EXPECT_TRUE(*disk_.exists("/d/log.1"));
}

// ---- readers ----

class CheckpointReaders : public CheckpointThreadTest {
 protected:
  // log.1: 1 2 3, log.4: 4 5 6, log.7: 7
  void write_log() {
    const TxnLogOptions options{
        .extent_bytes = 64 << 10, .roll_bytes = 1000, .room_low = 16 << 10, .reserve_bytes = 4096};
    auto log = TxnLog::open(disk_, said_, "/d", zxid_zero, options);
    for (const auto& [first, last] : {std::pair(1, 3), {4, 6}, {7, 7}}) {
      ASSERT_TRUE((*log)->write(records_of(first, last, 500), zxid_of(first), zxid_of(last)));
      ASSERT_TRUE((*log)->sync());
      ASSERT_TRUE((*log)->make_room());
    }
  }
  LogReadPart read_log(std::uint64_t reader, std::int64_t after, std::size_t bytes_max) {
    thread_->read(ReadLog{LinkId{reader}, zxid_of(after), zxid_of(7), bytes_max});
    return reports_.await<LogReadPart>([=](const LogReadPart& it) { return it->reader == LinkId{reader}; });
  }
};

TEST_F(CheckpointReaders, TheStoredSaysWhereTheLogBegins) {
  write_log();
  start();
  submit(3);
  EXPECT_EQ(await_stored(3).log_start, zxid_of(1));
}

TEST_F(CheckpointReaders, BeforeTheFirstCheckpointTheLogIsReadFromItsBase) {
  write_log();
  start();
  const LogReadPart part = read_log(1, 0, 1 << 20);
  EXPECT_FALSE(part->fault);
  EXPECT_EQ(part->entries.size(), 7U);
  EXPECT_TRUE(part->done);
}

TEST_F(CheckpointReaders, WhatAReaderIsAtIsNotPurgedAndAPurgeSaysWhereTheLogBegins) {
  write_log();
  options_.purge_interval = std::chrono::milliseconds(1);
  Reports<CheckpointReport> purges;
  options_.on_log_start = [report = purges.on_report()](Zxid first) { report(CheckpointStored{{}, first}); };
  start();
  EXPECT_EQ(read_log(1, 2, 1)->found, zxid_of(2));
  submit(7);
  await_stored(7);
  EXPECT_EQ(read_log(2, 2, 1 << 20)->entries.size(), 5U);  // there has been time for a purge
  EXPECT_TRUE(purges.all<CheckpointStored>().empty());
  thread_->end_reading(LinkId{1});
  thread_->end_reading(LinkId{2});
  EXPECT_EQ(purges.await<CheckpointStored>().zxid, zxid_of(4));
  EXPECT_FALSE(*disk_.exists("/d/log.1"));
}

TEST_F(CheckpointReaders, TheCheckpointStaysOpenAsLongAsOneReadsIt) {
  options_.close_after = std::chrono::milliseconds(1);
  start();
  submit(1);
  await_stored(1);
  thread_->read(ReadSnapshot{LinkId{1}, 1});
  const SnapshotPart first = reports_.await<SnapshotPart>();
  EXPECT_EQ(first->entries.size(), 1U);
  submit(2);
  await_stored(2);
  thread_->read(ReadSnapshot{LinkId{1}, 1});
  const SnapshotPart second = reports_.await<SnapshotPart>([&](const SnapshotPart& it) { return it != first; });
  EXPECT_FALSE(second->fault);
  EXPECT_EQ(second->meta.zxid, zxid_of(1));
  EXPECT_TRUE(second->done);
  EXPECT_FALSE(store_.open("/d/checkpoint.1", false)) << "it is locked";
  thread_->end_reading(LinkId{1});
  while (!store_.open("/d/checkpoint.1", false)) std::this_thread::yield();
}

TEST_F(CheckpointReaders, ADamagedLogIsToldAndNotFatal) {
  write_log();
  disk_.overwrite("/d/log.4", wire::log_header_bytes, "damage");
  start();
  EXPECT_EQ(read_log(1, 5, 1)->fault->kind, FileFault::Kind::damaged);
  EXPECT_FALSE(reports_.is_fatal());
}

}  // namespace
}  // namespace zabra::storage
