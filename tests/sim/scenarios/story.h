// A scripted ensemble: the simulator's servers, disks and network, and a story that says what happens, and when. Time
// passes only while the story waits. Equal stories with equal seeds are equal runs.
//
//   Story story;                                // three servers, all down
//   story.start_all();
//   Caller caller(story, 1);                    // a client of server 1
//   story.hold_at(PacketKind::up_to_date, 1);   // server 1 hears nothing from its leader any more from there on
//   story.lose_power(3);
//   ...
//   story.expect_same_everywhere();
//
// All the time it is checked that an epoch has one leader, that a zxid is one transaction in whatever log, that digests
// agree, and that no server ends by itself without the story having asked why (take_end).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sim/checkers.h"
#include "tests/sim/network.h"
#include "tests/sim/scenarios/packet_cutter.h"
#include "tests/sim/schedule.h"
#include "tests/sim/server.h"
#include "tests/sim/services.h"

namespace zabra::sim {

class Caller;

// What becomes of a packet that has arrived, before its reader sees it.
enum class Fate {
  deliver,
  hold,        // and all that follows on this direction of the link, until let_go()
  cut_before,  // the link ends
  cut_within,
  cut_after
};

struct StorySetting {
  std::int64_t voters = 3, observers = 0;
  std::uint64_t seed = 1;
  std::uint32_t counter_max = 0xfffffffe;
  Services services{};
};

class Story final : private NetworkEnds {
 public:
  static constexpr std::int32_t tick_ms = 200;  // initLimit: ten, syncLimit: five
  static constexpr Micros long_time = 30 * second;

  explicit Story(const StorySetting& setting = {});
  ~Story() override;

  // ---- servers ----
  Server& server(Node id) { return *servers_.at(id); }
  bool is_up(Node id) { return servers_.contains(id) && server(id).is_up(); }
  bool serves(Node id);
  bool leads(Node id);
  Node leader();  // 0: nobody, or not one alone
  void start(std::initializer_list<Node> ids);
  void start_all();                       // and wait until all serve
  void kill(Node id) { server(id).crash(false); }
  void lose_power(Node id) { server(id).crash(true); }
  void lose_power_everywhere();
  void stop(Node id);                     // cleanly, and wait for its end
  void stop_all();
  // Why it ended by itself; none: it did not. Asked for, it is no fault.
  std::optional<std::string> take_end(Node id);

  // Its last life ended with a disk's planned loss of power.
  bool was_cut(Node id) const { return cut_.contains(id); }

  // ---- time ----
  Schedule& schedule() { return schedule_; }
  void run(Micros longest);
  bool await(const std::function<bool()>& is_so, Micros longest = long_time);  // false: it did not come to be
  void await_service();  // all who are up serve, and have the same state
  // So much is written that whoever is up has none of the log's beginning any more, once it was stopped and started
  // again.
  void outgrow_the_log();

  // ---- the network ----
  Network& network() { return network_; }
  void cut_off(Node id);     // from the other servers: its links break
  void silence(Node id);     // the same, but its links stay open
  void silence(Node from, Node to) { network_.block(from, to); }
  void heal() { network_.heal(); }
  using Rule = std::function<Fate(Packet&)>;  // it may write other bytes into the packet
  void on_packet(Rule rule) { rule_ = std::move(rule); }
  void hold_at(PacketKind kind, Node to);
  void let_go(Rule next = nullptr);  // what is held arrives; from now on another rule is in force, or none

  // ---- what must be ----
  SeenTree tree_of(Node id);                  // as a client of it reads it
  std::set<std::int64_t> log_of(Node id);     // as its disk has it
  // Everybody who is up serves the same tree, with all that was created. The tree.
  SeenTree expect_same_trees();
  SeenTree expect_same_everywhere();          // and no log has a hole
  Checkers& checkers() { return checkers_; }

 private:
  friend class Caller;
  struct Link {
    Node ends[2];
    Port port;
  };
  struct Direction {
    PacketCutter cutter;
    bool is_held = false, ends = false;
    std::deque<std::string> held;
  };

  void make_server(const StorySetting& setting, Node id);
  replica::Settings settings_of(const StorySetting& setting, Node id) const;
  void on_stepped(Server& server);
  void on_ended(Node id, const std::string& why);
  void take_packet(LinkId link, Node to, Direction& direction, std::string bytes);
  void break_link(LinkId link);
  Node enter(Caller& caller);
  void expect_no_hole(Node id);
  void expect_created(Node id, const SeenTree& tree);
  void expect_logged(Node id);

  void on_opened(Node at, LinkId link, Node other, Port port, bool has_dialled) override;
  void on_dial_failed(Node at, Node to, Port port) override;
  void on_bytes(Node at, LinkId link, std::string_view bytes) override;
  void on_drained(Node at, LinkId link) override;
  void on_closed(Node at, LinkId link) override;

  Random random_;
  Schedule schedule_;
  Network network_;
  Checkers checkers_;
  DiskCounts counts_;
  Rule rule_;
  std::map<Node, std::unique_ptr<Server>> servers_;
  std::map<Node, std::string> ends_;  // not asked for
  std::set<Node> cut_;
  std::map<Node, Caller*> callers_;
  std::map<std::string, std::int64_t> created_;  // what callers were told to be created and did not delete: its zxid
  Node last_caller_ = 100;
  std::map<LinkId, Link> links_;  // between servers
  std::map<std::pair<LinkId, Node>, Direction> directions_;  // by reader
};

// Tells the story with the power of a disk cut at its first step, its second, and so on, until the power did not go:
// `tell` says whether it went.
void at_every_step(const std::function<bool(std::uint64_t step)>& tell);
// The same for the packets of a synchronisation, or whatever else can be counted.
inline void at_every_packet(const std::function<bool(std::uint64_t packet)>& tell) { at_every_step(tell); }

}  // namespace zabra::sim
