#include "storage/recovery.h"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/purge.h"
#include "storage/real_files.h"
#include "tests/storage/recovery_bench.h"
#include "tests/support/temporary_directory.h"

namespace zabra::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = StartFault::Kind;

using RecoveryTest = RecoveryBench;

// ---- what is found --------------------------------------------------------------------------------------------------

TEST_F(RecoveryTest, AnEmptyDirectoryIsBegun) {
  const Start started = start();
  ASSERT_TRUE(started);
  EXPECT_TRUE(started->fresh);
  EXPECT_EQ(started->last, zxid_zero);
  EXPECT_EQ(started->checkpointed, zxid_zero);
  EXPECT_EQ(started->pointer, (CheckpointPointer{ServerId{1}, 1, zxid_of(1), zxid_zero}));
  EXPECT_TRUE(*disk_.exists(path("checkpoint.pointer")));
  EXPECT_TRUE(said_.said("new data directory"));
  const Start again = start();
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->fresh);
}

TEST_F(RecoveryTest, WithoutACheckpointTheWholeLogIsReplayed) {
  write_until(3);
  const Start started = start();
  ASSERT_TRUE(started);
  EXPECT_THAT(state_.txns, ElementsAre(1, 2, 3));
  EXPECT_EQ(started->last, zxid_of(3));
  EXPECT_EQ(started->replayed, 3U);
  EXPECT_EQ(started->replayed_bytes, records_of(1, 3, 100).size());
}

TEST_F(RecoveryTest, BehindACheckpointOnlyTheTailIsReplayed) {
  write_until(5);
  checkpoint_at(3);
  const Start started = start();
  ASSERT_TRUE(started);
  EXPECT_EQ(started->checkpointed, zxid_of(3));
  EXPECT_EQ(state_.entries.at("/"), "root at 0x3");
  EXPECT_THAT(state_.txns, ElementsAre(4, 5));
  EXPECT_EQ(started->last, zxid_of(5));
}

TEST_F(RecoveryTest, ReadingBeginsInTheFileThatHoldsTheCheckpointsZxid) {
  write_until(40, 3000);
  const auto logs = list_log_files(disk_, options_.directories.log);
  ASSERT_THAT(*logs, SizeIs(testing::Ge(3U)));
  damage((*logs)[0].name, 500);
  EXPECT_EQ(refusal().kind, Kind::damaged) << "without a checkpoint it must be read";
  disk_.overwrite(path((*logs)[0].name), 500, "x");
  checkpoint(meta_at(39, 3000));
  damage((*logs)[0].name, 500);
  EXPECT_TRUE(start());
  EXPECT_THAT(state_.txns, ElementsAre(40));
}

TEST_F(RecoveryTest, ANewEpochFollowsTheOldOne) {
  write_until(2);
  std::string log;
  wire::append_log_header(log);
  put("log.100000001", log + records_of(0x100000001, 0x100000002));
  const Start started = start();
  ASSERT_TRUE(started) << started.fault().reason;
  EXPECT_THAT(state_.txns, ElementsAre(1, 2, 0x100000001, 0x100000002));
}

// ---- the torn tail --------------------------------------------------------------------------------------------------

TEST_F(RecoveryTest, ATornTailIsSavedCutAndReported) {
  write_until(4);
  const std::uint64_t third = offset_of(3);
  std::string torn(offset_of(5) - third, '\0');
  disk_.overwrite(path("log.1"), third + 40, "\x55");
  ASSERT_TRUE((*disk_.open(path("log.1"), OpenMode::read))->read(third, torn.data(), torn.size()));
  const Start started = start();
  ASSERT_TRUE(started);
  EXPECT_EQ(started->last, zxid_of(2));
  EXPECT_THAT(state_.txns, ElementsAre(1, 2));
  EXPECT_EQ(*disk_.size(path("log.1")), third);
  EXPECT_EQ(*read_small_file(disk_, path("torn.3"), 9999), torn);
  EXPECT_TRUE(said_.said("torn tail of the log cut: file=/data/version-2/log.1 offset=" + std::to_string(third)));
  EXPECT_TRUE(said_.said("reason=\"record with a wrong checksum\" last=0x2 saved_as=/data/version-2/torn.3"));
}

