#include "storage/log_files.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "storage/log_reader.h"
#include "wire/log_format.h"
#include "wire/txn.h"

namespace zabra::storage {

FileResult<std::vector<LogFile>> list_log_files(Files& files, const std::string& directory) {
  FileResult<std::vector<std::string>> names = files.list(directory);
  if (!names) return names.fault();
  std::vector<LogFile> logs;
  for (std::string& name : *names) {
    const std::optional<Zxid> first = wire::parse_log_file_name(name);
    if (!first) continue;
    const FileResult<std::uint64_t> bytes = files.size(join(directory, name));
    if (!bytes && bytes.fault().kind == FileFault::Kind::missing) continue;  // it has just gone
    if (!bytes) return bytes.fault();
    logs.push_back({*first, std::move(name), *bytes});
  }
  std::sort(logs.begin(), logs.end(), [](const LogFile& a, const LogFile& b) { return a.first < b.first; });
  return logs;
}

std::size_t count_up_to(std::span<const LogFile> logs, Zxid zxid) {
  const auto behind =
      std::find_if(logs.begin(), logs.end(), [zxid](const LogFile& log) { return log.first > zxid; });
  return static_cast<std::size_t>(behind - logs.begin());
}

namespace {

FileFault damaged(const std::string& path, std::uint64_t offset, std::string_view reason) {
  return {FileFault::Kind::damaged, 0, "read", path, text("damaged at offset ", offset, ": ", reason)};
}

}  // namespace

FileResult<std::optional<std::uint64_t>> end_of_record(Files& files, const std::string& path, Zxid zxid,
                                                       std::uint64_t entry_bytes_max) {
  FileResult<LogReader> reader = LogReader::open(files, path, entry_bytes_max);
  if (!reader) return reader.fault();
  for (;;) {
    const FileResult<ReadStep> step = reader->next();
    if (!step) return step.fault();
    if (const auto* damage = std::get_if<ReadDamage>(&*step)) return damaged(path, damage->offset, damage->reason);
    const auto* record = std::get_if<ReadRecord>(&*step);
    if (record == nullptr) return std::optional<std::uint64_t>();
    const Result<wire::TxnHeader> header = wire::decode_txn_header(record->entry);
    if (!header) return damaged(path, record->offset, header.fault().reason);
    if (header->zxid > zxid) return std::optional<std::uint64_t>();
    if (header->zxid == zxid) return std::optional(record->offset + wire::log_record_overhead + record->entry.size());
  }
}

FileOutcome cut_file(Files& files, const std::string& path, std::uint64_t size, std::uint64_t step_bytes_max) {
  FileResult<std::unique_ptr<File>> file = files.open(path, OpenMode::modify);
  if (!file) return file.fault();
  const FileResult<std::uint64_t> found = (*file)->size();
  if (!found) return found.fault();
  for (std::uint64_t now = *found; now > size;) {
    now -= std::min(step_bytes_max, now - size);
    if (FileOutcome cut = (*file)->truncate(now); !cut) return cut;
    if (FileOutcome synced = (*file)->sync(); !synced) return synced;
  }
  return Done{};
}

}  // namespace zabra::storage
