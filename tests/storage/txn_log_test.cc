#include "storage/txn_log.h"

#include <gtest/gtest.h>

#include "tests/storage/entries.h"
#include "tests/support/collected_log.h"
#include "tests/support/sim_files.h"

namespace zabra::storage {
namespace {

using Names = std::vector<std::string>;
using Zxids = std::vector<std::int64_t>;

class TxnLogTest : public testing::Test {
 protected:
  TxnLogTest() { EXPECT_TRUE(make_directories(disk_, "/d")); }

  void open(std::int64_t last = 0) {
    log_.reset();
    auto opened = TxnLog::open(disk_, said_, "/d", zxid_of(last), options_);
    ASSERT_TRUE(opened) << to_string(opened.fault());
    log_ = std::move(*opened);
  }
  FileOutcome write(std::int64_t first, std::int64_t last, std::size_t bytes = 10) {
    return log_->write(records_of(first, last, bytes), zxid_of(first), zxid_of(last));
  }
  void write_and_sync(std::int64_t first, std::int64_t last, std::size_t bytes = 10) {
    ASSERT_TRUE(write(first, last, bytes));
    ASSERT_TRUE(log_->sync());
    ASSERT_TRUE(log_->make_room());
  }
  Names names() { return *disk_.list("/d"); }
  Zxids zxids(const std::string& name) { return zxids_in(disk_, "/d/" + name); }
  std::uint64_t size(const std::string& name) { return *disk_.size("/d/" + name); }
  // Every step from now on, as "op file".
  void watch() {
    disk_.fail_when([this](const std::string& op, const std::string& path) {
      steps_.push_back(op + " " + path.substr(path.rfind('/') + 1));
      return std::optional<FileFault::Kind>();
    });
  }
  void fail(const std::string& failing_op, FileFault::Kind kind) {
    disk_.fail_when([=](const std::string& op, const std::string&) {
      return op == failing_op ? std::optional(kind) : std::nullopt;
    });
  }

