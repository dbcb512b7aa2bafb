// The power goes at every write, fsync and rename, unsynced pages and names are lost in any combination, and every
// promise is checked afterwards; then life goes on, and the power goes again. The same on a disk that is full, or
// fails.
#include <gtest/gtest.h>

#include "tests/crash/campaign.h"
#include "tests/support/seed.h"

namespace zabra::test {
namespace {

void print(const Figures& figures) {
  std::printf("crash points: %llu, stories: %llu, ended by an I/O error: %llu, starts without space: %llu\n",
              static_cast<unsigned long long>(figures.points), static_cast<unsigned long long>(figures.stories),
              static_cast<unsigned long long>(figures.io_errors), static_cast<unsigned long long>(figures.full_starts));
  std::printf("truncations: %llu, histories adopted: %llu, of them found by the next start: %llu\n",
              static_cast<unsigned long long>(figures.reached.truncations),
              static_cast<unsigned long long>(figures.reached.adoptions),
              static_cast<unsigned long long>(figures.reached.adoptions_found_at_start));
}

Figures cut_workloads(Keeper keeper, std::uint64_t workloads, std::uint64_t losses) {
  const Seed seed(1);
  const StorageSetting setting = StorageSetting::small(keeper);
  Figures figures;
  for (std::uint64_t i = 0; i < workloads && !figures.broken; ++i) {
    cut_everywhere(setting, seed.value() + i, losses, figures);
  }
  print(figures);
  EXPECT_FALSE(figures.broken) << *figures.broken;
  EXPECT_GT(figures.reached.truncations, 0U);
  EXPECT_GT(figures.reached.adoptions_found_at_start, 0U) << "no power was cut within an adoption";
  return figures;
}

TEST(Crash, NothingAcknowledgedIsLostWithACheckpointInOneFile) {
  EXPECT_GT(cut_workloads(Keeper::memory, 3, 2).points, 300U) << "the workloads do next to nothing";
}

TEST(Crash, NothingAcknowledgedIsLostWithLevelDb) {
  EXPECT_GT(cut_workloads(Keeper::leveldb, 2, 2).points, 300U) << "the workloads do next to nothing";
}

void run_on_full_disks(Keeper keeper) {
  const Seed seed(1);
  const StorageSetting setting = StorageSetting::small(keeper);
  Figures figures;
  for (std::uint64_t i = 0; i < 150 && !figures.broken; ++i) fill_the_disk(setting, seed.value() + i, figures);
  print(figures);
  EXPECT_FALSE(figures.broken) << *figures.broken;
  EXPECT_GT(figures.full_starts, 50U);
}

TEST(Crash, ADiskThatIsFullNowAndThenLosesNothing) { run_on_full_disks(Keeper::memory); }
TEST(Crash, ADiskThatIsFullNowAndThenLosesNothingWithLevelDb) { run_on_full_disks(Keeper::leveldb); }

void run_on_failing_disks(Keeper keeper) {
  const Seed seed(1);
  Figures figures;
  fail_everywhere(StorageSetting::small(keeper), seed.value(), 3, figures);
  print(figures);
  EXPECT_FALSE(figures.broken) << *figures.broken;
  EXPECT_GT(figures.points, 50U);
}

TEST(Crash, EveryIoErrorEndsTheProcessAndLosesNothing) { run_on_failing_disks(Keeper::memory); }
TEST(Crash, EveryIoErrorEndsTheProcessAndLosesNothingWithLevelDb) { run_on_failing_disks(Keeper::leveldb); }

}  // namespace
}  // namespace zabra::test
