#include "storage/leveldb_checkpoint.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/table.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <utility>

#include "base/log.h"
#include "storage/overlay_files.h"
#include "wire/check.h"
#include "wire/jute.h"

namespace zabra::storage {

namespace {

using leveldb::Slice;
using leveldb::Status;

std::string_view view_of(const Slice& slice) { return {slice.data(), slice.size()}; }
Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

// LevelDB's statuses are text only. This remembers the fault itself, the first since it was asked.
class FaultMemory {
 public:
  Status note(const FileFault& fault) {
    if (fault.kind == FileFault::Kind::missing) return Status::NotFound(fault.path, to_string(fault));
    if (!first_) first_ = fault;
    return Status::IOError(to_string(fault));
  }
  Status note(const FileOutcome& outcome) { return outcome ? Status::OK() : note(outcome.fault()); }
  std::optional<FileFault> take() { return std::exchange(first_, std::nullopt); }

 private:
  std::optional<FileFault> first_;
};

// ---- LevelDB's files over ours --------------------------------------------------------------------------------------

class SequentialFile final : public leveldb::SequentialFile {
 public:
  SequentialFile(FaultMemory& faults, std::unique_ptr<File> file) : faults_(faults), file_(std::move(file)) {}
  Status Read(std::size_t n, Slice* result, char* scratch) override {
    const FileResult<std::size_t> got = file_->read(offset_, scratch, n);
    if (!got) return faults_.note(got.fault());
    offset_ += *got;
    *result = Slice(scratch, *got);
    return Status::OK();
  }
  Status Skip(std::uint64_t n) override {
    offset_ += n;
    return Status::OK();
  }

 private:
  FaultMemory& faults_;
  std::unique_ptr<File> file_;
  std::uint64_t offset_ = 0;
};

class RandomAccessFile final : public leveldb::RandomAccessFile {
 public:
  RandomAccessFile(FaultMemory& faults, std::unique_ptr<File> file) : faults_(faults), file_(std::move(file)) {}
  Status Read(std::uint64_t offset, std::size_t n, Slice* result, char* scratch) const override {
    const FileResult<std::size_t> got = file_->read(offset, scratch, n);
    if (!got) return faults_.note(got.fault());
    *result = Slice(scratch, *got);
    return Status::OK();
  }

 private:
  FaultMemory& faults_;
  std::unique_ptr<File> file_;
};

class WritableFile final : public leveldb::WritableFile {
 public:
  WritableFile(FaultMemory& faults, Files& files, std::unique_ptr<File> file, std::string directory)
      : faults_(faults), files_(files), file_(std::move(file)), directory_(std::move(directory)) {}

  Status Append(const Slice& data) override {
    buffer_.append(data.data(), data.size());
    return buffer_.size() < buffer_bytes ? Status::OK() : Flush();
  }
  Status Flush() override {
    if (buffer_.empty()) return Status::OK();
    Status written = faults_.note(file_->write(offset_, buffer_));
    offset_ += buffer_.size();
    buffer_.clear();
    return written;
  }
  // What is synced must also be found again: LevelDB 1.23 leaves the name of a new table or log to chance.
  Status Sync() override {
    Status done = Flush();
    if (done.ok()) done = faults_.note(file_->sync());
    if (done.ok() && !name_synced_) done = faults_.note(files_.sync_directory(directory_));
    name_synced_ = name_synced_ || done.ok();
    return done;
  }
  Status Close() override {
    const Status flushed = Flush();
    file_.reset();
    return flushed;
  }

 private:
  static constexpr std::size_t buffer_bytes = 64 << 10;

  FaultMemory& faults_;
  Files& files_;
  std::unique_ptr<File> file_;
  const std::string directory_;
  std::string buffer_;
  std::uint64_t offset_ = 0;
  bool name_synced_ = false;
};

struct HeldLock final : leveldb::FileLock {
  explicit HeldLock(std::unique_ptr<storage::FileLock> held) : lock(std::move(held)) {}
  std::unique_ptr<storage::FileLock> lock;
};

// LevelDB's own log is for its developers: what matters of it comes back as a status.
struct SilentLogger final : leveldb::Logger {
  void Logv(const char*, std::va_list) override {}
};

// ---- LevelDB's environment ------------------------------------------------------------------------------------------

// Background work is queued, and run by whoever calls run_one(), never while LevelDB is inside another call.
class Environment final : public leveldb::Env {
 public:
  explicit Environment(Files& files) : files_(files) {}

