#include "tests/support/sim_files.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

#include "tests/support/file_content.h"
#include "wire/check.h"

namespace zabra::test {

using storage::File;
using storage::FileFault;
using storage::FileLock;
using storage::FileOutcome;
using storage::FileResult;
using storage::OpenMode;

struct SimFiles::Inode {
  bool is_directory = false;
  bool locked = false;

  // a file
  Content data, durable;
  std::vector<FileOp> pending;

  // a directory
  struct NameOp {
    std::string unlinked;  // may be empty
    std::string linked;    // may be empty
    InodePtr inode;
  };
  std::map<std::string, InodePtr> names, durable_names;
  std::vector<NameOp> pending_names;

  void apply(const NameOp& op, std::map<std::string, InodePtr>& to) const {
    if (!op.unlinked.empty()) {
      const auto found = to.find(op.unlinked);
      if (found != to.end() && found->second == op.inode) to.erase(found);
    }
    if (!op.linked.empty()) to[op.linked] = op.inode;
  }
  void change(NameOp op) {
    apply(op, names);
    pending_names.push_back(std::move(op));
  }
  void change(FileOp op) {
    data.apply(op);
    pending.push_back(std::move(op));
  }
  // Not simply what can be read: of a sync that failed some of it is lost.
  void make_durable() {
    for (const FileOp& op : pending) durable.apply(op);
    pending.clear();
  }
};

SimFiles::SimFiles() : root_(std::make_shared<Inode>()) { root_->is_directory = true; }
SimFiles::~SimFiles() = default;

// ---- steps ----------------------------------------------------------------------------------------------------------

std::optional<FileFault> SimFiles::off_fault(const char* op, const std::string& path) const {
  if (!off_) return std::nullopt;
  return FileFault{FileFault::Kind::io, EIO, op, path, "the power is off"};
}

std::optional<FileFault> SimFiles::step(const char* op, const std::string& path) {
  if (auto fault = off_fault(op, path)) return fault;
  if (failing_) {
    if (const auto kind = failing_(op, path)) {
      const int error = *kind == FileFault::Kind::no_space ? ENOSPC : *kind == FileFault::Kind::io ? EIO : EACCES;
      return FileFault{*kind, error, op, path, {}};
    }
  }
  ++steps_;
  off_ = steps_ == cut_at_;
  return std::nullopt;
}

FileOutcome SimFiles::finished(const char* op, const std::string& path) const {
  if (auto fault = off_fault(op, path)) return *fault;
  return Done{};
}

void SimFiles::fail_when(Failing failing) {
  const std::lock_guard hold(mutex_);
  failing_ = std::move(failing);
}

void SimFiles::set_capacity(std::optional<std::uint64_t> bytes) {
  const std::lock_guard hold(mutex_);
  capacity_ = bytes;
}

void SimFiles::fill() {
  const std::lock_guard hold(mutex_);
  capacity_ = used();
}

std::uint64_t SimFiles::used() const {
  std::uint64_t pages = 0;
  std::erase_if(inodes_, [](const auto& inode) { return inode.expired(); });
  for (const auto& inode : inodes_) {
    if (const InodePtr live = inode.lock()) pages += pages_of(live->data.size());
  }
  return pages * page_bytes;
}

bool SimFiles::has_space_for(const Inode& inode, std::uint64_t new_size) const {
  if (!capacity_ || new_size <= inode.data.size()) return true;
  return used() + (pages_of(new_size) - pages_of(inode.data.size())) * page_bytes <= *capacity_;
}

// ---- what a loss of power leaves ------------------------------------------------------------------------------------

void SimFiles::restart_after_kill() {
  const std::lock_guard hold(mutex_);
  ++run_;
  off_ = false;
  cut_at_ = 0;
  for (const auto& inode : inodes_) {
    if (const InodePtr live = inode.lock()) live->locked = false;
  }
}

void SimFiles::restart_after_power_loss(std::uint64_t seed) {
  const std::lock_guard hold(mutex_);
  std::mt19937_64 random(seed);
  forget(*root_, random);
  restart_after_kill();
}

namespace {

// Mostly mixtures; now and then nothing or everything.
enum class Fate { nothing, everything, mixture };
Fate draw_fate(std::mt19937_64& random) {
  switch (random() % 6) {
    case 0: return Fate::nothing;
    case 1: return Fate::everything;
    default: return Fate::mixture;
  }
}

std::string surviving_page(const Content& durable, const std::vector<FileOp>& ops, std::uint64_t page, Fate fate,
                           std::mt19937_64& random) {
  const auto moment = [&] {
    if (fate == Fate::nothing) return std::size_t{0};
    return fate == Fate::everything ? ops.size() : static_cast<std::size_t>(random() % (ops.size() + 1));
  };
  std::string content = page_at(durable, ops, moment(), page);
  if (fate != Fate::mixture || random() % 4 != 0) return content;
  const std::string other = page_at(durable, ops, moment(), page);
  for (std::uint64_t at = 0; at < page_bytes; at += sector_bytes) {
    if (random() % 2 == 0) content.replace(at, sector_bytes, other, at, sector_bytes);
  }
  return content;
}

}  // namespace

void SimFiles::forget(Inode& inode, std::mt19937_64& random) {
  const Fate fate = draw_fate(random);
  if (inode.is_directory) {
    for (const Inode::NameOp& op : inode.pending_names) {
      const bool survives = fate == Fate::everything || (fate == Fate::mixture && random() % 2 == 0);
      if (survives) inode.apply(op, inode.durable_names);
    }
    inode.pending_names.clear();
    inode.names = inode.durable_names;
    for (const auto& [name, child] : inode.names) forget(*child, random);
    return;
  }
  if (inode.pending.empty()) return;
  const std::size_t count = inode.pending.size();
  const std::size_t moment = fate == Fate::nothing ? 0 : fate == Fate::everything ? count : random() % (count + 1);
  const std::uint64_t size = size_at(inode.durable.size(), inode.pending, moment);
  std::uint64_t pages = inode.durable.pages();
  for (const FileOp& op : inode.pending) {
    if (const auto* write = std::get_if<WriteOp>(&op)) pages = std::max(pages, pages_of(write->offset + write->bytes.size()));
  }
  Content survived;
  for (std::uint64_t page = 0; page < std::min(pages_of(size), pages); ++page) {
    survived.apply(WriteOp{page * page_bytes, surviving_page(inode.durable, inode.pending, page, fate, random)});
  }
  survived.apply(ResizeOp{size});
  inode.data = inode.durable = std::move(survived);
  inode.pending.clear();
}

// Zeros at the end of a file may be missing.
void SimFiles::for_each_durable(const std::string& directory,
                                const std::function<void(const std::string&, std::string_view)>& take) const {
  const std::lock_guard hold(mutex_);
  const Place place = find(directory);
  if (!place.inode) return;
  for (const auto& [name, inode] : place.inode->durable_names) {
    if (inode->is_directory) continue;
    std::string bytes(inode->durable.pages() * page_bytes, '\0');
    inode->durable.read(0, bytes.data(), bytes.size());
    take(name, bytes);
  }
}

std::unique_ptr<SimFiles> SimFiles::copy_of_durable() const {
  const std::lock_guard hold(mutex_);
  auto copy = std::make_unique<SimFiles>();
  copy->root_ = copy_of_durable(*root_, *copy);
  return copy;
}

SimFiles::InodePtr SimFiles::copy_of_durable(const Inode& inode, SimFiles& to) {
  auto copy = std::make_shared<Inode>();
  copy->is_directory = inode.is_directory;
  copy->data = copy->durable = inode.durable;
  for (const auto& [name, child] : inode.durable_names) copy->durable_names[name] = copy_of_durable(*child, to);
  copy->names = copy->durable_names;
  to.inodes_.push_back(copy);
  return copy;
}

void SimFiles::overwrite(const std::string& path, std::uint64_t offset, std::string_view bytes) {
  const std::lock_guard hold(mutex_);
  const Place place = find(path);
  CHECK(place.inode && place.inode->pending.empty());
  place.inode->change(WriteOp{offset, std::string(bytes)});
  place.inode->pending.clear();
  place.inode->durable = place.inode->data;
}

// ---- names ----------------------------------------------------------------------------------------------------------

namespace {

FileFault missing(const char* op, const std::string& path) { return {FileFault::Kind::missing, ENOENT, op, path, {}}; }
FileFault refused(const char* op, const std::string& path, int error) {
  return {FileFault::Kind::other, error, op, path, {}};
}
FileFault no_space(const char* op, const std::string& path) {
  return {FileFault::Kind::no_space, ENOSPC, op, path, {}};
}

}  // namespace

SimFiles::Place SimFiles::find(const std::string& path) const {
  Place place{nullptr, root_, {}};
  std::size_t at = 0;
  while (at < path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) {
      place = {place.inode && place.inode->is_directory ? place.inode : nullptr, nullptr, path.substr(at, end - at)};
      if (!place.directory) return place;
      const auto found = place.directory->names.find(place.name);
      if (found != place.directory->names.end()) place.inode = found->second;
    }
    at = end + 1;
  }
  return place;
}

