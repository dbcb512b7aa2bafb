// A disk's story: several lives of storage, each ended at a given step by a kill, a loss of power or a failing disk,
// then two that end cleanly. Everything follows from the numbers in it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/files.h"
#include "tests/crash/storage_run.h"
#include "tests/support/sim_files.h"

namespace zabra::test {

struct Story {
  struct Life {
    std::uint64_t cut_at = 0;   // the step (from the start of the life) at which it ends; 0: none
    bool kill = false;          // the process only; else the power
    std::uint64_t fail_at = 0;  // the step at which the disk answers with an I/O error; 0: none
  };
  std::uint64_t seed = 1;
  std::size_t work_steps = 40;
  std::vector<Life> lives;
  bool full_disk = false;  // now and then there is no space
};
std::string to_string(const Story& story);

struct Told {
  std::optional<std::string> broken;  // a promise that was found broken, or a start that was refused
  bool first_life_cut = false;
  std::size_t io_errors = 0;          // lives that an I/O error has ended
  std::size_t full_starts = 0;        // starts without space
  std::size_t full_refusals = 0;      // of them, refused: no space to save a torn tail, or to finish an adoption
  Ledger::Reached reached;
};

// In front of the disk: may take calls away (taken_sync.h).
struct Front {
  virtual ~Front() = default;
  virtual storage::Files& files() = 0;
  // A life begins: true while it recovers.
  virtual void set_starting(bool) {}
  // It was cut: did the kernel survive?
  virtual void after_kill() {}
  virtual void after_power_loss() {}
  // It has cut the power itself.
  virtual bool has_cut() const { return false; }
};
using MakeFront = std::function<std::unique_ptr<Front>(SimFiles& disk)>;

Told tell(const Story& story, const StorageSetting& setting, const MakeFront& make_front = {});

}  // namespace zabra::test
