#include "storage/recovery.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "storage/adoption.h"
#include "storage/log_recovery.h"
#include "wire/log_format.h"

namespace zabra::storage {

DataDirectories DataDirectories::under(const std::string& data_dir, const std::string& data_log_dir) {
  return {join(data_dir, "version-2"), join(data_log_dir.empty() ? data_dir : data_log_dir, "version-2")};
}

// ---- the lock -------------------------------------------------------------------------------------------------------

namespace {

Result<std::unique_ptr<FileLock>, StartFault> lock_directory(Files& files, const std::string& directory) {
  if (FileOutcome made = make_directories(files, directory); !made) return start_fault(made.fault());
  FileResult<std::unique_ptr<FileLock>> held = files.lock(join(directory, "zabra.lock"));
  if (held) return std::move(*held);
  StartFault fault = start_fault(held.fault());
  if (fault.kind == StartFault::Kind::held) {
    fault.reason = text(directory, ": in use by another server: ", fault.reason);
  }
  return fault;
}

}  // namespace

Result<DataLock, StartFault> DataLock::take(Files& files, const DataDirectories& directories) {
  DataLock lock;
  Result<std::unique_ptr<FileLock>, StartFault> data = lock_directory(files, directories.data);
  if (!data) return data.fault();
  lock.data_ = std::move(*data);
  if (directories.log == directories.data) return lock;
  Result<std::unique_ptr<FileLock>, StartFault> log = lock_directory(files, directories.log);
  if (!log) return log.fault();
  lock.log_ = std::move(*log);
  return lock;
}

// ---- what lies in the directories -----------------------------------------------------------------------------------

namespace {

using StartOutcome = Result<Done, StartFault>;

StartFault refused(std::string reason) { return {StartFault::Kind::refused, std::move(reason)}; }

// snapshot.<hex zxid>, also compressed (.gz, .snappy).
std::optional<Zxid> parse_snapshot_name(std::string_view name) {
  constexpr std::string_view prefix = "snapshot.";
  if (!name.starts_with(prefix)) return std::nullopt;
  std::uint64_t bits = 0;
  const std::string_view digits = name.substr(prefix.size());
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return Zxid::from_wire(static_cast<std::int64_t>(bits));
}

struct Contents {
  std::vector<std::string> logs, snapshots, checkpoints;
  Zxid newest_snapshot;
};

FileResult<Contents> contents_of(Files& files, const std::string& directory) {
  FileResult<std::vector<std::string>> names = files.list(directory);
  if (!names) return names.fault();
  Contents contents;
  for (const std::string& name : *names) {
    if (wire::parse_log_file_name(name)) contents.logs.push_back(name);
    if (name.starts_with("checkpoint.") && name != checkpoint_pointer_name) contents.checkpoints.push_back(name);
    if (const std::optional<Zxid> zxid = parse_snapshot_name(name)) {
      contents.snapshots.push_back(name);
      contents.newest_snapshot = std::max(contents.newest_snapshot, *zxid);
    }
  }
  std::erase_if(contents.checkpoints, [](const std::string& name) { return name.ends_with(".tmp"); });
  return contents;
}

// With two directories each kind has its own; a mix means that somebody has mixed them up.
StartOutcome check_not_mixed(const DataDirectories& where, const Contents& data, const Contents& log) {
  if (where.data == where.log) return Done{};
  if (!log.snapshots.empty()) {
    return refused(text(where.log, ": ", log.snapshots.front(),
                        " is in the log's directory (dataLogDir); snapshots belong to dataDir"));
  }
  if (!data.logs.empty()) {
    return refused(
        text(where.data, ": ", data.logs.front(), " is in the data directory (dataDir); logs belong to dataLogDir"));
  }
  return Done{};
}

// Without a pointer nothing that holds data may be there.
StartOutcome check_empty(const DataDirectories& where, const Contents& data, const Contents& log) {
  if (!data.snapshots.empty() || !log.logs.empty()) {
    const bool snapshot = !data.snapshots.empty();
    return refused(
        text(snapshot ? where.data : where.log, ": ", snapshot ? data.snapshots.front() : log.logs.front(),
             " is there, but no ", checkpoint_pointer_name, " in ", where.data,
             ": the directory was written by Apache ZooKeeper, which this version can't take over yet, or our "
             "files are lost; nothing was changed"));
  }
  if (!data.checkpoints.empty()) {
    return refused(text(where.data, ": ", data.checkpoints.front(), " is there, but no ", checkpoint_pointer_name,
                        " that says which checkpoint is in force; nothing was changed"));
  }
  return Done{};
}

// ---- recovery -------------------------------------------------------------------------------------------------------

// In a log directory that is not the data directory: whose log it is.
constexpr const char* log_owner_name = "zabra.owner";

class Recovery {
 public:
  Recovery(Files& files, CheckpointStore& store, Log& log, const RecoveryOptions& options, RecoverySink& sink)
      : files_(files), store_(store), log_(log), options_(options), sink_(sink) {}

