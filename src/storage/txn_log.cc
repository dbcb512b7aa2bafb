#include "storage/txn_log.h"

#include <algorithm>
#include <utility>

#include "storage/adoption.h"
#include "wire/check.h"
#include "wire/log_format.h"

namespace zabra::storage {

namespace {

constexpr const char* spare_name = "spare";
constexpr const char* reserve_name = "reserve";

// The outcome of asking for space: true, or false when there is none; any other fault stays one.
FileResult<bool> had(const FileOutcome& outcome) {
  if (outcome) return true;
  if (outcome.fault().kind == FileFault::Kind::no_space) return false;
  return outcome.fault();
}

}  // namespace

FileOutcome TxnLog::Writing::named(FileOutcome outcome) const {
  if (outcome) return outcome;
  FileFault fault = outcome.fault();
  fault.path = path;
  return fault;
}

TxnLog::TxnLog(Files& files, Log& log, std::string directory, Zxid last, TxnLogOptions options)
    : files_(files), log_(log), directory_(std::move(directory)), options_(options), last_(last) {
  CHECK(options_.extent_bytes > wire::log_header_bytes);
}

FileResult<std::unique_ptr<TxnLog>> TxnLog::open(Files& files, Log& log, std::string directory, Zxid last,
                                                 TxnLogOptions options) {
  std::unique_ptr<TxnLog> opened(new TxnLog(files, log, std::move(directory), last, options));
  if (FileOutcome removed = remove_staged_logs(files, opened->directory_); !removed) return removed.fault();
  if (FileResult<bool> changed = opened->make_room(); !changed) return changed.fault();
  return opened;
}

std::string TxnLog::path_of(Zxid first) const {
  return join(directory_, staged_ ? staged_log_name(staged_->generation, first) : wire::log_file_name(first));
}

// ---- records --------------------------------------------------------------------------------------------------------

FileOutcome TxnLog::write(std::string_view records, Zxid first, Zxid last) {
  CHECK(first > last_ && last >= first && !records.empty());
  if (unsynced_bytes_ > 0 && unsynced_bytes_ + records.size() > options_.batch_bytes_max) {
    if (FileOutcome synced = sync(); !synced) return synced;
  }
  if (FileOutcome ready = make_fit(records.size(), first); !ready) return ready;
  if (FileOutcome written = active_->named(active_->file->write(active_->position, records)); !written) return written;
  active_->position += records.size();
  unsynced_bytes_ += records.size();
  last_ = last;
  return Done{};
}

FileOutcome TxnLog::sync() {
  if (unsynced_bytes_ == 0) return Done{};
  if (FileOutcome synced = active_->named(active_->file->sync()); !synced) return synced;
  unsynced_bytes_ = 0;
  return Done{};
}

// Whoever heeds room() never needs more than what is there; one entry longer than all the room is tried all the same.
FileOutcome TxnLog::make_fit(std::uint64_t bytes, Zxid first) {
  if (!active_) {
    if (FileOutcome begun = begin_file(first); !begun) return begun;
  }
  if (active_->spare() >= bytes) return Done{};
  const FileResult<bool> extended = extend(*active_, std::max(options_.extent_bytes, bytes + options_.reserve_bytes));
  if (!extended) return extended.fault();
  if (*extended) return Done{};
  return FileFault{FileFault::Kind::no_space, 0, "extend", active_->path, "more was written than there was room for"};
}

FileOutcome TxnLog::begin_file(Zxid first) {
  if (!prepared_) {
    return FileFault{FileFault::Kind::no_space, 0, "begin", directory_, "a record was written where there was no room"};
  }
  const std::string path = path_of(first);
  if (prepared_->path == join(directory_, reserve_name)) reserve_file_there_ = false;
  if (FileOutcome renamed = files_.rename(prepared_->path, path); !renamed) return renamed;
  if (FileOutcome synced = files_.sync_directory(directory_); !synced) return synced;
  active_ = std::exchange(prepared_, std::nullopt);
  active_->path = path;
  return Done{};
}

// ---- space ----------------------------------------------------------------------------------------------------------

const TxnLog::Writing* TxnLog::front() const {
  if (active_) return &*active_;
  return prepared_ ? &*prepared_ : nullptr;
}

LogRoom TxnLog::room() const {
  const std::uint64_t spare = front() ? front()->spare() : 0;
  const std::uint64_t reserve = std::min(spare, options_.reserve_bytes);
  return {spare - reserve, reserve, full_};
}

FileResult<bool> TxnLog::make_room() {
  const LogRoom before = room();
  bool found = true;
  for (const auto step : {&TxnLog::roll_if_due, &TxnLog::grow_while_low, &TxnLog::ensure_reserve_file}) {
    const FileResult<bool> stepped = (this->*step)();
    if (!stepped) return stepped.fault();
    found = found && *stepped;
  }
  if (FileOutcome fallen_back = fall_back_to_reserve(); !fallen_back) return fallen_back.fault();
  note_full(!found);
  const LogRoom now = room();
  return now.ordinary != before.ordinary || now.reserve != before.reserve || now.full != before.full;
}

void TxnLog::note_full(bool full) {
  if (full == full_) return;
  full_ = full;
  const LogRoom now = room();
  const std::string figures = text("ordinary_bytes=", now.ordinary, " reserve_bytes=", now.reserve);
  if (full) {
    log_.warning(text("no space for the next extent of the log: directory=", directory_, " ", figures));
  } else {
    log_.info(text("space for the log again: directory=", directory_, " ", figures));
  }
}

// A new file never offers less than the old one did: what was promised in room() may be on its way already.
FileResult<bool> TxnLog::roll_if_due() {
  if (!active_ || active_->position < options_.roll_bytes) return true;
  const FileResult<bool> prepared = prepare(std::max(options_.extent_bytes, active_->spare() + wire::log_header_bytes));
  if (!prepared || !*prepared) return prepared;
  if (FileOutcome closed = close_active(); !closed) return closed.fault();
  return true;
}

FileResult<bool> TxnLog::grow_while_low() {
  while (room().ordinary < options_.room_low) {
    Writing* writing = active_ ? &*active_ : prepared_ && !prepared_is_reserve() ? &*prepared_ : nullptr;
    const FileResult<bool> grown = writing ? extend(*writing, options_.extent_bytes) : prepare(options_.extent_bytes);
    if (!grown || !*grown) return grown;
  }
  return true;
}

FileResult<bool> TxnLog::extend(Writing& writing, std::uint64_t bytes) {
  const FileResult<bool> allocated = had(writing.named(writing.file->allocate(writing.allocated + bytes)));
  if (allocated && *allocated) writing.allocated += bytes;
  return allocated;
}

FileResult<bool> TxnLog::prepare(std::uint64_t bytes) {
  const std::string path = join(directory_, spare_name);
  FileResult<Writing> writing = allocate_file(path, bytes);
  if (writing) {
    prepared_ = std::move(*writing);
    return true;
  }
  if (writing.fault().kind != FileFault::Kind::no_space) return writing.fault();
  (void)files_.remove(path);  // it may be an empty one, or the remains of a larger one
  return false;
}

// What is there of an earlier run is taken over: it never held a record, for these names never do.
FileResult<TxnLog::Writing> TxnLog::allocate_file(const std::string& path, std::uint64_t bytes) {
  FileResult<std::unique_ptr<File>> file = files_.open(path, OpenMode::create);
  if (!file) return file.fault();
  Writing writing{std::move(*file), path, wire::log_header_bytes, bytes};
  std::string header;
  wire::append_log_header(header);
  if (FileOutcome done = writing.file->allocate(bytes); !done) return done.fault();
  if (FileOutcome done = writing.file->write(0, header); !done) return done.fault();
  if (FileOutcome done = writing.file->sync(); !done) return done.fault();
  const FileResult<std::uint64_t> size = writing.file->size();
  if (!size) return size.fault();
  writing.allocated = *size;
  return writing;
}

// ---- the reserve file -----------------------------------------------------------------------------------------------

std::uint64_t TxnLog::reserve_file_bytes() const { return wire::log_header_bytes + options_.reserve_bytes; }

bool TxnLog::prepared_is_reserve() const { return prepared_ && prepared_->path == join(directory_, reserve_name); }

FileResult<bool> TxnLog::ensure_reserve_file() {
  if (reserve_file_there_) return true;
  const FileResult<Writing> reserve = allocate_file(join(directory_, reserve_name), reserve_file_bytes());
  if (!reserve && reserve.fault().kind == FileFault::Kind::no_space) return false;
  if (!reserve) return reserve.fault();
  const FileResult<bool> named = had(files_.sync_directory(directory_));
  reserve_file_there_ = named && *named;
  return named;
}

FileOutcome TxnLog::fall_back_to_reserve() {
  if (front() || !reserve_file_there_) return Done{};
  FileResult<Writing> reserve = allocate_file(join(directory_, reserve_name), reserve_file_bytes());
  if (!reserve) return reserve.fault();
  prepared_ = std::move(*reserve);
  return Done{};
}

// ---- the end of a file ----------------------------------------------------------------------------------------------

FileOutcome TxnLog::close_active() {
  if (FileOutcome synced = sync(); !synced) return synced;
  if (FileOutcome cut = active_->named(active_->file->truncate(active_->position)); !cut) return cut;
  if (FileOutcome synced = active_->named(active_->file->sync()); !synced) return synced;
  active_.reset();
  return Done{};
}

// ---- truncation -----------------------------------------------------------------------------------------------------

FileResult<bool> TxnLog::truncate(Zxid last, Zxid floor) {
  CHECK(unsynced_bytes_ == 0 && !staged_);
  if (last < floor || last > last_) return false;
  if (last == last_) return true;
  FileResult<std::vector<LogFile>> listed = list_log_files(files_, directory_);
  if (!listed) return listed.fault();
  const std::span<const LogFile> logs = *listed;
  const std::size_t kept = count_up_to(logs, last);
  if (kept == 0 && last != floor) return false;
  const std::string path = kept > 0 ? join(directory_, logs[kept - 1].name) : std::string();
  std::optional<std::uint64_t> end;
  if (kept > 0) {
    const auto found = end_of_record(files_, path, last, options_.batch_bytes_max);
    if (!found) return found.fault();
    if (!*found) return false;
    end = *found;
  }
  active_.reset();  // one of those that go, or are cut
  if (FileOutcome removed = remove_behind(logs.subspan(kept)); !removed) return removed.fault();
  if (end) {
    if (FileOutcome cut = cut_file(files_, path, *end, options_.batch_bytes_max); !cut) return cut.fault();
  }
  log_.info(text("log cut back: directory=", directory_, " from=", to_string(last_), " to=", to_string(last)));
  last_ = last;
  return true;
}

// The newest first, each durably: what is left has no hole.
FileOutcome TxnLog::remove_behind(std::span<const LogFile> logs) {
  for (std::size_t i = logs.size(); i-- > 0;) {
    if (FileOutcome removed = files_.remove(join(directory_, logs[i].name)); !removed) return removed;
    if (FileOutcome synced = files_.sync_directory(directory_); !synced) return synced;
  }
  return Done{};
}

// ---- another history ------------------------------------------------------------------------------------------------

FileOutcome TxnLog::stage(std::uint64_t generation, Zxid last) {
  CHECK(unsynced_bytes_ == 0 && !staged_);
  if (active_) {
    if (FileOutcome closed = close_active(); !closed) return closed;
  }
  // What comes back after a crash would be taken for a part of this one.
  if (FileOutcome removed = remove_staged_logs(files_, directory_); !removed) return removed;
  staged_ = Staged{generation, std::exchange(last_, last)};
  return Done{};
}

FileOutcome TxnLog::adopt() {
  CHECK(unsynced_bytes_ == 0 && staged_);
  if (active_) {
    if (FileOutcome closed = close_active(); !closed) return closed;
  }
  if (FileOutcome taken = take_staged_logs(files_, directory_, staged_->generation); !taken) return taken;
  staged_.reset();
  return Done{};
}

FileOutcome TxnLog::abandon() {
  CHECK(staged_);
  active_.reset();
  unsynced_bytes_ = 0;
  last_ = std::exchange(staged_, std::nullopt)->old_last;
  return remove_staged_logs(files_, directory_);
}

FileOutcome TxnLog::close() {
  if (active_) {
    if (FileOutcome closed = close_active(); !closed) return closed;
  }
  if (!prepared_ || std::exchange(prepared_, std::nullopt)->path != join(directory_, spare_name)) return Done{};
  return files_.remove(join(directory_, spare_name));
}

}  // namespace zabra::storage
