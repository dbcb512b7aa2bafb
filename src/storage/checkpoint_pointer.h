// The pointer: a small file beside the checkpoints that says which of them is in force. Replaced atomically.
//
//   zabra-checkpoint 1
//   server 1
//   generation 1                 checkpoint.1/
//   log-start 0x1                the first zxid of the log that belongs to this generation
//   stored 0x1000000a            the last zxid that was reported as stored: a checkpoint that opens below it is damaged
//   logs 1                       to which generation the files log.* belong: only while an adoption is being finished
//   checksum 0x5a1c03d2          Adler-32 of the lines above
//
// It is written before the first checkpoint and the first log record of a directory, and before any log below `stored`
// is removed: a log or a checkpoint without it is not ours, or has lost it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/files.h"
#include "storage/log_files.h"
#include "wire/ids.h"

namespace zabra::storage {

struct CheckpointPointer {
  ServerId server;
  std::uint64_t generation = 1;
  Zxid log_start = zxid_zero.next();
  Zxid stored;
  std::uint64_t logs_of = 1;  // adoption.h
  // What the log follows, where it is certain that none of it has been purged: nothing is, before the first checkpoint
  // behind that.
  std::optional<Zxid> log_base() const {
    return stored < log_start ? std::optional(previous(log_start)) : std::nullopt;
  }
  friend bool operator==(const CheckpointPointer&, const CheckpointPointer&) = default;
};

inline constexpr const char* checkpoint_pointer_name = "checkpoint.pointer";
std::string checkpoint_directory_name(std::uint64_t generation);  // "checkpoint.1"

std::string render(const CheckpointPointer& pointer);
Result<CheckpointPointer> parse_checkpoint_pointer(const std::string& text);

// Nothing when there is none; Kind::damaged when it can't be read.
FileResult<std::optional<CheckpointPointer>> read_checkpoint_pointer(Files& files, const std::string& directory);
FileOutcome replace_checkpoint_pointer(Files& files, const std::string& directory, const CheckpointPointer& pointer);

}  // namespace zabra::storage
