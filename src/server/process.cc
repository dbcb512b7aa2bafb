#include "server/process.h"

#include <malloc.h>
#include <sys/random.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>

#include "wire/check.h"

namespace zabra::server {
namespace {

void raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// More than the threads of a server without ioThreads (main, signals, log, checkpoint, words): where none is left,
// threads share.
constexpr int arenas_max = 8;
// A larger buffer is mapped alone: it leaves no hole between the znodes, and goes back to the system when it is freed.
// Fixed: glibc's own threshold would grow with what is freed.
constexpr int mapped_alone_min = 512 << 10;
// Free memory that each arena may keep at its end.
constexpr int kept_at_end_max = 512 << 10;

// The tree's memory comes from the loop's thread, in the main arena. LevelDB's comes and goes by the megabyte on the
// checkpoint's thread: in an arena of its own it leaves no holes between the znodes. Without fast bins a free joins its
// neighbours at once: with them one free now and then joins a million.
void tune_memory() {
  ::mallopt(M_ARENA_MAX, arenas_max);
  ::mallopt(M_MMAP_THRESHOLD, mapped_alone_min);
  ::mallopt(M_TRIM_THRESHOLD, kept_at_end_max);
  ::mallopt(M_MXFAST, 0);
}

}  // namespace

void prepare_process() {
  raise_open_files_limit();
  tune_memory();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
}

void end_after_disk_failure(Log& log, const storage::FileFault& fault) {
  log.error(text("ending at once, the disk can't be trusted: ", to_string(fault)));
  std::_Exit(1);
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  CHECK(::getrandom(&seed, sizeof seed, 0) == static_cast<ssize_t>(sizeof seed));
  return seed;
}

}  // namespace zabra::server
