// A directory as it would be if there were space: what is on disk can be read, what is written stays in memory and goes
// with the object. For a database that must write to be opened, on a disk that is full, or that must stay as it is.
//
// One thread. Names are whole paths; directories, locks and free space are the disk's.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "storage/files.h"

namespace zabra::storage {

class OverlayFiles final : public Files {
 public:
  explicit OverlayFiles(Files& disk) : disk_(disk) {}

  FileResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  FileOutcome rename(const std::string& from, const std::string& to) override;  // of a file in memory
  FileOutcome remove(const std::string& path) override;
  FileOutcome make_directory(const std::string&) override { return Done{}; }
  FileOutcome remove_directory(const std::string&) override { return Done{}; }
  FileOutcome sync_directory(const std::string&) override { return Done{}; }
  FileResult<std::vector<std::string>> list(const std::string& directory) override;
  FileResult<std::uint64_t> size(const std::string& path) override;
  FileResult<bool> exists(const std::string& path) override;
  FileResult<std::uint64_t> free_space(const std::string& directory) override { return disk_.free_space(directory); }
  FileResult<std::unique_ptr<FileLock>> lock(const std::string& path) override { return disk_.lock(path); }

 private:
  using Bytes = std::shared_ptr<std::string>;
  class MemoryFile;

  Files& disk_;
  std::map<std::string, Bytes> changed_;  // none: removed
};

}  // namespace zabra::storage
