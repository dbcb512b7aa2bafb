// The simulated disk itself: what it may lose, and what it must keep.
#include "tests/support/sim_files.h"

#include <gtest/gtest.h>

#include <set>

namespace zabra::test {
namespace {

using storage::FileFault;
using storage::OpenMode;
using storage::read_small_file;

std::string content(SimFiles& disk, const std::string& path) {
  auto bytes = read_small_file(disk, path, 1 << 20);
  return bytes ? *bytes : "<missing>";
}

// Every outcome that a loss of power may have, over many seeds.
std::set<std::string> outcomes(const std::function<void(SimFiles&)>& work, const std::string& path) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimFiles disk;
    work(disk);
    disk.restart_after_power_loss(seed);
    seen.insert(content(disk, path));
  }
  return seen;
}

void put(SimFiles& disk, const std::string& path, const std::string& bytes, bool sync) {
  auto file = disk.open(path, OpenMode::create);
  ASSERT_TRUE(file && (*file)->write(0, bytes));
  ASSERT_TRUE(!sync || (*file)->sync());
}

using Outcomes = std::set<std::string>;

TEST(SimFiles, KeepsWhatIsSyncedUnderASyncedName) {
  EXPECT_EQ(outcomes([](SimFiles& disk) {
              put(disk, "/f", "abc", true);
              ASSERT_TRUE(disk.sync_directory("/"));
            }, "/f"),
            Outcomes{"abc"});
}

TEST(SimFiles, MayLoseANameThatWasNotSynced) {
  EXPECT_EQ(outcomes([](SimFiles& disk) { put(disk, "/f", "abc", true); }, "/f"), (Outcomes{"abc", "<missing>"}));
}

TEST(SimFiles, MayLoseBytesThatWereNotSynced) {
  const auto work = [](SimFiles& disk) {
    put(disk, "/f", "abc", true);
    ASSERT_TRUE(disk.sync_directory("/"));
    put(disk, "/f", "xyz", false);
  };
  EXPECT_EQ(outcomes(work, "/f"), (Outcomes{"abc", "xyz"}));
}

TEST(SimFiles, MayKeepAnyOfSeveralUnsyncedStates) {
  const auto work = [](SimFiles& disk) {
    put(disk, "/f", "1", true);
    ASSERT_TRUE(disk.sync_directory("/"));
    put(disk, "/f", "2", false);
    put(disk, "/f", "3", false);
  };
  EXPECT_EQ(outcomes(work, "/f"), (Outcomes{"1", "2", "3"}));
}

TEST(SimFiles, MayKeepALaterPageAndLoseAnEarlierOne) {
  const auto work = [](SimFiles& disk) {
    put(disk, "/f", std::string(8192, 'a'), true);
    ASSERT_TRUE(disk.sync_directory("/"));
    put(disk, "/f", std::string(8192, 'b'), false);
  };
  const Outcomes seen = outcomes(work, "/f");
  EXPECT_TRUE(seen.contains(std::string(4096, 'a') + std::string(4096, 'b')));
  EXPECT_TRUE(seen.contains(std::string(4096, 'b') + std::string(4096, 'a')));
  EXPECT_GT(seen.size(), 4U) << "no page was ever torn";
}

TEST(SimFiles, ARenameHappensAsAWholeOrNotAtAll) {
  const auto work = [](SimFiles& disk) {
    put(disk, "/old", "old", true);
    put(disk, "/new", "new", true);
    ASSERT_TRUE(disk.sync_directory("/"));
    ASSERT_TRUE(disk.rename("/new", "/old"));
  };
  EXPECT_EQ(outcomes(work, "/old"), (Outcomes{"old", "new"}));
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimFiles disk;
    work(disk);
    disk.restart_after_power_loss(seed);
    EXPECT_NE(content(disk, "/old") == "new", *disk.exists("/new"));
  }
}

TEST(SimFiles, MayReviveARemovedName) {
  const auto work = [](SimFiles& disk) {
    put(disk, "/f", "abc", true);
    ASSERT_TRUE(disk.sync_directory("/"));
    ASSERT_TRUE(disk.remove("/f"));
  };
  EXPECT_EQ(outcomes(work, "/f"), (Outcomes{"abc", "<missing>"}));
}

TEST(SimFiles, AKilledProcessLosesNothingUntilThePowerGoes) {
  SimFiles disk;
  put(disk, "/f", "abc", false);
  disk.restart_after_kill();
  EXPECT_EQ(content(disk, "/f"), "abc");
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimFiles other;
    put(other, "/f", "abc", false);
    other.restart_after_kill();
    other.restart_after_power_loss(seed);
    seen.insert(content(other, "/f"));
  }
  EXPECT_TRUE(seen.contains("<missing>"));
}

TEST(SimFiles, TheCallThatIsCutNeverReportsAndNothingComesAfterIt) {
  SimFiles disk;
  put(disk, "/f", "abc", true);
  auto file = disk.open("/f", OpenMode::modify);
  disk.cut_power_at(2);
  EXPECT_TRUE((*file)->write(0, "x"));
  EXPECT_EQ((*file)->sync().fault().kind, FileFault::Kind::io);
  EXPECT_TRUE(disk.is_off());
  EXPECT_FALSE((*file)->write(0, "y"));
  EXPECT_FALSE(disk.list("/"));
  disk.restart_after_kill();
  EXPECT_FALSE((*file)->write(0, "z")) << "a file of a dead process was written";
  EXPECT_EQ(content(disk, "/f"), "xbc");
}

TEST(SimFiles, RunsOutOfSpaceAndGetsItBack) {
  SimFiles disk;
  disk.set_capacity(8192);
  auto file = disk.open("/f", OpenMode::create);
  ASSERT_TRUE((*file)->allocate(8192));
  EXPECT_TRUE((*file)->write(0, std::string(8192, 'x')));
  EXPECT_EQ((*file)->allocate(8193).fault().kind, FileFault::Kind::no_space);
  EXPECT_EQ((*file)->write(8192, "x").fault().kind, FileFault::Kind::no_space);
  ASSERT_TRUE((*file)->truncate(4096));
  EXPECT_EQ(*disk.free_space("/"), 4096U);
  auto other = disk.open("/g", OpenMode::create);
  EXPECT_TRUE((*other)->write(0, "x"));
}

TEST(SimFiles, EqualSeedsLeaveEqualDisks) {
  const auto run = [](std::uint64_t seed) {
    SimFiles disk;
    put(disk, "/f", std::string(40960, 'a'), true);
    EXPECT_TRUE(disk.sync_directory("/"));
    put(disk, "/f", std::string(40960, 'b'), false);
    disk.restart_after_power_loss(seed);
    return content(disk, "/f");
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

}  // namespace
}  // namespace zabra::test
