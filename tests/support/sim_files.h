// A disk in memory that forgets like a real one. It knows what was synced; at a loss of power everything else survives
// or not by the choice of a seed:
//   - of a file: each page of 4 KiB as it was at any moment since the last sync, some torn between two moments by
//     sectors; the size as of any moment;
//   - of a directory: any subset of the names made, replaced or removed since its last sync.
// Every call that changes something is a step; the power can be cut at any of them. The call that is cut may have
// reached the disk, but it never reports.
//
// Deterministic: equal calls and seeds give equal disks. Safe to use from several threads, which gives that up.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "storage/files.h"

namespace zabra::test {

class SimFiles final : public storage::Files {
 public:
  SimFiles();
  ~SimFiles() override;

  // ---- crashes ----
  std::uint64_t steps() const { return steps_; }
  // The power goes with the n-th step from now (1: the next); 0: never.
  void cut_power_at(std::uint64_t n) { cut_at_ = n == 0 ? 0 : steps_ + n; }
  bool is_off() const { return off_; }
  // What is left after a loss of power, with the power on again. Files that are open stay dead.
  void restart_after_power_loss(std::uint64_t seed);
  // The process is gone, the kernel is not: everything is there, but nothing is more durable than before.
  void restart_after_kill();

  // ---- what is durable: a loss of power leaves this at least ----
  void for_each_durable(const std::string& directory,
                        const std::function<void(const std::string& name, std::string_view bytes)>& take) const;
  std::unique_ptr<SimFiles> copy_of_durable() const;  // on another disk

  // ---- faults ----
  // Asked before each step (op as in FileFault, path): a kind makes the call fail without effect; but a
  // sync that fails with `io` has marked what was not on disk as if it were: it can be read until the power goes, and
  // no later sync writes it (Linux does this).
  using Failing =
      std::function<std::optional<storage::FileFault::Kind>(const std::string& op, const std::string& path)>;
  void fail_when(Failing failing);
  void set_capacity(std::optional<std::uint64_t> bytes);
  void fill();  // from now on there is only what files give back
  // Damages a file as a bad disk would: durable at once.
  void overwrite(const std::string& path, std::uint64_t offset, std::string_view bytes);

  // ---- Files ----
  storage::FileResult<std::unique_ptr<storage::File>> open(const std::string& path, storage::OpenMode mode) override;
  storage::FileOutcome rename(const std::string& from, const std::string& to) override;
  storage::FileOutcome remove(const std::string& path) override;
  storage::FileOutcome make_directory(const std::string& path) override;
  storage::FileOutcome remove_directory(const std::string& path) override;
  storage::FileOutcome sync_directory(const std::string& path) override;
  storage::FileResult<std::vector<std::string>> list(const std::string& directory) override;
  storage::FileResult<std::uint64_t> size(const std::string& path) override;
  storage::FileResult<bool> exists(const std::string& path) override;
  storage::FileResult<std::uint64_t> free_space(const std::string& directory) override;
  storage::FileResult<std::unique_ptr<storage::FileLock>> lock(const std::string& path) override;

 private:
  struct Inode;
  class OpenFile;
  class HeldLock;
  using InodePtr = std::shared_ptr<Inode>;
  struct Place {
    InodePtr directory, inode;  // inode: none when there is no such name
    std::string name;
  };

  Place find(const std::string& path) const;
  std::optional<storage::FileFault> step(const char* op, const std::string& path);
  std::optional<storage::FileFault> off_fault(const char* op, const std::string& path) const;
  storage::FileOutcome finished(const char* op, const std::string& path) const;
  void link(const Place& place, InodePtr inode);
  bool has_space_for(const Inode& inode, std::uint64_t new_size) const;
  std::uint64_t used() const;
  void forget(Inode& inode, std::mt19937_64& random);
  static InodePtr copy_of_durable(const Inode& inode, SimFiles& to);

  mutable std::recursive_mutex mutex_;
  InodePtr root_;
  mutable std::vector<std::weak_ptr<Inode>> inodes_;  // all that hold space
  std::uint64_t steps_ = 0, cut_at_ = 0;
  std::uint64_t run_ = 0;  // files opened in an earlier run are dead
  bool off_ = false;
  Failing failing_;
  std::optional<std::uint64_t> capacity_;
};

}  // namespace zabra::test
