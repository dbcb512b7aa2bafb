// The two epoch files of `version-2`, ZooKeeper's: decimal text, replaced atomically. A server never accepts a proposal
// of an epoch below `accepted`, and its history was last brought to a leader's in `current`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/files.h"
#include "wire/ids.h"

namespace zabra::storage {

struct Epochs {
  std::int64_t accepted = 0, current = 0;
  friend bool operator==(const Epochs&, const Epochs&) = default;
};

// Both, durable when it returns; only what differs from `had`. Whatever crash comes, `current` is never above
// `accepted` on disk.
FileOutcome store_epochs(Files& files, const std::string& directory, const Epochs& epochs,
                         const std::optional<Epochs>& had);
// What a start goes by, with ZooKeeper's rule for a file that is missing: the epoch of the last transaction. A log that
// is ahead of `current` is no fault. Kind::damaged for `current` above `accepted`.
FileResult<Epochs> read_epochs(Files& files, const std::string& directory, Zxid last);

// A missing file counts as nothing. Kind::damaged for anything but a decimal number.
FileResult<std::optional<std::int64_t>> read_accepted_epoch(Files& files, const std::string& directory);
FileResult<std::optional<std::int64_t>> read_current_epoch(Files& files, const std::string& directory);
FileOutcome write_accepted_epoch(Files& files, const std::string& directory, std::int64_t epoch);
FileOutcome write_current_epoch(Files& files, const std::string& directory, std::int64_t epoch);

}  // namespace zabra::storage
