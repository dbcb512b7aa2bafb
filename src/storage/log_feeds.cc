#include "storage/log_feeds.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "wire/txn.h"

namespace zabra::storage {

namespace {

FileFault damaged(const std::string& path, std::uint64_t offset, std::string_view reason) {
  return {FileFault::Kind::damaged, 0, "read", path, text("damaged at offset ", offset, ": ", reason)};
}

FileFault missing(const std::string& directory, std::string reason) {
  return {FileFault::Kind::missing, 0, "read", directory, std::move(reason)};
}

}  // namespace

FileResult<LogReadPart> LogFeeds::read(const ReadLog& request, std::optional<Zxid> base) {
  auto part = std::make_shared<LogRead>();
  part->reader = request.reader;
  if (FileOutcome read = read_part(request, base, *part); !read) {
    if (read.fault().kind == FileFault::Kind::io) return read.fault();
    part->entries.clear();
    part->fault = read.fault();
    places_.erase(request.reader);
  }
  return part;
}

FileOutcome LogFeeds::read_part(const ReadLog& request, std::optional<Zxid> base, LogRead& part) {
  const FileResult<Place*> found = place_of(request, base);
  if (!found) return found.fault();
  Place& place = **found;
  part.found = place.found;
  Ends ends;
  while (place.last < request.until && part.memory.size() < request.bytes_max) {
    if (FileOutcome taken = take_next(place, part.memory, ends); !taken) return taken;
  }
  std::size_t begin = 0;
  for (const auto& [zxid, end] : ends) {
    part.entries.push_back({zxid, std::string_view(part.memory).substr(begin, end - begin)});
    begin = end;
  }
  part.done = place.last >= request.until;
  return Done{};
}

FileResult<LogFeeds::Place*> LogFeeds::place_of(const ReadLog& request, std::optional<Zxid> base) {
  auto at = places_.find(request.reader);
  if (at == places_.end() || at->second.after != request.after) {
    FileResult<Place> found = find(request, base);
    if (!found) return found.fault();
    at = places_.insert_or_assign(request.reader, std::move(*found)).first;
  }
  Place& place = at->second;
  if (std::exchange(place.until, request.until) != request.until && place.reader) {
    if (FileOutcome opened = open(place, place.reader->offset()); !opened) return opened.fault();  // more may be there
  }
  return &place;
}

FileResult<LogFeeds::Place> LogFeeds::find(const ReadLog& request, std::optional<Zxid> base) {
  const FileResult<std::vector<LogFile>> logs = list_log_files(files_, directory_);
  if (!logs) return logs.fault();
  Place place;
  place.after = request.after;
  place.until = request.until;
  const std::size_t count = count_up_to(*logs, request.after);
  if (count == 0 && base && *base <= request.after) {
    place.found = place.last = place.file_first = *base;
    return place;
  }
  if (count == 0) {
    return missing(directory_, text("the log begins ", logs->empty() ? "nowhere" : to_string(logs->front().first),
                                    ", behind ", to_string(request.after)));
  }
  const LogFile& file = (*logs)[count - 1];
  place.file_first = file.first;
  place.path = join(directory_, file.name);
  if (FileOutcome sought = seek(place); !sought) return sought.fault();
  return place;
}

// To the first record behind `after`, which may only come with the next file.
FileOutcome LogFeeds::seek(Place& place) {
  if (FileOutcome opened = open(place, 0); !opened) return opened;
  for (;;) {
    const FileResult<ReadStep> step = place.reader->next();
    if (!step) return step.fault();
    if (const auto* damage = std::get_if<ReadDamage>(&*step)) {
      return damaged(place.path, damage->offset, damage->reason);
    }
    const auto* record = std::get_if<ReadRecord>(&*step);
    if (record == nullptr) break;
    const Result<wire::TxnHeader> header = wire::decode_txn_header(record->entry);
    if (!header) return damaged(place.path, record->offset, header.fault().reason);
    if (header->zxid > place.after) {
      if (FileOutcome opened = open(place, record->offset); !opened) return opened;
      break;
    }
    place.found = place.last = header->zxid;
  }
  if (place.found >= place.file_first) return Done{};
  return damaged(place.path, 0, text("no record ", to_string(place.file_first), ", as its name says"));
}

// One record, or on to the next file.
FileOutcome LogFeeds::take_next(Place& place, std::string& memory, Ends& ends) {
  if (!place.reader) return next_file(place);
  const FileResult<ReadStep> step = place.reader->next();
  if (!step) return step.fault();
  if (const auto* damage = std::get_if<ReadDamage>(&*step)) return damaged(place.path, damage->offset, damage->reason);
  const auto* record = std::get_if<ReadRecord>(&*step);
  if (record == nullptr) return next_file(place);
  const Result<wire::TxnHeader> header = wire::decode_txn_header(record->entry);
  if (!header) return damaged(place.path, record->offset, header.fault().reason);
  if (!follows(place.last, header->zxid)) {
    return damaged(place.path, record->offset,
                   text("record ", to_string(header->zxid), " does not follow ", to_string(place.last)));
  }
  place.last = header->zxid;
  memory += record->entry;
  ends.emplace_back(place.last, memory.size());
  return Done{};
}

FileOutcome LogFeeds::open(Place& place, std::uint64_t offset) {
  FileResult<LogReader> reader = LogReader::open(files_, place.path, entry_bytes_max_, offset);
  if (!reader) return reader.fault();
  place.reader = std::move(*reader);
  return Done{};
}

FileOutcome LogFeeds::next_file(Place& place) {
  const FileResult<std::vector<LogFile>> logs = list_log_files(files_, directory_);
  if (!logs) return logs.fault();
  const std::size_t next = count_up_to(*logs, place.file_first);
  if (next == logs->size()) {
    return missing(directory_, text("the log ends at ", to_string(place.last), ", below ", to_string(place.until)));
  }
  place.file_first = (*logs)[next].first;
  place.path = join(directory_, (*logs)[next].name);
  return open(place, 0);
}

std::optional<Zxid> LogFeeds::pinned() const {
  std::optional<Zxid> pinned;
  for (const auto& [reader, place] : places_) pinned = std::min(pinned.value_or(place.last), place.last);
  return pinned;
}

}  // namespace zabra::storage
