// What every keeper of checkpoints must do, on the simulated disk and on the real one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "storage/leveldb_checkpoint.h"
#include "storage/memory_checkpoint.h"
#include "storage/real_files.h"
#include "tests/support/seed.h"
#include "tests/support/sim_files.h"
#include "tests/support/temporary_directory.h"

namespace zabra::storage {
namespace {

using Entries = std::map<std::string, std::string>;

struct Combination { bool leveldb = false, real = false; };

class CheckpointConformance : public testing::TestWithParam<Combination> {
 protected:
  CheckpointConformance() {
    if (GetParam().leveldb) store_ = std::make_unique<LevelDbStore>(files(), LevelDbOptions{64 << 10, 16 << 10});
    else store_ = std::make_unique<MemoryStore>(files());
    EXPECT_TRUE(make_directories(files(), directory()));
  }
  Files& files() { return GetParam().real ? static_cast<Files&>(real_) : disk_; }
  std::string directory() const { return GetParam().real ? temporary_.path() + "/checkpoint.1" : "/d/checkpoint.1"; }

  void open(bool create = true) {
    checkpoint_.reset();
    auto opened = store_->open(directory(), create);
    ASSERT_TRUE(opened) << to_string(opened.fault());
    checkpoint_ = std::move(*opened);
  }
  static wire::CheckpointMeta meta_at(std::int64_t zxid) {
    wire::CheckpointMeta meta;
    meta.zxid = Zxid::from_wire(zxid);
    return meta;
  }
  FileOutcome put(std::int64_t zxid, const Entries& entries, const std::vector<std::string>& removed = {}) {
    wire::CheckpointBatch batch;
    for (const auto& [path, value] : entries) batch.put(wire::node_key(path), value);
    for (const std::string& path : removed) batch.remove(wire::node_key(path));
    return checkpoint_->write(batch, meta_at(zxid));
  }
  std::int64_t zxid() {
    const auto meta = checkpoint_->meta();
    EXPECT_TRUE(meta);
    return *meta ? (*meta)->zxid.to_wire() : -1;
  }
  Entries entries() {
    Entries found;
    const FileOutcome read = checkpoint_->read([&](std::string_view key, std::string_view value) -> Outcome {
      found[std::string(wire::parse_key(key)->path)] = std::string(value);
      return Done{};
    });
    EXPECT_TRUE(read) << to_string(read.fault());
    return found;
  }
  // True while there was more.
  bool settle_once() {
    const auto more = checkpoint_->settle();
    EXPECT_TRUE(more) << to_string(more.fault());
    return more && *more;
  }
  void settle() {
    for (int pieces = 0; settle_once(); ++pieces) ASSERT_LT(pieces, 1000);
  }

  test::SimFiles disk_;
  RealFiles real_;
  test::TemporaryDirectory temporary_;
  std::unique_ptr<CheckpointStore> store_;
  std::unique_ptr<Checkpoint> checkpoint_;
};
std::string name_of(const testing::TestParamInfo<Combination>& info) {
  return std::string(info.param.leveldb ? "leveldb" : "memory") + (info.param.real ? "_real" : "_sim");
}
INSTANTIATE_TEST_SUITE_P(All, CheckpointConformance,
                         testing::Values(Combination{false, false}, Combination{false, true}, Combination{true, false},
                                         Combination{true, true}),
                         name_of);

TEST_P(CheckpointConformance, ANewOneIsEmptyAndStandsForNothing) {
  open();
  EXPECT_EQ(*checkpoint_->meta(), std::nullopt);
  EXPECT_EQ(entries(), Entries{});
}

TEST_P(CheckpointConformance, WithoutLeaveToMakeOneAMissingOneIsDamaged) {
  const auto opened = store_->open(directory(), false);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.fault().kind, FileFault::Kind::damaged);
}

TEST_P(CheckpointConformance, ABatchChangesWhatItNamesAndNothingElse) {
  open();
  ASSERT_TRUE(put(1, {{"/", "root"}, {"/a", "1"}, {"/b", "1"}}));
  ASSERT_TRUE(put(2, {{"/a", "2"}, {"/c", "2"}}, {"/b", "/never"}));
  EXPECT_EQ(zxid(), 2);
  EXPECT_EQ(entries(), (Entries{{"/", "root"}, {"/a", "2"}, {"/c", "2"}}));
}

TEST_P(CheckpointConformance, TheLastChangeOfAKeyInABatchCounts) {
  open();
  wire::CheckpointBatch batch;
  batch.put(wire::node_key("/a"), "1");
  batch.remove(wire::node_key("/a"));
  batch.put(wire::node_key("/b"), "1");
  batch.put(wire::node_key("/b"), "2");
  ASSERT_TRUE(checkpoint_->write(batch, meta_at(1)));
  EXPECT_EQ(entries(), (Entries{{"/b", "2"}}));
}

TEST_P(CheckpointConformance, AnEmptyBatchStillMovesTheZxid) {
  open();
  ASSERT_TRUE(put(1, {{"/", ""}}));
  ASSERT_TRUE(put(9, {}));
  EXPECT_EQ(zxid(), 9);
}

TEST_P(CheckpointConformance, TheWholeMetaComesBack) {
  open();
  wire::CheckpointMeta meta;
  meta.server = ServerId{7};
  meta.zxid = Zxid{3, 4};
  meta.txn_checksum = 0xfedcba98;
  meta.tree_digest = 0xffeeddccbbaa9988;
  meta.next_acl_id = 12;
  meta.node_count = 13;
  meta.session_count = 14;
  ASSERT_TRUE(checkpoint_->write({}, meta));
  open(false);
  const auto read = checkpoint_->meta();
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->server, meta.server);
  EXPECT_EQ((*read)->zxid, meta.zxid);
  EXPECT_EQ((*read)->txn_checksum, meta.txn_checksum);
  EXPECT_EQ((*read)->tree_digest, meta.tree_digest);
  EXPECT_EQ((*read)->next_acl_id, meta.next_acl_id);
  EXPECT_EQ((*read)->node_count, meta.node_count);
  EXPECT_EQ((*read)->session_count, meta.session_count);
}

