#include "storage/purge.h"

#include <gtest/gtest.h>

#include "tests/support/collected_log.h"
#include "tests/support/sim_files.h"
#include "wire/log_format.h"

namespace zabra::storage {
namespace {

using Names = std::vector<std::string>;

Zxid at(std::int64_t zxid) { return Zxid::from_wire(zxid); }

// Files that begin at these zxids, each of 100 bytes.
std::vector<LogFile> logs(const std::vector<std::int64_t>& firsts) {
  std::vector<LogFile> files;
  for (const std::int64_t first : firsts) files.push_back({at(first), wire::log_file_name(at(first)), 100});
  return files;
}

constexpr PurgeRule nothing_kept{.retain_count = 0, .entries_retained_min = 0};

TEST(PlanPurge, KeepsTheFileThatHoldsTheCheckpointsZxidAndAllBehindIt) {
  const auto files = logs({1, 10, 20, 30});
  EXPECT_EQ(plan_purge(files, nothing_kept, {at(9), 0, {}}), 0U);
  EXPECT_EQ(plan_purge(files, nothing_kept, {at(10), 0, {}}), 1U);
  EXPECT_EQ(plan_purge(files, nothing_kept, {at(19), 0, {}}), 1U);
  EXPECT_EQ(plan_purge(files, nothing_kept, {at(29), 0, {}}), 2U);
  EXPECT_EQ(plan_purge(files, nothing_kept, {at(99), 0, {}}), 3U) << "the last file is never purged";
}

TEST(PlanPurge, WithoutACheckpointNothingGoes) {
  EXPECT_EQ(plan_purge(logs({1, 10}), nothing_kept, {zxid_zero, 0, {}}), 0U);
  EXPECT_EQ(plan_purge(logs({}), nothing_kept, {at(99), 0, {}}), 0U);
}

TEST(PlanPurge, WhatSomebodyReadsStays) {
  EXPECT_EQ(plan_purge(logs({1, 10, 20, 30}), nothing_kept, {at(99), 0, at(15)}), 1U);
}

TEST(PlanPurge, RetainCountKeepsFurtherFiles) {
  const auto files = logs({1, 10, 20, 30});
  EXPECT_EQ(plan_purge(files, {.retain_count = 2, .entries_retained_min = 0}, {at(99), 0, {}}), 1U);
  EXPECT_EQ(plan_purge(files, {.retain_count = 9, .entries_retained_min = 0}, {at(99), 0, {}}), 0U);
}

TEST(PlanPurge, WhatIsLeftHoldsEnoughEntriesNotCountingTheFileBeingWritten) {
  const auto files = logs({1, 10, 20, 30});
  EXPECT_EQ(plan_purge(files, {.retain_count = 0, .entries_retained_min = 10}, {at(99), 0, {}}), 2U);
  EXPECT_EQ(plan_purge(files, {.retain_count = 0, .entries_retained_min = 11}, {at(99), 0, {}}), 1U);
}

TEST(PlanPurge, OverAChangeOfEpochOneEntryIsAssumed) {
  const auto files = logs({1, 0x100000001, 0x100000021});
  EXPECT_EQ(plan_purge(files, {.retain_count = 0, .entries_retained_min = 32}, {at(0x1000000ff), 0, {}}), 1U);
  EXPECT_EQ(plan_purge(files, {.retain_count = 0, .entries_retained_min = 33}, {at(0x1000000ff), 0, {}}), 0U);
}

TEST(PlanPurge, WhatIsLeftHoldsAThirdOfTheCheckpointsBytes) {
  const auto files = logs({1, 10, 20, 30});
  EXPECT_EQ(plan_purge(files, nothing_kept, {at(99), 300, {}}), 2U);
  EXPECT_EQ(plan_purge(files, nothing_kept, {at(99), 303, {}}), 1U);
}

class PurgeTest : public testing::Test {
 protected:
  PurgeTest() {
    EXPECT_TRUE(disk_.make_directory("/d"));
    for (const char* name : {"log.1", "log.a", "log.14", "torn.9", "spare", "zabra.lock"}) {
      EXPECT_TRUE(disk_.open(join("/d", name), OpenMode::create));
    }
  }
  FileResult<std::size_t> purge() {
    return purge_logs(disk_, said_, "/d", nothing_kept, {at(99), 0, {}});
  }
  void fail_removal(FileFault::Kind kind) {
    disk_.fail_when([=](const std::string& op, const std::string&) {
      return op == "remove" ? std::optional(kind) : std::nullopt;
    });
  }
  test::SimFiles disk_;
  test::CollectedLog said_;
};

TEST_F(PurgeTest, FilesAreListedInOrderOfZxidNotOfName) {
  const auto listed = list_log_files(disk_, "/d");
  ASSERT_TRUE(listed);
  Names names;
  for (const LogFile& file : *listed) names.push_back(file.name);
  EXPECT_EQ(names, (Names{"log.1", "log.a", "log.14"}));
}

TEST_F(PurgeTest, RemovesWhatMayGoAndNothingElse) {
  EXPECT_EQ(*purge(), 2U);
  EXPECT_EQ(*disk_.list("/d"), (Names{"log.14", "spare", "torn.9", "zabra.lock"}));
  EXPECT_TRUE(said_.said("purged log file /d/log.1 "));
}

TEST_F(PurgeTest, EachRemovalIsDurableBeforeTheNext) {
  Names steps;
  disk_.fail_when([&](const std::string& op, const std::string&) {
    steps.push_back(op);
    return std::optional<FileFault::Kind>();
  });
  ASSERT_TRUE(purge());
  EXPECT_EQ(steps, (Names{"remove", "fsync", "remove", "fsync"}));
}

// Somebody's clean-up script, or a directory without permission: no reason to stop a server.
TEST_F(PurgeTest, AFileThatCantBeRemovedIsSaidAndLeft) {
  fail_removal(FileFault::Kind::other);
  EXPECT_EQ(*purge(), 0U);
  EXPECT_TRUE(said_.said("can't purge"));
  EXPECT_EQ(list_log_files(disk_, "/d")->size(), 3U);
}

TEST_F(PurgeTest, AFileThatIsGoneAlreadyIsPassedOver) {
  disk_.fail_when([](const std::string& op, const std::string& path) {
    return op == "remove" && path == "/d/log.1" ? std::optional(FileFault::Kind::missing) : std::nullopt;
  });
  EXPECT_EQ(*purge(), 2U);
  EXPECT_FALSE(*disk_.exists("/d/log.a"));
}

TEST_F(PurgeTest, AnIoErrorIsAFault) {
  fail_removal(FileFault::Kind::io);
  EXPECT_EQ(purge().fault().kind, FileFault::Kind::io);
}

TEST_F(PurgeTest, TheBytesOfADirectoryAreThoseOfItsFiles) {
  ASSERT_TRUE((*disk_.open("/d/x", OpenMode::create))->write(0, std::string(1000, 'x')));
  ASSERT_TRUE((*disk_.open("/d/y", OpenMode::create))->write(0, std::string(23, 'x')));
  EXPECT_EQ(*directory_bytes(disk_, "/d"), 1023U);
}

}  // namespace
}  // namespace zabra::storage
