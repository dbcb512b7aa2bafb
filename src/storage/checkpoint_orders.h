// What the checkpoint's thread is asked for, and what it answers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "base/link_id.h"
#include "base/log_room.h"
#include "storage/log_feeds.h"
#include "storage/snapshot_feeds.h"
#include "wire/checkpoint_format.h"
#include "wire/ids.h"

namespace zabra::storage {

// ---- the checkpoint: in the order in which they are asked for ----

// All that changed since the last one, as of meta.zxid (replica::StoreCheckpoint).
struct CheckpointRequest {
  LogGeneration generation;
  wire::CheckpointMeta meta;
  wire::CheckpointBatch batch;
};
struct BeginAnew { LogGeneration generation; std::uint64_t attempt = 0; };
struct PutAnew { wire::CheckpointBatch part; };
struct FinishAnew { wire::CheckpointMeta meta; };
struct AdoptAnew {};
struct AbandonAnew {};
using CheckpointWork = std::variant<CheckpointRequest, BeginAnew, PutAnew, FinishAnew, AdoptAnew, AbandonAnew>;

// ---- readers, served in between: ReadLog, ReadSnapshot ----
struct EndReading { LinkId reader; };
using Reading = std::variant<ReadLog, ReadSnapshot, EndReading>;

// ---- answers ----
// `log_start`: from where on the log on disk can be read (Recovered::log_start).
struct CheckpointStored { LogGeneration generation; Zxid zxid; std::optional<Zxid> log_start{}; };
struct CheckpointDelayed { LogGeneration generation; };  // no space; said once, Stored follows when there is some
struct AnewTaken { LogGeneration generation; };          // a part, and there is room for the next
using CheckpointReport = std::variant<CheckpointStored, CheckpointDelayed, AnewTaken, LogReadPart, SnapshotPart>;

}  // namespace zabra::storage
