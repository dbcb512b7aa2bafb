// A disk that fails, or is slow, when it is told to: preloaded into a server, it stands before the calls by which the server reaches
// its files. They go through to the C library (and a sanitizer's own) unless the file that ZABRA_FAULT names is there:
//
//   fdatasync */version-2/log.* 5 /tmp/x/gate   the call, the paths (fnmatch), the errno, and, if wanted, a named pipe
//   fdatasync */version-2/log.* 0 30            errno 0: the call goes through, here 30 ms later than it was made
//
// A call that is met adds its line to <ZABRA_FAULT>.failed before anything else: "fdatasync /tmp/x/data/version-2/log.1". With
// a pipe it then waits until somebody has opened and closed the pipe's other end. <ZABRA_FAULT>.loaded holds the
// process id of whoever has loaded this: a test can tell that it was there.
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

namespace {

struct Fault {
  std::string call, paths, wait;  // a pipe's path, milliseconds, or nothing
  int error = 0;
};

const std::string& control_path() {
  static const std::string path = [] {
    const char* named = std::getenv("ZABRA_FAULT");
    return std::string(named ? named : "");
  }();
  return path;
}

// The files of this library's own are reached without the calls that it stands before.
std::string contents_of(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  char bytes[1024];
  const long got = ::read(fd, bytes, sizeof bytes);
  ::close(fd);
  return {bytes, got > 0 ? static_cast<std::size_t>(got) : 0};
}

void add_line(const std::string& path, const std::string& line) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0 || ::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
  ::close(fd);
}

std::string take_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \n"), rest.size()));
  const std::string word(rest.substr(0, rest.find_first_of(" \n")));
  rest.remove_prefix(word.size());
  return word;
}

Fault wanted_fault() {
  const std::string line = contents_of(control_path());
  std::string_view rest = line;
  Fault fault;
  fault.call = take_word(rest);
  fault.paths = take_word(rest);
  fault.error = std::atoi(take_word(rest).c_str());
  fault.wait = take_word(rest);
  return fault;
}

std::string path_of(int fd) {
  char path[4096];
  const ssize_t got = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
  return {path, got > 0 ? static_cast<std::size_t>(got) : 0};
}

void wait_at(const std::string& gate) {
  const int fd = ::open(gate.c_str(), O_RDONLY | O_CLOEXEC);
  char byte = 0;
  if (fd < 0 || ::read(fd, &byte, 1) != 0) std::abort();
  ::close(fd);
}

void wait_for(const std::string& wait) {
  if (wait.starts_with('/')) return wait_at(wait);
  std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(wait.c_str())));
}

// The errno to fail with, or 0.
int error_of(const char* call, int fd) {
  const Fault fault = wanted_fault();
  if (fault.call != call) return 0;
  const std::string path = path_of(fd);
  if (::fnmatch(fault.paths.c_str(), path.c_str(), 0) != 0) return 0;
  add_line(control_path() + ".failed", fault.call + " " + path + "\n");
  if (!fault.wait.empty()) wait_for(fault.wait);
  return fault.error;
}

// Fails, or calls whoever stands behind us under that name.
template <class Function, class... Arguments>
auto through(const char* call, const char* name, int fd, Arguments... arguments) {
  using Result = decltype((*Function{})(fd, arguments...));
  if (const int error = error_of(call, fd)) {
    errno = error;
    return static_cast<Result>(-1);
  }
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name))(fd, arguments...);
}

using Sync = int (*)(int);
using Read = ssize_t (*)(int, void*, std::size_t, off_t);
using Write = ssize_t (*)(int, const void*, std::size_t, off_t);
using Allocate = int (*)(int, int, off_t, off_t);
using Truncate = int (*)(int, off_t);
static_assert(sizeof(off_t) == sizeof(off64_t), "each call and its 64-bit name are one");

[[gnu::constructor]] void tell_that_it_is_loaded() {
  if (control_path().empty()) std::abort();
  add_line(control_path() + ".loaded", std::to_string(::getpid()) + "\n");
}

}  // namespace

extern "C" {

int fdatasync(int fd) { return through<Sync>("fdatasync", "fdatasync", fd); }
int fsync(int fd) { return through<Sync>("fsync", "fsync", fd); }
ssize_t pread(int fd, void* into, std::size_t bytes, off_t at) {
  return through<Read>("pread", "pread", fd, into, bytes, at);
}
ssize_t pread64(int fd, void* into, std::size_t bytes, off64_t at) {
  return through<Read>("pread", "pread64", fd, into, bytes, at);
}
ssize_t pwrite(int fd, const void* from, std::size_t bytes, off_t at) {
  return through<Write>("pwrite", "pwrite", fd, from, bytes, at);
}
ssize_t pwrite64(int fd, const void* from, std::size_t bytes, off64_t at) {
  return through<Write>("pwrite", "pwrite64", fd, from, bytes, at);
}
int fallocate(int fd, int mode, off_t from, off_t bytes) {
  return through<Allocate>("fallocate", "fallocate", fd, mode, from, bytes);
}
int fallocate64(int fd, int mode, off64_t from, off64_t bytes) {
  return through<Allocate>("fallocate", "fallocate64", fd, mode, from, bytes);
}
int ftruncate(int fd, off_t size) noexcept { return through<Truncate>("ftruncate", "ftruncate", fd, size); }
int ftruncate64(int fd, off64_t size) noexcept { return through<Truncate>("ftruncate", "ftruncate64", fd, size); }

}
