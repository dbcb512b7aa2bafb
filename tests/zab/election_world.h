// A world of servers that elect: `Election` over `ElectionLinks` over simulated connections, and as much of what
// follows an election as it takes to tell a good leader from a bad one. Everything happens at virtual milliseconds, by
// one seed.
//
// A connection delivers in order or breaks; in a lossy world single messages vanish and are doubled too. A leader that
// a quorum follows is established: it gives them its history and a new epoch, and may then write. What a quorum has
// written is committed, and every later leader must have it: the world checks that, and stops when it is not so.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/support/seed.h"
#include "zab/election.h"
#include "zab/election_links.h"

namespace zabra::zab::test {

// A leader without a quorum, or a follower without a leader that leads, gives up after so long.
inline constexpr std::int64_t init_limit_ms = 1'000;
inline constexpr std::int64_t check_interval_ms = 20;

class World {
 public:
  struct Disk {
    Zxid last_logged;
    std::uint32_t current_epoch = 0, accepted_epoch = 0;
    bool was_synchronised = false;  // since it was bought, or wiped
  };

  World(Ensemble ensemble, std::uint64_t seed, bool is_lossy)
      : ensemble_(std::move(ensemble)), random_(seed), is_lossy_(is_lossy) {
    for (const ServerId server : ensemble_.voters()) servers_[server];
    for (const ServerId server : ensemble_.observers()) servers_[server];
  }

  // ---- what a test does ----

  void start(ServerId id) {
    Server& server = servers_.at(id);
    if (server.process) return;
    server.process = std::make_unique<Process>(id, ensemble_, ++incarnations_);
    server.process->links.want(ServerSet({ensemble_.voters().begin(), ensemble_.voters().end()}), now_);
    begin(id);
    check_later(id, server.process->incarnation);
  }
  // Its disk stays.
  void crash(ServerId id) {
    servers_.at(id).process.reset();
    for (auto& [number, connection] : connections_) {
      if (connection.ends[0].server == id || connection.ends[1].server == id) break_connection(number);
    }
  }
  void wipe(ServerId id) {
    crash(id);
    servers_.at(id).disk = {};
    is_any_wiped_ = true;
  }
  void separate(ServerId a, ServerId b) {
    cut_.insert(std::minmax(a, b));
    for (auto& [number, connection] : connections_) {
      const ServerId x = connection.ends[0].server, y = connection.ends[1].server;
      if (std::minmax(x, y) == std::minmax(a, b)) break_connection(number);
    }
  }
  void reconnect() { cut_.clear(); }
  void end_faults() {
    reconnect();
    is_lossy_ = false;
    for (auto& [id, server] : servers_) start(id);
  }
  // The leader logs one more, and so do those that hear of it.
  void write(std::size_t heard_by_one_in) {
    for (auto& [id, server] : servers_) {
      if (!server.process || !server.process->is_established) continue;
      ServerSet holders{id};
      const bool is_first = server.disk.last_logged.epoch < server.disk.current_epoch;
      server.disk.last_logged = is_first ? Zxid{server.disk.current_epoch, 1} : server.disk.last_logged.next();
      for (const ServerId follower : connected_followers(id)) {
        if (pick(heard_by_one_in) != 0) continue;
        servers_.at(follower).disk.last_logged = server.disk.last_logged;
        holders.insert(follower);
      }
      if (ensemble_.is_quorum(holders)) committed_ = std::max(committed_, server.disk.last_logged);
    }
  }
  void run(std::int64_t ms) {
    const MonotonicTime end = now_ + ms;
    while (!events_.empty() && events_.begin()->first.first <= end) step();
    now_ = end;
  }
  // How long it takes until all follow one established leader; `most` if they don't.
  std::int64_t run_until_settled(std::int64_t most) {
    const MonotonicTime begin = now_;
    while (!is_settled() && now_ - begin < most) run(check_interval_ms);
    return now_ - begin;
  }

  // ---- what a test asks ----

