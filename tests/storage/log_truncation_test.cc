#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/txn_log.h"
#include "tests/storage/entries.h"
#include "tests/support/collected_log.h"
#include "tests/support/sim_files.h"

namespace zabra::storage {
namespace {

using testing::ElementsAre;

// log.1: 1 2 3, log.4: 4 5 6, log.7: 7 8 9, being written.
class LogTruncation : public testing::Test {
 protected:
  LogTruncation() {
    EXPECT_TRUE(make_directories(disk_, "/d"));
    open(zxid_zero);
    for (std::int64_t zxid = 1; zxid <= 9; zxid += 3) write(zxid, zxid + 2);
  }
  void open(Zxid last) {
    log_.reset();
    auto opened = TxnLog::open(disk_, said_, "/d", last, options_);
    ASSERT_TRUE(opened);
    log_ = std::move(*opened);
  }
  void write(std::int64_t first, std::int64_t last) {
    ASSERT_TRUE(log_->write(records_of(first, last, 1000), zxid_of(first), zxid_of(last)));
    ASSERT_TRUE(log_->sync());
    ASSERT_TRUE(log_->make_room());
  }
  bool truncate(std::int64_t last, std::int64_t floor = 0) {
    const FileResult<bool> done = log_->truncate(zxid_of(last), zxid_of(floor));
    EXPECT_TRUE(done) << to_string(done.fault());
    EXPECT_TRUE(log_->make_room());
    return *done;
  }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    const auto logs = list_log_files(disk_, "/d");
    for (const LogFile& log : *logs) names.push_back(log.name);
    return names;
  }

  test::SimFiles disk_;
  test::CollectedLog said_;
  TxnLogOptions options_{.extent_bytes = 64 << 10,
                         .roll_bytes = 3000,
                         .room_low = 16 << 10,
                         .reserve_bytes = 4 << 10,
                         .batch_bytes_max = 1500};
  std::unique_ptr<TxnLog> log_;
};

TEST_F(LogTruncation, ToTheMiddleOfAnOlderFileRemovesTheNewerOnesAndCutsIt) {
  ASSERT_THAT(names(), ElementsAre("log.1", "log.4", "log.7"));
  EXPECT_TRUE(truncate(5));
  EXPECT_EQ(log_->last(), zxid_of(5));
  disk_.restart_after_power_loss(1);
  EXPECT_THAT(names(), ElementsAre("log.1", "log.4"));
  EXPECT_THAT(zxids_in(disk_, "/d/log.4"), ElementsAre(4, 5));
  EXPECT_EQ(*disk_.size("/d/log.4"), wire::log_header_bytes + records_of(4, 5, 1000).size());
}

TEST_F(LogTruncation, WhatFollowsGoesToANewFile) {
  write(10, 11);
  EXPECT_TRUE(truncate(10));
  write(11, 12);
  EXPECT_THAT(names(), ElementsAre("log.1", "log.4", "log.7", "log.a", "log.b"));
  EXPECT_THAT(zxids_in(disk_, "/d/log.a"), ElementsAre(10));
  EXPECT_THAT(zxids_in(disk_, "/d/log.b"), ElementsAre(11, 12));
}

TEST_F(LogTruncation, ToTheEndOfAFileLeavesItAsItIs) {
  EXPECT_TRUE(truncate(6));
  EXPECT_THAT(names(), ElementsAre("log.1", "log.4"));
  EXPECT_THAT(zxids_in(disk_, "/d/log.4"), ElementsAre(4, 5, 6));
}

TEST_F(LogTruncation, ToWhatTheCheckpointStandsAtBelowAllOfTheLogEmptiesIt) {
  EXPECT_TRUE(truncate(0));
  EXPECT_THAT(names(), ElementsAre());
  write(1, 2);
  EXPECT_THAT(zxids_in(disk_, "/d/log.1"), ElementsAre(1, 2));
}

TEST_F(LogTruncation, ToItsEndChangesNothing) {
  const std::uint64_t steps = disk_.steps();
  EXPECT_TRUE(*log_->truncate(zxid_of(9), zxid_zero));
  EXPECT_EQ(disk_.steps(), steps);
}

TEST_F(LogTruncation, ToAZxidThatIsNotInItOrBelowTheCheckpointIsRefusedAndChangesNothing) {
  open(zxid_of(9));
  const std::int64_t next_epoch = Zxid{1, 1}.to_wire();
  write(next_epoch, next_epoch + 1);
  const std::uint64_t steps = disk_.steps();
  EXPECT_FALSE(*log_->truncate(zxid_of(10), zxid_zero)) << "never rounded";
  EXPECT_FALSE(*log_->truncate(zxid_of(0x7fffffff), zxid_zero));
  EXPECT_FALSE(*log_->truncate(zxid_of(next_epoch + 2), zxid_zero)) << "behind its end";
  EXPECT_FALSE(*log_->truncate(zxid_of(5), zxid_of(6))) << "below the checkpoint";
  EXPECT_EQ(disk_.steps(), steps);
  EXPECT_TRUE(truncate(9));
}

TEST_F(LogTruncation, BelowTheFirstFileIsRefusedWhereTheCheckpointDoesNotStandThere) {
  ASSERT_TRUE(disk_.remove("/d/log.1"));
  EXPECT_FALSE(truncate(2));
  EXPECT_TRUE(truncate(3, 3));
  EXPECT_THAT(names(), ElementsAre());
}

TEST_F(LogTruncation, OfADamagedFileIsAFaultWithItsPlace) {
  disk_.overwrite("/d/log.4", wire::log_header_bytes + 20, "damage");
  const FileResult<bool> done = log_->truncate(zxid_of(5), zxid_zero);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.fault().kind, FileFault::Kind::damaged);
  EXPECT_EQ(done.fault().path, "/d/log.4");
  EXPECT_THAT(done.fault().detail, testing::HasSubstr("offset 16"));
}

// A crash may leave the old size and the new, emptied page: no start must find more than a batch behind that.
TEST_F(LogTruncation, CutsNoMoreThanABatchAtOnce) {
  std::vector<std::uint64_t> sizes;
  disk_.fail_when([&](const std::string& op, const std::string& path) {
    if (op == "fdatasync" && path == "/d/log.4") sizes.push_back(*disk_.size(path));
    return std::optional<FileFault::Kind>();
  });
  const std::uint64_t before = *disk_.size("/d/log.4");
  EXPECT_TRUE(truncate(4));
  ASSERT_EQ(sizes.size(), 2U);
  EXPECT_EQ(before - sizes[0], options_.batch_bytes_max);
  EXPECT_EQ(sizes[1], wire::log_header_bytes + records_of(4, 4, 1000).size());
}

}  // namespace
}  // namespace zabra::storage
