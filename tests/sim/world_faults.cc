// What goes wrong in a run. Each fault is drawn from a number of its own, so that one can be left out and the others stay
// what they are.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "tests/sim/world.h"

namespace zabra::sim {

void World::plan_next_fault() {
  fault_random_ = Random(setting_.seed * 1'000'003 + ++fault_number_);
  schedule_.after(fault_random_.between(100, 4000) * ms, [this] {
    if (is_peace_) return;
    if (!setting_.faults_left_out.contains(fault_number_)) do_a_fault();
    plan_next_fault();
  });
}

void World::fault(const std::string& kind, std::int64_t id) {
  ++summary_["fault: " + kind];
  trace("fault", text("#", fault_number_, " ", kind, id == 0 ? "" : text(" server ", id)));
}

void World::do_a_fault() {
  Server& server = any_server();
  switch (fault_random_.between(1, 28)) {
    case 1:
    case 2: return crash_one();
    case 3:
    case 4:
    case 5:
    case 6: return crash_in_a_step();
    case 7: return stop(server);
    case 8:
    case 9:
    case 10: return partition();
    case 11: return cut_links(server.id());
    case 12: return slow_disk(server);
    case 13: return stopped_process(server);
    case 14:
      for (const auto& [id, each] : servers_) crash(id, fault_random_.one_in(2));
      return;
    case 15:
    case 26: return wipe();
    case 16: return slow_network();
    case 17:
    case 18: return full_disk(server);
    case 19: return failing_disk(server);
    case 20: return suspended_machine(server);
    case 21: return moved_clock(server);
    case 22:
    case 23:
      fault("loss of the next leader planned");
      lose_leader_in_ = static_cast<Leading>(fault_random_.between(1, 3));
      return;
    case 24:
    case 25: return disks_stand_still();
    default:
      fault("loss of a learner within a snapshot planned");
      lose_learner_in_snapshot_ = true;
  }
}

// ---- ends of processes ----------------------------------------------------------------------------------------------

void World::note_lost(std::int64_t id, const std::string& how) {
  const Leading leading = facts_[id].leading;
  if (leading != Leading::no) reached(text("leader lost in ", to_string(leading), ": ", how));
}

void World::crash_one() {
  const std::int64_t id = any_server().id();
  crash(id, fault_random_.one_in(2));
}

// At one of the next steps of a disk, or between two that have followed each other before.
void World::crash_in_a_step() {
  Server& server = any_server();
  const std::vector<StepPairs::Pair>& pairs = steps_.seen();
  if (pairs.empty() || fault_random_.one_in(4)) {
    fault("crash in a disk's step", server.id());
    return server.crash_at_disk_step(1 + fault_random_.pick(fault_random_.one_in(2) ? 6 : 60));
  }
  fault("crash between two steps of a disk");  // whoever comes to them
  const StepPairs::Pair pair = pairs[fault_random_.pick(pairs.size())];
  for (const auto& [id, each] : servers_) each->crash_between(pair);
}

// A new directory is made once in the life of a disk: now and then it takes two starts.
void World::cut_first_start(Server& server) {
  if (random_.one_in(3)) server.crash_at_disk_step(1 + random_.pick(60));
}

void World::crash(std::int64_t id, bool with_power) {
  if (!servers_.at(id)->is_up()) return;
  const char* how = with_power ? "power lost" : "killed";
  fault(how, id);
  note_lost(id, how);
  facts_[id].leading = Leading::no;
  servers_.at(id)->crash(with_power);
  restart_later(id, random_.one_in(3) ? 10 * second : second);
}

void World::stop(Server& server) {
  fault("clean stop", server.id());
  note_lost(server.id(), "clean stop");
  server.stop();
}

void World::restart_later(std::int64_t id, Micros longest) {
  schedule_.after(random_.between(ms, longest), [this, id] {
    if (!facts_[id].must_not_start) servers_.at(id)->start();
  });
}

void World::stopped_process(Server& server) {
  fault("stopped process", server.id());
  note_lost(server.id(), "stopped process");
  server.pause_until(schedule_.now() + random_.between(50, 10 * tick_ms_) * ms);
}

void World::suspended_machine(Server& server) {
  fault("suspended machine", server.id());
  note_lost(server.id(), "stopped process");
  server.suspend_until(schedule_.now() + random_.between(50, 20 * tick_ms_) * ms);
}

void World::moved_clock(Server& server) {
  fault("wall clock moved", server.id());
  const Micros by = random_.between(1, 3600) * second;
  server.move_wall_clock(random_.one_in(2) ? by : -by);
}

// ---- of one that leads, or is just being fed ------------------------------------------------------------------------

void World::lose_leader(Server& server) {
  if (is_peace_ || !server.is_up()) return;
  switch (random_.between(1, 5)) {
    case 1: return crash(server.id(), true);
    case 2: return crash(server.id(), false);
    case 3: return stop(server);
    case 4: return stopped_process(server);
    default:
      fault("partition");
      isolate(server.id(), false, random_.one_in(2));
      note_lost(server.id(), "cut off");
      schedule_.after(random_.between(50, 30 * tick_ms_) * ms, [this] { network_.heal(); });
  }
}

// While the log of the new history takes the place of the old one.
void World::cut_adoption(Server& server) {
  fault("crash between two steps of a disk", server.id());
  bool has_log = false;
  for_each_on_disk(server.id(), "log.", [&](std::int64_t) { has_log = true; });
  const StepName renamed = name_of_step("rename", has_log ? "log." : "staged.");
  server.crash_between({renamed, renamed});
}

// Its link, its leader or itself goes while the snapshot is under way. Now and then its disk is slow, and still says what it
// has done for that one when the next is begun.
void World::lose_learner_in_snapshot(const SaidPacket& packet) {
  lose_learner_in_snapshot_ = false;
  const std::int64_t id = packet.to, leader = packet.from;
  if (random_.one_in(5)) return cut_adoption(*servers_.at(id));
  const bool is_slow = random_.one_in(2);
  if (is_slow) {
    servers_.at(id)->set_slow_disk(random_.between(1, 5) * second);
    schedule_.after(random_.between(100, 1000) * ms, [this, id] { servers_.at(id)->set_slow_disk(3 * ms); });
  }
  schedule_.after(random_.between(0, is_slow ? 300 * ms : random_.one_in(4) ? 20 * ms : 2 * ms), [this, id, leader, link = packet.link] {
    if (is_peace_) return;
    switch (random_.between(1, 6)) {
      case 1:
        fault("crash in a disk's step", id);
        return servers_.at(id)->crash_at_disk_step(1 + random_.pick(40));
      case 2: return crash(id, random_.one_in(2));
      case 3: return crash(leader, random_.one_in(2));
      default:
        fault("links cut", id);
        return network_.cut(link);
    }
  });
}

// ---- network --------------------------------------------------------------------------------------------------------

void World::cut_links(std::int64_t id) {
  fault("links cut", id);
  network_.cut_links_of(id);
}

void World::slow_network() {
  fault("slow network");
  network_.set_slow(random_.between(100, 800) * ms);
  schedule_.after(random_.between(500, 4000) * ms, [this] { network_.set_slow(5 * ms); });
}

void World::isolate(std::int64_t id, bool is_one_way, bool from_clients) {
  for (const auto& [other, server] : servers_) {
    if (other == id) continue;
    network_.block(id, other);
    if (!is_one_way) network_.block(other, id);
  }
  if (!from_clients) return;
  for (const auto& its : clients_) network_.block(id, its->node());
}

// One against all, a random cut, or one direction of one pair.
void World::partition() {
  fault("partition");
  const std::int64_t one = any_server().id();
  const bool is_one_way = random_.one_in(3);
  std::map<Node, bool> side;
  for (const auto& [id, server] : servers_) side[id] = random_.one_in(2);
  switch (random_.between(1, 3)) {
    case 1:
      note_lost(one, "cut off");
      isolate(one, is_one_way, random_.one_in(2));
      break;
    case 2:
      for (const auto& [a, server_a] : servers_) {
        for (const auto& [b, server_b] : servers_) {
          if (side[a] != side[b] && (side[a] || !is_one_way)) network_.block(a, b);
        }
      }
      break;
    default: network_.block(one, 1 + one % static_cast<std::int64_t>(servers_.size()));
  }
  schedule_.after(random_.between(50, 30 * tick_ms_) * ms, [this] { network_.heal(); });
}

// ---- disks ----------------------------------------------------------------------------------------------------------

void World::slow_disk(Server& server) {
  fault("slow disk", server.id());
  server.set_slow_disk(random_.between(100, 1500) * ms);
  schedule_.after(random_.between(500, 5000) * ms, [&server] { server.set_slow_disk(3 * ms); });
}

// Some servers have on disk what others have not, for longer than it takes to lose a link and to come back.
void World::disks_stand_still() {
  fault("disks stand still");
  const std::int64_t longest = fault_random_.between(50, 10 * tick_ms_);
  std::vector<std::int64_t> others;
  for (const auto& [id, server] : servers_) {
    const Micros until = fault_random_.between(20, longest) * ms;
    const std::int64_t how = fault_random_.between(1, 4);
    if (how > 2) {
      server->hold_disk(true);
      schedule_.after(until, [&its = *server] { its.hold_disk(false); });
      continue;
    }
    others.push_back(id);
    if (how == 1) continue;
    server->set_slow_disk(fault_random_.between(1, 10) * second);
    schedule_.after(until, [&its = *server] { its.set_slow_disk(3 * ms); });
  }
  if (others.empty() || fault_random_.one_in(4)) return;
  schedule_.after(fault_random_.between(10, longest) * ms, [this, id = others[fault_random_.pick(others.size())]] {
    if (!is_peace_) cut_links(id);
  });
}

// There is room again after a while, perhaps after the server has come back without.
void World::full_disk(Server& server) {
  if (server.is_full()) return;
  fault("full disk", server.id());
  server.set_full(true);
  if (random_.one_in(4)) server.crash_at_disk_step(1 + random_.pick(40));
  if (random_.one_in(3)) {
    schedule_.after(random_.between(100, 2000) * ms, [this, id = server.id()] {
      if (!is_peace_) crash(id, random_.one_in(2));
    });
  }
  schedule_.after(random_.between(500, 8000) * ms, [this, &server] { make_room(server); });
}

void World::make_room(Server& server) {
  if (!server.is_full()) return;
  trace("fault", text("there is room again on server ", server.id()));
  server.set_full(false);
}

void World::failing_disk(Server& server) {
  fault("failing disk", server.id());
  server.fail_disk_at_step(1 + random_.pick(random_.one_in(2) ? 6 : 60));
}

// A disk is replaced by an empty one. Only while every other server has a history of its own, and they are a quorum: or an
// ensemble can't know what it has lost, and elects nobody.
void World::wipe() {
  const std::int64_t id = any_server().id();
  if (voters_ < 3 || checkers_.acknowledged() == 0 || facts_[id].must_not_start) return;
  ServerMask others = 0;
  for (const auto& [other, facts] : facts_) {
    if (other != id && !facts.has_served) return;
    if (other != id) others |= bit_of(other);
  }
  if (!is_quorum(others)) return;
  fault("wiped disk", id);
  servers_.at(id)->crash(true);
  facts_[id] = {.has_served = false, .must_not_start = true};
  schedule_.after(random_.between(100, 3000) * ms, [this, id] {
    servers_.at(id)->wipe();
    zab_.wiped(id);
    cut_first_start(*servers_.at(id));
    facts_[id].must_not_start = false;
    servers_.at(id)->start();
  });
}

}  // namespace zabra::sim
