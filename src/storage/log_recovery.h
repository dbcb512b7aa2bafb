// The log's part of recovery: reads it from the checkpoint on, checks that nothing is missing, and gives its end the
// form that a crash can't take away again. Used by recovery.cc; the rules are in recovery.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "storage/log_files.h"
#include "storage/log_reader.h"
#include "storage/recovery.h"

namespace zabra::storage {

StartFault start_fault(const FileFault& fault);

// What the checkpoint says about the log.
struct LogExpectation {
  Zxid checkpointed;                              // zero: none yet
  std::optional<std::uint32_t> txn_checksum;      // of the entry at `checkpointed`
  Zxid log_start;                                 // files that begin below it are of an older generation
};

class LogRecovery {
 public:
  LogRecovery(Files& files, Log& log, const RecoveryOptions& options, LogExpectation expected, RecoverySink& sink);

  Result<Done, StartFault> run();

  Zxid last() const { return last_; }
  // Where the log begins, what lies below the checkpoint included; none: it holds nothing.
  std::optional<Zxid> start() const { return start_; }
  std::uint64_t replayed() const { return replayed_; }
  std::uint64_t replayed_bytes() const { return replayed_bytes_; }

 private:
  using Outcome = Result<Done, StartFault>;

  Outcome read_file(const LogFile& file, bool is_last);
  Outcome take(const LogFile& file, const ReadRecord& record, bool first_of_file);
  Outcome check_place(const LogFile& file, const ReadRecord& record, Zxid zxid, bool first_of_file) const;
  Outcome replay(const LogFile& file, const ReadRecord& record, Zxid zxid);
  Outcome end_closed_file(const LogFile& file, const ReadStep& end);
  Outcome end_last_file(const LogFile& file, const ReadStep& end);
  Outcome set_aside(const LogFile& file);
  Outcome check_reach(const LogFile& file, const ReadStep& end) const;
  FileOutcome cut(const LogFile& file, std::uint64_t offset, const Tail& tail, std::string_view reason);
  FileOutcome write_again(File& log, std::uint64_t end) const;
  FileResult<std::string> save_torn(const LogFile& file, std::uint64_t offset, std::uint64_t end);
  FileOutcome copy_bytes(const std::string& from_path, std::uint64_t offset, std::uint64_t end,
                         const std::string& to_path);
  FileResult<std::string> free_torn_path() const;
  std::string path_of(const LogFile& file) const;
  StartFault damage(const LogFile& file, std::uint64_t offset, std::string_view reason) const;

  Files& files_;
  Log& log_;
  const std::string directory_;
  const std::uint64_t entry_bytes_max_, batch_bytes_max_;
  const LogExpectation expected_;
  RecoverySink& sink_;

  std::optional<Zxid> seen_;  // the last record read
  std::optional<Zxid> start_;
  Zxid last_;                 // max(checkpointed, seen)
  std::uint64_t replayed_ = 0, replayed_bytes_ = 0;
};

}  // namespace zabra::storage
