#include "storage/epochs.h"

#include <gtest/gtest.h>

#include "tests/support/sim_files.h"

namespace zabra::storage {
namespace {

class EpochsTest : public testing::Test {
 protected:
  EpochsTest() { EXPECT_TRUE(make_directories(disk_, "/d")); }
  void put(const std::string& name, const std::string& text) {
    ASSERT_TRUE(replace_file(disk_, join("/d", name), text));
  }
  test::SimFiles disk_;
};

TEST_F(EpochsTest, AMissingFileIsNothing) {
  EXPECT_EQ(*read_accepted_epoch(disk_, "/d"), std::nullopt);
  EXPECT_EQ(*read_current_epoch(disk_, "/d"), std::nullopt);
}

TEST_F(EpochsTest, EachIsKeptInItsOwnFileAsDecimalText) {
  ASSERT_TRUE(write_accepted_epoch(disk_, "/d", 12));
  ASSERT_TRUE(write_current_epoch(disk_, "/d", 11));
  EXPECT_EQ(*read_accepted_epoch(disk_, "/d"), 12);
  EXPECT_EQ(*read_current_epoch(disk_, "/d"), 11);
  EXPECT_EQ(*read_small_file(disk_, "/d/acceptedEpoch", 99), "12");
  EXPECT_EQ(*read_small_file(disk_, "/d/currentEpoch", 99), "11");
  EXPECT_EQ(*disk_.list("/d"), (std::vector<std::string>{"acceptedEpoch", "currentEpoch"}));
}

TEST_F(EpochsTest, ALineEndAsAnEditorLeavesItIsTaken) {
  put("currentEpoch", "7\n");
  EXPECT_EQ(*read_current_epoch(disk_, "/d"), 7);
  put("currentEpoch", "7\r\n");
  EXPECT_EQ(*read_current_epoch(disk_, "/d"), 7);
}

TEST_F(EpochsTest, AnythingElseIsDamaged) {
  for (const std::string text : {"", "\n", "x", "7x", " 7", "0x7", "-1", "4294967296", "99999999999999999999"}) {
    put("acceptedEpoch", text);
    const auto epoch = read_accepted_epoch(disk_, "/d");
    ASSERT_FALSE(epoch) << text;
    EXPECT_EQ(epoch.fault().kind, FileFault::Kind::damaged);
    EXPECT_EQ(epoch.fault().path, "/d/acceptedEpoch");
  }
}

TEST_F(EpochsTest, WhatWasWrittenSurvivesALossOfPower) {
  ASSERT_TRUE(write_current_epoch(disk_, "/d", 1));
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    ASSERT_TRUE(write_current_epoch(disk_, "/d", static_cast<std::int64_t>(seed)));
    disk_.restart_after_power_loss(seed);
    EXPECT_EQ(*read_current_epoch(disk_, "/d"), static_cast<std::int64_t>(seed));
  }
}

TEST_F(EpochsTest, AFileThatIsMissingCountsAsTheEpochOfTheLastTransaction) {
  EXPECT_EQ(*read_epochs(disk_, "/d", zxid_zero), (Epochs{0, 0}));
  EXPECT_EQ(*read_epochs(disk_, "/d", {3, 9}), (Epochs{3, 3}));
  put("currentEpoch", "5");
  EXPECT_EQ(*read_epochs(disk_, "/d", {3, 9}), (Epochs{5, 5}));
  put("acceptedEpoch", "6");
  EXPECT_EQ(*read_epochs(disk_, "/d", {3, 9}), (Epochs{6, 5}));
}

TEST_F(EpochsTest, ALogThatIsAheadOfTheCurrentEpochIsNoFault) {
  put("acceptedEpoch", "4");
  put("currentEpoch", "3");
  EXPECT_EQ(*read_epochs(disk_, "/d", {4, 1}), (Epochs{4, 3}));
  EXPECT_EQ(*read_epochs(disk_, "/d", {7, 1}), (Epochs{4, 3}));
}

TEST_F(EpochsTest, ACurrentEpochAboveTheAcceptedIsDamaged) {
  put("acceptedEpoch", "4");
  put("currentEpoch", "5");
  const auto epochs = read_epochs(disk_, "/d", {4, 1});
  ASSERT_FALSE(epochs);
  EXPECT_EQ(epochs.fault().kind, FileFault::Kind::damaged);
  EXPECT_EQ(epochs.fault().path, "/d/currentEpoch");
}

TEST_F(EpochsTest, StoredTogetherWritesOnlyWhatChanges) {
  ASSERT_TRUE(store_epochs(disk_, "/d", {2, 1}, std::nullopt));
  const std::uint64_t steps = disk_.steps();
  ASSERT_TRUE(store_epochs(disk_, "/d", {2, 1}, Epochs{2, 1}));
  EXPECT_EQ(disk_.steps(), steps);
  ASSERT_TRUE(store_epochs(disk_, "/d", {3, 1}, Epochs{2, 1}));
  ASSERT_TRUE(store_epochs(disk_, "/d", {3, 3}, Epochs{3, 1}));
  EXPECT_EQ(*read_epochs(disk_, "/d", zxid_zero), (Epochs{3, 3}));
}

TEST_F(EpochsTest, WhateverCrashComesTheCurrentIsNotAboveTheAccepted) {
  for (std::uint64_t cut_at = 1; cut_at <= 10; ++cut_at) {
    ASSERT_TRUE(store_epochs(disk_, "/d", {2, 1}, std::nullopt));
    disk_.cut_power_at(cut_at);
    (void)store_epochs(disk_, "/d", {3, 3}, std::nullopt);
    disk_.restart_after_power_loss(cut_at);
    const auto epochs = read_epochs(disk_, "/d", zxid_zero);
    ASSERT_TRUE(epochs) << cut_at;
    EXPECT_LE(epochs->current, epochs->accepted) << cut_at;
  }
}

TEST_F(EpochsTest, AFullDiskLeavesTheOldOne) {
  ASSERT_TRUE(write_current_epoch(disk_, "/d", 1));
  disk_.fill();
  const FileOutcome written = write_current_epoch(disk_, "/d", 2);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.fault().kind, FileFault::Kind::no_space);
  EXPECT_EQ(*read_current_epoch(disk_, "/d"), 1);
  EXPECT_EQ(*disk_.list("/d"), std::vector<std::string>{"currentEpoch"});
}

}  // namespace
}  // namespace zabra::storage
