#include "storage/log_recovery.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "wire/log_format.h"
#include "wire/txn.h"

namespace zabra::storage {

StartFault start_fault(const FileFault& fault) {
  switch (fault.kind) {
    case FileFault::Kind::no_space: return {StartFault::Kind::no_space, to_string(fault)};
    case FileFault::Kind::io: return {StartFault::Kind::io, to_string(fault)};
    case FileFault::Kind::damaged: return {StartFault::Kind::damaged, to_string(fault)};
    case FileFault::Kind::held: return {StartFault::Kind::held, to_string(fault)};
    case FileFault::Kind::missing:
    case FileFault::Kind::other: break;
  }
  return {StartFault::Kind::refused, to_string(fault)};
}

namespace {

std::uint64_t offset_of(const ReadStep& step) {
  return std::visit([](const auto& it) { return it.offset; }, step);
}

std::string_view reason_of(const ReadStep& step) {
  const auto* damage = std::get_if<ReadDamage>(&step);
  return damage ? std::string_view(damage->reason) : "an empty record with data behind it";
}

}  // namespace

LogRecovery::LogRecovery(Files& files, Log& log, const RecoveryOptions& options, LogExpectation expected,
                         RecoverySink& sink)
    : files_(files),
      log_(log),
      directory_(options.directories.log),
      entry_bytes_max_(std::max(options.entry_bytes_max, options.batch_bytes_max)),
      batch_bytes_max_(options.batch_bytes_max),
      expected_(expected),
      sink_(sink),
      last_(expected.checkpointed) {}

LogRecovery::Outcome LogRecovery::run() {
  FileResult<std::vector<LogFile>> listed = list_log_files(files_, directory_);
  if (!listed) return start_fault(listed.fault());
  std::vector<LogFile> logs = std::move(*listed);
  std::erase_if(logs, [&](const LogFile& log) { return log.first < expected_.log_start; });
  if (!logs.empty()) start_ = logs.front().first;
  // From the file that holds the checkpoint's zxid on.
  while (logs.size() > 1 && logs[1].first <= expected_.checkpointed) logs.erase(logs.begin());
  if (logs.empty() && expected_.checkpointed >= expected_.log_start) {
    return StartFault{StartFault::Kind::refused,
                      text(directory_, ": no log here, but the checkpoint stands at ",
                           to_string(expected_.checkpointed), "; is the directory of the log not mounted?")};
  }
  for (const LogFile& file : logs) {
    if (Outcome read = read_file(file, &file == &logs.back()); !read) return read;
  }
  if (!seen_) start_.reset();
  if (FileOutcome synced = files_.sync_directory(directory_); !synced) return start_fault(synced.fault());
  return Done{};
}

LogRecovery::Outcome LogRecovery::read_file(const LogFile& file, bool is_last) {
  FileResult<LogReader> reader = LogReader::open(files_, path_of(file), entry_bytes_max_);
  if (!reader) return start_fault(reader.fault());
  for (bool first_of_file = true;; first_of_file = false) {
    const FileResult<ReadStep> step = reader->next();
    if (!step) return start_fault(step.fault());
    const auto* record = std::get_if<ReadRecord>(&*step);
    if (!record) return is_last ? end_last_file(file, *step) : end_closed_file(file, *step);
    if (Outcome taken = take(file, *record, first_of_file); !taken) return taken;
  }
}

// ---- records --------------------------------------------------------------------------------------------------------

LogRecovery::Outcome LogRecovery::take(const LogFile& file, const ReadRecord& record, bool first_of_file) {
  const Result<wire::TxnHeader> header = wire::decode_txn_header(record.entry);
  if (!header) return damage(file, record.offset, header.fault().reason);
  if (Outcome checked = check_place(file, record, header->zxid, first_of_file); !checked) return checked;
  seen_ = header->zxid;
  if (header->zxid <= expected_.checkpointed) return Done{};
  return replay(file, record, header->zxid);
}

LogRecovery::Outcome LogRecovery::check_place(const LogFile& file, const ReadRecord& record, Zxid zxid,
                                              bool first_of_file) const {
  if (first_of_file && zxid != file.first) {
    return damage(file, record.offset, text("the first record is ", to_string(zxid), ", not what the name says"));
  }
  // The first record that is read may lie anywhere below the checkpoint, but must not leave a gap behind it.
  const Zxid before = seen_.value_or(std::max(expected_.checkpointed, previous(expected_.log_start)));
  const bool placed = follows(before, zxid) || (!seen_ && zxid <= expected_.checkpointed);
  if (!placed) {
    return damage(file, record.offset, text("record ", to_string(zxid), " does not follow ", to_string(before)));
  }
  if (zxid == expected_.checkpointed && expected_.txn_checksum &&
      wire::adler32(record.entry) != *expected_.txn_checksum) {
    return damage(file, record.offset,
                  text("record ", to_string(zxid), " is not the one that the checkpoint stands at"));
  }
  return Done{};
}

LogRecovery::Outcome LogRecovery::replay(const LogFile& file, const ReadRecord& record, Zxid zxid) {
  if (zabra::Outcome applied = sink_.on_txn(record.entry); !applied) {
    return damage(file, record.offset, applied.fault().reason);
  }
  last_ = zxid;
  ++replayed_;
  replayed_bytes_ += record.entry.size() + wire::log_record_overhead;
  return Done{};
}

// ---- ends of files --------------------------------------------------------------------------------------------------

LogRecovery::Outcome LogRecovery::end_closed_file(const LogFile& file, const ReadStep& end) {
  if (std::holds_alternative<ReadDamage>(end)) return damage(file, offset_of(end), reason_of(end));
  const FileResult<Tail> tail =
      inspect_tail(files_, path_of(file), offset_of(end), batch_bytes_max_, entry_bytes_max_);
  if (!tail) return start_fault(tail.fault());
  if (tail->data_end > offset_of(end)) return damage(file, offset_of(end), reason_of(end));
  return Done{};
}

LogRecovery::Outcome LogRecovery::end_last_file(const LogFile& file, const ReadStep& end) {
  const std::uint64_t offset = offset_of(end);
  const FileResult<Tail> tail = inspect_tail(files_, path_of(file), offset, batch_bytes_max_, entry_bytes_max_);
  if (!tail) return start_fault(tail.fault());
  if (tail->record_offset) {
    return damage(file, offset, text(reason_of(end), ", and a whole record at ", *tail->record_offset,
                                     ", farther behind it than one batch: no crash leaves that"));
  }
  if (Outcome reached = check_reach(file, end); !reached) return reached;
  if (offset < wire::log_header_bytes) {
    if (tail->data_end > wire::log_header_bytes) return damage(file, offset, reason_of(end));
    return set_aside(file);
  }
  if (FileOutcome done = cut(file, offset, *tail, reason_of(end)); !done) return start_fault(done.fault());
  return Done{};
}

// Whatever was checkpointed was durable in the log before.
LogRecovery::Outcome LogRecovery::check_reach(const LogFile& file, const ReadStep& end) const {
  const Zxid reached = seen_.value_or(zxid_zero);
  if (reached >= expected_.checkpointed || expected_.checkpointed < expected_.log_start) return Done{};
  if (!seen_ && file.first == expected_.checkpointed.next()) return Done{};  // begun, and nothing in it yet
  return damage(file, offset_of(end), text("the log ends at ", to_string(reached), ", below the checkpoint at ",
                                           to_string(expected_.checkpointed), ": records are lost"));
}

// A file whose very header is cut off holds nothing.
LogRecovery::Outcome LogRecovery::set_aside(const LogFile& file) {
  const FileResult<std::string> aside = free_torn_path();
  if (!aside) return start_fault(aside.fault());
  if (FileOutcome renamed = files_.rename(path_of(file), *aside); !renamed) return start_fault(renamed.fault());
  if (FileOutcome synced = files_.sync_directory(directory_); !synced) return start_fault(synced.fault());
  log_.warning(text("log file without a header: file=", path_of(file), " moved_to=", *aside));
  return Done{};
}

// Cut behind its last record, and synced: what was read here may only have been in memory.
FileOutcome LogRecovery::cut(const LogFile& file, std::uint64_t offset, const Tail& tail, std::string_view reason) {
  FileResult<std::unique_ptr<File>> opened = files_.open(path_of(file), OpenMode::modify);
  if (!opened) return opened.fault();
  File& log = **opened;
  // First give the zeros back: on a full disk the torn bytes need the space.
  if (FileOutcome done = log.truncate(std::max(tail.data_end, offset)); !done) return done;
  if (tail.data_end > offset) {
    const FileResult<std::string> saved = save_torn(file, offset, tail.data_end);
    if (!saved) return saved.fault();
    log_.warning(text("torn tail of the log cut: file=", path_of(file), " offset=", offset,
                      " bytes=", tail.data_end - offset, " reason=\"", reason, "\" last=", to_string(last_),
                      " saved_as=", *saved));
    if (FileOutcome done = log.truncate(offset); !done) return done;
  }
  if (FileOutcome done = write_again(log, offset); !done) return done;
  return log.sync();
}

// An fsync that failed before this start may have left records that can be read and are not on disk, and the system
// thinks that they are: only what is written anew will be. More than a batch was never unsynced.
FileOutcome LogRecovery::write_again(File& log, std::uint64_t end) const {
  std::string chunk;
  for (std::uint64_t at = end - std::min(end, batch_bytes_max_); at < end; at += chunk.size()) {
    chunk.resize(static_cast<std::size_t>(std::min<std::uint64_t>(end - at, 1 << 20)));
    const FileResult<std::size_t> got = log.read(at, chunk.data(), chunk.size());
    if (!got) return got.fault();
    CHECK(*got == chunk.size());
    if (FileOutcome written = log.write(at, chunk); !written) return written;
  }
  return Done{};
}

// Nothing is cut that is not saved: without space for it the start is refused, and what there is of the copy goes.
FileResult<std::string> LogRecovery::save_torn(const LogFile& file, std::uint64_t offset, std::uint64_t end) {
  FileResult<std::string> path = free_torn_path();
  if (!path) return path;
  if (FileOutcome copied = copy_bytes(path_of(file), offset, end, *path); !copied) {
    (void)files_.remove(*path);  // the first fault is the one to tell
    return copied.fault();
  }
  if (FileOutcome synced = files_.sync_directory(directory_); !synced) return synced.fault();
  return path;
}

FileOutcome LogRecovery::copy_bytes(const std::string& from_path, std::uint64_t offset, std::uint64_t end,
                                    const std::string& to_path) {
  FileResult<std::unique_ptr<File>> from = files_.open(from_path, OpenMode::read);
  if (!from) return from.fault();
  FileResult<std::unique_ptr<File>> to = files_.open(to_path, OpenMode::replace);
  if (!to) return to.fault();
  std::string chunk;
  for (std::uint64_t at = offset; at < end; at += chunk.size()) {
    chunk.resize(static_cast<std::size_t>(std::min<std::uint64_t>(end - at, 1 << 20)));
    const FileResult<std::size_t> got = (*from)->read(at, chunk.data(), chunk.size());
    if (!got) return got.fault();
    if (FileOutcome written = (*to)->write(at - offset, chunk); !written) return written;
  }
  return (*to)->sync();
}

// torn.<zxid of the first record that is lost>, or with a number behind it when that is taken.
FileResult<std::string> LogRecovery::free_torn_path() const {
  const std::string base = join(directory_, "torn." + to_string(last_.next()).substr(2));
  std::string path = base;
  for (int i = 2;; ++i) {
    const FileResult<bool> taken = files_.exists(path);
    if (!taken) return taken.fault();
    if (!*taken) return path;
    path = base + "." + std::to_string(i);
  }
}

std::string LogRecovery::path_of(const LogFile& file) const { return join(directory_, file.name); }

StartFault LogRecovery::damage(const LogFile& file, std::uint64_t offset, std::string_view reason) const {
  return {StartFault::Kind::damaged, text(path_of(file), ": damaged at offset ", offset, ": ", reason)};
}

}  // namespace zabra::storage