  StartOutcome run() {
    for (const auto step : {&Recovery::find_pointer, &Recovery::open_checkpoint, &Recovery::check_meta,
                            &Recovery::read_checkpoint, &Recovery::read_log, &Recovery::read_epochs,
                            &Recovery::open_to_write}) {
      if (StartOutcome done = (this->*step)(); !done) return done;
    }
    log_.info(text("recovered: checkpoint=", to_string(result_.checkpointed), " last=", to_string(result_.last),
                   " replayed=", result_.replayed, " generation=", result_.pointer.generation));
    return Done{};
  }
  Recovered take() { return std::move(result_); }

 private:
  StartOutcome find_pointer() {
    const FileResult<std::optional<CheckpointPointer>> pointer = read_checkpoint_pointer(files_, where().data);
    if (!pointer) return start_fault(pointer.fault());
    const FileResult<Contents> data = contents_of(files_, where().data);
    if (!data) return start_fault(data.fault());
    const FileResult<Contents> log = contents_of(files_, where().log);
    if (!log) return start_fault(log.fault());
    newest_snapshot_ = data->newest_snapshot;
    if (StartOutcome checked = check_not_mixed(where(), *data, *log); !checked) return checked;
    if (*pointer) return use(**pointer);
    if (StartOutcome checked = check_empty(where(), *data, *log); !checked) return checked;
    return begin();
  }

  StartOutcome use(const CheckpointPointer& pointer) {
    if (pointer.server != options_.server) return other_server(pointer.server);
    if (StartOutcome checked = check_log_owner(); !checked) return checked;
    result_.pointer = pointer;
    // A start that was killed may have left the name in memory only.
    if (FileOutcome synced = files_.sync_directory(where().data); !synced) return start_fault(synced.fault());
    return finish_adoption();
  }

  StartOutcome finish_adoption() {
    CheckpointPointer& pointer = result_.pointer;
    if (FileOutcome aside = set_old_logs_aside(files_, where().data, where().log, pointer); !aside) {
      return start_fault(aside.fault());
    }
    if (FileOutcome taken = take_staged_logs(files_, where().log, pointer.generation); !taken) {
      return start_fault(taken.fault());
    }
    return Done{};
  }

  // A disk that is not mounted looks like an empty directory: before the first checkpoint nothing else would tell.
  StartOutcome check_log_owner() {
    if (where().log == where().data) return Done{};
    const std::string path = join(where().log, log_owner_name);
    const FileResult<std::string> owner = read_small_file(files_, path, 100);
    if (owner && *owner == log_owner_text()) return Done{};
    if (!owner && owner.fault().kind != FileFault::Kind::missing) return start_fault(owner.fault());
    return refused(text(path, owner ? ": says another server" : " is missing",
                        ": this is not the log's directory (dataLogDir) of ", where().data, "; is its disk mounted?"));
  }

  // A log directory of its own first says whose it is. Then the pointer: from now on whatever else is found here is
  // known to be ours.
  StartOutcome begin() {
    result_.fresh = true;
    result_.pointer.server = options_.server;
    if (where().log != where().data) {
      FileOutcome owned = replace_file(files_, join(where().log, log_owner_name), log_owner_text());
      if (!owned) return start_fault(owned.fault());
    }
    if (FileOutcome done = replace_checkpoint_pointer(files_, where().data, result_.pointer); !done) {
      return start_fault(done.fault());
    }
    log_.info(text("new data directory ", where().data, " server=", options_.server.value));
    return Done{};
  }

  StartOutcome open_checkpoint() {
    const bool may_create = result_.pointer.stored == zxid_zero;
    if (may_create) {
      if (FileOutcome made = make_directories(files_, checkpoint_path()); !made) return start_fault(made.fault());
    }
    FileResult<std::unique_ptr<Checkpoint>> opened = store_.open_to_read(checkpoint_path(), may_create);
    if (!opened) return start_fault(opened.fault());
    result_.checkpoint = std::move(*opened);
    return Done{};
  }

