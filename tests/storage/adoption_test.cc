// Another history takes the place of the one that was there, through the two threads as a server has them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/adoption.h"
#include "storage/checkpoint_thread.h"
#include "storage/memory_checkpoint.h"
#include "storage/recovery.h"
#include "tests/storage/entries.h"
#include "tests/storage/reports.h"
#include "tests/support/collected_log.h"
#include "tests/support/sim_files.h"

namespace zabra::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What a start finds.
struct Found final : RecoverySink {
  Outcome on_checkpoint_entry(const wire::ParsedKey& key, std::string_view) override {
    paths.emplace_back(key.path);
    return Done{};
  }
  Outcome on_checkpoint_end(const wire::CheckpointMeta&) override { return Done{}; }
  Outcome on_txn(std::string_view entry) override {
    zxids.push_back(wire::decode_txn_header(entry)->zxid.to_wire());
    return Done{};
  }
  std::vector<std::string> paths;
  std::vector<std::int64_t> zxids;
};

class AdoptionTest : public testing::Test {
 protected:
  AdoptionTest() {
    options_.directories = DataDirectories::under("/data", "/log");
    options_.server = ServerId{3};
    for (const std::string& directory : {data(), log()}) EXPECT_TRUE(make_directories(disk_, directory));
  }
  const std::string& data() const { return options_.directories.data; }
  const std::string& log() const { return options_.directories.log; }

  void start() {
    found_ = {};
    auto recovered = recover(disk_, store_, said_, options_, found_);
    ASSERT_TRUE(recovered) << recovered.fault().reason;
    recovered_ = std::move(*recovered);
    auto opened = TxnLog::open(disk_, said_, log(), recovered_.last, log_options_);
    ASSERT_TRUE(opened);
    log_thread_ = std::make_unique<LogThread>(
        std::move(*opened), log_reports_.on_report(), log_reports_.on_fatal(),
        LogThread::Options{std::chrono::milliseconds(1), data(), recovered_.checkpointed});
    CheckpointThread::Options options;
    options.log_directory = log();
    options.space_retry = std::chrono::milliseconds(1);
    options.log_thread = log_thread_.get();
    auto writer = std::make_unique<CheckpointWriter>(disk_, store_, said_, data(), recovered_.pointer,
                                                     std::move(recovered_.checkpoint));
    checkpoint_thread_ = std::make_unique<CheckpointThread>(disk_, said_, std::move(writer), reports_.on_report(),
                                                            reports_.on_fatal(), options);
  }
  void stop() {
    checkpoint_thread_.reset();
    log_thread_.reset();
    EXPECT_FALSE(reports_.is_fatal());
    EXPECT_FALSE(log_reports_.is_fatal());
  }
  void restart() {
    stop();
    disk_.restart_after_power_loss(++losses_);
    start();
  }

  void submit(std::int64_t first, std::int64_t last, std::uint64_t generation) {
    log_thread_->submit({{generation}, zxid_of(first), zxid_of(last), records_of(first, last), 1});
  }
  void append(std::int64_t first, std::int64_t last, std::uint64_t generation) {
    submit(first, last, generation);
    log_reports_.await<LogDurable>([=](const LogDurable& it) {
      return it.generation == LogGeneration{generation} && it.last == zxid_of(last);
    });
  }
  void begin(std::uint64_t generation, std::int64_t zxid, const std::vector<std::string>& paths) {
    checkpoint_thread_->begin_anew({generation});
    for (const std::string& path : paths) {
      wire::CheckpointBatch part;
      part.put(wire::node_key(path), "x");
      checkpoint_thread_->put_anew(std::move(part));
    }
    checkpoint_thread_->finish_anew(meta_at(zxid, paths.size()));
    await<AnewBegun>(generation);
  }
  static wire::CheckpointMeta meta_at(std::int64_t zxid, std::size_t nodes) {
    wire::CheckpointMeta meta;
    meta.zxid = zxid_of(zxid);
    meta.node_count = nodes;
    return meta;
  }
  void adopt(std::uint64_t generation) {
    checkpoint_thread_->adopt_anew();
    await<AnewAdopted>(generation);
  }
  template <class Report>
  void await(std::uint64_t generation) {
    log_reports_.await<Report>([=](const Report& it) { return it.generation == LogGeneration{generation}; });
  }
  void store(std::int64_t zxid, std::uint64_t generation) {
    CheckpointRequest request{{generation}, meta_at(zxid, 1), {}};
    request.meta.server = options_.server;
    checkpoint_thread_->submit(std::move(request));
    reports_.await<CheckpointStored>([=](const CheckpointStored& it) { return it.zxid == zxid_of(zxid); });
  }
  std::vector<std::string> names(const std::string& directory) {
    std::vector<std::string> names = *disk_.list(directory);
    std::erase_if(names, [](const std::string& name) {
      return !name.starts_with("log.") && !name.starts_with("old.") && !name.starts_with("staged.") &&
             !name.starts_with("checkpoint.");
    });
    return names;
  }