  FaultMemory& faults() { return faults_; }
  bool has_work() const { return !work_.empty(); }
  void run_one() {
    const Work work = work_.front();
    work_.pop_front();
    work.function(work.argument);
  }
  // From now on nothing reaches the disk.
  void cut_off() { cut_off_ = true; }

  Status NewSequentialFile(const std::string& path, leveldb::SequentialFile** result) override {
    return open<SequentialFile>(path, OpenMode::read, result);
  }
  Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) override {
    return open<RandomAccessFile>(path, OpenMode::read, result);
  }
  Status NewWritableFile(const std::string& path, leveldb::WritableFile** result) override {
    *result = nullptr;
    if (cut_off_) return refused();
    FileResult<std::unique_ptr<File>> file = files_.open(path, OpenMode::replace);
    if (!file) return faults_.note(file.fault());
    *result = new WritableFile(faults_, files_, std::move(*file), parent_of(path));
    return Status::OK();
  }
  bool FileExists(const std::string& path) override {
    const FileResult<bool> there = files_.exists(path);
    if (!there) (void)faults_.note(there.fault());
    return there && *there;
  }
  Status GetChildren(const std::string& directory, std::vector<std::string>* result) override {
    FileResult<std::vector<std::string>> names = files_.list(directory);
    if (!names) return faults_.note(names.fault());
    *result = std::move(*names);
    return Status::OK();
  }
  Status RemoveFile(const std::string& path) override {
    return rename_in_doubt_ ? refused() : unless_cut_off([&] { return files_.remove(path); });
  }
  Status CreateDir(const std::string& path) override {
    return unless_cut_off([&] { return files_.make_directory(path); });
  }
  Status RemoveDir(const std::string& path) override {
    return unless_cut_off([&] { return files_.remove_directory(path); });
  }
  Status GetFileSize(const std::string& path, std::uint64_t* bytes) override {
    const FileResult<std::uint64_t> size = files_.size(path);
    *bytes = size ? *size : 0;
    return size ? Status::OK() : faults_.note(size.fault());
  }
  Status RenameFile(const std::string& from, const std::string& to) override {
    return unless_cut_off([&] {
      FileOutcome renamed = files_.rename(from, to);
      if (!renamed) return renamed;
      FileOutcome synced = files_.sync_directory(parent_of(to));
      rename_in_doubt_ = rename_in_doubt_ || !synced;
      return synced;
    });
  }
  Status LockFile(const std::string& path, leveldb::FileLock** lock) override {
    *lock = nullptr;
    FileResult<std::unique_ptr<storage::FileLock>> held = files_.lock(path);
    if (!held) return faults_.note(held.fault());
    *lock = new HeldLock(std::move(*held));
    return Status::OK();
  }
  Status UnlockFile(leveldb::FileLock* lock) override {
    delete lock;
    return Status::OK();
  }
  void Schedule(void (*function)(void*), void* argument) override { work_.push_back({function, argument}); }
  void StartThread(void (*)(void*), void*) override { CHECK(false); }  // LevelDB's benchmarks only
  Status GetTestDirectory(std::string*) override { return refused(); }
  Status NewLogger(const std::string&, leveldb::Logger** result) override {
    *result = new SilentLogger;
    return Status::OK();
  }
  std::uint64_t NowMicros() override {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }
  void SleepForMicroseconds(int) override {}  // slows writers down for a thread of its own: there is none

 private:
  struct Work {
    void (*function)(void*);
    void* argument;
  };

  static Status refused() { return Status::IOError("closed"); }
  template <class Call>
  Status unless_cut_off(Call call) {
    return cut_off_ ? refused() : faults_.note(call());
  }
  template <class Opened, class Base>
  Status open(const std::string& path, OpenMode mode, Base** result) {
    *result = nullptr;
    FileResult<std::unique_ptr<File>> file = files_.open(path, mode);
    if (!file) return faults_.note(file.fault());
    *result = new Opened(faults_, std::move(*file));
    return Status::OK();
  }

