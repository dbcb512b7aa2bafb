#include "storage/real_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace zabra::storage {

namespace {

FileFault fault_of(int error, const char* op, const std::string& path) {
  return {kind_of_errno(error), error, op, path, {}};
}

// Repeats a call that a signal has interrupted.
template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

FileResult<std::uint64_t> size_of(int fd, const std::string& path) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return fault_of(errno, "fstat", path);
  return static_cast<std::uint64_t>(facts.st_size);
}

class RealFile final : public File {
 public:
  RealFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  FileResult<std::size_t> read(std::uint64_t offset, char* into, std::size_t bytes) override {
    std::size_t got = 0;
    while (got < bytes) {
      const ssize_t n =
          retried([&] { return ::pread(fd_.get(), into + got, bytes - got, static_cast<off_t>(offset + got)); });
      if (n < 0) return fault_of(errno, "read", path_);
      if (n == 0) break;
      got += static_cast<std::size_t>(n);
    }
    return got;
  }

  FileOutcome write(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n =
          retried([&] { return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (n < 0) return fault_of(errno, "write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return Done{};
  }

  FileOutcome allocate(std::uint64_t size) override {
    const FileResult<std::uint64_t> before = size_of(fd_.get(), path_);
    if (!before) return before.fault();
    if (*before >= size) return Done{};
    const int allocated = retried([&] { return ::fallocate(fd_.get(), 0, 0, static_cast<off_t>(size)); });
    if (allocated == 0) return Done{};
    const int error = errno;
    FileOutcome outcome = error == EOPNOTSUPP || error == ENOSYS ? write_zeros(*before, size)
                                                                 : FileOutcome(fault_of(error, "fallocate", path_));
    if (!outcome) (void)truncate(*before);  // what it got before it failed
    return outcome;
  }

  FileOutcome truncate(std::uint64_t size) override {
    if (retried([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); }) != 0) {
      return fault_of(errno, "truncate", path_);
    }
    return Done{};
  }

  FileOutcome sync() override {
    // Not retried after anything but a signal: the kernel reports a lost page once, and forgets it.
    if (retried([&] { return ::fdatasync(fd_.get()); }) != 0) return fault_of(errno, "fdatasync", path_);
    return Done{};
  }

  FileResult<std::uint64_t> size() override { return size_of(fd_.get(), path_); }

 private:
  FileOutcome write_zeros(std::uint64_t from, std::uint64_t to) {
    const std::string zeros(64 << 10, '\0');
    while (from < to) {
      const std::uint64_t bytes = std::min<std::uint64_t>(zeros.size(), to - from);
      if (FileOutcome written = write(from, std::string_view(zeros).substr(0, bytes)); !written) return written;
      from += bytes;
    }
    return Done{};
  }

  Descriptor fd_;
  const std::string path_;
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::read: return O_RDONLY;
    case OpenMode::modify: return O_RDWR;
    case OpenMode::create: return O_RDWR | O_CREAT;
    case OpenMode::replace: return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

class RealLock final : public FileLock {
 public:
  explicit RealLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;  // the lock goes with the descriptor
};

constexpr mode_t file_permissions = 0640, directory_permissions = 0750;

Descriptor open_descriptor(const std::string& path, int flags) {
  return Descriptor(retried([&] { return ::open(path.c_str(), flags | O_CLOEXEC, file_permissions); }));
}

std::string holder_of(const Descriptor& fd) {
  char text[32] = {};
  const ssize_t n = ::pread(fd.get(), text, sizeof(text) - 1, 0);
  std::string holder(text, n > 0 ? static_cast<std::size_t>(n) : 0);
  std::erase(holder, '\n');
  return holder.empty() ? "held by another process" : "held by process " + holder;
}

}  // namespace

FileResult<std::unique_ptr<File>> RealFiles::open(const std::string& path, OpenMode mode) {
  Descriptor fd = open_descriptor(path, flags_of(mode));
  if (fd.get() < 0) return fault_of(errno, "open", path);
  return std::unique_ptr<File>(std::make_unique<RealFile>(std::move(fd), path));
}

FileOutcome RealFiles::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return fault_of(errno, "rename", from);
  return Done{};
}

FileOutcome RealFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return fault_of(errno, "remove", path);
  return Done{};
}

FileOutcome RealFiles::make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), directory_permissions) != 0 && errno != EEXIST) return fault_of(errno, "mkdir", path);
  return Done{};
}

FileOutcome RealFiles::remove_directory(const std::string& path) {
  if (::rmdir(path.c_str()) != 0) return fault_of(errno, "rmdir", path);
  return Done{};
}

FileOutcome RealFiles::sync_directory(const std::string& path) {
  const Descriptor fd = open_descriptor(path, O_RDONLY | O_DIRECTORY);
  if (fd.get() < 0) return fault_of(errno, "open", path);
  // EINVAL: a file system that has no such call, because its names are durable at once.
  if (retried([&] { return ::fsync(fd.get()); }) != 0 && errno != EINVAL) return fault_of(errno, "fsync", path);
  return Done{};
}

FileResult<std::vector<std::string>> RealFiles::list(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), &::closedir);
  if (!stream) return fault_of(errno, "list", directory);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return fault_of(errno, "list", directory);
  std::sort(names.begin(), names.end());
  return names;
}

FileResult<std::uint64_t> RealFiles::size(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return fault_of(errno, "stat", path);
  return static_cast<std::uint64_t>(facts.st_size);
}

FileResult<bool> RealFiles::exists(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0) return true;
  const FileFault fault = fault_of(errno, "stat", path);
  if (fault.kind == FileFault::Kind::missing) return false;
  return fault;
}

FileResult<std::uint64_t> RealFiles::free_space(const std::string& directory) {
  struct statvfs facts {};
  if (::statvfs(directory.c_str(), &facts) != 0) return fault_of(errno, "statvfs", directory);
  return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
}

FileResult<std::unique_ptr<FileLock>> RealFiles::lock(const std::string& path) {
  Descriptor fd = open_descriptor(path, O_RDWR | O_CREAT);
  if (fd.get() < 0) return fault_of(errno, "open", path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return FileFault{FileFault::Kind::held, 0, "lock", path, holder_of(fd)};
    return fault_of(errno, "lock", path);
  }
  // For people who look who holds it. Losing it (a full disk) harms nothing.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) == 0) (void)!::pwrite(fd.get(), pid.data(), pid.size(), 0);
  return std::unique_ptr<FileLock>(std::make_unique<RealLock>(std::move(fd)));
}

}  // namespace zabra::storage
