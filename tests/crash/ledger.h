// The outsider's record of what storage was asked for and what it has promised. It shares no code with storage: whether
// a recovery was right is decided here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/files.h"
#include "storage/recovery.h"
#include "tests/crash/model.h"
#include "wire/ids.h"

namespace zabra::test {

class Ledger {
 public:
  // ---- what is being done ----
  // The zxid of the next transaction, and a transaction to write under it, drawn by `draw`. Never twice the same bytes.
  Zxid next() const { return last().next(); }
  Zxid last() const { return history_.empty() ? zxid_zero : history_.back().zxid; }
  std::string append(std::uint64_t draw);
  // What was drawn behind `zxid` is not written.
  void take_back_to(Zxid zxid) { std::erase_if(history_, [zxid](const Written& w) { return w.zxid > zxid; }); }

  // From here on the log may end at `zxid`, or anywhere behind it; then it ends there.
  void on_truncating(Zxid zxid) { released_ = std::min(released_, zxid); }
  void on_truncated(Zxid zxid) { take_back_to(zxid); }

  void on_durable(Zxid zxid) { released_ = std::max(released_, zxid); }
  void on_stored(Zxid zxid) { stored_ = promised_stored_ = zxid; }
  void on_torn_saved(const std::string& path, const std::string& bytes) { torn_[path] = bytes; }
  void on_epochs_attempt(storage::Epochs epochs) { epochs_attempted_ = epochs; }
  void on_epochs_written() { epochs_written_ = epochs_attempted_; }

  Zxid released() const { return released_; }
  Zxid stored() const { return stored_; }
  storage::Epochs epochs_attempted() const { return epochs_attempted_; }
  Model state_at(Zxid zxid) const;

  // ---- what must hold after a start ----
  // What is recovered counts as promised from then on: a server has answered reads from it. The first broken promise,
  // in words; nothing when all are kept.
  std::optional<std::string> check(const storage::Recovered& recovered, const Model& state);
  // Files beside the state: epochs, the saved torn tails, one contiguous run of log files.
  std::optional<std::string> check_files(storage::Files& files, const storage::DataDirectories& where);

 private:
  struct Written { Zxid zxid; std::string entry; };

  std::optional<std::string> check_epochs(const storage::Epochs& epochs);
  std::optional<std::string> check_torn(storage::Files& files) const;
  std::optional<std::string> check_run(storage::Files& files, const std::string& directory) const;

  std::vector<Written> history_;
  Zxid released_;
  Zxid stored_;           // where the checkpoint stands: the next batch begins there
  Zxid promised_stored_;  // what the pointer must say at least: logs below may be gone
  storage::Epochs epochs_written_, epochs_attempted_;
  std::map<std::string, std::string> torn_;  // by path
  std::uint64_t serial_ = 0;
};

}  // namespace zabra::test