  bool is_settled() const {
    const auto leader = established();
    return leader && std::all_of(servers_.begin(), servers_.end(), [&](const auto& entry) {
             const Process* process = entry.second.process.get();
             return process && process->is_synchronised && process->election.elected()->vote.leader == *leader;
           });
  }
  std::optional<ServerId> established() const {
    for (const auto& [id, server] : servers_) {
      if (server.process && server.process->is_established) return id;
    }
    return std::nullopt;
  }
  Disk& disk(ServerId id) { return servers_.at(id).disk; }
  std::vector<ServerId> all() const {
    std::vector<ServerId> ids;
    for (const auto& [id, server] : servers_) ids.push_back(id);
    return ids;
  }
  bool is_up(ServerId id) const { return servers_.at(id).process != nullptr; }
  // Who is empty without having been in step once can't be told from a wiped server: then nobody else may be wiped.
  bool have_all_been_synchronised() const {
    return std::all_of(servers_.begin(), servers_.end(),
                       [](const auto& entry) { return entry.second.disk.was_synchronised; });
  }
  const Ensemble& ensemble() const { return ensemble_; }
  std::size_t pick(std::size_t count) { return zabra::test::pick(random_, count); }
  std::size_t elections = 0, joins = 0, establishments = 0, refused_learners = 0;

 private:
  struct Process {
    Process(ServerId id, const Ensemble& ensemble, std::uint64_t number)
        : incarnation(number), election(id, ensemble), links(id, std::to_string(id.value), init_limit_ms) {}
    std::uint64_t incarnation;
    Election election;
    ElectionLinks links;
    MonotonicTime elected_at, wakes_at{std::numeric_limits<std::int64_t>::max()};
    bool is_synchronised = false, is_established = false;
    std::set<Round> rounds_elected_in;
    std::map<ServerId, std::uint64_t> learners;  // and which of their incarnations
  };
  struct Server {
    Disk disk;
    std::unique_ptr<Process> process;
  };
  struct End {
    ServerId server;
    std::uint64_t incarnation = 0;
    MonotonicTime last_delivery;
    bool is_greeted = false;
  };
  struct Connection {
    End ends[2];  // who dialled, who accepted
    bool is_whole = true;
  };
  // The link of connection n at its end 0 is 2n, at the other 2n+1.
  static std::uint64_t number_of(LinkId link) { return link.value / 2; }
  static std::size_t end_of(LinkId link) { return link.value % 2; }

  // ---- time ----

  void at(MonotonicTime time, std::function<void()> what) { events_[{time, ++sequence_}] = std::move(what); }
  void step() {
    auto event = events_.extract(events_.begin());
    now_ = event.key().first;
    event.mapped()();
  }
  std::int64_t delay() {
    return pick(20) == 0 ? static_cast<std::int64_t>(pick(150)) : 1 + static_cast<std::int64_t>(pick(5));
  }
  Process* alive(ServerId id, std::uint64_t incarnation) {
    Process* process = servers_.at(id).process.get();
    return process && process->incarnation == incarnation ? process : nullptr;
  }

  // ---- one server's host ----

  void begin(ServerId id) {
    Server& server = servers_.at(id);
    for (auto& [leader, other] : servers_) {
      if (other.process) other.process->learners.erase(id);
    }
    server.process->is_synchronised = server.process->is_established = false;
    server.process->learners.clear();
    server.process->election.begin({server.disk.last_logged, server.disk.current_epoch, server.disk.accepted_epoch},
                                   now_);
    settle_down(id, true);
  }
  // After every call into a server: its outputs are carried out.
  void settle_down(ServerId id, bool was_looking) {
    Process& process = *servers_.at(id).process;
    process.election.links(process.links.live(), now_);
    for (const Election::Send& send : process.election.take_sends()) {
      for (const ServerId to :
           send.to ? ServerSet{*send.to} : ServerSet({ensemble_.voters().begin(), ensemble_.voters().end()})) {
        if (to != id) process.links.send(to, remember(send.notification));
      }
    }
    for (const LinkAction& action : process.links.take_actions())
      std::visit([&](const auto& it) { carry_out(id, it); }, action);
    if (was_looking && process.election.elected()) note_elected(id);
    wake(id);
  }
  void wake(ServerId id) {
    Process& process = *servers_.at(id).process;
    MonotonicTime next{std::numeric_limits<std::int64_t>::max()};
    if (const auto deadline = process.election.next_deadline()) next = std::min(next, *deadline);
    if (const auto deadline = process.links.next_deadline()) next = std::min(next, *deadline);
    if (next == process.wakes_at) return;
    process.wakes_at = next;
    if (next.ms == std::numeric_limits<std::int64_t>::max()) return;
    at(std::max(next, now_), [this, id, next, incarnation = process.incarnation] {
      Process* it = alive(id, incarnation);
      if (!it || it->wakes_at != next) return;
      it->wakes_at.ms = std::numeric_limits<std::int64_t>::max();
      const bool was_looking = it->election.is_looking();
      it->links.tick(now_);
      it->election.tick(now_);
      settle_down(id, was_looking);
    });
  }
  template <typename Act>
  void on(ServerId id, std::uint64_t incarnation, Act act) {
    Process* process = alive(id, incarnation);
    if (!process) return;
    const bool was_looking = process->election.is_looking();
    act(*process);
    settle_down(id, was_looking);
  }