  test::SimFiles disk_;
  test::CollectedLog said_;
  MemoryStore store_{disk_};
  RecoveryOptions options_;
  TxnLogOptions log_options_{
      .extent_bytes = 64 << 10, .roll_bytes = 10 << 20, .room_low = 16 << 10, .reserve_bytes = 4 << 10};
  Found found_;
  Recovered recovered_;
  std::uint64_t losses_ = 0;
  Reports<LogReport> log_reports_;
  Reports<CheckpointReport> reports_;
  std::unique_ptr<LogThread> log_thread_;
  std::unique_ptr<CheckpointThread> checkpoint_thread_;  // last: it reports to the above, and tells the log's
};

TEST_F(AdoptionTest, TheNewHistoryIsTheOneAfterAnyCrash) {
  start();
  append(1, 9, 1);
  begin(2, 4, {"/", "/a"});
  EXPECT_EQ(reports_.all<AnewTaken>().size(), 2U);
  append(5, 6, 2);
  EXPECT_THAT(names(log()), ElementsAre("log.1", "staged.2.5"));
  adopt(2);
  EXPECT_THAT(names(log()), ElementsAre("log.5", "old.1.1"));
  append(7, 7, 2);
  restart();
  EXPECT_THAT(found_.paths, ElementsAre("/", "/a"));
  EXPECT_THAT(found_.zxids, ElementsAre(5, 6, 7));
  EXPECT_EQ(recovered_.checkpointed, zxid_of(4));
  EXPECT_EQ(recovered_.pointer,
            (CheckpointPointer{ServerId{3}, 2, zxid_of(5), zxid_of(4), 2}));
  EXPECT_EQ(recovered_.log_start, zxid_of(4)) << "all that follows the snapshot is there";
}

TEST_F(AdoptionTest, BeforeItTheOldHistoryIsFoundAndTheRestRemoved) {
  start();
  append(1, 9, 1);
  begin(2, 4, {"/"});
  append(5, 6, 2);
  restart();
  EXPECT_EQ(found_.zxids.size(), 9U);
  EXPECT_TRUE(found_.paths.empty());
  EXPECT_THAT(names(log()), ElementsAre("log.1"));
  begin(5, 2, {"/b"});
  adopt(5);
  restart();
  EXPECT_THAT(found_.paths, ElementsAre("/b"));
  EXPECT_THAT(found_.zxids, IsEmpty());
}

