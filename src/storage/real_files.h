// Files over POSIX. Stateless; any thread.
#pragma once

#include "storage/files.h"

namespace zabra::storage {

class RealFiles final : public Files {
 public:
  FileResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  FileOutcome rename(const std::string& from, const std::string& to) override;
  FileOutcome remove(const std::string& path) override;
  FileOutcome make_directory(const std::string& path) override;
  FileOutcome remove_directory(const std::string& path) override;
  FileOutcome sync_directory(const std::string& path) override;
  FileResult<std::vector<std::string>> list(const std::string& directory) override;
  FileResult<std::uint64_t> size(const std::string& path) override;
  FileResult<bool> exists(const std::string& path) override;
  FileResult<std::uint64_t> free_space(const std::string& directory) override;
  FileResult<std::unique_ptr<FileLock>> lock(const std::string& path) override;
};

}  // namespace zabra::storage