  // ---- connections ----

  std::string remember(const Notification& notification) {
    notifications_.push_back(notification);
    return std::to_string(notifications_.size() - 1);
  }
  void carry_out(ServerId id, const DialPeer& dial) {
    at(now_ + delay(), [this, id, to = dial.to, incarnation = servers_.at(id).process->incarnation] {
      if (!alive(id, incarnation)) return;
      Process* peer = servers_.at(to).process.get();
      if (!peer || cut_.count(std::minmax(id, to)) != 0) {
        return on(id, incarnation, [&](Process& process) { process.links.dial_failed(to, now_); });
      }
      const std::uint64_t number = ++last_connection_;
      connections_[number] = {.ends = {{id, incarnation, now_}, {to, peer->incarnation, now_}}};
      on(to, peer->incarnation, [&](Process& process) { process.links.opened({2 * number + 1}, std::nullopt, now_); });
      on(id, incarnation, [&](Process& process) { process.links.opened({2 * number}, to, now_); });
    });
  }
  void carry_out(ServerId, const WriteLink& write) {
    Connection& connection = connections_.at(number_of(write.link));
    if (!connection.is_whole) return;
    const bool is_greeting = end_of(write.link) == 0 && !std::exchange(connection.ends[0].is_greeted, true);
    const std::size_t copies = is_greeting || !is_lossy_ ? 1 : pick(8) == 0 ? 0 : pick(8) == 0 ? 2 : 1;
    for (std::size_t i = 0; i < copies; ++i) deliver(write.link, write.bytes, is_greeting);
  }
  void deliver(LinkId from, const std::string& bytes, bool is_greeting) {
    const std::uint64_t number = number_of(from);
    const std::size_t to = 1 - end_of(from);
    End& end = connections_.at(number).ends[to];
    end.last_delivery = std::max(end.last_delivery, now_ + delay());
    at(end.last_delivery, [this, number, to, bytes, is_greeting] {
      const Connection& connection = connections_.at(number);
      const LinkId link{2 * number + to};
      if (!connection.is_whole) return;
      on(connection.ends[to].server, connection.ends[to].incarnation, [&](Process& process) {
        if (is_greeting) return process.links.handshake(link, ServerId{std::stoll(bytes)}, "", now_);
        const std::optional<ServerId> sender = process.links.sender_of(link);
        if (sender) process.election.notification(*sender, notifications_.at(std::stoull(bytes)), now_);
      });
    });
  }
  // What was written before is delivered first.
  void carry_out(ServerId, const CloseLink& close) {
    const std::uint64_t number = number_of(close.link);
    const MonotonicTime when =
        std::max(connections_.at(number).ends[1 - end_of(close.link)].last_delivery, now_ + delay());
    at(when, [this, number] { break_connection(number); });
  }
  void break_connection(std::uint64_t number) {
    Connection& connection = connections_.at(number);
    if (!std::exchange(connection.is_whole, false)) return;
    for (std::size_t i = 0; i < 2; ++i) {
      at(now_ + delay(), [this, link = LinkId{2 * number + i}, end = connection.ends[i]] {
        on(end.server, end.incarnation, [&](Process& process) { process.links.closed(link, now_); });
      });
    }
  }

  // ---- after the election ----

