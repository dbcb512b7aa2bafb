#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/log_feeds.h"
#include "storage/purge.h"
#include "storage/txn_log.h"
#include "tests/storage/entries.h"
#include "tests/support/collected_log.h"
#include "tests/support/sim_files.h"

namespace zabra::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// log.3: 3 4, log.5: 5 6, epoch 1 in log.100000001: 1 2 3, being written.
class LogFeedsTest : public testing::Test {
 protected:
  LogFeedsTest() {
    EXPECT_TRUE(make_directories(disk_, "/d"));
    auto opened = TxnLog::open(disk_, said_, "/d", zxid_of(2), options_);
    log_ = std::move(*opened);
    write(3, 4);
    write(5, 6);
    write(epoch + 1, epoch + 3);
  }
  void write(std::int64_t first, std::int64_t last) {
    ASSERT_TRUE(log_->write(records_of(first, last, 1000), zxid_of(first), zxid_of(last)));
    ASSERT_TRUE(log_->sync());
    ASSERT_TRUE(log_->make_room());
  }
  LogReadPart read(std::int64_t after, std::int64_t until, std::size_t bytes_max = 1 << 20, std::uint64_t reader = 1) {
    const auto part = feeds_.read({LinkId{reader}, zxid_of(after), zxid_of(until), bytes_max}, base_);
    EXPECT_TRUE(part);
    return *part;
  }
  static std::vector<std::int64_t> zxids(const LogRead& part) {
    std::vector<std::int64_t> zxids;
    for (const LogRead::Entry& entry : part.entries) {
      EXPECT_EQ(entry.bytes, entry_at(entry.zxid.to_wire(), 1000));
      zxids.push_back(entry.zxid.to_wire());
    }
    return zxids;
  }

  static constexpr std::int64_t epoch = 0x100000000;
  test::SimFiles disk_;
  test::CollectedLog said_;
  TxnLogOptions options_{
      .extent_bytes = 64 << 10, .roll_bytes = 2000, .room_low = 16 << 10, .reserve_bytes = 4 << 10};
  std::unique_ptr<TxnLog> log_;
  std::optional<Zxid> base_;
  LogFeeds feeds_{disk_, "/d", entry_bytes_max};
};

TEST_F(LogFeedsTest, WhatFollowsIsReadAcrossFilesAndEpochs) {
  const LogReadPart part = read(4, epoch + 2);
  EXPECT_FALSE(part->fault);
  EXPECT_EQ(part->reader, LinkId{1});
  EXPECT_EQ(part->found, zxid_of(4));
  EXPECT_THAT(zxids(*part), ElementsAre(5, 6, epoch + 1, epoch + 2));
  EXPECT_TRUE(part->done);
}

TEST_F(LogFeedsTest, TheLastThatIsNotAboveIsFoundWhereTheZxidItselfIsNotThere) {
  EXPECT_EQ(read(3, 5)->found, zxid_of(3));
  EXPECT_EQ(read(9, 9, 1, 2)->found, zxid_of(6));
  const LogReadPart part = read(epoch, epoch + 3, 1 << 20, 3);
  EXPECT_EQ(part->found, zxid_of(6));
  EXPECT_THAT(zxids(*part), ElementsAre(epoch + 1, epoch + 2, epoch + 3));
}

TEST_F(LogFeedsTest, EachPartIsAskedForAndGoesOnWhereTheLastEnded) {
  std::vector<std::vector<std::int64_t>> parts;
  for (bool done = false; !done;) {
    const LogReadPart part = read(3, epoch + 3, 1500);
    EXPECT_EQ(part->found, zxid_of(3));
    parts.push_back(zxids(*part));
    done = part->done;
  }
  EXPECT_THAT(parts, ElementsAre(ElementsAre(4, 5), ElementsAre(6, epoch + 1), ElementsAre(epoch + 2, epoch + 3)));
}

TEST_F(LogFeedsTest, WhatIsWrittenMeanwhileIsReadWhenItIsAskedFor) {
  EXPECT_THAT(zxids(*read(6, epoch + 3)), ElementsAre(epoch + 1, epoch + 2, epoch + 3));
  write(epoch + 4, epoch + 5);
  write(epoch + 6, epoch + 6);
  EXPECT_THAT(zxids(*read(6, epoch + 6)), ElementsAre(epoch + 4, epoch + 5, epoch + 6));
}