  test::SimFiles disk_;
  test::CollectedLog said_;
  TxnLogOptions options_{.extent_bytes = 64 << 10,
                         .roll_bytes = 32 << 10,
                         .room_low = 16 << 10,
                         .reserve_bytes = 4 << 10,
                         .batch_bytes_max = 8 << 10};
  std::unique_ptr<TxnLog> log_;
  Names steps_;
};

TEST_F(TxnLogTest, HasItsSpaceBeforeThereIsARecord) {
  open();
  EXPECT_EQ(names(), (Names{"reserve", "spare"}));
  EXPECT_EQ(size("spare"), options_.extent_bytes);
  EXPECT_EQ(log_->room().ordinary, options_.extent_bytes - wire::log_header_bytes - options_.reserve_bytes);
  EXPECT_EQ(log_->room().reserve, options_.reserve_bytes);
  EXPECT_FALSE(log_->room().full);
}

TEST_F(TxnLogTest, TheFileIsNamedForItsFirstRecord) {
  open(0x41);
  write_and_sync(0x42, 0x44);
  EXPECT_EQ(names(), (Names{"log.42", "reserve"}));
  EXPECT_EQ(zxids("log.42"), (Zxids{0x42, 0x43, 0x44}));
  EXPECT_EQ(log_->last(), zxid_of(0x44));
}

TEST_F(TxnLogTest, TheNameIsDurableBeforeTheFirstRecordIsWritten) {
  open();
  watch();
  ASSERT_TRUE(write(1, 1));
  ASSERT_TRUE(log_->sync());
  EXPECT_EQ(steps_, (Names{"rename spare", "fsync d", "write spare", "fdatasync spare"}));
}

TEST_F(TxnLogTest, ASyncWithNothingToSyncDoesNothing) {
  open();
  write_and_sync(1, 1);
  watch();
  ASSERT_TRUE(log_->sync());
  EXPECT_EQ(steps_, Names{});
}

TEST_F(TxnLogTest, NeverMoreThanABatchIsUnsynced) {
  open();
  ASSERT_TRUE(write(1, 1, 5000));
  watch();
  ASSERT_TRUE(write(2, 2, 5000));
  EXPECT_EQ(steps_, (Names{"fdatasync spare", "write spare"}));
}

TEST_F(TxnLogTest, AFullFileIsCutAndTheNextPreparedBeforeIt) {
  open();
  write_and_sync(1, 10, 3000);
  EXPECT_EQ(names(), (Names{"log.1", "reserve"}));
  write_and_sync(11, 11, 3000);
  EXPECT_EQ(names(), (Names{"log.1", "reserve", "spare"}));
  EXPECT_EQ(size("log.1"), wire::log_header_bytes + records_of(1, 11, 3000).size());
  write_and_sync(12, 12);
  EXPECT_EQ(names(), (Names{"log.1", "log.c", "reserve"}));
  EXPECT_EQ(zxids("log.c"), Zxids{12});
}

TEST_F(TxnLogTest, AFileIsNotClosedUntilTheNextHasItsSpace) {
  open();
  write_and_sync(1, 10, 3000);
  disk_.fill();
  write_and_sync(11, 11, 3000);
  EXPECT_TRUE(log_->room().full);
  EXPECT_EQ(size("log.1"), options_.extent_bytes) << "it gave its space away and has none to go on";
  write_and_sync(12, 12);
  EXPECT_EQ(zxids("log.1").back(), 12);
}

TEST_F(TxnLogTest, GrowsByAnExtentWhenLittleIsLeft) {
  options_.roll_bytes = 10 << 20;
  open();
  for (int i = 1; i <= 5; ++i) write_and_sync(i, i, 10000);
  EXPECT_EQ(size("log.1"), 2 * options_.extent_bytes);
  EXPECT_GE(log_->room().ordinary, options_.room_low);
}

TEST_F(TxnLogTest, RoomShrinksByWhatIsWrittenAndNothingElse) {
  open();
  const std::uint64_t before = log_->room().ordinary;
  ASSERT_TRUE(write(1, 1, 100));
  EXPECT_EQ(log_->room().ordinary, before - records_of(1, 1, 100).size());
}

TEST_F(TxnLogTest, WithoutSpaceItSaysSoOnceAndWritesWhatThereIsRoomFor) {
  options_.roll_bytes = 10 << 20;
  open();
  write_and_sync(1, 1);
  disk_.fill();
  int zxid = 2;
  while (log_->room().ordinary > 4000) {
    ASSERT_NO_FATAL_FAILURE(write_and_sync(zxid, zxid, 3000));
    ++zxid;
  }
  EXPECT_TRUE(log_->room().full);
  EXPECT_EQ(said_.count("no space for the next extent"), 1U);
  write_and_sync(zxid, zxid, 3000);  // the reserve
  EXPECT_EQ(
      log_->room().ordinary + log_->room().reserve,
      options_.extent_bytes - wire::log_header_bytes - records_of(1, 1).size() - records_of(2, zxid, 3000).size());
}

TEST_F(TxnLogTest, FindsSpaceAgainWhenThereIsSome) {
  options_.roll_bytes = 10 << 20;
  open();
  disk_.fill();
  for (int i = 1; i <= 17; ++i) write_and_sync(i, i, 3000);
  ASSERT_TRUE(log_->room().full);
  EXPECT_FALSE(*log_->make_room());
  disk_.set_capacity(std::nullopt);
  EXPECT_TRUE(*log_->make_room());
  EXPECT_FALSE(log_->room().full);
  EXPECT_GE(log_->room().ordinary, options_.room_low);
  EXPECT_EQ(said_.count("space for the log again"), 1U);
}

TEST_F(TxnLogTest, AStartOnAFullDiskUsesTheReserve) {
  open();
  write_and_sync(1, 1);
  ASSERT_TRUE(log_->close());
  ASSERT_TRUE(disk_.sync_directory("/d"));  // the spare's space is free only then
  disk_.fill();
  open(1);
  EXPECT_TRUE(log_->room().full);
  EXPECT_EQ(log_->room().ordinary, 0U);
  EXPECT_EQ(log_->room().reserve, options_.reserve_bytes);
  write_and_sync(2, 2, 1000);
  EXPECT_EQ(zxids("log.2"), Zxids{2});
  EXPECT_EQ(log_->room().reserve, options_.reserve_bytes - records_of(2, 2, 1000).size());
  EXPECT_TRUE(log_->room().full);
  disk_.set_capacity(std::nullopt);
  EXPECT_TRUE(*log_->make_room());
  EXPECT_EQ(size("reserve"), wire::log_header_bytes + options_.reserve_bytes) << "it was used, and is made again";
  EXPECT_GE(log_->room().ordinary, options_.room_low);
}

TEST_F(TxnLogTest, AReserveThatWasNotNeededIsLeftAlone) {
  open();
  ASSERT_TRUE(log_->close());
  disk_.fill();
  open();
  EXPECT_EQ(log_->room().reserve, options_.reserve_bytes);
  disk_.set_capacity(std::nullopt);
  EXPECT_TRUE(*log_->make_room());
  EXPECT_EQ(names(), (Names{"reserve", "spare"}));
}

TEST_F(TxnLogTest, WritingMoreThanThereIsRoomForIsAFault) {
  open();
  disk_.fill();
  const FileOutcome written = write(1, 1, 100'000);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.fault().kind, FileFault::Kind::no_space);
}

TEST_F(TxnLogTest, AnEntryLongerThanTheRoomIsTakenWhenThereIsSpace) {
  open();
  write_and_sync(1, 1, 200'000);
  EXPECT_EQ(zxids("log.1"), Zxids{1});
}

TEST_F(TxnLogTest, CloseLeavesNoSpareSpaceButTheReserve) {
  open();
  write_and_sync(1, 3);
  ASSERT_TRUE(log_->close());
  EXPECT_EQ(names(), (Names{"log.1", "reserve"}));
  EXPECT_EQ(size("log.1"), wire::log_header_bytes + records_of(1, 3).size());
  open(3);
  ASSERT_TRUE(log_->close());
  EXPECT_EQ(names(), (Names{"log.1", "reserve"}));
}

TEST_F(TxnLogTest, CloseSyncsWhatWasWritten) {
  open();
  ASSERT_TRUE(write(1, 1));
  ASSERT_TRUE(log_->close());
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    disk_.restart_after_power_loss(seed);
    EXPECT_EQ(zxids("log.1"), Zxids{1});
  }
}

TEST_F(TxnLogTest, ASpareOfAnEarlierRunIsTakenOver) {
  open();
  log_.reset();
  watch();
  open();
  EXPECT_EQ(std::count(steps_.begin(), steps_.end(), "fallocate spare"), 0);
  write_and_sync(1, 1);
  EXPECT_EQ(zxids("log.1"), Zxids{1});
}

TEST_F(TxnLogTest, AFailingSyncIsToldAndNotTriedAgain) {
  open();
  ASSERT_TRUE(write(1, 1));
  fail("fdatasync", FileFault::Kind::io);
  const FileOutcome synced = log_->sync();
  ASSERT_FALSE(synced);
  EXPECT_EQ(synced.fault().kind, FileFault::Kind::io);
  EXPECT_EQ(synced.fault().path, "/d/log.1");  // not "/d/spare", under which it was opened
}

TEST_F(TxnLogTest, AnIoErrorWhileMakingRoomIsNotTakenForAFullDisk) {
  fail("fallocate", FileFault::Kind::io);
  const auto opened = TxnLog::open(disk_, said_, "/d", zxid_zero, options_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.fault().kind, FileFault::Kind::io);
}

using TxnLogDeathTest = TxnLogTest;
TEST_F(TxnLogDeathTest, ARecordThatIsNotAboveTheLastIsABrokenPromise) {
  open(5);
  EXPECT_DEATH((void)write(5, 6), "first > last_");
}

}  // namespace
}  // namespace zabra::storage
