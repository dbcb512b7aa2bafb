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
#include "tests/sim/server.h"

namespace zabra::sim {

struct Summary {
  std::uint64_t runs = 0, violations = 0, elections = 0, entries = 0;
  std::int64_t server_seconds = 0;
  std::map<std::string, std::uint64_t> faults;
  DiskCounts disk;
  ClientCounts clients;
  void add(const Summary& other);
  std::string text() const;
};

struct RunSetting {
  std::uint64_t seed = 1;
  Micros faults_for = 60 * second;
  bool with_trace = false;
};

class World final : private NetworkEnds {
 public:
  explicit World(const RunSetting& setting);
  ~World() override;
  Summary run();

 private:
  struct ServerFacts {
    bool has_served = false;  // since its disk is new
    bool must_not_start = false;
  };

  // ---- what is drawn ----
  void make_servers();
  void make_clients();
  replica::Settings settings_of(std::int64_t id) const;

  // ---- faults ----
  void plan_next_fault();
  void do_a_fault();
  void crash(std::int64_t id, bool with_power);
  void restart_later(std::int64_t id, Micros longest);
  void partition();
  void wipe();
  void fault(const std::string& kind, std::int64_t id = 0);
  Server& any_server() { return *servers_.at(1 + static_cast<std::int64_t>(random_.pick(servers_.size()))); }

  // ---- peace ----
  void make_peace();
  void await_service();
  void await_end_of_sessions();
  void judge();
  bool run_until(const std::function<bool()>& is_so, Micros longest);
  bool is_same_everywhere();
  std::set<std::int64_t> log_of(Server& server);

  // ---- watched ----
  void on_stepped(Server& server);
  void on_ended(std::int64_t id, const std::string& why);
  void trace(const std::string& who, std::string_view line) const;
  void on_violation(const std::string& what);

  void on_opened(Node at, LinkId link, Node other, Port port, bool has_dialled) override;
  void on_dial_failed(Node at, Node to, Port port) override;
  void on_bytes(Node at, LinkId link, std::string_view bytes) override;
  void on_drained(Node at, LinkId link) override;
  void on_closed(Node at, LinkId link) override;
  Client* client(Node node);
  Auditor* auditor(Node node);

  const RunSetting setting_;
  Random random_, disk_random_;
  Schedule schedule_;
  Network network_;
  Checkers checkers_;
  Summary summary_;
  bool is_peace_ = false;

  std::int32_t tick_ms_ = 200;
  std::int64_t voters_ = 3, observers_ = 0;
  std::uint32_t counter_max_ = 0xfffffffe;
  std::uint64_t entries_retained_min_ = 500;
  std::map<std::int64_t, std::unique_ptr<Server>> servers_;
  std::map<std::int64_t, ServerFacts> facts_;
  std::deque<Operation> history_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::map<std::int64_t, std::unique_ptr<Auditor>> auditors_;
};

}  // namespace zabra::sim
