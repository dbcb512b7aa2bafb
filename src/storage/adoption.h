// Another history beside the one that a server has, and how it takes its place (a snapshot from a leader, or the
// beginning of everything):
//
//                      checkpoint                logs, in the log's directory          pointer
//   as ever            checkpoint.1/             log.*                                 generation 1
//   begun              checkpoint.1/, .2/        log.*, staged.2.*                     generation 1
//   adopted            checkpoint.1/, .2/        log.* (of 1), staged.2.*              generation 2, logs 1
//     set aside        checkpoint.1/, .2/        old.1.*, staged.2.*                   generation 2, logs 1
//                      checkpoint.1/, .2/        old.1.*, staged.2.*                   generation 2
//     taken            checkpoint.1/, .2/        old.1.*, log.*                        generation 2
//   first checkpoint   checkpoint.2/             log.*                                 generation 2
//
// The pointer's replacement is the one moment. A start finds the old history before it, and after it goes on from where
// a crash has left the rest, which can be done any number of times. What an attempt that was never adopted has left is
// removed when the log is opened or the next attempt begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/log.h"
#include "storage/checkpoint_pointer.h"
#include "storage/files.h"
#include "wire/ids.h"

namespace zabra::storage {

std::string staged_log_name(std::uint64_t generation, Zxid first);  // "staged.2.100000001"

// The rest of an adoption that `pointer` says has happened: the old logs go aside, and the pointer says so. The staged
// ones are still to be taken.
FileOutcome set_old_logs_aside(Files& files, const std::string& data_directory, const std::string& log_directory,
                               CheckpointPointer& pointer);
// Those of the generation in force get their names for good. Durable, like all that follows.
FileOutcome take_staged_logs(Files& files, const std::string& log_directory, std::uint64_t generation);

FileOutcome remove_staged_logs(Files& files, const std::string& log_directory);
FileOutcome remove_checkpoint(Files& files, const std::string& data_directory, std::uint64_t generation);

// All that belongs to generations below the one in force. What can't be removed is said, and stays; only a failing disk
// is a fault. True when there was anything.
FileResult<bool> remove_old_generations(Files& files, Log& log, const std::string& data_directory,
                                        const std::string& log_directory, std::uint64_t in_force);

}  // namespace zabra::storage