  // Last: a directory that is refused stays as it was. Without space CheckpointWriter opens it when there is some.
  StartOutcome open_to_write() {
    result_.checkpoint.reset();
    FileResult<std::unique_ptr<Checkpoint>> opened =
        store_.open(checkpoint_path(), result_.pointer.stored == zxid_zero);
    if (opened) {
      result_.checkpoint = std::move(*opened);
    } else if (opened.fault().kind == FileFault::Kind::no_space) {
      log_.warning(text("no space to open the checkpoint, it is only read: directory=", checkpoint_path()));
    } else {
      return start_fault(opened.fault());
    }
    return Done{};
  }

  StartOutcome check_meta() {
    FileResult<std::optional<wire::CheckpointMeta>> read = result_.checkpoint->meta();
    if (!read) return start_fault(read.fault());
    meta_ = *read;
    const Zxid zxid = meta_ ? meta_->zxid : zxid_zero;
    if (zxid < result_.pointer.stored) {
      return damaged(text("stands at ", to_string(zxid), ", but ", to_string(result_.pointer.stored), " was stored"));
    }
    if (meta_ && meta_->server != options_.server) return other_server(meta_->server);
    if (newest_snapshot_ > zxid) {
      return refused(text(where().data, ": there is a snapshot at ", to_string(newest_snapshot_),
                          ", newer than our checkpoint at ", to_string(zxid),
                          ": Apache ZooKeeper has run here since; this version can't take that over yet"));
    }
    result_.checkpointed = zxid;
    return Done{};
  }

  StartOutcome read_checkpoint() {
    if (meta_) sink_.on_checkpoint_begin(*meta_);
    std::uint64_t nodes = 0, sessions = 0;
    const FileOutcome read = result_.checkpoint->read([&](std::string_view key, std::string_view value) -> Outcome {
      const Result<wire::ParsedKey> parsed = wire::parse_key(key);
      if (!parsed) return parsed.fault();
      nodes += parsed->kind == wire::KeyKind::node;
      sessions += parsed->kind == wire::KeyKind::session;
      if (!meta_) return Fault{"entries, but nothing that says which zxid they stand for", 0};
      return sink_.on_checkpoint_entry(*parsed, value);
    });
    if (!read) return start_fault(read.fault());
    if (!meta_) return Done{};
    if (nodes != meta_->node_count || sessions != meta_->session_count) {
      return damaged(text("holds ", nodes, " nodes and ", sessions, " sessions instead of ", meta_->node_count, " and ",
                          meta_->session_count));
    }
    if (Outcome ended = sink_.on_checkpoint_end(*meta_); !ended) return damaged(ended.fault().reason);
    return Done{};
  }

  StartOutcome read_log() {
    LogExpectation expected{result_.checkpointed, std::nullopt, result_.pointer.log_start};
    if (meta_) expected.txn_checksum = meta_->txn_checksum;
    LogRecovery recovery(files_, log_, options_, expected, sink_);
    if (StartOutcome read = recovery.run(); !read) return read;
    result_.last = recovery.last();
    result_.replayed = recovery.replayed();
    result_.replayed_bytes = recovery.replayed_bytes();
    result_.log_start = result_.pointer.log_base() ? result_.pointer.log_base() : recovery.start();
    return Done{};
  }

  StartOutcome read_epochs() {
    const FileResult<Epochs> epochs = storage::read_epochs(files_, where().data, result_.last);
    if (!epochs) return start_fault(epochs.fault());
    result_.epochs = *epochs;
    return Done{};
  }

  std::string log_owner_text() const { return text("server ", options_.server.value, "\n"); }
  const DataDirectories& where() const { return options_.directories; }
  std::string checkpoint_path() const {
    return join(where().data, checkpoint_directory_name(result_.pointer.generation));
  }
  StartFault damaged(std::string_view reason) const {
    return {StartFault::Kind::damaged, text(checkpoint_path(), ": damaged: ", reason)};
  }
  StartFault other_server(ServerId owner) const {
    return {StartFault::Kind::other_server, text(where().data, ": belongs to server ", owner.value, ", this is server ",
                                                 options_.server.value, ": wrong disk, or wrong myid")};
  }

  Files& files_;
  CheckpointStore& store_;
  Log& log_;
  const RecoveryOptions& options_;
  RecoverySink& sink_;
  Zxid newest_snapshot_;
  std::optional<wire::CheckpointMeta> meta_;
  Recovered result_;
};

}  // namespace

Result<Recovered, StartFault> recover(Files& files, CheckpointStore& store, Log& log, const RecoveryOptions& options,
                                      RecoverySink& sink) {
  Recovery recovery(files, store, log, options, sink);
  if (StartOutcome done = recovery.run(); !done) return done.fault();
  return recovery.take();
}

}  // namespace zabra::storage
