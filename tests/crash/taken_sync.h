// Takes fsyncs away: a call of the chosen class answers that all is on disk, and does nothing. What a test is worth
// that claims to find lost writes is shown with it: without any one fsync that matters, it must find a broken promise.
//
// The class of a file's sync is the kind of the file ("log", "spare", "torn", "pointer", "epoch", "entries", "leveldb
// log", "MANIFEST", "CURRENT", "table"); of a log also "log cut" (when it is closed), "log truncated", and "log at
// start" (recovery's). A directory's sync has the class of the last name that was made or removed in it: "new log",
// "gone log", "new pointer", …; and "found new log", … when it was a process killed before that did so.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/crash/story.h"

namespace zabra::test {

class TakenSync final : public Front, public storage::Files {
 public:
  // With a class: now and then, shortly after a call of it was taken, the power goes.
  // The class of every sync that comes by is added to `seen`.
  TakenSync(SimFiles& disk, std::string taken_class, std::uint64_t seed, std::set<std::string>& seen);

  // ---- Front ----
  storage::Files& files() override { return *this; }
  void set_starting(bool starting) override { starting_ = starting; }
  void after_kill() override;
  void after_power_loss() override;
  bool has_cut() const override { return armed_ && disk_.is_off(); }

  // ---- Files ----
  storage::FileResult<std::unique_ptr<storage::File>> open(const std::string& path, storage::OpenMode mode) override;
  storage::FileOutcome rename(const std::string& from, const std::string& to) override;
  storage::FileOutcome remove(const std::string& path) override;
  storage::FileOutcome make_directory(const std::string& path) override;
  storage::FileOutcome remove_directory(const std::string& path) override { return disk_.remove_directory(path); }
  storage::FileOutcome sync_directory(const std::string& path) override;
  storage::FileResult<std::vector<std::string>> list(const std::string& directory) override {
    return disk_.list(directory);
  }
  storage::FileResult<std::uint64_t> size(const std::string& path) override { return disk_.size(path); }
  storage::FileResult<bool> exists(const std::string& path) override { return disk_.exists(path); }
  storage::FileResult<std::uint64_t> free_space(const std::string& path) override { return disk_.free_space(path); }
  storage::FileResult<std::unique_ptr<storage::FileLock>> lock(const std::string& path) override {
    return disk_.lock(path);
  }

 private:
  class OpenFile;
  struct NewName { std::string what; bool found = false, taken = false; };

  void note_name(const std::string& directory, std::string what) { names_[directory] = {std::move(what)}; }
  bool takes(const std::string& sync_class);
  void on_taken();

  SimFiles& disk_;
  const std::string taken_class_;
  std::mt19937_64 random_;
  bool starting_ = false, armed_ = false;
  std::set<std::string>& seen_;
  std::map<std::string, NewName> names_;                          // by directory: the last since its last sync
  std::map<std::string, std::weak_ptr<std::string>> open_paths_;  // an open file follows its renames
};

}  // namespace zabra::test