  Files& files_;
  FaultMemory faults_;
  std::deque<Work> work_;
  bool cut_off_ = false;
  // CURRENT may name the new manifest or the old one: LevelDB, which takes the rename for failed, must not remove
  // either.
  bool rename_in_doubt_ = false;
};

// ---- where a table is damaged ---------------------------------------------------------------------------------------

// Remembers where it was first read from since it was last asked.
class WatchedFile final : public leveldb::RandomAccessFile {
 public:
  explicit WatchedFile(std::unique_ptr<leveldb::RandomAccessFile> file) : file_(std::move(file)) {}
  Status Read(std::uint64_t offset, std::size_t n, Slice* result, char* scratch) const override {
    if (!first_) first_ = offset;
    return file_->Read(offset, n, result, scratch);
  }
  std::uint64_t take_first() { return std::exchange(first_, std::nullopt).value_or(0); }

 private:
  const std::unique_ptr<leveldb::RandomAccessFile> file_;
  mutable std::optional<std::uint64_t> first_;
};

// The offset of the first block that LevelDB can't read, of one table; nothing when all is well with it. LevelDB says
// that a block is damaged, not which, and has read on when it says so.
std::optional<std::uint64_t> damaged_block(Environment& environment, const std::string& path) {
  std::uint64_t size = 0;
  leveldb::RandomAccessFile* opened = nullptr;
  if (!environment.GetFileSize(path, &size).ok() || !environment.NewRandomAccessFile(path, &opened).ok()) return 0;
  WatchedFile file{std::unique_ptr<leveldb::RandomAccessFile>(opened)};
  leveldb::Options options;
  options.env = &environment;
  options.paranoid_checks = true;
  leveldb::Table* made = nullptr;
  const Status status = leveldb::Table::Open(options, &file, size, &made);
  const std::unique_ptr<leveldb::Table> table(made);
  if (!status.ok()) return file.take_first();
  leveldb::ReadOptions checked;
  checked.verify_checksums = true;
  const std::unique_ptr<leveldb::Iterator> at(table->NewIterator(checked));
  (void)file.take_first();
  for (at->SeekToFirst(); at->status().ok() && at->Valid(); at->Next()) (void)file.take_first();
  return at->status().ok() ? std::nullopt : std::optional(file.take_first());
}

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
        environment_(access == Access::write ? files : overlay_),
        cache_(leveldb::NewLRUCache(block_cache_bytes)),
        directory_(std::move(directory)) {}

  ~LevelDbCheckpoint() override {
    for (const std::weak_ptr<Cursor>& cursor : cursors_) {
      if (const auto open = cursor.lock()) open->reset();  // LevelDB's iterators must go before it does
    }
    environment_.cut_off();  // LevelDB waits for its background work: let it fail at once
    while (environment_.has_work()) environment_.run_one();
  }

  FileOutcome open(bool create) {
    leveldb::Options options;
    options.env = &environment_;
    options.info_log = &logger_;
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
    if (!environment_.has_work() && number_of("leveldb.approximate-memory-usage") > options_.memory_kept_bytes) {
      if (FileOutcome asked = outcome_of(db_->Write(leveldb::WriteOptions(), nullptr)); !asked) return asked.fault();
    }
    if (!environment_.has_work()) return false;
    environment_.run_one();
    if (std::optional<FileFault> fault = environment_.faults().take()) return *fault;
    return environment_.has_work();
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
    if (environment_.has_work()) environment_.run_one();  // memory is always written out first
    while (environment_.has_work() && number_of("leveldb.num-files-at-level0") >= level0_files_max) {
      environment_.run_one();
    }
    if (std::optional<FileFault> fault = environment_.faults().take()) return *fault;
    return Done{};
  }

  // The log of LevelDB that a write syncs is only the last of those that hold what was loaded: all of it goes to tables,
  // which are synced.
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
    std::optional<FileFault> fault = environment_.faults().take();
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
    if (!environment_.GetChildren(directory_, &names).ok()) return fault;
    for (const std::string& name : names) {
      if (!name.ends_with(".ldb")) continue;
      const std::optional<std::uint64_t> offset = damaged_block(environment_, join(directory_, name));
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
  Environment environment_;
  SilentLogger logger_;
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
