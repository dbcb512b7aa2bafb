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

// The tree's memory comes from the loop's thread and lives in the main arena; all other threads share a second one. Large
// buffers are mapped alone, so that they leave no hole, and a fixed threshold keeps it so (glibc's would grow). Without fast
// bins a free joins its neighbours at once: with them one free now and then joins a million.
void tune_memory() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 512 << 10);
  ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
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
