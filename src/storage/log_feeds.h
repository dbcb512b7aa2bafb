// The log on disk, read in parts by those who feed learners from it. Each reader has a place in the log, which stays
// from part to part; the files from there on are not to be purged (pinned()).
//
//   after = 5, until = 9      log  | 3 4 | 6 7 8 9 10
//                                      ^ found: 4; the entries are 6 7, then 8 9 and done
//
// One thread, the one that purges. The log may be written to meanwhile, as long as all up to `until` was on disk when
// the part was asked for; it must not be cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/link_id.h"
#include "storage/files.h"
#include "storage/log_files.h"
#include "storage/log_reader.h"
#include "wire/ids.h"

namespace zabra::storage {

struct ReadLog {
  LinkId reader;
  Zxid after, until;
  std::size_t bytes_max = 0;  // of a part, but for its last entry
};

struct LogRead {
  struct Entry { Zxid zxid; std::string_view bytes; };
  LinkId reader;
  Zxid found;                  // the last zxid in the log that is not above `after`; the same with every part
  std::vector<Entry> entries;  // what follows the part before, or `found`, without a hole
  bool done = false;           // `until` is reached
  std::optional<FileFault> fault;  // there is no more to be had, and why: not in the log (any more), damaged, a hole
  std::string memory;              // where the entries lie
};
using LogReadPart = std::shared_ptr<LogRead>;

class LogFeeds {
 public:
  LogFeeds(Files& files, std::string directory, std::uint64_t entry_bytes_max)
      : files_(files), directory_(std::move(directory)), entry_bytes_max_(entry_bytes_max) {}

  // The first part of a reader that is not known, or that asks from another place; else the next part. Only a failing
  // disk is a fault of the call. `base`: what the log follows, where all of it is there since.
  FileResult<LogReadPart> read(const ReadLog& request, std::optional<Zxid> base);
  void end(LinkId reader) { places_.erase(reader); }
  void clear() { places_.clear(); }

  // The log must stay from this zxid on.
  std::optional<Zxid> pinned() const;

 private:
  struct Place {
    Zxid after, until;
    Zxid found, last;  // the last that was read
    Zxid file_first;  // of the file at `path`
    std::string path;
    std::optional<LogReader> reader;  // none: before the first file
  };
  using Ends = std::vector<std::pair<Zxid, std::size_t>>;

  FileOutcome read_part(const ReadLog& request, std::optional<Zxid> base, LogRead& part);
  FileResult<Place*> place_of(const ReadLog& request, std::optional<Zxid> base);
  FileResult<Place> find(const ReadLog& request, std::optional<Zxid> base);
  FileOutcome seek(Place& place);
  FileOutcome take_next(Place& place, std::string& memory, Ends& ends);
  FileOutcome open(Place& place, std::uint64_t offset);
  FileOutcome next_file(Place& place);

  Files& files_;
  const std::string directory_;
  const std::uint64_t entry_bytes_max_;
  std::map<LinkId, Place> places_;
};

}  // namespace zabra::storage
