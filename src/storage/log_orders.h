// What the log's thread is asked for, in order with each other, and what it answers.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/log_room.h"
#include "storage/epochs.h"
#include "wire/ids.h"

namespace zabra::storage {

// Framed records in order of zxid (replica::Append).
struct LogBatch {
  LogGeneration generation;
  Zxid first, last;
  std::string records;
  std::uint32_t count = 0;
};
struct TruncateLog { LogGeneration generation; Zxid last; };
struct StoreEpochs { LogGeneration generation; Epochs epochs; };
// Another history's records follow: the checkpoint's thread has made its beginning (checkpoint_thread.h).
struct StageLog { LogGeneration generation; std::uint64_t number = 0 /* checkpoint.<number> */; Zxid last; };
struct AdoptStaged { LogGeneration generation; };
struct AbandonStaged {};
using LogOrder = std::variant<LogBatch, TruncateLog, StoreEpochs, StageLog, AdoptStaged, AbandonStaged>;

// Every record of the batches up to and with `last` is on disk. `buffer` is an emptied string of a batch, to be filled
// again.
struct LogDurable { LogGeneration generation; Zxid last; LogRoom room; std::string buffer; };
struct LogRoomChanged { LogRoom room; };  // space was found, or is missing now
// The log ends at the zxid that was asked for; not done: it is not in the log, or lies below the checkpoint, and
// everything is as it was.
struct LogTruncated { LogGeneration generation; bool done = false; LogRoom room; };
struct EpochsStored { LogGeneration generation; };
// Records that are submitted from now on belong to the history that was begun anew …
struct AnewBegun { LogGeneration generation; LogRoom room; };
// … which is the one in force, for good.
struct AnewAdopted { LogGeneration generation; LogRoom room; };
using LogReport = std::variant<LogDurable, LogRoomChanged, LogTruncated, EpochsStored, AnewBegun, AnewAdopted>;

}  // namespace zabra::storage
