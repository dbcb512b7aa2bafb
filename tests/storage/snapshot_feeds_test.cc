#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/memory_checkpoint.h"
#include "storage/snapshot_feeds.h"
#include "tests/support/collected_log.h"
#include "tests/support/sim_files.h"

namespace zabra::storage {
namespace {

using testing::ElementsAre;

class SnapshotFeedsTest : public testing::Test {
 protected:
  SnapshotFeedsTest() { EXPECT_TRUE(make_directories(disk_, "/d/checkpoint.1")); }
  void store(std::int64_t zxid, const std::string& path, std::int64_t session = 0) {
    wire::CheckpointBatch batch;
    batch.put(wire::node_key(path), std::string(100, 'x'));
    if (session != 0) batch.put(wire::session_key({session}), "timeout");
    batch.put(wire::acl_key(static_cast<std::uint32_t>(zxid)), "list");
    wire::CheckpointMeta meta;
    meta.zxid = Zxid::from_wire(zxid);
    const FileOutcome stored = writer_.store(batch, meta);
    ASSERT_TRUE(stored) << to_string(stored.fault());
  }
  SnapshotPart read(std::size_t bytes_max = 1 << 20, std::uint64_t reader = 1) {
    const auto part = feeds_.read({LinkId{reader}, bytes_max}, writer_);
    EXPECT_TRUE(part);
    return *part;
  }
  static std::vector<std::string> keys(const SnapshotRead& part) {
    std::vector<std::string> keys;
    for (const SnapshotRead::Entry& entry : part.entries) keys.emplace_back(entry.key);
    return keys;
  }

  test::SimFiles disk_;
  test::CollectedLog said_;
  MemoryStore store_{disk_};
  CheckpointWriter writer_{disk_, store_, said_, "/d", CheckpointPointer{}, nullptr};
  SnapshotFeeds feeds_;
};

TEST_F(SnapshotFeedsTest, SessionsThenListsThenZnodesParentsFirst) {
  store(1, "/a/b", 7);
  store(2, "/");
  store(3, "/a", 5);
  const SnapshotPart part = read();
  EXPECT_FALSE(part->fault);
  EXPECT_EQ(part->meta.zxid, Zxid::from_wire(3));
  EXPECT_EQ(part->acl_count, 3U);
  EXPECT_TRUE(part->done);
  EXPECT_THAT(keys(*part), ElementsAre(wire::session_key({5}), wire::session_key({7}), wire::acl_key(1),
                                       wire::acl_key(2), wire::acl_key(3), wire::node_key("/"), wire::node_key("/a"),
                                       wire::node_key("/a/b")));
  EXPECT_EQ(part->entries.back().value, std::string(100, 'x'));
}

TEST_F(SnapshotFeedsTest, PartsAreOfOneMomentWhateverIsStoredMeanwhile) {
  store(1, "/a");
  store(2, "/b");
  std::vector<std::string> all;
  for (int parts = 0;; ++parts) {
    ASSERT_LT(parts, 10);
    const SnapshotPart part = read(1);
    EXPECT_EQ(part->meta.zxid, Zxid::from_wire(2));
    for (const std::string& key : keys(*part)) all.push_back(key);
    if (part->done) break;
    store(10 + parts, "/c", 3);
  }
  EXPECT_THAT(all, ElementsAre(wire::acl_key(1), wire::acl_key(2), wire::node_key("/a"), wire::node_key("/b")));
  EXPECT_EQ(read(1, 2)->meta.zxid, writer_.stored());
}

TEST_F(SnapshotFeedsTest, TheLogBehindIsPinnedUntilTheEnd) {
  store(1, "/a");
  EXPECT_EQ(feeds_.pinned(), std::nullopt);
  (void)read(1);
  store(2, "/b");
  (void)read(1, 2);
  EXPECT_EQ(feeds_.pinned(), Zxid::from_wire(1));
  feeds_.end(LinkId{1});
  EXPECT_EQ(feeds_.pinned(), Zxid::from_wire(2));
  feeds_.end(LinkId{2});
  EXPECT_TRUE(feeds_.empty());
}

TEST_F(SnapshotFeedsTest, BeforeTheFirstCheckpointThereIsNone) {
  const SnapshotPart part = read();
  ASSERT_TRUE(part->fault);
  EXPECT_EQ(part->fault->kind, FileFault::Kind::missing);
  EXPECT_TRUE(feeds_.empty());
}

TEST_F(SnapshotFeedsTest, ACheckpointThatIsClosedEndsTheReading) {
  store(1, "/a");
  (void)read(1);
  writer_.close();
  EXPECT_TRUE(read(1)->fault);
  EXPECT_TRUE(feeds_.empty());
  EXPECT_FALSE(read(1)->fault) << "it can be begun again";
}

}  // namespace
}  // namespace zabra::storage
