#include "storage/leveldb_checkpoint.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.h"
#include "storage/leveldb_env.h"
#include "storage/overlay_files.h"
#include "wire/check.h"
#include "wire/jute.h"

namespace zabra::storage {

namespace {

using leveldb::Slice;
using leveldb::Status;

std::string_view view_of(const Slice& slice) { return {slice.data(), slice.size()}; }
Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

// ---- the checkpoint -------------------------------------------------------------------------------------------------

constexpr std::size_t table_bytes = 4 << 20;
constexpr std::size_t block_bytes = 32 << 10;        // read from end to end only: few, large ones
constexpr std::size_t block_cache_bytes = 64 << 10;
constexpr int open_tables_max = 100;
constexpr std::uint64_t memory_kept_bytes = 256 << 10;  // more than this is written out once a batch is stored
constexpr std::uint64_t level0_files_max = 6;           // from 8 on LevelDB slows writers down, at 12 it stops them

class LevelDbCheckpoint final : public Checkpoint {
  class View;

 public:
  enum class Access { write, read };  // read: nothing reaches the disk

  LevelDbCheckpoint(Files& files, std::string directory, LevelDbOptions options, Access access)
      : overlay_(files),
        access_(access),
        options_(options),
        environment_(LevelDbEnv::make(access == Access::write ? files : overlay_)),
        cache_(leveldb::NewLRUCache(block_cache_bytes)),
        directory_(std::move(directory)) {}

  ~LevelDbCheckpoint() override {
    for (const std::weak_ptr<Cursor>& cursor : cursors_) {
      if (const auto open = cursor.lock()) open->reset();  // LevelDB's iterators must go before it does
    }
    environment_->cut_off();  // LevelDB waits for its background work: let it fail at once
    while (environment_->has_work()) environment_->run_one();
  }

  FileOutcome open(bool create) {
    leveldb::Options options;
    options.env = &environment_->env();
    options.info_log = &environment_->silent_logger();
    options.create_if_missing = create;
    options.block_cache = cache_.get();
    options.write_buffer_size = options_.write_buffer_bytes;
    options.max_file_size = table_bytes;
    options.block_size = block_bytes;
    options.max_open_files = open_tables_max;
    options.compression = leveldb::kNoCompression;
    leveldb::DB* opened = nullptr;
    const Status status = leveldb::DB::Open(options, directory_, &opened);
    db_.reset(opened);
    return outcome_of(status);
  }

  FileResult<std::optional<wire::CheckpointMeta>> meta() override {
    std::string value;
    const Status status = db_->Get(read_options(), wire::meta_key(), &value);
    if (status.IsNotFound()) return std::optional<wire::CheckpointMeta>();
    if (FileOutcome got = outcome_of(status); !got) return got.fault();
    const Result<wire::CheckpointMeta> meta = wire::decode_checkpoint_meta(value);
    if (!meta) return damaged(meta.fault().reason);
    return std::optional<wire::CheckpointMeta>(*meta);
  }

  FileOutcome read(const ReadEntry& entry) override {
    const std::unique_ptr<leveldb::Iterator> at(db_->NewIterator(read_options()));
    const std::string meta_key = wire::meta_key();
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      if (at->key() == Slice(meta_key)) continue;
      const Outcome taken = entry(view_of(at->key()), view_of(at->value()));
      if (taken) continue;
      // What LevelDB could not read it has left out: then that is the cause.
      if (FileOutcome read = outcome_of(at->status()); !read) return read;
      return damaged(taken.fault().reason);
    }
    return outcome_of(at->status());
  }

  FileResult<std::unique_ptr<CheckpointView>> view() override;

  FileOutcome write(const wire::CheckpointBatch& batch, const wire::CheckpointMeta& meta) override {
    CHECK(access_ == Access::write);
    if (FileOutcome ready = make_writable(); !ready) return ready;
    if (FileOutcome durable = make_loaded_durable(); !durable) return durable;
    leveldb::WriteBatch changes;
    batch.for_each(BatchSink{changes});
    std::string value;
    wire::Writer out(value);
    wire::write(out, meta);
    changes.Put(wire::meta_key(), value);
    leveldb::WriteOptions options;
    options.sync = true;
    return outcome_of(db_->Write(options, &changes));
  }

