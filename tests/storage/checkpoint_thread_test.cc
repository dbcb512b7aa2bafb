#include "storage/checkpoint_thread.h"

#include <gtest/gtest.h>

#include "storage/leveldb_checkpoint.h"
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

}  // namespace
}  // namespace zabra::storage
