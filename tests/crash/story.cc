#include "tests/crash/story.h"

namespace zabra::test {

using storage::FileFault;

std::string to_string(const Story& story) {
  std::string line = "seed=" + std::to_string(story.seed) + (story.full_disk ? " full_disk" : "") + " lives=";
  for (const Story::Life& life : story.lives) {
    line += std::to_string(life.cut_at) + (life.kill ? "k" : "p");
    if (life.fail_at > 0) line += "/eio" + std::to_string(life.fail_at);
    line += " ";
  }
  return line;
}

namespace {

struct Plain final : Front {
  explicit Plain(storage::Files& disk) : disk_(disk) {}
  storage::Files& files() override { return disk_; }
  storage::Files& disk_;
};

class Teller {
 public:
  Teller(const Story& story, const StorageSetting& setting, const MakeFront& make_front)
      : story_(story),
        setting_(setting),
        front_(make_front ? make_front(disk_) : std::make_unique<Plain>(disk_)) {}

  Told tell() {
    for (const Story::Life& life : story_.lives) live(life);
    // Two more: one that ends cleanly, and one that must find all of it, without the power having been kind.
    live({});
    live({});
    told_.reached = ledger_.reached();
    return told_;
  }

 private:
  void live(const Story::Life& life) {
    if (told_.broken) return;
    disk_.cut_power_at(life.cut_at);
    fail_at(life.fail_at);
    run_once();
    disk_.fail_when({});
    if (number_ == 0) told_.first_life_cut = disk_.is_off();
    restart(life.kill && !front_->has_cut());
    ++number_;
  }

  void run_once() {
    StorageRun::SetFull set_full;
    if (story_.full_disk) set_full = [this](bool full) { full ? disk_.fill() : disk_.set_capacity(std::nullopt); };
    StorageRun run(front_->files(), setting_, ledger_, story_.seed * 1000 + number_, set_full);
    front_->set_starting(true);
    const bool started = run.start();
    front_->set_starting(false);
    told_.full_starts += run.started_full();
    if (started && run.work(story_.work_steps)) run.stop();
    told_.broken = run.broken();
    if (!told_.broken) told_.broken = judge_end(run);
    disk_.set_capacity(std::nullopt);
  }

  // A life ends cleanly, with the power, or with the disk's own fault, which must not be passed over.
  std::optional<std::string> judge_end(const StorageRun& run) {
    if (disk_.is_off() || could_not_save(run)) return std::nullopt;
    if (!failed_) return run.fault() ? std::optional("refused: " + run.fault()->reason) : std::nullopt;
    ++told_.io_errors;
    if (!run.fault()) return "an I/O error was passed over: " + *failed_;
    if (!run.fault()->is_io) return "an I/O error was taken for something else: " + run.fault()->reason;
    return std::nullopt;
  }

  // The two starts that a full disk may refuse: nothing is cut from the log that is not saved; and what comes behind an
  // adoption needs a few bytes for the pointer.
  bool could_not_save(const StorageRun& run) {
    const bool is_it = run.started_full() && run.fault() &&
                       (run.fault()->reason.starts_with("write /log/version-2/torn.") ||
                        run.fault()->reason.starts_with("write /data/version-2/checkpoint.pointer")) &&
                       run.fault()->reason.find("(errno 28)") != std::string::npos;
    told_.full_refusals += is_it;
    return is_it;
  }

  void fail_at(std::uint64_t step) {
    failed_.reset();
    if (step == 0) return;
    disk_.fail_when([this, left = step](const std::string& op, const std::string& path) mutable {
      if (failed_ || --left > 0) return std::optional<FileFault::Kind>();
      failed_ = op + " " + path;
      return std::optional(FileFault::Kind::io);
    });
  }

  void restart(bool kill) {
    if (kill) {
      disk_.restart_after_kill();
      front_->after_kill();
    } else {
      disk_.restart_after_power_loss(story_.seed * 7919 + number_);
      front_->after_power_loss();
    }
  }

  const Story& story_;
  const StorageSetting& setting_;
  SimFiles disk_;
  std::unique_ptr<Front> front_;
  Ledger ledger_;
  Told told_;
  std::uint64_t number_ = 0;  // of the life
  std::optional<std::string> failed_;
};

}  // namespace

Told tell(const Story& story, const StorageSetting& setting, const MakeFront& make_front) {
  return Teller(story, setting, make_front).tell();
}

}  // namespace zabra::test