TEST_F(RecoveryTest, AfterACutTheLogGoesOnAtTheNextZxidInANewFile) {
  write_until(4);
  damage("log.1", offset_of(3) + 40);
  write_until(6);
  EXPECT_TRUE(start());
  EXPECT_THAT(state_.txns, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(zxids_in(disk_, path("log.3")), ElementsAre(3, 4, 5, 6));
}

TEST_F(RecoveryTest, ATornTailThatThereIsNoSpaceToSaveStaysInTheLog) {
  write_until(3);
  damage("log.1", offset_of(3) + 40);
  {
    auto file = disk_.open(path("log.1"), OpenMode::modify);
    ASSERT_TRUE((*file)->truncate(offset_of(4)));  // no zeros behind it that would give space
    ASSERT_TRUE((*file)->sync());
  }
  ASSERT_TRUE(disk_.sync_directory("/data/version-2"));
  disk_.fill();
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::no_space);
  EXPECT_THAT(fault.reason, HasSubstr("/data/version-2/torn.3: No space left"));
  EXPECT_FALSE(*disk_.exists(path("torn.3")));
  disk_.set_capacity(std::nullopt);
  ASSERT_TRUE(start());
  EXPECT_THAT(state_.txns, ElementsAre(1, 2));
  EXPECT_EQ(*disk_.size(path("torn.3")), offset_of(4) - offset_of(3));
}

TEST_F(RecoveryTest, ASecondTornTailAtTheSameZxidGetsAnotherName) {
  for (int i = 0; i < 2; ++i) {
    write_until(3);
    damage(i == 0 ? "log.1" : "log.3", i == 0 ? offset_of(3) + 40 : wire::log_header_bytes + 40);
    ASSERT_TRUE(start());
  }
  EXPECT_TRUE(*disk_.exists(path("torn.3")));
  EXPECT_TRUE(*disk_.exists(path("torn.3.2")));
}

TEST_F(RecoveryTest, ZerosBehindTheLastRecordAreNoTornTail) {
  write_until(2);
  ASSERT_GT(*disk_.size(path("log.1")), offset_of(3));
  ASSERT_TRUE(start());
  EXPECT_EQ(*disk_.size(path("log.1")), offset_of(3)) << "only a file that is written holds spare space";
  EXPECT_FALSE(said_.said("torn"));
}

TEST_F(RecoveryTest, WhatWasFoundIsDurableBeforeItCounts) {
  write_until(2);
  const auto file = disk_.open(path("log.1"), OpenMode::modify);
  ASSERT_TRUE((*file)->write(offset_of(3), records_of(3, 3, 100)));  // a process that was killed before its fsync
  disk_.restart_after_kill();
  ASSERT_TRUE(start());
  ASSERT_THAT(state_.txns, ElementsAre(1, 2, 3));
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    disk_.restart_after_power_loss(seed);
    ASSERT_TRUE(start());
    ASSERT_THAT(state_.txns, ElementsAre(1, 2, 3)) << seed;
  }
}

// The process ended with it; what can still be read is not on disk, and the system takes it for written.
TEST_F(RecoveryTest, WhatAFailedFsyncHasLeftIsWrittenAnewBeforeItCounts) {
  write_until(2);
  const auto file = disk_.open(path("log.1"), OpenMode::modify);
  ASSERT_TRUE((*file)->write(offset_of(3), records_of(3, 3, 100)));
  disk_.fail_when([](const std::string& op, const std::string&) {
    return op == "fdatasync" ? std::optional(FileFault::Kind::io) : std::nullopt;
  });
  ASSERT_FALSE((*file)->sync());
  disk_.fail_when({});
  disk_.restart_after_kill();
  ASSERT_TRUE(start());
  ASSERT_THAT(state_.txns, ElementsAre(1, 2, 3));
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    disk_.restart_after_power_loss(seed);
    ASSERT_TRUE(start());
    ASSERT_THAT(state_.txns, ElementsAre(1, 2, 3)) << seed;
  }
}

TEST_F(RecoveryTest, AFileWithoutAHeaderIsMovedAside) {
  write_until(2);
  put("log.3", std::string(10, '\0') + "x");
  ASSERT_TRUE(start());
  EXPECT_FALSE(*disk_.exists(path("log.3")));
  EXPECT_TRUE(said_.said("moved_to=/data/version-2/torn.3"));
  disk_.restart_after_power_loss(1);
  EXPECT_EQ(*disk_.size(path("torn.3")), 11U);
}

// ---- damage ---------------------------------------------------------------------------------------------------------

TEST_F(RecoveryTest, DamageWithARecordMoreThanABatchBehindItIsRefusedAndNothingChanged) {
  write_until(60);
  damage("log.1", offset_of(10) + 40);
  const std::uint64_t size = *disk_.size(path("log.1"));
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::damaged);
  EXPECT_THAT(fault.reason,
              HasSubstr("/data/version-2/log.1: damaged at offset " + std::to_string(offset_of(10)) + ":"));
  EXPECT_THAT(fault.reason, HasSubstr("wrong checksum"));
  EXPECT_EQ(*disk_.size(path("log.1")), size);
}