void SimFiles::link(const Place& place, InodePtr inode) {
  inodes_.push_back(inode);
  place.directory->change(Inode::NameOp{{}, place.name, std::move(inode)});
}

FileOutcome SimFiles::rename(const std::string& from, const std::string& to) {
  const std::lock_guard hold(mutex_);
  const Place source = find(from), target = find(to);
  if (!source.inode || !target.directory) return missing("rename", from);
  CHECK(source.directory == target.directory);
  if (auto fault = step("rename", from)) return *fault;
  source.directory->change(Inode::NameOp{source.name, target.name, source.inode});
  return finished("rename", from);
}

FileOutcome SimFiles::remove(const std::string& path) {
  const std::lock_guard hold(mutex_);
  const Place place = find(path);
  if (!place.inode) return missing("remove", path);
  if (place.inode->is_directory) return refused("remove", path, EISDIR);
  if (auto fault = step("remove", path)) return *fault;
  place.directory->change(Inode::NameOp{place.name, {}, place.inode});
  return finished("remove", path);
}

FileOutcome SimFiles::make_directory(const std::string& path) {
  const std::lock_guard hold(mutex_);
  const Place place = find(path);
  if (place.inode) return Done{};
  if (!place.directory) return missing("mkdir", path);
  if (auto fault = step("mkdir", path)) return *fault;
  auto made = std::make_shared<Inode>();
  made->is_directory = true;
  link(place, std::move(made));
  return finished("mkdir", path);
}