TEST_P(CheckpointConformance, EntriesComeInTheOrderOfTheirKeysParentsFirst) {
  open();
  ASSERT_TRUE(put(1, {{"/", ""}, {"/a", ""}, {"/a/b", ""}, {"/a-b", ""}, {"/B", ""}}));
  std::vector<std::string> keys;
  ASSERT_TRUE(checkpoint_->read([&](std::string_view key, std::string_view) -> Outcome {
    keys.emplace_back(key);
    return Done{};
  }));
  EXPECT_EQ(keys.size(), 5U);
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(keys.front(), wire::node_key("/"));
}

TEST_P(CheckpointConformance, AReaderThatRefusesEndsTheReadingAsDamage) {
  open();
  ASSERT_TRUE(put(1, {{"/a", ""}, {"/b", ""}}));
  int taken = 0;
  const FileOutcome read = checkpoint_->read([&](std::string_view, std::string_view) -> Outcome {
    ++taken;
    return Fault{"not this one", 0};
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.fault().kind, FileFault::Kind::damaged);
  EXPECT_EQ(read.fault().detail, "not this one");
  EXPECT_EQ(taken, 1);
}

// Random batches, merged in pieces or not at all, closed and opened again: always the same as a map.
TEST_P(CheckpointConformance, IsAMapWhateverHappensInBetween) {
  const test::Seed seed(1);
  std::mt19937_64 random = seed.engine();
  Entries model;
  open();
  for (std::int64_t i = 1; i <= 60; ++i) {
    Entries changed;
    std::vector<std::string> removed;
    for (int j = 0; j < 6; ++j) {
      const std::string path = "/n" + std::to_string(test::pick(random, 40));
      changed[path] = std::string(test::pick(random, 4000), static_cast<char>('a' + i % 26));
    }
    for (const std::string& path : {"/n" + std::to_string(test::pick(random, 40))}) {
      if (!changed.contains(path)) removed.push_back(path);
    }
    ASSERT_TRUE(put(i, changed, removed));
    for (const auto& [path, value] : changed) model[path] = value;
    for (const std::string& path : removed) model.erase(path);
    switch (test::pick(random, 6)) {
      case 0: settle(); break;
      case 1: settle_once(); break;
      case 2: open(false); break;
      default: break;
    }
    ASSERT_EQ(zxid(), i);
    ASSERT_EQ(entries(), model) << "batch " << i;
  }
}

TEST_P(CheckpointConformance, ManyBatchesWithoutMergingNeverWait) {
  open();
  for (std::int64_t i = 1; i <= 60; ++i) ASSERT_TRUE(put(i, {{"/n" + std::to_string(i), std::string(40'000, 'x')}}));
  EXPECT_EQ(entries().size(), 60U);
  settle();
  EXPECT_EQ(entries().size(), 60U);
  EXPECT_FALSE(settle_once());
}

TEST_P(CheckpointConformance, ABatchLargerThanAllBuffersIsTaken) {
  open();
  ASSERT_TRUE(put(1, {{"/a", std::string(3 << 20, 'x')}, {"/b", std::string(3 << 20, 'y')}}));
  ASSERT_TRUE(put(2, {{"/a", std::string(3 << 20, 'z')}}));
  open(false);
  EXPECT_EQ(entries().at("/a").front(), 'z');
  EXPECT_EQ(entries().at("/b").size(), std::size_t{3 << 20});
}

TEST_P(CheckpointConformance, OpenedToBeReadNothingIsChanged) {
  open();
  ASSERT_TRUE(put(1, {{"/a", "1"}}));
  settle();
  ASSERT_TRUE(put(2, {{"/b", "2"}}));
  checkpoint_.reset();
  const auto names = *files().list(directory());
  auto opened = store_->open_to_read(directory(), false);
  ASSERT_TRUE(opened) << to_string(opened.fault());
  checkpoint_ = std::move(*opened);
  EXPECT_EQ(zxid(), 2);
  EXPECT_EQ(entries(), (Entries{{"/a", "1"}, {"/b", "2"}}));
  checkpoint_.reset();
  EXPECT_EQ(*files().list(directory()), names);
  open(false);
  EXPECT_EQ(zxid(), 2);
}

TEST_P(CheckpointConformance, OpenedToBeReadANewOneIsEmpty) {
  auto opened = store_->open_to_read(directory(), true);
  ASSERT_TRUE(opened) << to_string(opened.fault());
  EXPECT_EQ(*(*opened)->meta(), std::nullopt);
  opened->reset();
  EXPECT_FALSE(store_->open(directory(), false));
}

// ---- on the simulated disk only -------------------------------------------------------------------------------------

class CheckpointOnBadDisk : public CheckpointConformance {
 protected:
  // A fault at the n-th step from now; how many steps there were.
  void fail_at(std::uint64_t n, FileFault::Kind kind) {
    disk_.fail_when([this, n, kind](const std::string&, const std::string&) {
      return ++steps_ == n ? std::optional(kind) : std::nullopt;
    });
    steps_ = 0;
  }
  void heal() { disk_.fail_when({}); }
  std::uint64_t steps_ = 0;
};
INSTANTIATE_TEST_SUITE_P(All, CheckpointOnBadDisk, testing::Values(Combination{false, false}, Combination{true, false}),
                         name_of);

// A write that failed is there as a whole or not at all; what was reported before it stays. LevelDB takes a rename of
// CURRENT whose directory can't be synced for failed, and would remove the manifest that CURRENT names by then.
TEST_P(CheckpointOnBadDisk, AFaultAtAnyStepLeavesOneThatOpensAgain) {
  for (const FileFault::Kind kind : {FileFault::Kind::io, FileFault::Kind::no_space}) {
    open();
    ASSERT_TRUE(put(1, {{"/a", "1"}}));
    std::int64_t reported = 1;
    for (std::uint64_t step = 1; step < 200; ++step) {
      checkpoint_.reset();
      fail_at(step, kind);
      if (auto opened = store_->open(directory(), false)) {
        checkpoint_ = std::move(*opened);
        if (put(reported + 1, {{"/a", std::to_string(reported + 1)}})) ++reported;
        if (checkpoint_) (void)checkpoint_->settle();
      }
      heal();
      const bool failed = steps_ >= step;
      ASSERT_NO_FATAL_FAILURE(open(false)) << "step " << step;
      ASSERT_GE(zxid(), reported) << "step " << step;
      ASSERT_LE(zxid(), reported + 1) << "step " << step;
      ASSERT_EQ(entries(), (Entries{{"/a", std::to_string(zxid())}})) << "step " << step;
      reported = zxid();
      if (!failed) break;
    }
  }
}

TEST_P(CheckpointOnBadDisk, AFullDiskIsToldAsSuchAndAnIoErrorToo) {
  for (const FileFault::Kind kind : {FileFault::Kind::io, FileFault::Kind::no_space}) {
    open();
    fail_at(1, kind);
    const FileOutcome written = put(1, {{"/a", "1"}});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.fault().kind, kind);
    heal();
  }
}

TEST_P(CheckpointOnBadDisk, AByteThatChangedIsFound) {
  open();
  ASSERT_TRUE(put(1, {{"/a", std::string(20'000, 'x')}}));
  settle();
  open(false);  // all of it in a table now
  checkpoint_.reset();
  std::string largest;
  std::uint64_t bytes = 0;
  const std::vector<std::string> names = *files().list(directory());
  for (const std::string& name : names) {
    const std::uint64_t size = *files().size(join(directory(), name));
    if (size > bytes) largest = name;
    bytes = std::max(bytes, size);
  }
  ASSERT_GE(bytes, 20'000U);
  disk_.overwrite(join(directory(), largest), bytes / 2, "?");
  auto opened = store_->open(directory(), false);
  const FileOutcome read = opened
                               ? (*opened)->read([](std::string_view, std::string_view) -> Outcome { return Done{}; })
                               : FileOutcome(opened.fault());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.fault().kind, FileFault::Kind::damaged);
}

TEST_P(CheckpointOnBadDisk, WhatWasReportedSurvivesALossOfPower) {
  open();
  for (std::int64_t i = 1; i <= 40; ++i) {
    ASSERT_TRUE(put(i, {{"/n" + std::to_string(i), std::string(2000, 'x')}}));
    if (i % 3 == 0) settle_once();
    disk_.restart_after_power_loss(static_cast<std::uint64_t>(i));
    ASSERT_NO_FATAL_FAILURE(open(false));
    ASSERT_EQ(zxid(), i);
    ASSERT_EQ(entries().size(), static_cast<std::size_t>(i));
  }
}

// ---- views ----

std::vector<std::string> keys_from(CheckpointView& view, std::string_view key) {
  std::vector<std::string> keys;
  view.seek(key);
  for (;;) {
    const auto entry = view.next();
    EXPECT_TRUE(entry) << to_string(entry.fault());
    if (!entry || !*entry) return keys;
    keys.emplace_back((*entry)->key);
  }
}

TEST_P(CheckpointConformance, AViewStaysAsItWasWhileBatchesAreWrittenAndMerged) {
  open();
  ASSERT_TRUE(put(1, {{"/", "root"}, {"/a", "1"}, {"/b", "1"}}));
  const auto view = checkpoint_->view();
  ASSERT_TRUE(view);
  for (std::int64_t zxid = 2; zxid < 20; ++zxid) {
    ASSERT_TRUE(put(zxid, {{"/a", std::string(5000, 'x')}, {"/c", "2"}}, {"/b"}));
    settle();
  }
  EXPECT_EQ((*(*view)->meta())->zxid, Zxid::from_wire(1));
  EXPECT_THAT(keys_from(**view, wire::node_key("/a")),
              testing::ElementsAre(wire::node_key("/a"), wire::node_key("/b")));
  (*view)->seek(wire::node_key("/a"));
  EXPECT_EQ((**(*view)->next()).value, "1");
}

TEST_P(CheckpointConformance, AViewOfAnEmptyOneHasNoMeta) {
  open();
  const auto view = checkpoint_->view();
  EXPECT_EQ(*(*view)->meta(), std::nullopt);
  EXPECT_TRUE(keys_from(**view, "").empty());
}

TEST_P(CheckpointConformance, AViewMayOutliveItsCheckpointAndSaysSo) {
  open();
  ASSERT_TRUE(put(1, {{"/", "root"}}));
  const auto view = checkpoint_->view();
  checkpoint_.reset();
  EXPECT_FALSE((*view)->next());
  (*view)->seek("a");
  EXPECT_FALSE((*view)->next());
}

// ---- parts ----

TEST_P(CheckpointConformance, WhatIsLoadedInPartsIsThereAfterCloseAndOpen) {
  open();
  wire::CheckpointBatch part;
  part.put(wire::node_key("/"), "root");
  ASSERT_TRUE(checkpoint_->load(part));
  open(false);
  EXPECT_EQ(zxid(), -1);
  EXPECT_EQ(entries(), (Entries{{"/", "root"}}));
}

TEST_P(CheckpointConformance, TheWriteBehindThePartsMakesAllOfThemDurable) {
  if (GetParam().real) return;  // no power to cut
  Entries all;
  for (std::uint64_t seed = test::Seed(1).value(), end = seed + 20; seed < end; ++seed) {
    disk_.restart_after_power_loss(seed);
    ASSERT_TRUE(make_directories(disk_, directory()));
    open();
    for (std::uint64_t i = 0; i < 8 + seed % 12; ++i) {  // LevelDB begins a new log within the write, or not
      wire::CheckpointBatch part;
      const std::string path = "/" + std::to_string(i);
      part.put(wire::node_key(path), all[path] = std::string(5000 + seed, 'x'));
      ASSERT_TRUE(checkpoint_->load(part));
    }
    ASSERT_TRUE(put(static_cast<std::int64_t>(seed), {}));
    disk_.restart_after_power_loss(seed);
    open(false);
    EXPECT_EQ(zxid(), static_cast<std::int64_t>(seed));
    EXPECT_TRUE(entries() == all) << seed;
  }
}

}  // namespace
}  // namespace zabra::storage
