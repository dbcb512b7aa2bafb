// What the checkpoint's thread has read for a learner, as the replica's events; the bytes stay where they are.
#pragma once

#include <memory>
#include <utility>

#include "replica/event.h"
#include "storage/log_feeds.h"
#include "storage/snapshot_feeds.h"

namespace zabra::server {

inline std::unique_ptr<replica::LogPart> event_of(storage::LogReadPart read) {
  auto part = std::make_unique<replica::LogPart>();
  part->reader = read->reader;
  part->found = read->found;
  for (const auto& entry : read->entries) part->entries.push_back({entry.zxid, entry.bytes});
  part->is_last = read->done;
  if (read->fault) part->fault = to_string(*read->fault);
  part->memory = std::move(read);
  return part;
}

inline std::unique_ptr<replica::SnapshotPart> event_of(storage::SnapshotPart read) {
  auto part = std::make_unique<replica::SnapshotPart>();
  part->reader = read->reader;
  part->meta = read->meta;
  part->acl_count = read->acl_count;
  for (const auto& entry : read->entries) part->entries.push_back({entry.key, entry.value});
  part->is_last = read->done;
  if (read->fault) part->fault = to_string(*read->fault);
  part->memory = std::move(read);
  return part;
}

}  // namespace zabra::server