TEST_F(RecoveryTest, DamageInAClosedFileIsRefused) {
  write_until(20, 3000);
  damage("log.1", offset_of(2, 3000) + 40);
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::damaged);
  EXPECT_THAT(fault.reason, HasSubstr("/log.1: damaged at offset " + std::to_string(offset_of(2, 3000))));
}

TEST_F(RecoveryTest, ARecordOfZerosInAClosedFileIsRefused) {
  write_until(20, 3000);
  disk_.overwrite(path("log.1"), offset_of(2, 3000), std::string(records_of(2, 2, 3000).size(), '\0'));
  EXPECT_THAT(refusal().reason, HasSubstr("an empty record with data behind it"));
}

TEST_F(RecoveryTest, AMissingFileInTheMiddleIsRefused) {
  write_until(40, 3000);
  const auto logs = list_log_files(disk_, options_.directories.log);
  ASSERT_TRUE(disk_.remove(path((*logs)[1].name)));
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::damaged);
  EXPECT_THAT(fault.reason, HasSubstr("/" + (*logs)[2].name + ": damaged at offset 16: record"));
  EXPECT_THAT(fault.reason, HasSubstr("does not follow"));
}

TEST_F(RecoveryTest, AFileUnderAnotherNameIsRefused) {
  write_until(2);
  ASSERT_TRUE(disk_.rename(path("log.1"), path("log.2")));
  EXPECT_THAT(refusal().reason, HasSubstr("the first record is 0x1, not what the name says"));
}

TEST_F(RecoveryTest, ALogThatEndsBelowTheCheckpointIsRefused) {
  write_until(5);
  checkpoint_at(5);
  damage("log.1", offset_of(5) + 40);
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::damaged);
  EXPECT_THAT(fault.reason, HasSubstr("the log ends at 0x4, below the checkpoint at 0x5"));
  EXPECT_FALSE(*disk_.exists(path("torn.5"))) << "nothing is cut when records are lost";
}

TEST_F(RecoveryTest, AnotherRecordThanTheCheckpointStandsAtIsRefused) {
  write_until(5);
  wire::CheckpointMeta meta = meta_at(4);
  meta.txn_checksum ^= 1;
  checkpoint(meta);
  EXPECT_THAT(refusal().reason, HasSubstr("record 0x4 is not the one that the checkpoint stands at"));
}

TEST_F(RecoveryTest, AMissingLogIsRefused) {
  options_.directories.log = "/log/version-2";
  write_until(5);
  checkpoint_at(4);
  ASSERT_TRUE(disk_.remove("/log/version-2/log.1"));
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::refused);
  EXPECT_THAT(fault.reason, HasSubstr("is the directory of the log not mounted?"));
}

TEST_F(RecoveryTest, ACheckpointOlderThanThePointerSaysIsRefused) {
  write_until(5);
  checkpoint_at(3);
  const std::string old = *read_small_file(disk_, path("checkpoint.1/entries"), 9999);
  checkpoint_at(5);
  put("checkpoint.1/entries", old);
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::damaged);
  EXPECT_THAT(fault.reason, HasSubstr("/data/version-2/checkpoint.1: damaged: stands at 0x3, but 0x5 was stored"));
}

TEST_F(RecoveryTest, AMissingCheckpointIsRefusedOnceOneWasStored) {
  write_until(5);
  checkpoint_at(5);
  ASSERT_TRUE(disk_.remove(path("checkpoint.1/entries")));
  EXPECT_EQ(refusal().kind, Kind::damaged);
}

TEST_F(RecoveryTest, ADamagedCheckpointIsRefused) {
  write_until(5);
  checkpoint_at(5);
  damage("checkpoint.1/entries", 30);
  EXPECT_EQ(refusal().kind, Kind::damaged);
}

TEST_F(RecoveryTest, AWrongDigestIsRefused) {
  write_until(5);
  wire::CheckpointMeta meta = meta_at(5);
  meta.tree_digest ^= 1;
  checkpoint(meta);
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::damaged);
  EXPECT_THAT(fault.reason, HasSubstr("the tree has another digest"));
}

TEST_F(RecoveryTest, MoreOrFewerEntriesThanWereStoredAreRefused) {
  write_until(5);
  wire::CheckpointMeta meta = meta_at(5);
  meta.node_count = 2;
  checkpoint(meta);
  EXPECT_THAT(refusal().reason, HasSubstr("holds 1 nodes and 0 sessions instead of 2 and 0"));
}

TEST_F(RecoveryTest, ADamagedPointerIsRefused) {
  write_until(2);
  damage("checkpoint.pointer", 30);
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::damaged);
  EXPECT_THAT(fault.reason, HasSubstr("/data/version-2/checkpoint.pointer"));
}

