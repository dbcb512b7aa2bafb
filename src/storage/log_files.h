// The files of the log by their names, and the place of a zxid in them.
//
//   log.<zxid>                    the history in force, or, for a moment of an adoption (adoption.h), the one before it
//   staged.<generation>.<zxid>    another history, begun beside it
//   old.<generation>.<zxid>       a history that another has replaced
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/files.h"
#include "wire/ids.h"

namespace zabra::storage {

struct LogFile {
  Zxid first;
  std::string name;
  std::uint64_t bytes = 0;
};
// Those of the history in force, in order of zxid.
FileResult<std::vector<LogFile>> list_log_files(Files& files, const std::string& directory);

// Whether `zxid` may come next behind `before`. A leader begins its epoch with counter 1; a standalone server's counter
// carries into the epoch half and goes on with 0.
constexpr bool follows(Zxid before, Zxid zxid) {
  return zxid == before.next() || (zxid.epoch > before.epoch && zxid.counter <= 1);
}
constexpr Zxid previous(Zxid zxid) { return zxid == zxid_zero ? zxid_zero : Zxid::from_wire(zxid.to_wire() - 1); }

// How many of `logs` begin at or below `zxid`: the last of them is where it must be.
std::size_t count_up_to(std::span<const LogFile> logs, Zxid zxid);

// Behind the record of exactly this zxid in one file; nothing when there is none. Kind::damaged when the file ends in
// damage before it.
FileResult<std::optional<std::uint64_t>> end_of_record(Files& files, const std::string& path, Zxid zxid,
                                                       std::uint64_t entry_bytes_max);

// Cuts a file to `size`, durably. In steps of at most `step_bytes_max`, synced one by one: a crash may leave the bytes
// of any step behind the cut, with the page that it went through emptied, and a start takes no more than a batch of
// them for a torn tail.
FileOutcome cut_file(Files& files, const std::string& path, std::uint64_t size, std::uint64_t step_bytes_max);

}  // namespace zabra::storage
