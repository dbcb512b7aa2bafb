// A small world for leaders and learners: servers with disks that forget what was not synced, links that deliver bytes
// in pieces and break, crashes, and an election that picks whom it likes among those that could win, or, now and then,
// could not. The world knows what was committed, and looks after every event whether anybody serves a history that
// differs from it.
//
// The election itself, time that passes unevenly and everything above the broadcast are the simulator's affair.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "wire/quorum_packets.h"
#include "zab/leader.h"
#include "zab/learner.h"

namespace zabra::test {

struct WorldSettings {
  std::size_t voters = 3, observers = 0;
  std::size_t memory_entries = 4;  // that a history keeps for learners: few, so that logs and snapshots are used
  zab::RoleSettings roles{.tick_ms = 100, .init_limit_ms = 2000, .connect_limit_ms = 2000, .sync_limit_ms = 1000, .counter_max = 12};
};

class World;

// What a server has, whatever happens to its process.
struct Disk {
  std::deque<zab::Proposal> log;  // all of it, from the first transaction on
  Zxid base;                      // the log reaches back to here; before it there is a snapshot only
  Zxid checkpoint;                // the state is stored at this: committed
  zab::Epochs epochs;
  Zxid last() const { return log.empty() ? zxid_zero : log.back().zxid; }
  bool has(const zab::Proposal& sought) const {
    return std::any_of(log.rbegin(), log.rend(), [&](const zab::Proposal& logged) {
      return logged.zxid == sought.zxid && logged.entry == sought.entry;
    });
  }
};

class RoleServer final : public zab::Actions {
 public:
  RoleServer(World& world, ServerId its_id, bool as_observer) : id(its_id), observes(as_observer), world_(world) {}

  void start();
  void crash();
  void lead();
  void follow(ServerId leader);
  bool is_up() const { return history.has_value(); }
  bool is_looking() const { return is_up() && !leader && !learner && doing_.empty(); }
  bool serves() const { return (leader && leader->leads()) || (learner && learner->serves()); }
  Zxid committed() const { return leader ? leader->committed() : learner->committed(); }

  // One piece of disk work ends.
  bool has_disk_work() const { return !doing_.empty(); }
  void finish_disk_work();
  void pass_time();
  void drop_ended_roles();
  void trim();
  void purge();

  void receive(LinkId link, std::string_view bytes);
  void link_opened(LinkId link);
  void link_closed(LinkId link);

  // ---- Actions ----
  void dial(ServerId server) override;
  void send(LinkId link, const wire::QuorumPacket& packet) override;
  void close(LinkId link) override;
  std::optional<std::string> objection_to(const zab::Proposal&) const override { return std::nullopt; }
  void append(zab::Proposal& proposal) override;
  void store_epochs(zab::Epochs epochs) override;
  void truncate(Zxid last) override;
  void begin_anew(std::optional<Zxid> snapshot) override;
  void adopt() override;
  std::optional<Zxid> log_start() const override;
  void read_log(LinkId link, Zxid after, Zxid until) override;
  void send_snapshot(LinkId link) override;
  void service_packet(LinkId, const wire::QuorumPacket&) override {}
  void answer_ping(LinkId link, const wire::QuorumPacket& ping) override;

  const ServerId id;
  const bool observes;
  Disk disk;
  std::deque<zab::Proposal> log;  // as the process believes it to be: the disk's and what is on its way there
  std::optional<zab::History> history;
  std::unique_ptr<zab::Leader> leader;
  std::unique_ptr<zab::Learner> learner;
  bool wants_everything = false;

 private:
  struct Append {
    zab::Proposal proposal;
    std::uint64_t history;
  };
  struct StoreEpochs {
    zab::Epochs epochs;
  };
  struct Truncate {
    Zxid last;
  };
  struct Begin {
    std::deque<zab::Proposal> log;
  };
  struct Adopt {};
  struct ReadLog {
    LinkId link;
    Zxid after, until;
  };
  struct SendSnapshot {
    LinkId link;
  };
  using Work = std::variant<Append, StoreEpochs, Truncate, Begin, Adopt, ReadLog, SendSnapshot>;

  void finish(const Append& work);
  void finish(const StoreEpochs& work);
  void finish(const Truncate& work);
  void finish(const Begin& work);
  void finish(const Adopt& work);
  void finish(const ReadLog& work);
  void finish(const SendSnapshot& work);
  void take_snapshot(wire::QuorumPacketReader& reader);
  void drain(LinkId link);

  World& world_;
  std::deque<Work> doing_;
  std::map<LinkId, wire::QuorumPacketReader> readers_;
  void load();
  void do_on_disk(const Work& work);

  bool receiving_ = false;  // a snapshot
  bool given_up_ = false;
  Zxid begun_with_;
  std::optional<std::deque<zab::Proposal>> anew_;  // on disk too, beside the log, until it is adopted
  std::uint64_t history_number_ = 0;
};

class World {
 public:
  World(WorldSettings settings, std::uint64_t seed);

  // One thing happens somewhere. `faults`: crashes, broken links and wrong elections are among them.
  void step(bool faults);
  // Nobody disturbs any more: true once all serve the same, within reasonable time.
  bool settles();
  const std::set<std::string>& reached() const { return reached_; }
  std::size_t committed_count() const { return committed_.size(); }

  // ---- for the servers ----
  const WorldSettings settings;
  std::mt19937_64 random;
  MonotonicTime now{1000};
  NoLog log;
  zab::Quorums quorums() const;
  void dial(RoleServer& from, ServerId to);
  void send(LinkId link, const RoleServer& from, std::string bytes);
  void close(LinkId link);
  void reach(std::string what) { reached_.insert(std::move(what)); }
  bool one_in(std::size_t count) { return random() % count == 0; }

 private:
  struct Link {
    RoleServer *dialler, *acceptor;
    std::string to_dialler, to_acceptor;
    bool broken = false;  // both ends are yet to hear of it
  };

  RoleServer& server(ServerId id) { return *servers_[static_cast<std::size_t>(id.value - 1)]; }
  RoleServer& any_server() { return *servers_[random() % servers_.size()]; }
  void elect(bool faults);
  void deliver();
  void disturb();
  void propose();
  void look();
  void compare_if_changed(RoleServer& server);
  void compare_with_committed(RoleServer& server);

  std::vector<std::unique_ptr<RoleServer>> servers_;
  std::map<LinkId, Link> links_;
  std::uint64_t last_link_ = 0, last_entry_ = 0;
  std::vector<zab::Proposal> committed_;       // in order
  std::map<std::uint32_t, ServerId> leaders_;  // by epoch
  std::map<ServerId, zab::Epochs> epochs_;
  std::map<ServerId, std::pair<Zxid, Zxid>> compared_;  // what was committed, and the last of the log, then
  std::set<std::string> reached_;
};

}  // namespace zabra::test
