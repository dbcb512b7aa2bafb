// What every implementation of Files must do: the real one and the simulator's disk.
#include <gtest/gtest.h>

#include "storage/files.h"
#include "storage/real_files.h"
#include "tests/support/sim_files.h"
#include "tests/support/temporary_directory.h"

namespace zabra::storage {
namespace {

struct Bench {
  virtual ~Bench() = default;
  virtual Files& files() = 0;
  virtual std::string root() = 0;
};
struct RealBench final : Bench {
  Files& files() override { return files_; }
  std::string root() override { return directory_.path(); }
  RealFiles files_;
  test::TemporaryDirectory directory_;
};
struct SimBench final : Bench {
  SimBench() { EXPECT_TRUE(files_.make_directory("/d")); }
  Files& files() override { return files_; }
  std::string root() override { return "/d"; }
  test::SimFiles files_;
};

class FilesConformance : public testing::TestWithParam<std::string> {
 protected:
  FilesConformance() {
    if (GetParam() == "real") bench_ = std::make_unique<RealBench>();
    else bench_ = std::make_unique<SimBench>();
  }
  Files& files() { return bench_->files(); }
  std::string path(const std::string& name) { return join(bench_->root(), name); }
  std::unique_ptr<File> open(const std::string& name, OpenMode mode) {
    auto file = files().open(path(name), mode);
    EXPECT_TRUE(file) << to_string(file.fault());
    return std::move(*file);
  }
  std::string content(const std::string& name) {
    auto bytes = read_small_file(files(), path(name), 1 << 20);
    return bytes ? *bytes : to_string(bytes.fault());
  }

