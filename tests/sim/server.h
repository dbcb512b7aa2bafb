// One server over all its lives: a replica with its disk, fed and driven as src/server's loop does it. What it says to others
// goes through the network; what it did is there to be looked at.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replica/replica.h"
#include "tests/sim/disk.h"
#include "tests/sim/durable_steps.h"
#include "tests/sim/network.h"
#include "tests/sim/schedule.h"
#include "tests/support/sim_files.h"

namespace zabra::sim {

class Server {
 public:
  struct Watcher {
    std::function<void(Server&)> stepped;                        // after each step
    std::function<void(std::int64_t id, const replica::Append&)> appends;
    std::function<void(std::int64_t id, const std::string& why)> ended;  // by itself: stopped, or its disk's power went
    std::function<void(std::int64_t id)> spins;                  // always due, with nothing to do
    std::function<void(std::int64_t id, std::string_view line)> says;
    // ---- where somebody wants to know ----
    std::function<void(Server&, const replica::Recovered&)> started{};
    std::function<void(Server&, const replica::Effects&)> wants{};  // of its disk; before `appends`
    std::function<void(std::int64_t id, const DiskDeed&)> disk_did{};
    std::function<void(LinkId link, Node from, Node to, std::string_view bytes)> sends{};  // on the quorum port
    std::function<void(LinkId link)> quorum_link_closed{};
    StepPairs* steps = nullptr;
  };

  Server(Schedule& schedule, Random& random, Network& network, DiskCounts& counts, const replica::Settings& settings,
         const DiskSetting& disk, Watcher watcher);
  ~Server();

  std::int64_t id() const { return settings_.server.value; }
  bool is_up() const { return life_ != nullptr; }
  replica::Replica& replica() const;
  test::SimFiles& files() { return *files_; }

  // ---- what happens to it ----
  void start();
  void crash(bool with_power);             // now
  void crash_at_disk_step(std::uint64_t n) { files_->cut_power_at(n); }
  void stop();                             // a clean end, in its own time
  void crash_between(StepPairs::Pair steps) { steps_->cut_at(steps); }
  void fail_disk_at_step(std::uint64_t n) { steps_->fail_at(n); }  // an I/O error: the process has to end
  void end_disk_faults();                  // none of what was planned happens
  void pause_until(Micros when);           // no step before
  void suspend_until(Micros when);         // nor anything of its disk
  void set_full(bool yes);                 // its disk: there is only what files give back
  bool is_full() const { return is_full_; }
  void move_wall_clock(Micros by) { wall_offset_ += by; }
  void wipe();                             // while it is down
  void set_slow_disk(Micros slow_max);
  void hold_disk(bool yes);                // in this life: orders wait until it is let go on
  void swap_disk(Server& other);           // while both are down
  std::unique_ptr<test::SimFiles> copy_disk() const { return files_->copy_of_durable(); }
  void replace_disk(std::unique_ptr<test::SimFiles> files);  // while it is down

  // ---- from the network ----
  void on_opened(LinkId link, Node other, Port port, bool has_dialled);
  void on_dial_failed(Node to, Port port);
  void on_bytes(LinkId link, std::string_view bytes);
  void on_drained(LinkId link);
  void on_closed(LinkId link);

 private:
  struct Life;
  class Said final : public Log {
   public:
    explicit Said(Server& server) : server_(server) {}
    void write(LogLevel, std::string_view line) override { server_.watcher_.says(server_.id(), line); }

   private:
    Server& server_;
  };

  Now now() const;
  void tell(replica::Event event);
  void cut_frames(LinkId link);
  void wake(Micros delay);
  void plan_next_step();
  void step();
  void carry_out_links();
  void carry_out(replica::LinkEffects& effects);
  void carry_out_dials();
  void answer_words();
  void die(const std::string& reason);
  void end(bool with_power, const std::string& why);

  Schedule& schedule_;
  Random& random_;
  Network& network_;
  DiskCounts& counts_;
  const replica::Settings settings_;
  const DiskSetting disk_setting_;
  const Watcher watcher_;
  Said said_{*this};
  std::unique_ptr<test::SimFiles> files_;
  std::unique_ptr<DurableSteps> steps_;    // of these files, where they are watched
  std::unique_ptr<Life> life_;
  std::uint64_t lives_ = 0;
  Micros paused_until_ = 0, wall_offset_ = 0;
  bool is_full_ = false;
};

}  // namespace zabra::sim
