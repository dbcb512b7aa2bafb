// A whole run out of one number: servers, clients, faults for a while, then peace, in which everything must work again and
// be found as it was promised.
//
//   0 ........ faults ........ 60 s | heal, start all | serves again within a bound | sessions that died are gone | the end
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/auditor.h"
#include "tests/sim/checkers.h"
#include "tests/sim/clients.h"
#include "tests/sim/disk.h"
#include "tests/sim/network.h"
#include "tests/sim/schedule.h"
#include "tests/sim/packet_tap.h"
#include "tests/sim/server.h"
#include "tests/sim/summary.h"
#include "tests/sim/zab_checker.h"

namespace zabra::sim {

struct RunSetting {
  std::uint64_t seed = 1;
  Micros faults_for = 60 * second;
  bool with_trace = false;
  std::set<std::uint64_t> faults_left_out{};  // by number: what a failing run does not need
  std::function<void(const std::string& line)> say{};  // where the trace and the violations go; none: to the output
};

// How far a server is that was elected.
enum class Leading : std::uint8_t { no, discovery, synchronisation, broadcast };
std::string_view to_string(Leading leading);

class World final : private NetworkEnds {
 public:
  explicit World(const RunSetting& setting);
  ~World() override;
  Summary run();
  std::uint64_t faults() const { return fault_number_; }  // that were drawn

 private:
  struct ServerFacts {
    bool has_served = false;  // since its disk is new
    bool must_not_start = false;
    Leading leading = Leading::no;
    bool has_synchronised = false;  // anybody, since it was elected
    bool is_full = false;           // says so
    Micros full_since = 0;          // and has a role all the same
    bool was_cut = false;           // told to, and has not said that it has done so
  };

  // ---- what is drawn ----
  void make_servers();
  void make_server(std::int64_t id);
  void draw_groups();
  void make_clients();
  replica::Settings settings_of(std::int64_t id) const;
  bool is_quorum(ServerMask servers) const;

  // ---- faults (world_faults.cc) ----
  void plan_next_fault();
  void do_a_fault();
  void crash_one();
  void crash_in_a_step();
  void cut_first_start(Server& server);
  void crash(std::int64_t id, bool with_power);
  void stop(Server& server);
  void cut_links(std::int64_t id);
  void slow_disk(Server& server);
  void disks_stand_still();
  void full_disk(Server& server);
  void make_room(Server& server);
  void failing_disk(Server& server);
  void stopped_process(Server& server);
  void suspended_machine(Server& server);
  void moved_clock(Server& server);
  void restart_later(std::int64_t id, Micros longest);
  void partition();
  void isolate(std::int64_t id, bool is_one_way, bool from_clients);
  void slow_network();
  void wipe();
  void lose_leader(Server& server);
  void cut_adoption(Server& server);
  void lose_learner_in_snapshot(const SaidPacket& packet);
  void fault(const std::string& kind, std::int64_t id = 0);
  void note_lost(std::int64_t id, const std::string& how);
  Server& any_server() { return *servers_.at(1 + static_cast<std::int64_t>(fault_random_.pick(servers_.size()))); }

  // ---- peace (world_peace.cc) ----
  void make_peace();
  void await_service();
  void await_answers();
  bool hands_over() const { return counter_max_ != 0xfffffffe; }  // time and again, when an epoch's counter is full
  void await_end_of_sessions();
  void judge();
  bool run_until(const std::function<bool()>& is_so, Micros longest);
  void urge_auditors();
  bool all_auditors(const std::function<bool(const Auditor&)>& is_so) const;
  bool is_same_everywhere();
  void check_local_sessions();
  void bring_back_old_copies();
  std::set<std::int64_t> log_of(Server& server);

  // ---- watched ----
  void on_started(Server& server, const replica::Recovered& recovered);
  void on_stepped(Server& server);
  void check_nobody_is_served(Server& server, const char* why);
  void note_role(std::int64_t id, const replica::Status& status);
  void begin_role(std::int64_t id, std::int64_t began_ms);
  // It leads, and leaves clients to the others.
  bool leaves_clients(std::int64_t id) const {
    return !services_.leader_serves && facts_.at(id).leading == Leading::broadcast;
  }
  bool on_refused(Node server);
  void on_leading(Server& server, Leading before, Leading now);
  void on_wants(Server& server, const replica::Effects& effects);
  void on_appends(std::int64_t server, const replica::Append& append);
  void on_disk_did(std::int64_t server, const DiskDeed& deed);
  void on_packet(const SaidPacket& packet);
  void for_each_on_disk(std::int64_t server, std::string_view names,
                        const std::function<void(std::int64_t zxid)>& take) const;
  std::optional<std::int64_t> last_on_disk(std::int64_t server, bool is_anew) const;
  Leading leading_of(std::int64_t id, const replica::Status& status) const;
  void reached(const std::string& what) { ++summary_["reach: " + what]; }
  void on_ended(std::int64_t id, const std::string& why);
  void trace(const std::string& who, std::string_view line) const;
  void say(const std::string& line) const;
  void on_violation(const std::string& what);

  void on_opened(Node at, LinkId link, Node other, Port port, bool has_dialled) override;
  void on_dial_failed(Node at, Node to, Port port) override;
  void on_bytes(Node at, LinkId link, std::string_view bytes) override;
  void on_drained(Node at, LinkId link) override;
  void on_closed(Node at, LinkId link) override;
  Client* client(Node node);
  Auditor* auditor(Node node);

  const RunSetting setting_;
  Random random_, fault_random_, disk_random_;
  Schedule schedule_;
  Network network_;
  Checkers checkers_;
  ZabChecker zab_;
  PacketTap tap_;
  Summary summary_;
  DiskCounts disk_counts_;
  ClientCounts client_counts_;
  StepPairs steps_;
  bool is_peace_ = false;
  bool are_copies_old_ = false;  // disks were put back by hand: epochs and numbers may be given again

  std::int32_t tick_ms_ = 200;
  bool is_alone_ = false;  // one server that is no ensemble
  Services services_;
  std::int64_t voters_ = 3, observers_ = 0;
  std::vector<zab::VoterGroup> groups_;
  std::uint32_t counter_max_ = 0xfffffffe;
  std::uint64_t entries_retained_min_ = 500;
  std::map<std::int64_t, std::unique_ptr<Server>> servers_;
  std::map<std::int64_t, ServerFacts> facts_;
  struct LastRole {
    ServerRole role;
    std::int64_t began_ms = 0;  // in its life
  };
  std::map<std::int64_t, LastRole> roles_;
  std::deque<Operation> history_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::map<std::int64_t, std::unique_ptr<Auditor>> auditors_;

  // ---- for faults that wait for their moment, and for what was met ----
  std::uint64_t fault_number_ = 0;
  std::optional<Leading> lose_leader_in_;
  bool lose_learner_in_snapshot_ = false;
  std::set<LinkId> fed_from_disk_;
  std::map<std::int64_t, std::uint32_t> session_epochs_;  // in which a session was opened
  std::uint32_t full_epoch_ = 0;                          // the last of which all numbers were given out
};

}  // namespace zabra::sim