  FileOutcome load(const wire::CheckpointBatch& part) override {
    CHECK(access_ == Access::write);
    if (FileOutcome ready = make_writable(); !ready) return ready;
    is_loaded_ = true;
    leveldb::WriteBatch changes;
    part.for_each(BatchSink{changes});
    return outcome_of(db_->Write(leveldb::WriteOptions(), &changes));
  }

  FileResult<bool> settle() override {
    CHECK(access_ == Access::write);
    // A write without a batch makes LevelDB write its memory out to a table, in the background.
    if (!environment_->has_work() && number_of("leveldb.approximate-memory-usage") > options_.memory_kept_bytes) {
      if (FileOutcome asked = outcome_of(db_->Write(leveldb::WriteOptions(), nullptr)); !asked) return asked.fault();
    }
    if (!environment_->has_work()) return false;
    environment_->run_one();
    if (std::optional<FileFault> fault = environment_->take_fault()) return *fault;
    return environment_->has_work();
  }

 private:
  struct BatchSink {
    leveldb::WriteBatch& changes;
    void put(std::string_view key, std::string_view value) { changes.Put(slice(key), slice(value)); }
    void remove(std::string_view key) { changes.Delete(slice(key)); }
  };

  // LevelDB would wait for its background work where memory is full while the one before is not written out, or where
  // too many tables wait to be merged: nobody but us would ever do it.
  FileOutcome make_writable() {
    if (environment_->has_work()) environment_->run_one();  // memory is always written out first
    while (environment_->has_work() && number_of("leveldb.num-files-at-level0") >= level0_files_max) {
      environment_->run_one();
    }
    if (std::optional<FileFault> fault = environment_->take_fault()) return *fault;
    return Done{};
  }

  // The log of LevelDB that a write syncs is only the last of those that hold what was loaded: all of it goes to
  // tables, which are synced.
  FileOutcome make_loaded_durable() {
    if (!is_loaded_) return Done{};
    if (FileOutcome asked = outcome_of(db_->Write(leveldb::WriteOptions(), nullptr)); !asked) return asked;
    if (FileOutcome ready = make_writable(); !ready) return ready;
    is_loaded_ = false;
    return Done{};
  }

  static leveldb::ReadOptions read_options() {
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    return options;
  }

  std::uint64_t number_of(const char* property) {
    std::string value;
    std::uint64_t number = 0;
    if (db_->GetProperty(property, &value)) std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
  }

  // LevelDB passes over some failures (removing old files): an I/O error counts all the same.
  FileOutcome outcome_of(const Status& status) {
    std::optional<FileFault> fault = environment_->take_fault();
    if (fault && (!status.ok() || fault->kind == FileFault::Kind::io)) return std::move(*fault);
    if (status.ok()) return Done{};
    return status.IsCorruption() ? locate(status) : damaged(status.ToString());
  }
  FileFault damaged(std::string reason) const {
    return {FileFault::Kind::damaged, 0, "read", directory_, std::move(reason)};
  }

  // The table and the offset of the damage, which LevelDB keeps to itself.
  FileFault locate(const Status& status) {
    FileFault fault = damaged(status.ToString());
    std::vector<std::string> names;
    if (!environment_->env().GetChildren(directory_, &names).ok()) return fault;
    for (const std::string& name : names) {
      if (!name.ends_with(".ldb")) continue;
      const std::optional<std::uint64_t> offset = damaged_block(*environment_, join(directory_, name));
      if (!offset) continue;
      fault.path = join(directory_, name);
      fault.detail = text("damaged at offset ", *offset, ": ", fault.detail);
      break;
    }
    return fault;
  }

  using Cursor = std::unique_ptr<leveldb::Iterator>;  // none: the checkpoint is closed