TEST_F(AdoptionTest, AbandonedTheOldOneGoesOn) {
  start();
  append(1, 3, 1);
  begin(2, 9, {"/"});
  append(10, 12, 2);
  checkpoint_thread_->abandon_anew();
  append(4, 5, 3);
  restart();
  EXPECT_THAT(found_.zxids, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(names(log()), ElementsAre("log.1", "log.4"));
  EXPECT_THAT(names(data()), ElementsAre("checkpoint.1", "checkpoint.pointer"));
}

// The log's thread is told at once, the checkpoint's is somewhere behind.
TEST_F(AdoptionTest, AbandonedBeforeItHasBegunItNeverBegins) {
  start();
  append(1, 3, 1);
  Gate gate;
  disk_.fail_when([&, held = false](const std::string& op, const std::string& path) mutable {
    if (op == "mkdir" && path.ends_with("checkpoint.2") && !std::exchange(held, true)) gate.pass();
    return std::optional<FileFault::Kind>();
  });
  checkpoint_thread_->begin_anew({2});
  checkpoint_thread_->finish_anew(meta_at(9, 0));
  gate.await_reached();
  checkpoint_thread_->abandon_anew();
  submit(4, 4, 3);
  gate.open();
  store(4, 3);
  stop();
  EXPECT_TRUE(log_reports_.all<AnewBegun>().empty());
  EXPECT_THAT(zxids_in(disk_, log() + "/log.1"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(names(data()), ElementsAre("checkpoint.1", "checkpoint.pointer"));
}

TEST_F(AdoptionTest, AHistoryThatBeginsWithNothing) {
  start();
  append(1, 3, 1);
  store(3, 1);
  begin(2, 0, {});
  append(1, 2, 2);
  adopt(2);
  restart();
  EXPECT_EQ(recovered_.checkpointed, zxid_zero);
  EXPECT_THAT(found_.paths, IsEmpty());
  EXPECT_THAT(found_.zxids, ElementsAre(1, 2));
}

TEST_F(AdoptionTest, TheOldFilesGoWithTheFirstCheckpointOfTheNew) {
  start();
  append(1, 9, 1);
  begin(2, 4, {"/"});
  append(5, 6, 2);
  adopt(2);
  EXPECT_THAT(names(data()), ElementsAre("checkpoint.1", "checkpoint.2", "checkpoint.pointer"));
  store(6, 2);
  stop();
  EXPECT_THAT(names(data()), ElementsAre("checkpoint.2", "checkpoint.pointer"));
  EXPECT_THAT(names(log()), ElementsAre("log.5"));
}

TEST_F(AdoptionTest, AfterARestartTheyGoWithTheNextCheckpoint) {
  start();
  append(1, 9, 1);
  begin(2, 4, {"/"});
  adopt(2);
  restart();
  EXPECT_THAT(names(log()), ElementsAre("old.1.1"));
  append(5, 5, 3);
  store(5, 3);
  stop();
  EXPECT_THAT(names(log()), ElementsAre("log.5"));
}

TEST_F(AdoptionTest, PartsWaitForSpaceAndReadersAreServedMeanwhile) {
  start();
  append(1, 3, 1);
  checkpoint_thread_->begin_anew({2});
  disk_.fail_when([](const std::string& op, const std::string& path) {
    return op == "write" && path.find("checkpoint.2") != std::string::npos
               ? std::optional(FileFault::Kind::no_space)
               : std::nullopt;
  });
  wire::CheckpointBatch part;
  part.put(wire::node_key("/"), "x");
  checkpoint_thread_->put_anew(std::move(part));
  while (!said_.said("no space for a checkpoint")) std::this_thread::yield();
  checkpoint_thread_->read(ReadLog{LinkId{1}, zxid_of(1), zxid_of(3), 1 << 20});
  const auto read = reports_.await<LogReadPart>();
  EXPECT_EQ(read->entries.size(), 2U);
  EXPECT_TRUE(reports_.all<AnewTaken>().empty());
  disk_.fail_when({});
  reports_.await<AnewTaken>();
  checkpoint_thread_->finish_anew(meta_at(4, 1));
  await<AnewBegun>(2);
}

TEST_F(AdoptionTest, WithoutSpaceItCanBeAbandoned) {
  start();
  disk_.fail_when([](const std::string& op, const std::string& path) {
    return op == "write" && path.find("checkpoint.2") != std::string::npos
               ? std::optional(FileFault::Kind::no_space)
               : std::nullopt;
  });
  checkpoint_thread_->begin_anew({2});
  while (!said_.said("no space for a checkpoint")) std::this_thread::yield();
  checkpoint_thread_->abandon_anew();
  append(1, 1, 3);
  store(1, 3);
  EXPECT_THAT(names(data()), ElementsAre("checkpoint.1", "checkpoint.pointer"));
}

TEST_F(AdoptionTest, AReaderKeepsTheCheckpointOpenAndTheLogThere) {
  start();
  append(1, 3, 1);
  store(3, 1);
  checkpoint_thread_->read(ReadSnapshot{LinkId{4}, 1 << 20});
  const auto part = reports_.await<SnapshotPart>();
  EXPECT_EQ(part->reader, LinkId{4});
  EXPECT_EQ(part->meta.zxid, zxid_of(3));
  EXPECT_TRUE(part->done);
  checkpoint_thread_->end_reading(LinkId{4});
}

// ---- the pointer ----

TEST(CheckpointPointer, SaysWhoseTheLogsAreWhileAnAdoptionIsFinished) {
  const CheckpointPointer pointer{.server = {3}, .generation = 2, .log_start = {1, 6}, .stored = {1, 5}, .logs_of = 1};
  EXPECT_THAT(render(pointer), testing::HasSubstr("stored 0x100000005\nlogs 1\nchecksum "));
  EXPECT_EQ(*parse_checkpoint_pointer(render(pointer)), pointer);
}

TEST(CheckpointPointer, OneWithoutTheLineIsThatOfItsGeneration) {
  CheckpointPointer pointer{.server = {3}, .generation = 7, .log_start = {1, 6}, .stored = {1, 5}, .logs_of = 7};
  EXPECT_THAT(render(pointer), testing::Not(testing::HasSubstr("logs ")));
  EXPECT_EQ(*parse_checkpoint_pointer(render(pointer)), pointer);
}

}  // namespace
}  // namespace zabra::storage