TEST_F(RecoveryTest, AnUnreadableDiskIsAnIoFault) {
  write_until(2);
  disk_.fail_when([](const std::string& op, const std::string&) {
    return op == "fdatasync" ? std::optional(FileFault::Kind::io) : std::nullopt;
  });
  EXPECT_EQ(refusal().kind, Kind::io);
}

// ---- not ours -------------------------------------------------------------------------------------------------------

TEST_F(RecoveryTest, ALogWithoutAPointerIsRefused) {
  std::string log;
  wire::append_log_header(log);
  put("log.1", log + records_of(1, 2));
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::refused);
  EXPECT_THAT(fault.reason, HasSubstr("/data/version-2: log.1 is there, but no checkpoint.pointer"));
  EXPECT_THAT(fault.reason, HasSubstr("Apache ZooKeeper"));
  EXPECT_FALSE(*disk_.exists(path("checkpoint.pointer")));
}

TEST_F(RecoveryTest, ASnapshotWithoutAPointerIsRefused) {
  put("snapshot.0", "ZKSN");
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::refused);
  EXPECT_THAT(fault.reason, HasSubstr("snapshot.0 is there, but no checkpoint.pointer"));
}

TEST_F(RecoveryTest, ACheckpointWithoutAPointerIsRefused) {
  put("checkpoint.3/CURRENT", "");
  EXPECT_THAT(refusal().reason, HasSubstr("checkpoint.3 is there, but no checkpoint.pointer"));
}

TEST_F(RecoveryTest, ASnapshotNewerThanTheCheckpointIsRefused) {
  write_until(5);
  checkpoint_at(4);
  put("snapshot.4", "ZKSN");
  EXPECT_TRUE(start());
  put("snapshot.5.gz", "");
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::refused);
  EXPECT_THAT(fault.reason, HasSubstr("there is a snapshot at 0x5, newer than our checkpoint at 0x4"));
}

TEST_F(RecoveryTest, TheDiskOfAnotherServerIsRefused) {
  write_until(2);
  options_.server = ServerId{2};
  const StartFault fault = refusal();
  EXPECT_EQ(fault.kind, Kind::other_server);
  EXPECT_THAT(fault.reason, HasSubstr("belongs to server 1, this is server 2"));
}

TEST_F(RecoveryTest, TheCheckpointOfAnotherServerIsRefused) {
  write_until(2);
  checkpoint_at(2);
  put("checkpoint.pointer", render({ServerId{2}, 1, zxid_of(1), zxid_of(2)}));
  options_.server = ServerId{2};
  EXPECT_EQ(refusal().kind, Kind::other_server);
}

// Before the first checkpoint an empty directory in the log's place would look like a log without a record.
TEST_F(RecoveryTest, ALogDirectoryWhoseDiskIsNotMountedIsRefused) {
  options_.directories.log = "/log/version-2";
  ASSERT_TRUE(make_directories(disk_, options_.directories.log));
  ASSERT_TRUE(start());
  ASSERT_TRUE(start());
  ASSERT_TRUE(disk_.remove("/log/version-2/zabra.owner"));
  EXPECT_EQ(refusal().kind, Kind::refused);
  EXPECT_THAT(refusal().reason, HasSubstr("/log/version-2/zabra.owner is missing"));
}

TEST_F(RecoveryTest, DirectoriesThatWereMixedUpAreRefused) {
  write_until(2);
  options_.directories.log = "/log/version-2";
  EXPECT_THAT(refusal().reason, HasSubstr("log.1 is in the data directory (dataDir)"));
}

// ---- one process ----------------------------------------------------------------------------------------------------

TEST(DataLock, IsHeldByOneProcessAtATime) {
  RealFiles files;
  const test::TemporaryDirectory directory;
  const auto where = DataDirectories::under(directory.path() + "/data", directory.path() + "/log");
  {
    const auto held = DataLock::take(files, where);
    ASSERT_TRUE(held);
    const auto second = DataLock::take(files, where);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.fault().kind, Kind::held);
    EXPECT_THAT(second.fault().reason, HasSubstr(where.data + ": in use by another server"));
    EXPECT_THAT(second.fault().reason, HasSubstr("held by process " + std::to_string(::getpid())));
    const auto same_log =
        DataLock::take(files, DataDirectories::under(directory.path() + "/other", directory.path() + "/log"));
    ASSERT_FALSE(same_log);
    EXPECT_THAT(same_log.fault().reason, HasSubstr(where.log));
  }
  EXPECT_TRUE(DataLock::take(files, where));
}

}  // namespace
}  // namespace zabra::storage