FileOutcome SimFiles::remove_directory(const std::string& path) {
  const std::lock_guard hold(mutex_);
  const Place place = find(path);
  if (!place.inode || !place.inode->is_directory || !place.directory) return missing("rmdir", path);
  if (!place.inode->names.empty()) return refused("rmdir", path, ENOTEMPTY);
  if (auto fault = step("rmdir", path)) return *fault;
  place.directory->change(Inode::NameOp{place.name, {}, place.inode});
  return finished("rmdir", path);
}

FileOutcome SimFiles::sync_directory(const std::string& path) {
  const std::lock_guard hold(mutex_);
  const Place place = find(path);
  if (!place.inode || !place.inode->is_directory) return missing("fsync", path);
  if (auto fault = step("fsync", path)) return *fault;
  if (off_) return finished("fsync", path);
  place.inode->durable_names = place.inode->names;
  place.inode->pending_names.clear();
  return Done{};
}

FileResult<std::vector<std::string>> SimFiles::list(const std::string& directory) {
  const std::lock_guard hold(mutex_);
  if (auto fault = off_fault("list", directory)) return *fault;
  const Place place = find(directory);
  if (!place.inode || !place.inode->is_directory) return missing("list", directory);
  std::vector<std::string> names;
  for (const auto& [name, inode] : place.inode->names) names.push_back(name);
  return names;
}

FileResult<std::uint64_t> SimFiles::size(const std::string& path) {
  const std::lock_guard hold(mutex_);
  if (auto fault = off_fault("stat", path)) return *fault;
  const Place place = find(path);
  if (!place.inode) return missing("stat", path);
  return place.inode->data.size();
}

FileResult<bool> SimFiles::exists(const std::string& path) {
  const std::lock_guard hold(mutex_);
  if (auto fault = off_fault("stat", path)) return *fault;
  return find(path).inode != nullptr;
}

FileResult<std::uint64_t> SimFiles::free_space(const std::string& directory) {
  const std::lock_guard hold(mutex_);
  if (auto fault = off_fault("statvfs", directory)) return *fault;
  if (!find(directory).inode) return missing("statvfs", directory);
  if (!capacity_) return std::uint64_t{1} << 40;
  return *capacity_ - std::min(*capacity_, used());
}

// ---- open files -----------------------------------------------------------------------------------------------------

class SimFiles::OpenFile final : public File {
 public:
  OpenFile(SimFiles& disk, InodePtr inode, std::string path)
      : disk_(disk), inode_(std::move(inode)), path_(std::move(path)), run_(disk.run_) {}

  FileResult<std::size_t> read(std::uint64_t offset, char* into, std::size_t bytes) override {
    const std::lock_guard hold(disk_.mutex_);
    if (auto fault = dead("read")) return *fault;
    return inode_->data.read(offset, into, bytes);
  }

