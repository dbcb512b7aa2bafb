#include "storage/overlay_files.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace zabra::storage {

class OverlayFiles::MemoryFile final : public File {
 public:
  explicit MemoryFile(Bytes bytes) : bytes_(std::move(bytes)) {}

  FileResult<std::size_t> read(std::uint64_t offset, char* into, std::size_t bytes) override {
    if (offset >= bytes_->size()) return std::size_t{0};
    return bytes_->copy(into, bytes, static_cast<std::size_t>(offset));
  }
  FileOutcome write(std::uint64_t offset, std::string_view bytes) override {
    if (FileOutcome grown = allocate(offset + bytes.size()); !grown) return grown;
    bytes_->replace(static_cast<std::size_t>(offset), bytes.size(), bytes);
    return Done{};
  }
  FileOutcome allocate(std::uint64_t size) override {
    return truncate(std::max<std::uint64_t>(size, bytes_->size()));
  }
  FileOutcome truncate(std::uint64_t size) override {
    bytes_->resize(static_cast<std::size_t>(size), '\0');
    return Done{};
  }
  FileOutcome sync() override { return Done{}; }
  FileResult<std::uint64_t> size() override { return std::uint64_t{bytes_->size()}; }

 private:
  Bytes bytes_;
};

namespace {

FileFault missing(const char* op, const std::string& path) { return {FileFault::Kind::missing, ENOENT, op, path, {}}; }

}  // namespace

FileResult<std::unique_ptr<File>> OverlayFiles::open(const std::string& path, OpenMode mode) {
  if (mode == OpenMode::replace) changed_[path] = std::make_shared<std::string>();
  const auto found = changed_.find(path);
  if (found == changed_.end()) return disk_.open(path, OpenMode::read);
  if (!found->second) return missing("open", path);
  return std::unique_ptr<File>(std::make_unique<MemoryFile>(found->second));
}

FileOutcome OverlayFiles::rename(const std::string& from, const std::string& to) {
  const auto found = changed_.find(from);
  if (found == changed_.end() || !found->second) return missing("rename", from);
  changed_[to] = std::exchange(found->second, nullptr);
  return Done{};
}

FileOutcome OverlayFiles::remove(const std::string& path) {
  const FileResult<bool> there = exists(path);
  if (!there) return there.fault();
  if (!*there) return missing("remove", path);
  changed_[path] = nullptr;
  return Done{};
}

FileResult<std::vector<std::string>> OverlayFiles::list(const std::string& directory) {
  FileResult<std::vector<std::string>> names = disk_.list(directory);
  if (!names) return names;
  for (const auto& [path, bytes] : changed_) {
    if (parent_of(path) != directory) continue;
    const std::string name = path.substr(path.rfind('/') + 1);
    std::erase(*names, name);
    if (bytes) names->push_back(name);
  }
  std::sort(names->begin(), names->end());
  return names;
}

FileResult<std::uint64_t> OverlayFiles::size(const std::string& path) {
  const auto found = changed_.find(path);
  if (found == changed_.end()) return disk_.size(path);
  if (!found->second) return missing("stat", path);
  return std::uint64_t{found->second->size()};
}

FileResult<bool> OverlayFiles::exists(const std::string& path) {
  const auto found = changed_.find(path);
  if (found == changed_.end()) return disk_.exists(path);
  return found->second != nullptr;
}

}  // namespace zabra::storage
