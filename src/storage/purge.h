// Which files of the log may go. A file may go when
//   - all of it lies below the checkpoint (the next file begins at or below the checkpoint's zxid, which so stays in
//     the log),
//   - nothing pins it,
//   - what is left still holds at least max(entries_retained_min entries, a third of the checkpoint's bytes), so that a
//     learner that was away is sent a difference rather than everything while that is the smaller of the two,
//   - and `retain_count` closed files below the checkpoint are left besides (autopurge.snapRetainCount).
// The oldest go first, and the directory is synced after each: what is left is always one contiguous run.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/log.h"
#include "storage/files.h"
#include "storage/log_files.h"
#include "wire/ids.h"

namespace zabra::storage {

struct PurgeRule {
  std::uint32_t retain_count = 3;
  std::uint64_t entries_retained_min = limits::log_entries_retained_min;
};
struct PurgeFacts {
  Zxid stored;                         // of the pointer, on disk
  std::uint64_t checkpoint_bytes = 0;
  std::optional<Zxid> pinned;          // the first zxid that somebody still reads
};
// How many of `logs`, from the oldest, may go.
std::size_t plan_purge(std::span<const LogFile> logs, const PurgeRule& rule, const PurgeFacts& facts);

// Removes them; how many went. One that can't be removed is said, and left with all behind it; only an I/O error is a
// fault.
FileResult<std::size_t> purge_logs(Files& files, Log& log, const std::string& directory, const PurgeRule& rule,
                                   const PurgeFacts& facts);
// The bytes of all files of a directory, as far as they can be read.
FileResult<std::uint64_t> directory_bytes(Files& files, const std::string& directory);

}  // namespace zabra::storage
