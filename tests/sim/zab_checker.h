// The promises of ZAB, held against what servers log, what their disks hold, what they tell each other and what they
// deliver. Knows nothing of the code that does it.
//
//   log of a server      |base| 101 102 103 104 105 106        what is appended, in order
//                                  ^       ^
//                               applied  durable
//
// Total order, agreement: what is delivered after an entry is the same wherever it is delivered. Integrity: only what
//   its epoch's leader has proposed, once. Nothing is delivered, or called committed, that no quorum has on disk.
// History before epoch: a disk says that it is in an epoch only when it holds all that the epoch's leader had sent it
//   before; nobody says that he has what his disk does not hold.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/checkers.h"
#include "tests/sim/entries.h"
#include "tests/sim/packet_tap.h"

namespace zabra::sim {

class ZabChecker {
 public:
  struct Facts {
    std::function<bool(ServerMask)> is_quorum;
    // The last zxid of the log, in force or begun anew, that a loss of power would leave now; none: the log is empty.
    std::function<std::optional<std::int64_t>(std::int64_t server, bool is_anew)> on_disk;
  };
  ZabChecker(Checkers& checkers, Facts facts) : checkers_(checkers), facts_(std::move(facts)) {}
  void retire() { is_retired_ = true; }  // disks are put back by hand: what was promised before holds no longer

  // ---- what a server wants of its disk ----
  void appends(std::int64_t server, std::string_view records);
  void begins_anew(std::int64_t server) { of(server).begun.emplace(); }
  void begins_from(std::int64_t server, std::int64_t base);  // what is appended from now on follows it
  void adopts(std::int64_t server) { of(server).is_adopting = true; }
  void abandons(std::int64_t server) { of(server).begun.reset(); }
  void truncates(std::int64_t server, std::int64_t last) { of(server).cut_to = last; }

  // ---- what its disk has done ----
  void synced(std::int64_t server, std::int64_t last, bool is_anew);
  void truncated(std::int64_t server, std::int64_t last, bool done);
  void adopted(std::int64_t server);
  void stored_epochs(std::int64_t server, std::uint32_t accepted, std::uint32_t current);
  void stored_checkpoint(std::int64_t server, std::int64_t zxid);
  void wiped(std::int64_t server) { servers_[server] = {}; }

  // ---- what it does ----
  struct Start {
    std::int64_t checkpointed = 0, last = 0;
    std::uint32_t accepted = 0, current = 0;
    std::vector<std::int64_t> log;  // its zxids
  };
  void starts(std::int64_t server, Start start);
  void applied(std::int64_t server, std::int64_t zxid);
  void says(const SaidPacket& packet);

 private:
  struct History {
    std::int64_t base = 0;
    std::vector<std::int64_t> zxids;
    std::size_t durable = 0, applied = 0;  // how many of them
    std::int64_t last() const { return zxids.empty() ? base : zxids.back(); }
    std::int64_t last_durable() const { return durable == 0 ? base : zxids[durable - 1]; }
    std::size_t place_behind(std::int64_t zxid) const;
  };
  struct Server {
    History ours;
    std::optional<History> begun;
    bool is_adopting = false;
    std::optional<std::int64_t> cut_to;  // while its disk is at it
    std::int64_t position = 0;  // of what it has applied
    std::uint32_t accepted = 0, current = 0, leads = 0;
    std::uint64_t syncs = 0;
  };
  // What a leader and a learner have said on a link.
  struct Talk {
    std::uint32_t epoch = 0;
    std::int64_t sent = 0;      // the last that the learner has, once it has taken what was sent
    std::int64_t required = 0;  // the same when NEWLEADER was sent
    bool has_new_leader = false;
    bool is_active = false;     // UPTODATE was sent: before it a COMMIT promises nothing yet
  };

  Server& of(std::int64_t server) { return servers_[server]; }
  void violation(const std::string& what);
  void mark_durable(std::int64_t server, History& history, std::int64_t last);
  void compare_with_disk(std::int64_t server, bool is_anew);
  bool survived(const History& before, const Start& now) const;
  void deliver(std::int64_t server, std::int64_t after, std::int64_t zxid);
  void check_epoch_is_due(std::int64_t server, std::uint32_t epoch);

  void leader_says(const SaidPacket& packet, Talk& talk);
  void says_new_epoch(const SaidPacket& packet, Talk& talk);
  void says_commit(const SaidPacket& packet);
  void says_up_to_date(const SaidPacket& packet, const Talk& talk);
  void acknowledges(const SaidPacket& packet, const Talk& talk);
  void acknowledges_epoch(const SaidPacket& packet, Talk& talk);

  Checkers& checkers_;
  const Facts facts_;
  bool is_retired_ = false;
  std::map<std::int64_t, Server> servers_;
  std::map<LinkId, Talk> talks_;
  // By server and epoch: the least that its disk must hold before it says that it is in the epoch.
  std::map<std::pair<std::int64_t, std::uint32_t>, std::int64_t> required_;
};

}  // namespace zabra::sim