  void note_elected(ServerId id) {
    Process& process = *servers_.at(id).process;
    process.elected_at = now_;
    const Election::Elected& elected = *process.election.elected();
    ++(elected.is_joined ? joins : elections);
    if (elected.is_joined) return;
    EXPECT_TRUE(process.rounds_elected_in.insert(elected.round).second) << "settled twice in a round";
    if (establishments == 0 && !is_any_wiped_) expect_best_of_a_quorum(elected.vote.leader);
  }
  // Nothing has changed on any disk yet.
  void expect_best_of_a_quorum(ServerId leader) {
    const auto position = [&](ServerId id) { return std::pair(disk(id).current_epoch, disk(id).last_logged); };
    EXPECT_TRUE(ensemble_.is_quorum_where([&](ServerId voter) { return position(voter) <= position(leader); }))
        << leader.value << " was elected in spite of its short history";
    EXPECT_TRUE(ensemble_.is_electable(leader));
  }
  void check_later(ServerId id, std::uint64_t incarnation) {
    at(now_ + check_interval_ms, [this, id, incarnation] {
      if (Process* process = alive(id, incarnation)) {
        if (const auto& elected = process->election.elected()) {
          elected->role == PeerState::leading ? lead(id, *process) : learn(id, *process, elected->vote.leader);
        }
        check_later(id, incarnation);
      }
    });
  }
  bool is_late(const Process& process) const { return now_ - process.elected_at > init_limit_ms; }
  Process* leading(ServerId leader, ServerId seen_from) {
    Process* process = servers_.at(leader).process.get();
    const bool is_reachable = cut_.count(std::minmax(leader, seen_from)) == 0;
    const bool leads =
        process && process->election.elected() && process->election.elected()->role == PeerState::leading;
    return is_reachable && leads ? process : nullptr;
  }
  ServerSet connected_followers(ServerId leader) {
    ServerSet followers;
    for (const auto& [id, incarnation] : servers_.at(leader).process->learners) {
      Process* process = alive(id, incarnation);
      const bool still_follows =
          process && process->election.elected() && process->election.elected()->vote.leader == leader;
      if (still_follows && leading(leader, id)) followers.insert(id);
    }
    return followers;
  }
  void lead(ServerId id, Process& process) {
    ServerSet quorum = connected_followers(id);
    quorum.insert(id);
    const bool has_quorum = ensemble_.is_quorum(quorum);
    if (!process.is_established && has_quorum) return establish(id, process, quorum);
    if (!has_quorum && (process.is_established || is_late(process))) begin(id);
  }
  void establish(ServerId id, Process& process, const ServerSet& followers) {
    Disk& own = disk(id);
    EXPECT_GE(own.last_logged, committed_) << id.value << " was elected without what a quorum had committed";
    EXPECT_TRUE(own.was_synchronised || !have_others_history(id)) << "a wiped server leads";
    std::uint32_t epoch = 0;
    for (const ServerId follower : followers) epoch = std::max(epoch, disk(follower).accepted_epoch);
    ++epoch;
    for (const ServerId follower : followers) disk(follower).accepted_epoch = epoch;
    ++establishments;
    own.current_epoch = epoch;
    if (is_lossy_ && pick(4) == 0) return crash(id);  // before anybody else has the epoch
    process.is_established = process.is_synchronised = own.was_synchronised = true;
    process.election.synchronised(epoch);
    for (const ServerId follower : followers) {
      if (follower != id) synchronise(follower, own);
    }
    committed_ = own.last_logged;
  }
  bool have_others_history(ServerId id) {
    return std::any_of(servers_.begin(), servers_.end(), [&](const auto& entry) {
      return entry.first != id && entry.second.disk.last_logged > zxid_zero && ensemble_.is_voter(entry.first);
    });
  }
  void synchronise(ServerId learner, const Disk& leader) {
    Process& process = *servers_.at(learner).process;
    disk(learner) = {leader.last_logged, leader.current_epoch, leader.current_epoch, true};
    process.is_synchronised = true;
    process.election.synchronised(leader.current_epoch);
  }
  void learn(ServerId id, Process& process, ServerId leader_id) {
    Process* leader = leading(leader_id, id);
    const bool is_known = leader && leader->learners.count(id) != 0 && leader->learners.at(id) == process.incarnation;
    if (process.is_synchronised) {
      if (!is_known || !leader->is_established) begin(id);
      return;
    }
    const Disk &own = disk(id), &its = disk(leader_id);
    const bool is_ahead = std::pair(own.current_epoch, own.last_logged) > std::pair(its.current_epoch, its.last_logged);
    const bool is_refused = leader && !leader->is_established && is_ahead;
    refused_learners += is_refused ? 1 : 0;
    if (is_refused || (!leader && is_late(process)) ||
        (leader && own.accepted_epoch > its.accepted_epoch && leader->is_established)) {
      return begin(id);
    }
    if (!leader) return;
    leader->learners[id] = process.incarnation;
    if (leader->is_established) synchronise(id, its);
    if (!leader->is_established && is_late(process)) begin(id);
  }

  Ensemble ensemble_;
  std::mt19937_64 random_;
  bool is_lossy_, is_any_wiped_ = false;
  MonotonicTime now_{1'000};
  std::uint64_t sequence_ = 0, incarnations_ = 0, last_connection_ = 0;
  std::map<std::pair<MonotonicTime, std::uint64_t>, std::function<void()>> events_;
  std::map<ServerId, Server> servers_;
  std::map<std::uint64_t, Connection> connections_;
  std::set<std::pair<ServerId, ServerId>> cut_;
  std::vector<Notification> notifications_;
  Zxid committed_;  // a quorum has it
};

}  // namespace zabra::zab::test
