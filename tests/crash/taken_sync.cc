#include "tests/crash/taken_sync.h"

namespace zabra::test {

using storage::File;
using storage::FileOutcome;
using storage::FileResult;
using storage::OpenMode;
using storage::parent_of;

namespace {

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool is_temporary(const std::string& path) { return path.ends_with(".tmp") || path.ends_with(".dbtmp"); }

std::string kind_of(const std::string& path) {
  const std::string name = name_of(path);
  const bool in_checkpoint = name_of(parent_of(path)).starts_with("checkpoint.");
  if (in_checkpoint && name.ends_with(".log")) return "leveldb log";
  if (name.ends_with(".ldb")) return "table";
  if (name.ends_with(".dbtmp")) return "CURRENT";
  if (name.starts_with("checkpoint.pointer")) return "pointer";
  if (name.starts_with("zabra.owner")) return "owner";
  if (name.starts_with("acceptedEpoch") || name.starts_with("currentEpoch")) return "epoch";
  return name.substr(0, name.find_first_of(".-"));
}

// The name of a file that is about to be renamed needs no durability of its own.
std::string kind_of_name(const std::string& path) { return is_temporary(path) ? "temporary" : kind_of(path); }

}  // namespace

class TakenSync::OpenFile final : public File {
 public:
  OpenFile(TakenSync& front, std::unique_ptr<File> file, std::shared_ptr<std::string> path)
      : front_(front), file_(std::move(file)), path_(std::move(path)) {}

  FileResult<std::size_t> read(std::uint64_t offset, char* into, std::size_t bytes) override {
    return file_->read(offset, into, bytes);
  }
  FileOutcome write(std::uint64_t offset, std::string_view bytes) override {
    written_ = true;
    return file_->write(offset, bytes);
  }
  FileOutcome allocate(std::uint64_t size) override { return file_->allocate(size); }
  FileOutcome truncate(std::uint64_t size) override {
    cut_ = true;
    return file_->truncate(size);
  }
  FileOutcome sync() override {
    const bool taken = front_.takes(sync_class());
    cut_ = false;
    return taken ? Done{} : file_->sync();
  }
  FileResult<std::uint64_t> size() override { return file_->size(); }

 private:
  std::string sync_class() const {
    const std::string kind = kind_of(*path_);
    if (kind != "log") return kind;
    if (front_.starting_) return "log at start";
    return !cut_ ? "log" : written_ ? "log cut" : "log truncated";
  }

  TakenSync& front_;
  std::unique_ptr<File> file_;
  std::shared_ptr<std::string> path_;
  bool cut_ = false, written_ = false;
};

TakenSync::TakenSync(SimFiles& disk, std::string taken_class, std::uint64_t seed, std::set<std::string>& seen)
    : disk_(disk), taken_class_(std::move(taken_class)), random_(seed), seen_(seen) {}

bool TakenSync::takes(const std::string& sync_class) {
  seen_.insert(sync_class);
  if (sync_class != taken_class_) return false;
  on_taken();
  return true;
}

void TakenSync::on_taken() {
  static constexpr std::uint64_t steps_until[] = {1, 1, 2, 3, 5, 12, 40};
  if (armed_ || random_() % 3 == 0) return;
  armed_ = true;
  disk_.cut_power_at(steps_until[random_() % std::size(steps_until)]);
}

void TakenSync::after_kill() {
  armed_ = false;
  for (auto& [directory, name] : names_) name.found = true;
}

void TakenSync::after_power_loss() {
  armed_ = false;
  names_.clear();
}

FileResult<std::unique_ptr<File>> TakenSync::open(const std::string& path, OpenMode mode) {
  const FileResult<bool> there = disk_.exists(path);
  FileResult<std::unique_ptr<File>> file = disk_.open(path, mode);
  if (!file) return file;
  if (there && !*there) note_name(parent_of(path), "new " + kind_of_name(path));
  auto name = std::make_shared<std::string>(path);
  open_paths_[path] = name;
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, std::move(*file), std::move(name)));
}

FileOutcome TakenSync::rename(const std::string& from, const std::string& to) {
  FileOutcome renamed = disk_.rename(from, to);
  if (!renamed) return renamed;
  note_name(parent_of(to), "new " + kind_of_name(to));
  if (const auto open = open_paths_[from].lock()) {
    *open = to;
    open_paths_[to] = open;
  }
  open_paths_.erase(from);
  return renamed;
}

FileOutcome TakenSync::remove(const std::string& path) {
  FileOutcome removed = disk_.remove(path);
  if (removed) note_name(parent_of(path), "gone " + kind_of_name(path));
  return removed;
}

FileOutcome TakenSync::make_directory(const std::string& path) {
  const FileResult<bool> there = disk_.exists(path);
  FileOutcome made = disk_.make_directory(path);
  if (made && there && !*there) note_name(parent_of(path), "new directory");
  return made;
}

// A name whose sync was taken is made durable by the next one that is not.
FileOutcome TakenSync::sync_directory(const std::string& path) {
  const auto last = names_.find(path);
  if (last != names_.end() && !last->second.taken && takes((last->second.found ? "found " : "") + last->second.what)) {
    last->second.taken = true;
    return Done{};
  }
  FileOutcome synced = disk_.sync_directory(path);
  if (synced) names_.erase(path);
  return synced;
}

}  // namespace zabra::test
