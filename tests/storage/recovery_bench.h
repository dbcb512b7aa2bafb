// A server's two directories, seen as recovery sees them: short lives that write, and starts that read.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "storage/checkpoint_writer.h"
#include "storage/memory_checkpoint.h"
#include "storage/recovery.h"
#include "storage/txn_log.h"
#include "tests/storage/entries.h"
#include "tests/support/collected_log.h"
#include "tests/support/sim_files.h"

namespace zabra::storage {

// Keeps what it is given; refuses a checkpoint whose digest is not `digest`.
struct KeptState final : RecoverySink {
  Outcome on_checkpoint_entry(const wire::ParsedKey& key, std::string_view value) override {
    entries[std::string(key.path)] = std::string(value);
    return Done{};
  }
  Outcome on_checkpoint_end(const wire::CheckpointMeta& meta) override {
    if (meta.tree_digest != digest) return Fault{"the tree has another digest", 0};
    return Done{};
  }
  Outcome on_txn(std::string_view entry) override {
    txns.push_back(wire::decode_txn_header(entry)->zxid.to_wire());
    return Done{};
  }
  static constexpr std::uint64_t digest = 0xd16e57;
  std::map<std::string, std::string> entries;
  std::vector<std::int64_t> txns;
};

class RecoveryBench : public testing::Test {
 protected:
  using Start = Result<Recovered, StartFault>;

  RecoveryBench() {
    options_.directories = DataDirectories::under("/data", "/data");
    options_.server = ServerId{1};
    options_.entry_bytes_max = 4000;
    options_.batch_bytes_max = 4000;
  }

  Start start() {
    state_ = {};
    EXPECT_TRUE(DataLock::take(disk_, options_.directories));
    return recover(disk_, store_, said_, options_, state_);
  }
  StartFault refusal() {
    const Start started = start();
    EXPECT_FALSE(started) << "it started";
    return started ? StartFault{} : started.fault();
  }
  // Begins the directory, or goes on in it: writes the log up to `last`, one record and one fsync each.
  void write_until(std::int64_t last, std::size_t bytes = 100) {
    const Start started = start();
    ASSERT_TRUE(started) << started.fault().reason;
    auto log = TxnLog::open(disk_, said_, options_.directories.log, started->last, log_options_);
    ASSERT_TRUE(log);
    for (std::int64_t zxid = started->last.to_wire() + 1; zxid <= last; ++zxid) {
      ASSERT_TRUE((*log)->write(records_of(zxid, zxid, bytes), zxid_of(zxid), zxid_of(zxid)));
      ASSERT_TRUE((*log)->sync());
      ASSERT_TRUE((*log)->make_room());
    }
  }
  wire::CheckpointMeta meta_at(std::int64_t zxid, std::size_t bytes = 100) const {
    wire::CheckpointMeta meta;
    meta.server = options_.server;
    meta.zxid = zxid_of(zxid);
    meta.txn_checksum = wire::adler32(entry_at(zxid, bytes));
    meta.tree_digest = KeptState::digest;
    meta.node_count = 1;
    return meta;
  }
  void checkpoint(const wire::CheckpointMeta& meta) {
    Start started = start();
    ASSERT_TRUE(started) << started.fault().reason;
    CheckpointWriter writer(disk_, store_, said_, options_.directories.data, started->pointer,
                            std::move(started->checkpoint));
    wire::CheckpointBatch batch;
    batch.put(wire::node_key("/"), "root at " + to_string(meta.zxid));
    ASSERT_TRUE(writer.store(batch, meta));
  }
  void checkpoint_at(std::int64_t zxid) { checkpoint(meta_at(zxid)); }

  std::string path(const std::string& name) const { return "/data/version-2/" + name; }
  std::string log_path(const std::string& name) const { return join(options_.directories.log, name); }
  void damage(const std::string& name, std::uint64_t offset) { disk_.overwrite(path(name), offset, "\x55"); }
  void put(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(make_directories(disk_, parent_of(path(name))));
    ASSERT_TRUE(replace_file(disk_, path(name), bytes));
  }
  static std::uint64_t offset_of(std::int64_t nth, std::size_t bytes = 100) {
    return wire::log_header_bytes + records_of(1, nth - 1, bytes).size();
  }

  test::SimFiles disk_;
  test::CollectedLog said_;
  MemoryStore store_{disk_};
  RecoveryOptions options_;
  TxnLogOptions log_options_{.extent_bytes = 64 << 10, .roll_bytes = 32 << 10, .room_low = 16 << 10,
                             .reserve_bytes = 4 << 10, .batch_bytes_max = 4000};
  KeptState state_;
};

}  // namespace zabra::storage