  FileOutcome write(std::uint64_t offset, std::string_view bytes) override {
    const std::lock_guard hold(disk_.mutex_);
    if (auto fault = dead("write")) return *fault;
    if (auto fault = disk_.step("write", path_)) return *fault;
    const bool fits = disk_.has_space_for(*inode_, offset + bytes.size());
    if (!fits) bytes = bytes.substr(0, bytes.size() / 2);  // a part of it gets there
    if (fits || disk_.has_space_for(*inode_, offset + bytes.size())) {
      inode_->change(FileOp(WriteOp{offset, std::string(bytes)}));
    }
    if (!fits) return no_space("write", path_);
    return disk_.finished("write", path_);
  }

  FileOutcome allocate(std::uint64_t size) override { return resize("fallocate", size, size > inode_->data.size()); }
  FileOutcome truncate(std::uint64_t size) override { return resize("truncate", size, size != inode_->data.size()); }

  FileOutcome sync() override {
    const std::lock_guard hold(disk_.mutex_);
    if (auto fault = dead("fdatasync")) return *fault;
    if (auto fault = disk_.step("fdatasync", path_)) {
      if (fault->kind == FileFault::Kind::io) inode_->pending.clear();  // as the kernel does: see fail_when()
      return *fault;
    }
    if (disk_.off_) return disk_.finished("fdatasync", path_);
    inode_->make_durable();
    return Done{};
  }

  FileResult<std::uint64_t> size() override {
    const std::lock_guard hold(disk_.mutex_);
    if (auto fault = dead("fstat")) return *fault;
    return inode_->data.size();
  }

 private:
  std::optional<FileFault> dead(const char* op) const {
    if (run_ != disk_.run_) return FileFault{FileFault::Kind::io, EIO, op, path_, "opened before the crash"};
    return disk_.off_fault(op, path_);
  }
  FileOutcome resize(const char* op, std::uint64_t size, bool changes) {
    const std::lock_guard hold(disk_.mutex_);
    if (auto fault = dead(op)) return *fault;
    if (!changes) return Done{};
    if (auto fault = disk_.step(op, path_)) return *fault;
    if (!disk_.has_space_for(*inode_, size)) return no_space(op, path_);
    inode_->change(FileOp(ResizeOp{size}));
    return disk_.finished(op, path_);
  }

  SimFiles& disk_;
  const InodePtr inode_;
  const std::string path_;
  const std::uint64_t run_;
};

FileResult<std::unique_ptr<File>> SimFiles::open(const std::string& path, OpenMode mode) {
  const std::lock_guard hold(mutex_);
  if (auto fault = off_fault("open", path)) return *fault;
  Place place = find(path);
  const bool makes = mode == OpenMode::create || mode == OpenMode::replace;
  if (!place.directory || (!place.inode && !makes)) return missing("open", path);
  if (place.inode && place.inode->is_directory) return refused("open", path, EISDIR);
  if (!place.inode) {
    if (auto fault = step("open", path)) return *fault;
    place.inode = std::make_shared<Inode>();
    link(place, place.inode);
  } else if (mode == OpenMode::replace && place.inode->data.size() > 0) {
    if (auto fault = step("open", path)) return *fault;
    place.inode->change(FileOp(ResizeOp{0}));
  }
  if (auto fault = off_fault("open", path)) return *fault;
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, place.inode, path));
}

class SimFiles::HeldLock final : public FileLock {
 public:
  HeldLock(SimFiles& disk, InodePtr inode) : disk_(disk), inode_(std::move(inode)), run_(disk.run_) {}
  ~HeldLock() override {
    const std::lock_guard hold(disk_.mutex_);
    if (run_ == disk_.run_) inode_->locked = false;
  }

 private:
  SimFiles& disk_;
  const InodePtr inode_;
  const std::uint64_t run_;
};

FileResult<std::unique_ptr<FileLock>> SimFiles::lock(const std::string& path) {
  const std::lock_guard hold(mutex_);
  FileResult<std::unique_ptr<File>> file = open(path, OpenMode::create);
  if (!file) return file.fault();
  const InodePtr inode = find(path).inode;
  if (inode->locked) return FileFault{FileFault::Kind::held, 0, "lock", path, "held by another process"};
  inode->locked = true;
  return std::unique_ptr<FileLock>(std::make_unique<HeldLock>(*this, inode));
}

}  // namespace zabra::test
