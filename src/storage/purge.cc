#include "storage/purge.h"

#include <algorithm>

namespace zabra::storage {

namespace {

// At least so many entries lie in `log`, which ends where `next` begins. Over a change of epoch nobody counts.
std::uint64_t entries_at_least(const LogFile& log, const LogFile& next) {
  return log.first.epoch == next.first.epoch ? next.first.counter - log.first.counter : 1;
}

}  // namespace

std::size_t plan_purge(std::span<const LogFile> logs, const PurgeRule& rule, const PurgeFacts& facts) {
  const Zxid needed = std::min(facts.stored, facts.pinned.value_or(facts.stored));
  std::size_t may_go = 0;
  while (may_go + 1 < logs.size() && logs[may_go + 1].first <= needed) ++may_go;
  may_go -= std::min<std::size_t>(may_go, rule.retain_count);

  // From the newest back: what is left must hold enough. The newest file is still being written, so that nobody knows
  // how many entries are in it and how much of its size is data: it does not count.
  std::uint64_t entries = 0, bytes = 0;
  const std::uint64_t bytes_min = facts.checkpoint_bytes / 3;
  std::size_t kept_from = logs.empty() ? 0 : logs.size() - 1;
  while (kept_from > 0 && (entries < rule.entries_retained_min || bytes < bytes_min)) {
    --kept_from;
    entries += entries_at_least(logs[kept_from], logs[kept_from + 1]);
    bytes += logs[kept_from].bytes;
  }
  return std::min(may_go, kept_from);
}

namespace {

// False: not now. Somebody else's clean-up, or missing permission, is no reason to stop a server.
FileResult<bool> purge_file(Files& files, Log& log, const std::string& directory, const LogFile& file) {
  const std::string path = join(directory, file.name);
  if (FileOutcome removed = files.remove(path); !removed) {
    const FileFault& fault = removed.fault();
    if (fault.kind == FileFault::Kind::io) return fault;
    if (fault.kind == FileFault::Kind::missing) return true;
    log.warning(text("can't purge the log: ", to_string(fault)));
    return false;
  }
  if (FileOutcome synced = files.sync_directory(directory); !synced) return synced.fault();
  log.info(text("purged log file ", path, " bytes=", file.bytes));
  return true;
}

}  // namespace

FileResult<std::size_t> purge_logs(Files& files, Log& log, const std::string& directory, const PurgeRule& rule,
                                   const PurgeFacts& facts) {
  const FileResult<std::vector<LogFile>> logs = list_log_files(files, directory);
  if (!logs) return logs.fault();
  const std::size_t count = plan_purge(*logs, rule, facts);
  for (std::size_t i = 0; i < count; ++i) {
    const FileResult<bool> gone = purge_file(files, log, directory, (*logs)[i]);
    if (!gone) return gone.fault();
    if (!*gone) return i;
  }
  return count;
}

FileResult<std::uint64_t> directory_bytes(Files& files, const std::string& directory) {
  const FileResult<std::vector<std::string>> names = files.list(directory);
  if (!names) return names.fault();
  std::uint64_t total = 0;
  for (const std::string& name : *names) {
    const FileResult<std::uint64_t> bytes = files.size(join(directory, name));
    if (bytes) total += *bytes;  // one may go while we look
  }
  return total;
}

}  // namespace zabra::storage
