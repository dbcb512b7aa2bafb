// What storage asks of a file system, and nothing else: the real one (real_files.h) and the simulator's disk, which
// forgets what was not synced, behind the same interface. Every durable step is a call of its own, so that a test can
// crash between any two of them.
//
// What survives a crash: the bytes and the size of a file as of its last sync(); the names of a directory as of its
// last sync_directory(). Everything else may or may not be there, page by page and name by name. A rename survives as a
// whole or not at all.
//
// Paths use '/', and are absolute or relative to the process. One File may be used by one thread at a time; Files by
// any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wire/result.h"

namespace zabra::storage {

struct FileFault {
  enum class Kind {
    no_space,  // the disk or the quota is full: wait for space
    io,        // the disk failed, or what it holds is now unknown: the process must stop
    missing,   // there is no such file or directory
    held,      // another process holds the lock
    damaged,   // the bytes are there, and are not what was written
    other,     // permissions, too many open files, …
  };
  Kind kind{};
  int error = 0;      // errno, 0 where there is none
  std::string op;     // "fdatasync"
  std::string path;
  std::string detail; // more for people; may be empty
};
std::string to_string(const FileFault& fault);  // "fdatasync /d/version-2/log.1: No space left on device (errno 28)"
FileFault::Kind kind_of_errno(int error);

template <class T>
using FileResult = Result<T, FileFault>;
using FileOutcome = FileResult<Done>;

class File {
 public:
  virtual ~File() = default;  // closes without syncing

  // Fewer bytes than asked for only at the end of the file.
  virtual FileResult<std::size_t> read(std::uint64_t offset, char* into, std::size_t bytes) = 0;
  // All of it, or a fault after any part of it.
  virtual FileOutcome write(std::uint64_t offset, std::string_view bytes) = 0;
  // Makes the file at least `size` bytes long with all blocks really allocated: writing there can't run out of space.
  // New bytes are zero, old ones stay. On a fault the size is what it was.
  virtual FileOutcome allocate(std::uint64_t size) = 0;
  virtual FileOutcome truncate(std::uint64_t size) = 0;
  // Data, and what is needed to find it again (size, allocation). After a failure nobody knows what is on disk.
  virtual FileOutcome sync() = 0;
  virtual FileResult<std::uint64_t> size() = 0;
};

// Held as long as the object lives.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class OpenMode {
  read,    // must exist
  modify,  // must exist
  create,  // made when missing, kept when there
  replace, // made when missing, emptied when there
};

class Files {
 public:
  virtual ~Files() = default;

  virtual FileResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual FileOutcome rename(const std::string& from, const std::string& to) = 0;  // within one directory; replaces
  virtual FileOutcome remove(const std::string& path) = 0;
  virtual FileOutcome make_directory(const std::string& path) = 0;    // its parent must exist; done when it is there
  virtual FileOutcome remove_directory(const std::string& path) = 0;  // must be empty
  virtual FileOutcome sync_directory(const std::string& path) = 0;
  virtual FileResult<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted
  virtual FileResult<std::uint64_t> size(const std::string& path) = 0;
  virtual FileResult<bool> exists(const std::string& path) = 0;  // a file or a directory
  virtual FileResult<std::uint64_t> free_space(const std::string& directory) = 0;  // bytes for this user
  // Kind::held when another holder (process, or this one) has it.
  virtual FileResult<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

// Common needs made of the calls above.
std::string parent_of(const std::string& path);
std::string join(const std::string& directory, std::string_view name);
// Makes a directory with all above it, each name synced.
FileOutcome make_directories(Files& files, const std::string& path);
// Reads a file that is known to be small; more than `bytes_max` is Kind::damaged.
FileResult<std::string> read_small_file(Files& files, const std::string& path, std::size_t bytes_max);
// After it returns, `path` holds `bytes` whatever happens; if it fails or a crash comes first, the old content or the
// new.
FileOutcome replace_file(Files& files, const std::string& path, std::string_view bytes);

}  // namespace zabra::storage
