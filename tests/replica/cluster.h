// Several replicas with a network between them that delivers at once, on one clock that a test moves on. Links break when a
// server crashes or is cut off; everything else is as the replicas want it.
//
//   Cluster cluster(3);
//   cluster.run_until([&] { return cluster.leader() != 0; });
//   TestClient client(cluster.host(2));
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/replica/replica_host.h"

namespace zabra::replica::test {

class Cluster {
 public:
  explicit Cluster(std::int64_t voters, std::int64_t observers = 0, const Settings& common = {});

  ReplicaHost& host(std::int64_t id) { return *servers_.at(id).host; }
  Disk& disk(std::int64_t id) { return servers_.at(id).disk; }
  bool is_up(std::int64_t id) const { return servers_.at(id).host != nullptr; }
  Mode mode(std::int64_t id) { return host(id).replica().status().mode; }
  std::int64_t leader();  // 0: nobody leads, or not one alone
  // Some server that follows, or observes.
  std::int64_t follower();

  // `behind_ms`: so much has its wall clock been set back since.
  void start(std::int64_t id, std::int64_t behind_ms = 0);
  void crash(std::int64_t id);
  void cut_off(std::int64_t id);
  void reconnect(std::int64_t id);
  void start_all();
  // From now on no server's log is durable, until it is let go on.
  void hold_disks(bool yes) { disks_held_ = yes; }
  void hold_disk_of(std::int64_t id, bool yes = true) { yes ? void(held_.insert(id)) : void(held_.erase(id)); }
  // From now on nothing arrives at the server from others, while what it sends does.
  void deafen(std::int64_t id, bool yes = true) { yes ? void(deaf_.insert(id)) : void(deaf_.erase(id)); }
  // From now on no more than so much arrives on a link at once.
  void deliver_in_pieces(std::size_t bytes) { piece_max_ = bytes; }

  // One millisecond after the other, each server that has something to do steps.
  void run(std::int64_t ms);
  // False if it did not come to be within the time.
  bool run_until(const std::function<bool()>& is_so, std::int64_t ms_max = 60'000);
  bool settle();  // everybody who is up serves, and has the same state

 private:
  struct Server {
    Disk disk;
    std::unique_ptr<ReplicaHost> host;
    MonotonicTime stepped;
  };
  struct Link {
    std::int64_t dialler, acceptor;
    std::int64_t other(std::int64_t id) const { return id == dialler ? acceptor : dialler; }
  };

  void step(std::int64_t id);
  void carry_out_dials(std::int64_t id);
  void carry_out_links(std::int64_t id);
  void break_link(LinkId link, std::int64_t told_not = 0);
  bool are_connected(std::int64_t a, std::int64_t b) const { return !cut_off_.contains(a) && !cut_off_.contains(b); }
  Settings settings_of(std::int64_t id) const;

  const Settings common_;
  zab::Members members_;
  std::map<std::int64_t, Server> servers_;
  std::map<LinkId, Link> links_;
  std::set<std::int64_t> cut_off_, deaf_, held_;  // held_: its disk alone
  std::uint64_t last_link_ = 1'000'000;
  std::int64_t now_ms_ = 0;
  bool disks_held_ = false;
  std::size_t piece_max_ = std::string::npos;
};

}  // namespace zabra::replica::test
