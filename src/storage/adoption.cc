#include "storage/adoption.h"

#include <charconv>
#include <string_view>
#include <vector>

#include "storage/log_files.h"
#include "wire/log_format.h"

namespace zabra::storage {

namespace {

constexpr std::string_view staged_prefix = "staged.", old_prefix = "old.", checkpoint_prefix = "checkpoint.";

std::string name_in(std::string_view prefix, std::uint64_t generation, std::string_view log_name) {
  return text(prefix, generation, log_name.substr(log_name.find('.')));
}

struct GenerationName { std::uint64_t generation = 0; std::string_view rest; };

// "<prefix><generation>" and what follows.
std::optional<GenerationName> parse(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  GenerationName parsed;
  const auto number = std::from_chars(name.data(), name.data() + name.size(), parsed.generation);
  if (number.ec != std::errc{} || parsed.generation == 0) return std::nullopt;
  parsed.rest = name.substr(static_cast<std::size_t>(number.ptr - name.data()));
  return parsed;
}

// The log's name of "<prefix><generation>.<zxid>".
std::optional<std::string> log_name_of(const GenerationName& name) {
  const std::string log = "log" + std::string(name.rest);
  return wire::parse_log_file_name(log) ? std::optional(log) : std::nullopt;
}

std::optional<std::uint64_t> generation_of_checkpoint(std::string_view name) {
  const auto parsed = parse(name, checkpoint_prefix);
  return parsed && parsed->rest.empty() ? std::optional(parsed->generation) : std::nullopt;
}

// Nothing of a file that is gone already.
FileOutcome remove_file(Files& files, const std::string& path) {
  FileOutcome removed = files.remove(path);
  if (!removed && removed.fault().kind == FileFault::Kind::missing) return Done{};
  return removed;
}

FileOutcome remove_files_in(Files& files, const std::string& directory) {
  const FileResult<std::vector<std::string>> names = files.list(directory);
  if (!names) return names.fault();
  for (const std::string& name : *names) {
    if (FileOutcome removed = remove_file(files, join(directory, name)); !removed) return removed;
  }
  return Done{};
}

}  // namespace

std::string staged_log_name(std::uint64_t generation, Zxid first) {
  return name_in(staged_prefix, generation, wire::log_file_name(first));
}

FileOutcome set_old_logs_aside(Files& files, const std::string& data_directory, const std::string& log_directory,
                               CheckpointPointer& pointer) {
  if (pointer.logs_of == pointer.generation) return Done{};
  const FileResult<std::vector<LogFile>> logs = list_log_files(files, log_directory);
  if (!logs) return logs.fault();
  for (const LogFile& log : *logs) {
    const std::string aside = join(log_directory, name_in(old_prefix, pointer.logs_of, log.name));
    if (FileOutcome renamed = files.rename(join(log_directory, log.name), aside); !renamed) return renamed;
  }
  // A start that was killed may have left the new names in memory only.
  if (FileOutcome synced = files.sync_directory(log_directory); !synced) return synced;
  CheckpointPointer done = pointer;
  done.logs_of = done.generation;
  if (FileOutcome replaced = replace_checkpoint_pointer(files, data_directory, done); !replaced) return replaced;
  pointer = done;
  return Done{};
}

FileOutcome take_staged_logs(Files& files, const std::string& log_directory, std::uint64_t generation) {
  const FileResult<std::vector<std::string>> names = files.list(log_directory);
  if (!names) return names.fault();
  bool is_any = false;
  for (const std::string& name : *names) {
    const auto parsed = parse(name, staged_prefix);
    const auto log = parsed && parsed->generation == generation ? log_name_of(*parsed) : std::nullopt;
    if (!log) continue;
    is_any = true;
    if (FileOutcome renamed = files.rename(join(log_directory, name), join(log_directory, *log)); !renamed) {
      return renamed;
    }
  }
  return is_any ? files.sync_directory(log_directory) : Done{};
}

FileOutcome remove_staged_logs(Files& files, const std::string& log_directory) {
  const FileResult<std::vector<std::string>> names = files.list(log_directory);
  if (!names) return names.fault();
  bool is_any = false;
  for (const std::string& name : *names) {
    const auto parsed = parse(name, staged_prefix);
    if (!parsed || !log_name_of(*parsed)) continue;
    is_any = true;
    if (FileOutcome removed = remove_file(files, join(log_directory, name)); !removed) return removed;
  }
  return is_any ? files.sync_directory(log_directory) : Done{};
}

FileOutcome remove_checkpoint(Files& files, const std::string& data_directory, std::uint64_t generation) {
  const std::string path = join(data_directory, checkpoint_directory_name(generation));
  const FileResult<bool> there = files.exists(path);
  if (!there) return there.fault();
  if (!*there) return Done{};
  if (FileOutcome emptied = remove_files_in(files, path); !emptied) return emptied;
  if (FileOutcome removed = files.remove_directory(path); !removed) return removed;
  return files.sync_directory(data_directory);
}

// ---- what is over ---------------------------------------------------------------------------------------------------

namespace {

// Somebody else's clean-up, or missing permission, is no reason to stop a server.
FileResult<bool> passed_over(Log& log, const FileOutcome& outcome) {
  if (outcome) return true;
  if (outcome.fault().kind == FileFault::Kind::io) return outcome.fault();
  log.warning(text("can't remove what another history has replaced: ", to_string(outcome.fault())));
  return true;
}

FileResult<bool> remove_old_checkpoints(Files& files, Log& log, const std::string& directory, std::uint64_t in_force) {
  const FileResult<std::vector<std::string>> names = files.list(directory);
  if (!names) return names.fault();
  bool is_any = false;
  for (const std::string& name : *names) {
    const auto generation = generation_of_checkpoint(name);
    if (!generation || *generation >= in_force) continue;
    is_any = true;
    if (FileResult<bool> removed = passed_over(log, remove_checkpoint(files, directory, *generation)); !removed) {
      return removed;
    }
  }
  return is_any;
}

FileResult<bool> remove_old_logs(Files& files, Log& log, const std::string& directory) {
  const FileResult<std::vector<std::string>> names = files.list(directory);
  if (!names) return names.fault();
  bool is_any = false;
  for (const std::string& name : *names) {
    const auto parsed = parse(name, old_prefix);
    if (!parsed || !log_name_of(*parsed)) continue;
    is_any = true;
    if (FileResult<bool> removed = passed_over(log, remove_file(files, join(directory, name))); !removed) {
      return removed;
    }
  }
  if (!is_any) return false;
  return passed_over(log, files.sync_directory(directory));
}

}  // namespace

FileResult<bool> remove_old_generations(Files& files, Log& log, const std::string& data_directory,
                                        const std::string& log_directory, std::uint64_t in_force) {
  const FileResult<bool> checkpoints = remove_old_checkpoints(files, log, data_directory, in_force);
  if (!checkpoints) return checkpoints;
  const FileResult<bool> logs = remove_old_logs(files, log, log_directory);
  if (!logs) return logs;
  return *checkpoints || *logs;
}

}  // namespace zabra::storage