  OverlayFiles overlay_;
  const Access access_;
  const LevelDbOptions options_;
  const std::unique_ptr<LevelDbEnv> environment_;
  const std::unique_ptr<leveldb::Cache> cache_;
  const std::string directory_;
  std::vector<std::weak_ptr<Cursor>> cursors_;  // of the views
  bool is_loaded_ = false;  // since the last write: not durable
  std::unique_ptr<leveldb::DB> db_;  // last: it uses all of the above
};

// ---- a view ---------------------------------------------------------------------------------------------------------

// LevelDB's iterator sees what was there when it was made.
class LevelDbCheckpoint::View final : public CheckpointView {
 public:
  View(LevelDbCheckpoint& checkpoint, std::shared_ptr<Cursor> cursor)
      : checkpoint_(checkpoint), cursor_(std::move(cursor)) {}

  FileResult<std::optional<wire::CheckpointMeta>> meta() override {
    if (!*cursor_) return closed_view_fault();
    const std::string key = wire::meta_key();
    seek(key);
    if (!(*cursor_)->Valid() || (*cursor_)->key() != Slice(key)) {
      if (FileOutcome read = checkpoint_.outcome_of((*cursor_)->status()); !read) return read.fault();
      return std::optional<wire::CheckpointMeta>();
    }
    const Result<wire::CheckpointMeta> meta = wire::decode_checkpoint_meta(view_of((*cursor_)->value()));
    if (!meta) return checkpoint_.damaged(meta.fault().reason);
    return std::optional<wire::CheckpointMeta>(*meta);
  }
  void seek(std::string_view key) override {
    if (*cursor_) (*cursor_)->Seek(slice(key));
    is_given_ = false;
  }
  FileResult<std::optional<Entry>> next() override {
    if (!*cursor_) return closed_view_fault();
    leveldb::Iterator& at = **cursor_;
    if (std::exchange(is_given_, true) && at.Valid()) at.Next();
    // What LevelDB could not read it has left out.
    if (FileOutcome read = checkpoint_.outcome_of(at.status()); !read) return read.fault();
    if (!at.Valid()) return std::optional<Entry>();
    return std::optional(Entry{view_of(at.key()), view_of(at.value())});
  }

 private:
  LevelDbCheckpoint& checkpoint_;  // not used once the cursor is gone
  const std::shared_ptr<Cursor> cursor_;
  bool is_given_ = false;  // the entry that the cursor is at
};

FileResult<std::unique_ptr<CheckpointView>> LevelDbCheckpoint::view() {
  std::erase_if(cursors_, [](const std::weak_ptr<Cursor>& cursor) { return cursor.expired(); });
  auto cursor = std::make_shared<Cursor>(db_->NewIterator(read_options()));
  cursors_.push_back(cursor);
  return std::unique_ptr<CheckpointView>(std::make_unique<View>(*this, std::move(cursor)));
}

}  // namespace

namespace {

FileResult<std::unique_ptr<Checkpoint>> open_checkpoint(std::unique_ptr<LevelDbCheckpoint> checkpoint, bool create) {
  if (FileOutcome opened = checkpoint->open(create); !opened) return opened.fault();
  return std::unique_ptr<Checkpoint>(std::move(checkpoint));
}

}  // namespace

FileResult<std::unique_ptr<Checkpoint>> LevelDbStore::open(const std::string& directory, bool create) {
  using Access = LevelDbCheckpoint::Access;
  return open_checkpoint(std::make_unique<LevelDbCheckpoint>(files_, directory, options_, Access::write), create);
}

// LevelDB writes, and removes, whenever it is opened: here it does so in memory.
FileResult<std::unique_ptr<Checkpoint>> LevelDbStore::open_to_read(const std::string& directory, bool create) {
  using Access = LevelDbCheckpoint::Access;
  return open_checkpoint(std::make_unique<LevelDbCheckpoint>(files_, directory, options_, Access::read), create);
}

}  // namespace zabra::storage
