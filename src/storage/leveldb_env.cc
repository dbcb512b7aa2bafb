#include "storage/leveldb_env.h"

#include <leveldb/env.h>
#include <leveldb/iterator.h>
#include <leveldb/options.h>
#include <leveldb/table.h>

#include <chrono>
#include <deque>
#include <string_view>
#include <utility>

#include "wire/check.h"

namespace zabra::storage {

namespace {

using leveldb::Slice;
using leveldb::Status;

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

class Environment final : public leveldb::Env, public LevelDbEnv {
 public:
  explicit Environment(Files& files) : files_(files) {}

  // ---- LevelDbEnv ----
  leveldb::Env& env() override { return *this; }
  leveldb::Logger& silent_logger() override { return logger_; }
  std::optional<FileFault> take_fault() override { return faults_.take(); }
  bool has_work() const override { return !work_.empty(); }
  void run_one() override {
    const Work work = work_.front();
    work_.pop_front();
    work.function(work.argument);
  }
  void cut_off() override { cut_off_ = true; }

  // ---- leveldb::Env ----
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
  SilentLogger logger_;
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

}  // namespace

std::optional<std::uint64_t> damaged_block(LevelDbEnv& environment, const std::string& path) {
  std::uint64_t size = 0;
  leveldb::RandomAccessFile* opened = nullptr;
  leveldb::Env& env = environment.env();
  if (!env.GetFileSize(path, &size).ok() || !env.NewRandomAccessFile(path, &opened).ok()) return 0;
  WatchedFile file{std::unique_ptr<leveldb::RandomAccessFile>(opened)};
  leveldb::Options options;
  options.env = &env;
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

std::unique_ptr<LevelDbEnv> LevelDbEnv::make(Files& files) { return std::make_unique<Environment>(files); }

}  // namespace zabra::storage