 private:
  std::unique_ptr<Bench> bench_;
};
INSTANTIATE_TEST_SUITE_P(All, FilesConformance, testing::Values("real", "sim"),
                         [](const auto& it) { return it.param; });

TEST_P(FilesConformance, BytesAreReadWhereTheyWereWritten) {
  auto file = open("f", OpenMode::create);
  ASSERT_TRUE(file->write(0, "hello world"));
  ASSERT_TRUE(file->write(6, "there"));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(content("f"), "hello there");
  char some[4];
  const auto got = file->read(6, some, 4);
  ASSERT_TRUE(got);
  EXPECT_EQ(std::string(some, *got), "ther");
}

TEST_P(FilesConformance, ReadingBehindTheEndGivesFewerBytesOrNone) {
  auto file = open("f", OpenMode::create);
  ASSERT_TRUE(file->write(0, "abc"));
  char some[8];
  EXPECT_EQ(*file->read(1, some, 8), 2U);
  EXPECT_EQ(*file->read(3, some, 8), 0U);
  EXPECT_EQ(*file->read(99, some, 8), 0U);
}

TEST_P(FilesConformance, AHoleIsZero) {
  auto file = open("f", OpenMode::create);
  ASSERT_TRUE(file->write(3, "x"));
  EXPECT_EQ(content("f"), std::string("\0\0\0x", 4));
}

TEST_P(FilesConformance, ModesMakeKeepOrEmpty) {
  EXPECT_EQ(files().open(path("f"), OpenMode::read).fault().kind, FileFault::Kind::missing);
  EXPECT_EQ(files().open(path("f"), OpenMode::modify).fault().kind, FileFault::Kind::missing);
  ASSERT_TRUE(open("f", OpenMode::create)->write(0, "abc"));
  open("f", OpenMode::create);
  open("f", OpenMode::modify);
  EXPECT_EQ(content("f"), "abc");
  open("f", OpenMode::replace);
  EXPECT_EQ(content("f"), "");
}

TEST_P(FilesConformance, AllocationGrowsWithZerosAndKeepsWhatIsThere) {
  auto file = open("f", OpenMode::create);
  ASSERT_TRUE(file->write(0, "abc"));
  ASSERT_TRUE(file->allocate(10000));
  EXPECT_EQ(*file->size(), 10000U);
  EXPECT_EQ(content("f"), "abc" + std::string(9997, '\0'));
  ASSERT_TRUE(file->allocate(5));
  EXPECT_EQ(*file->size(), 10000U);
}

TEST_P(FilesConformance, TruncationCutsAndWhatGrowsBackIsZero) {
  auto file = open("f", OpenMode::create);
  ASSERT_TRUE(file->write(0, "abcdef"));
  ASSERT_TRUE(file->truncate(2));
  EXPECT_EQ(content("f"), "ab");
  ASSERT_TRUE(file->allocate(4));
  EXPECT_EQ(content("f"), std::string("ab\0\0", 4));
}

TEST_P(FilesConformance, RenameReplaces) {
  ASSERT_TRUE(open("a", OpenMode::create)->write(0, "new"));
  ASSERT_TRUE(open("b", OpenMode::create)->write(0, "old"));
  ASSERT_TRUE(files().rename(path("a"), path("b")));
  EXPECT_EQ(content("b"), "new");
  EXPECT_FALSE(*files().exists(path("a")));
  EXPECT_EQ(files().rename(path("a"), path("b")).fault().kind, FileFault::Kind::missing);
}

TEST_P(FilesConformance, AnOpenFileFollowsItsRename) {
  auto file = open("a", OpenMode::create);
  ASSERT_TRUE(files().rename(path("a"), path("b")));
  ASSERT_TRUE(file->write(0, "late"));
  EXPECT_EQ(content("b"), "late");
}

TEST_P(FilesConformance, ARemovedFileIsGoneButAnOpenOneIsReadable) {
  auto file = open("a", OpenMode::create);
  ASSERT_TRUE(file->write(0, "abc"));
  ASSERT_TRUE(files().remove(path("a")));
  EXPECT_FALSE(*files().exists(path("a")));
  EXPECT_EQ(*file->size(), 3U);
  EXPECT_EQ(files().remove(path("a")).fault().kind, FileFault::Kind::missing);
}

TEST_P(FilesConformance, DirectoriesAreMadeListedAndRemoved) {
  ASSERT_TRUE(make_directories(files(), path("x/y/z")));
  ASSERT_TRUE(make_directories(files(), path("x/y/z")));
  ASSERT_TRUE(files().make_directory(path("x/b")));
  open("x/c", OpenMode::create);
  EXPECT_EQ(*files().list(path("x")), (std::vector<std::string>{"b", "c", "y"}));
  EXPECT_FALSE(files().remove_directory(path("x/y")));
  ASSERT_TRUE(files().remove_directory(path("x/y/z")));
  ASSERT_TRUE(files().remove_directory(path("x/y")));
  EXPECT_EQ(*files().list(path("x")), (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(files().list(path("nowhere")).fault().kind, FileFault::Kind::missing);
  EXPECT_EQ(files().make_directory(path("nowhere/x")).fault().kind, FileFault::Kind::missing);
  EXPECT_TRUE(files().sync_directory(path("x")));
  EXPECT_EQ(files().sync_directory(path("nowhere")).fault().kind, FileFault::Kind::missing);
}

TEST_P(FilesConformance, ALockIsHeldByOneUntilItIsGivenBack) {
  auto held = files().lock(path("lock"));
  ASSERT_TRUE(held);
  const auto second = files().lock(path("lock"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.fault().kind, FileFault::Kind::held);
  held->reset();
  EXPECT_TRUE(files().lock(path("lock")));
}

TEST_P(FilesConformance, SizesAndFreeSpaceAreTold) {
  ASSERT_TRUE(open("f", OpenMode::create)->write(0, "abc"));
  EXPECT_EQ(*files().size(path("f")), 3U);
  EXPECT_EQ(files().size(path("g")).fault().kind, FileFault::Kind::missing);
  EXPECT_GT(*files().free_space(path("")), 0U);
}

TEST_P(FilesConformance, ReplaceFileLeavesTheNewContentAndNothingElse) {
  ASSERT_TRUE(replace_file(files(), path("f"), "one"));
  ASSERT_TRUE(replace_file(files(), path("f"), "two"));
  EXPECT_EQ(content("f"), "two");
  EXPECT_EQ(*files().list(path("")), (std::vector<std::string>{"f"}));
}

TEST_P(FilesConformance, ASmallFileThatIsLargeIsDamaged) {
  ASSERT_TRUE(replace_file(files(), path("f"), "12345"));
  EXPECT_TRUE(read_small_file(files(), path("f"), 5));
  EXPECT_EQ(read_small_file(files(), path("f"), 4).fault().kind, FileFault::Kind::damaged);
}

}  // namespace
}  // namespace zabra::storage
