// Reads one log file from its start, in chunks: records as long as they are whole, then what comes after the last.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "storage/files.h"

namespace zabra::storage {

// A whole record with the right checksum. The view is good until the next call.
struct ReadRecord { std::string_view entry; std::uint64_t offset = 0; };
// No record at `offset`: a length of zero, or the end of the file.
struct ReadEnd { std::uint64_t offset = 0; };
// Something that is no whole record at `offset`.
struct ReadDamage { std::uint64_t offset = 0; std::string reason; };
using ReadStep = std::variant<ReadRecord, ReadEnd, ReadDamage>;

class LogReader {
 public:
  // From the start, or from an offset where a record is known to begin.
  static FileResult<LogReader> open(Files& files, const std::string& path, std::uint64_t entry_bytes_max,
                                    std::uint64_t offset = 0);

  FileResult<ReadStep> next();
  std::uint64_t size() const { return size_; }
  std::uint64_t offset() const { return offset_; }  // of the next record

 private:
  LogReader(std::unique_ptr<File> file, std::uint64_t size, std::uint64_t entry_bytes_max);
  FileOutcome fill(std::size_t bytes);
  std::string_view rest() const { return std::string_view(buffer_).substr(start_); }

  std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;
  std::uint64_t entry_bytes_max_ = 0;
  std::uint64_t offset_ = 0;  // of the next record
  std::string buffer_;        // what was read and not yet given out begins at start_
  std::size_t start_ = 0;
  bool header_checked_ = false;
};

// What stands in a file from `offset` on, where no valid record begins.
struct Tail {
  std::uint64_t data_end = 0;                  // behind the last byte that is not zero; `offset` when all are
  std::optional<std::uint64_t> record_offset;  // where a valid record begins more than batch_bytes_max behind `offset`
};
FileResult<Tail> inspect_tail(Files& files, const std::string& path, std::uint64_t offset,
                              std::uint64_t batch_bytes_max, std::uint64_t entry_bytes_max);

}  // namespace zabra::storage
