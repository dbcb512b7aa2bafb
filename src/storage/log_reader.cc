#include "storage/log_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "wire/jute.h"
#include "wire/log_format.h"

namespace zabra::storage {

namespace {

constexpr std::size_t chunk_bytes = 1 << 20;
constexpr std::size_t length_offset = 8;  // of a record's length, behind its checksum
constexpr std::size_t front_bytes = length_offset + 4;

std::int32_t length_at(std::string_view record) {
  wire::Reader in(record.substr(length_offset, 4));
  return in.read_i32();
}

}  // namespace

LogReader::LogReader(std::unique_ptr<File> file, std::uint64_t size, std::uint64_t entry_bytes_max)
    : file_(std::move(file)), size_(size), entry_bytes_max_(entry_bytes_max) {}

FileResult<LogReader> LogReader::open(Files& files, const std::string& path, std::uint64_t entry_bytes_max,
                                      std::uint64_t offset) {
  FileResult<std::unique_ptr<File>> file = files.open(path, OpenMode::read);
  if (!file) return file.fault();
  const FileResult<std::uint64_t> size = (*file)->size();
  if (!size) return size.fault();
  LogReader reader(std::move(*file), *size, entry_bytes_max);
  reader.offset_ = offset;
  reader.header_checked_ = offset > 0;
  return reader;
}

// Brings at least `bytes` bytes of the rest into the buffer, or all that the file has.
FileOutcome LogReader::fill(std::size_t bytes) {
  if (rest().size() >= bytes) return Done{};
  buffer_.erase(0, start_);
  start_ = 0;
  const std::size_t had = buffer_.size();
  const auto left = static_cast<std::size_t>(std::min<std::uint64_t>(size_ - std::min(size_, offset_), chunk_bytes));
  const std::size_t wanted = std::max({bytes, had, left});
  buffer_.resize(wanted);
  const FileResult<std::size_t> got = file_->read(offset_ + had, buffer_.data() + had, wanted - had);
  buffer_.resize(had + (got ? *got : 0));
  if (!got) return got.fault();
  return Done{};
}

FileResult<ReadStep> LogReader::next() {
  if (FileOutcome filled = fill(wire::log_header_bytes); !filled) return filled.fault();
  if (!header_checked_) {
    if (Outcome header = wire::check_log_header(rest()); !header) return ReadStep(ReadDamage{0, header.fault().reason});
    header_checked_ = true;
    start_ += wire::log_header_bytes;
    offset_ += wire::log_header_bytes;
    if (FileOutcome filled = fill(front_bytes); !filled) return filled.fault();
  }
  if (rest().size() >= front_bytes) {
    const std::int64_t length = length_at(rest());
    if (length > 0 && static_cast<std::uint64_t>(length) <= entry_bytes_max_) {
      if (FileOutcome filled = fill(static_cast<std::size_t>(length) + wire::log_record_overhead); !filled) {
        return filled.fault();
      }
    }
  }
  const wire::LogCut cut = wire::cut_log_record(rest(), static_cast<std::size_t>(entry_bytes_max_));
  if (const auto* damage = std::get_if<wire::LogDamage>(&cut)) return ReadStep(ReadDamage{offset_, damage->reason});
  if (std::holds_alternative<wire::LogEnd>(cut)) return ReadStep(ReadEnd{offset_});
  const auto& record = std::get<wire::LogRecord>(cut);
  const ReadRecord read{record.entry, offset_};
  start_ += record.consumed;
  offset_ += record.consumed;
  return ReadStep(read);
}

// ---- the tail -------------------------------------------------------------------------------------------------------

namespace {

bool all_zero(std::string_view bytes) {
  return bytes.empty() || (bytes.front() == '\0' && bytes.substr(1) == bytes.substr(0, bytes.size() - 1));
}

// Goes over the rest of a file in chunks. A record may reach beyond the chunk that it begins in: where records are
// looked for, as much is read as the longest could need.
class TailScan {
 public:
  TailScan(File& file, std::uint64_t offset, std::uint64_t entry_bytes_max)
      : file_(file), entry_bytes_max_(static_cast<std::size_t>(entry_bytes_max)), offset_(offset) {}

  // False at the end of the file.
  FileResult<bool> load() {
    if (FileOutcome read = read_window(chunk_bytes); !read) return read.fault();
    return !window_.empty();
  }
  void advance() { offset_ += chunk().size(); }
  bool is_zero() const { return all_zero(chunk()); }

  // Behind the last byte of this chunk that is not zero.
  std::uint64_t data_end() const { return offset_ + chunk().find_last_not_of('\0') + 1; }

  // The first place of this chunk, not before `from`, where a valid record begins.
  FileResult<std::optional<std::uint64_t>> record(std::uint64_t from) {
    const std::size_t starts = chunk().size();
    const std::uint64_t skipped = std::max(from, offset_) - offset_;
    if (skipped >= starts) return std::optional<std::uint64_t>();
    if (FileOutcome read = read_window(chunk_bytes + entry_bytes_max_ + wire::log_record_overhead); !read) {
      return read.fault();
    }
    const auto first = static_cast<std::size_t>(skipped);
    const auto found =
        wire::find_log_record(std::string_view(window_).substr(first), starts - first, entry_bytes_max_);
    return found ? std::optional(offset_ + skipped + *found) : std::optional<std::uint64_t>();
  }

 private:
  std::string_view chunk() const { return std::string_view(window_).substr(0, chunk_bytes); }

  FileOutcome read_window(std::size_t bytes) {
    const FileResult<std::uint64_t> size = file_.size();
    if (!size) return size.fault();
    window_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, *size - std::min(*size, offset_))));
    const FileResult<std::size_t> got = file_.read(offset_, window_.data(), window_.size());
    if (!got) return got.fault();
    window_.resize(*got);
    return Done{};
  }

  File& file_;
  const std::size_t entry_bytes_max_;
  std::uint64_t offset_;  // of the window
  std::string window_;
};

FileOutcome look_for_record(TailScan& scan, std::uint64_t from, Tail& tail) {
  if (tail.record_offset) return Done{};
  const auto record = scan.record(from);
  if (!record) return record.fault();
  tail.record_offset = *record;
  return Done{};
}

}  // namespace

FileResult<Tail> inspect_tail(Files& files, const std::string& path, std::uint64_t offset,
                              std::uint64_t batch_bytes_max, std::uint64_t entry_bytes_max) {
  FileResult<std::unique_ptr<File>> file = files.open(path, OpenMode::read);
  if (!file) return file.fault();
  Tail tail{offset, std::nullopt};
  TailScan scan(**file, offset, entry_bytes_max);
  for (;;) {
    const FileResult<bool> loaded = scan.load();
    if (!loaded) return loaded.fault();
    if (!*loaded) return tail;
    if (!scan.is_zero()) {
      tail.data_end = scan.data_end();
      if (FileOutcome looked = look_for_record(scan, offset + batch_bytes_max + 1, tail); !looked) {
        return looked.fault();
      }
    }
    scan.advance();
  }
}

}  // namespace zabra::storage