TEST_F(LogFeedsTest, BelowItsBeginningNothingIsFound) {
  const LogReadPart part = read(2, 5);
  ASSERT_TRUE(part->fault);
  EXPECT_THAT(to_string(*part->fault), HasSubstr("the log begins 0x3, behind 0x2"));
}

TEST_F(LogFeedsTest, ALogOfWhichNothingWasPurgedIsReadFromWhatItFollows) {
  base_ = zxid_of(2);
  const LogReadPart part = read(2, 5);
  EXPECT_EQ(part->found, zxid_of(2));
  EXPECT_THAT(zxids(*part), ElementsAre(3, 4, 5));
  EXPECT_TRUE(read(1, 5, 1, 2)->fault);
}

TEST_F(LogFeedsTest, AnEmptyLogIsReadToItsBase) {
  base_ = zxid_of(2);
  LogFeeds feeds(disk_, "/empty", entry_bytes_max);
  ASSERT_TRUE(disk_.make_directory("/empty"));
  EXPECT_TRUE((*feeds.read({LinkId{1}, zxid_of(2), zxid_of(2), 1}, base_))->done);
  EXPECT_TRUE((*feeds.read({LinkId{2}, zxid_of(2), zxid_of(3), 1}, base_))->fault);
}

TEST_F(LogFeedsTest, BeyondItsEndIsAFault) {
  const LogReadPart part = read(6, epoch + 4);
  ASSERT_TRUE(part->fault);
  EXPECT_TRUE(part->entries.empty());
  EXPECT_THAT(to_string(*part->fault), HasSubstr("the log ends at 0x100000003, below 0x100000004"));
}

TEST_F(LogFeedsTest, AHoleIsToldWithItsPlace) {
  write(epoch + 4, epoch + 4);
  ASSERT_TRUE(log_->close());
  auto again = TxnLog::open(disk_, said_, "/d", zxid_of(epoch + 4), options_);
  log_ = std::move(*again);
  write(epoch + 5, epoch + 5);
  ASSERT_TRUE(disk_.remove("/d/log.100000004"));
  const LogReadPart part = read(epoch + 1, epoch + 5);
  ASSERT_TRUE(part->fault);
  EXPECT_EQ(part->fault->path, "/d/log.100000005");
  EXPECT_THAT(part->fault->detail, HasSubstr("record 0x100000005 does not follow 0x100000003"));
}

TEST_F(LogFeedsTest, DamageIsToldWithItsPlace) {
  disk_.overwrite("/d/log.5", wire::log_header_bytes + records_of(5, 5, 1000).size() + 30, "damage");
  const LogReadPart part = read(3, 6);
  ASSERT_TRUE(part->fault);
  EXPECT_EQ(part->fault->kind, FileFault::Kind::damaged);
  EXPECT_EQ(part->fault->path, "/d/log.5");
  EXPECT_THAT(part->fault->detail, HasSubstr(std::to_string(wire::log_header_bytes + records_of(5, 5, 1000).size())));
}

TEST_F(LogFeedsTest, AFileWhoseNameIsWrongIsDamaged) {
  ASSERT_TRUE(disk_.rename("/d/log.5", "/d/log.4"));
  EXPECT_EQ(read(4, 6)->fault->kind, FileFault::Kind::damaged);
}

// ---- purge ----

TEST_F(LogFeedsTest, WhatAReaderIsAtStays) {
  EXPECT_EQ(feeds_.pinned(), std::nullopt);
  (void)read(3, epoch + 3, 1500);
  (void)read(5, epoch + 3, 1, 2);
  EXPECT_EQ(feeds_.pinned(), zxid_of(5));
  const PurgeRule rule{.retain_count = 0, .entries_retained_min = 0};
  EXPECT_EQ(*purge_logs(disk_, said_, "/d", rule, {zxid_of(epoch + 3), 0, feeds_.pinned()}), 1U);
  EXPECT_THAT(zxids(*read(3, epoch + 1, 1 << 20)), ElementsAre(6, epoch + 1));
  feeds_.end(LinkId{1});
  EXPECT_EQ(feeds_.pinned(), zxid_of(6));
  feeds_.end(LinkId{2});
  EXPECT_EQ(feeds_.pinned(), std::nullopt);
}

TEST_F(LogFeedsTest, AFaultEndsTheReading) {
  EXPECT_TRUE(read(6, epoch + 9)->fault);
  EXPECT_EQ(feeds_.pinned(), std::nullopt);
}

}  // namespace
}  // namespace zabra::storage
