// The outsider's record of what storage was asked for and what it has promised. It shares no code with storage: whether
// a recovery was right is decided here.
#pragma once

#include <algorithm>
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
  Zxid last() const { return writing().last(); }
  std::string append(std::uint64_t draw);
  // What was drawn behind `zxid` is not written.
  void take_back_to(Zxid zxid) { writing().take_back_to(zxid); }
  // From here on the log may end at `zxid`, or anywhere behind it; then it ends there.
  void on_truncating(Zxid zxid) { writing().released = std::min(writing().released, zxid); }
  void on_truncated(Zxid zxid) {
    take_back_to(zxid);
    ++reached_.truncations;
  }

  // Another history, which begins with a state at `zxid` that is drawn: what is written from now on belongs to it.
  const Model& begin_anew(Zxid zxid, std::uint64_t draw);
  void abandon_anew() { anew_.reset(); }
  // From here on a start may find it, or still the old one; then it is the one.
  void on_adopting() { is_adopting_ = true; }
  void on_adopted();

  void on_durable(Zxid zxid) { writing().released = std::max(writing().released, zxid); }
  void on_stored(Zxid zxid) { history_.stored = history_.promised_stored = zxid; }
  void on_torn_saved(const std::string& path, const std::string& bytes) { torn_[path] = bytes; }
  void on_epochs_attempt(storage::Epochs epochs) { epochs_attempted_ = epochs; }
  void on_epochs_written() { epochs_written_ = epochs_attempted_; }
  bool are_epochs_written() const { return epochs_written_ == epochs_attempted_; }

  Zxid released() const { return history_.released; }
  Zxid stored() const { return history_.stored; }
  storage::Epochs epochs_attempted() const { return epochs_attempted_; }
  Model state_at(Zxid zxid) const { return history_.state_at(zxid); }

  // What has been reached.
  struct Reached { std::uint64_t truncations = 0, adoptions = 0, adoptions_found_at_start = 0; };
  const Reached& reached() const { return reached_; }

  // ---- what must hold after a start ----
  // What is recovered counts as promised from then on: a server has answered reads from it. The first broken promise,
  // in words; nothing when all are kept.
  std::optional<std::string> check(const storage::Recovered& recovered, const Model& state);
  // Files beside the state: epochs, the saved torn tails, one contiguous run of log files.
  std::optional<std::string> check_files(storage::Files& files, const storage::DataDirectories& where);

 private:
  struct Written { Zxid zxid; std::string entry; };
  struct History {
    Model base;  // what it begins with
    std::vector<Written> written;
    Zxid released;
    Zxid stored;           // where the checkpoint stands: the next batch begins there
    Zxid promised_stored;  // what the pointer must say at least: logs below may be gone
    Zxid last() const { return written.empty() ? base.zxid() : written.back().zxid; }
    void take_back_to(Zxid zxid) {
      std::erase_if(written, [zxid](const Written& w) { return w.zxid > zxid; });
    }
    Model state_at(Zxid zxid) const;
  };

  History& writing() { return anew_ ? *anew_ : history_; }
  const History& writing() const { return anew_ ? *anew_ : history_; }
  std::string draw_entry(Zxid zxid, std::uint64_t draw);
  std::optional<std::string> check_generation(std::uint64_t generation);
  std::optional<std::string> check_history(const storage::Recovered& recovered, const Model& state);
  std::optional<std::string> check_epochs(const storage::Epochs& epochs);
  std::optional<std::string> check_torn(storage::Files& files) const;
  std::optional<std::string> check_run(storage::Files& files, const std::string& directory) const;

  History history_;               // the one in force
  std::optional<History> anew_;   // beside it
  bool is_adopting_ = false;
  std::uint64_t generation_ = 1;  // of the one in force
  storage::Epochs epochs_written_, epochs_attempted_;
  std::map<std::string, std::string> torn_;  // by path
  std::uint64_t serial_ = 0;
  Reached reached_;
};

}  // namespace zabra::test
