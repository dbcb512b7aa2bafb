#include "tests/sim/world.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/log.h"
#include "storage/log_files.h"
#include "storage/log_reader.h"

namespace zabra::sim {

World::World(const RunSetting& setting)
    : setting_(setting),
      random_(setting.seed),
      disk_random_(setting.seed ^ 0xd15cULL),
      network_(schedule_, setting.seed ^ 0x4e7ULL, *this),
      checkers_([this](const std::string& what) { on_violation(what); }) {
  make_servers();
  make_clients();
}

World::~World() = default;

// ---- what is drawn --------------------------------------------------------------------------------------------------

void World::make_servers() {
  static constexpr std::int64_t sizes[] = {1, 3, 3, 3, 3, 5};
  static constexpr std::int32_t ticks[] = {100, 200, 500};
  voters_ = sizes[random_.pick(6)];
  observers_ = random_.one_in(4) ? 1 : 0;
  tick_ms_ = ticks[random_.pick(3)];
  if (random_.one_in(5)) counter_max_ = static_cast<std::uint32_t>(random_.between(50, 500));
  entries_retained_min_ = random_.one_in(2) ? 5 : 200;
  network_.set_slow(random_.one_in(4) ? 100 * ms : 5 * ms);
  for (std::int64_t id = 1; id <= voters_ + observers_; ++id) {
    const DiskSetting disk{.server = ServerId{id}, .purge = {.retain_count = 0, .entries_retained_min = entries_retained_min_},
                           .slow_max = random_.one_in(6) ? 40 * ms : 3 * ms};
    Server::Watcher watcher{
        .stepped = [this](Server& server) { on_stepped(server); },
        .appends = [this](std::int64_t server, const replica::Append& append) {
          summary_.entries += append.count;
          checkers_.appends(server, append.records);
        },
        .ended = [this](std::int64_t server, const std::string& why) { on_ended(server, why); },
        .spins = [this](std::int64_t server) {
          checkers_.violation(text("server ", server, " is due again and again, with nothing to do"));
        },
        .says = [this](std::int64_t server, std::string_view line) { trace(text("server ", server), line); }};
    servers_[id] = std::make_unique<Server>(schedule_, disk_random_, network_, summary_.disk, settings_of(id), disk,
                                            std::move(watcher));
    facts_[id];
  }
}

// A server's number is its host.
replica::Settings World::settings_of(std::int64_t id) const {
  replica::Settings settings;
  settings.server = ServerId{id};
  settings.tick_ms = tick_ms_;
  settings.session_timeout_min_ms = 2 * tick_ms_;
  settings.session_timeout_max_ms = 20 * tick_ms_;
  settings.state.txn_bytes_max = entry_bytes_max;
  settings.state.hash_seed = setting_.seed;
  replica::EnsembleSettings& ensemble = settings.ensemble.emplace();
  ensemble.init_limit_ms = 10 * tick_ms_;
  ensemble.sync_limit_ms = 5 * tick_ms_;
  ensemble.counter_max = counter_max_;
  for (std::int64_t other = 1; other <= voters_ + observers_; ++other) {
    (other <= voters_ ? ensemble.members.voters : ensemble.members.observers).push_back(ServerId{other});
    ensemble.addresses[ServerId{other}] = {{{std::to_string(other), 2888}}, {{std::to_string(other), 3888}}};
  }
  return settings;
}

void World::make_clients() {
  const std::size_t data_bytes_max = random_.one_in(6) ? 60'000 : 40;  // long: checkpoints become due
  const std::int64_t count = random_.between(2, 5);
  for (int number = 1; number <= count; ++number) {
    const Client::Setting setting{.number = number,
                                  .servers = voters_ + observers_,
                                  .timeout_ms = static_cast<std::int32_t>(random_.between(5, 20)) * tick_ms_,
                                  .think_max = random_.between(20, 200) * ms,
                                  .depth = 1 + random_.pick(4),
                                  .data_bytes_max = data_bytes_max};
    clients_.push_back(std::make_unique<Client>(
        Client::World{schedule_, network_, checkers_, history_, summary_.clients,
                      [this](int its, const std::string& line) { trace(text("client ", its), line); }},
        random_.number(), setting));
  }
}

// ---- a run ----------------------------------------------------------------------------------------------------------

Summary World::run() {
  for (auto& [id, server] : servers_) schedule_.after(random_.between(0, 500) * ms, [&it = *server] { it.start(); });
  for (auto& its : clients_) schedule_.after(random_.between(0, 2000) * ms, [&it = *its] { it.start(); });
  plan_next_fault();
  run_until([] { return false; }, setting_.faults_for);
  make_peace();
  await_service();
  if (checkers_.violations() == 0) await_end_of_sessions();
  if (checkers_.violations() == 0) judge();
  summary_.runs = 1;
  summary_.violations = checkers_.violations();
  summary_.elections = checkers_.elections();
  summary_.server_seconds = schedule_.now() / second * (voters_ + observers_);
  return summary_;
}

bool World::run_until(const std::function<bool()>& is_so, Micros longest) {
  for (const Micros end = schedule_.now() + longest; schedule_.now() < end;) {
    if (is_so()) return true;
    const Micros slice = std::min(end, schedule_.now() + 50 * ms);
    while (schedule_.run_next(slice)) {}
  }
  return is_so();
}

// ---- faults ---------------------------------------------------------------------------------------------------------

void World::plan_next_fault() {
  schedule_.after(random_.between(100, 4000) * ms, [this] {
    if (is_peace_) return;
    do_a_fault();
    plan_next_fault();
  });
}

void World::fault(const std::string& kind, std::int64_t id) {
  ++summary_.faults[kind];
  trace("fault", text(kind, id == 0 ? "" : text(" server ", id)));
}

void World::do_a_fault() {
  Server& server = any_server();
  switch (random_.between(1, 14)) {
    case 1:
    case 2: return crash(server.id(), random_.one_in(2));
    case 3:
    case 4:
      fault("crash in a disk's step", server.id());
      return server.crash_at_disk_step(1 + random_.pick(random_.one_in(2) ? 6 : 60));
    case 5:
      fault("clean stop", server.id());
      return server.stop();
    case 6:
    case 7:
    case 8: return partition();
    case 9:
      fault("links cut", server.id());
      return network_.cut_links_of(server.id());
    case 10: {
      fault("slow disk", server.id());
      server.set_slow_disk(random_.between(100, 1500) * ms);
      return schedule_.after(random_.between(500, 5000) * ms, [&server] { server.set_slow_disk(3 * ms); });
    }
    case 11:
      fault("stopped process", server.id());
      return server.pause_until(schedule_.now() + random_.between(50, 10 * tick_ms_) * ms);
    case 12:
      for (const auto& [id, each] : servers_) crash(id, random_.one_in(2));
      return;
    case 13: return wipe();
    default:
      fault("slow network");
      network_.set_slow(random_.between(100, 800) * ms);
      schedule_.after(random_.between(500, 4000) * ms, [this] { network_.set_slow(5 * ms); });
  }
}

void World::crash(std::int64_t id, bool with_power) {
  if (!servers_.at(id)->is_up()) return;
  fault(with_power ? "power lost" : "killed", id);
  servers_.at(id)->crash(with_power);
  restart_later(id, random_.one_in(3) ? 10 * second : second);
}

void World::restart_later(std::int64_t id, Micros longest) {
  schedule_.after(random_.between(ms, longest), [this, id] {
    if (!facts_[id].must_not_start) servers_.at(id)->start();
  });
}

// One against all, a random cut, or one direction of one pair.
void World::partition() {
  fault("partition");
  const std::int64_t one = any_server().id();
  std::map<Node, bool> side;
  for (const auto& [id, server] : servers_) side[id] = random_.one_in(2);
  const std::int64_t kind = random_.between(1, 3);
  const bool is_one_way = random_.one_in(3);
  for (const auto& [a, server_a] : servers_) {
    for (const auto& [b, server_b] : servers_) {
      const bool is_cut = kind == 1 ? a != b && (a == one || (b == one && !is_one_way))
                        : kind == 2 ? side[a] != side[b] && (side[a] || !is_one_way)
                                    : a == one && b == 1 + one % static_cast<std::int64_t>(servers_.size());
      if (is_cut) network_.block(a, b);
    }
    if (kind == 1 && a == one && random_.one_in(2)) {
      for (const auto& its : clients_) network_.block(a, its->node());
    }
  }
  schedule_.after(random_.between(50, 30 * tick_ms_) * ms, [this] { network_.heal(); });
}

// A disk is replaced by an empty one. Only while every other server has a history of its own, or an ensemble can't know
// what it has lost.
void World::wipe() {
  const std::int64_t id = any_server().id();
  if (voters_ < 3 || checkers_.acknowledged() == 0 || facts_[id].must_not_start) return;
  for (const auto& [other, facts] : facts_) {
    if (other != id && !facts.has_served) return;
  }
  fault("wiped disk", id);
  servers_.at(id)->crash(true);
  facts_[id] = {.has_served = false, .must_not_start = true};
  schedule_.after(random_.between(100, 3000) * ms, [this, id] {
    servers_.at(id)->wipe();
    facts_[id].must_not_start = false;
    servers_.at(id)->start();
  });
}

// ---- peace ----------------------------------------------------------------------------------------------------------

void World::make_peace() {
  is_peace_ = true;
  trace("fault", "no more");
  network_.heal();
  network_.set_slow(5 * ms);
  run_until([this] {
    return std::none_of(facts_.begin(), facts_.end(), [](const auto& each) { return each.second.must_not_start; });
  }, 5 * second);
  for (auto& [id, server] : servers_) {
    server->crash_at_disk_step(0);
    server->set_slow_disk(3 * ms);
    server->start();
    auditors_[id] = std::make_unique<Auditor>(network_, id);
  }
}

void World::await_service() {
  const Micros bound = (60 * tick_ms_ + 10'000) * ms;
  const bool serves = run_until([this] {
    bool all = true;
    for (auto& [id, each] : auditors_) {
      if (schedule_.now() % (100 * ms) == 0) each->urge();
      all = all && each->has_written();
    }
    return all;
  }, bound);
  if (serves) return;
  for (auto& [id, each] : auditors_) {
    if (!each->has_written()) checkers_.violation(text("server ", id, " does not serve though the faults have ended"));
  }
}

bool World::is_same_everywhere() {
  std::set<std::int64_t> applied;
  for (auto& [id, server] : servers_) {
    applied.insert(server->is_up() ? server->replica().status().last_applied.to_wire() : -id);
  }
  return applied.size() == 1;
}

void World::await_end_of_sessions() {
  for (auto& its : clients_) its->calm_down();
  const auto urge = [this] {
    for (auto& [id, each] : auditors_) {
      if (schedule_.now() % (100 * ms) == 0) each->urge();
    }
  };
  run_until([&] { return urge(), false; }, (40 * tick_ms_ + 5000) * ms);
  const bool at_rest = run_until([&] {
    urge();
    return std::all_of(clients_.begin(), clients_.end(), [](const auto& its) { return its->is_at_rest(); });
  }, 20 * second);
  if (!at_rest) checkers_.violation("a client does not come back though the faults have ended");
  if (!run_until([&] { return urge(), is_same_everywhere(); }, 10 * second)) {
    checkers_.violation("the servers do not come to the same zxid");
  }
  for (auto& [id, each] : auditors_) each->read_tree();
  const bool are_read = run_until([&] {
    urge();
    return std::all_of(auditors_.begin(), auditors_.end(), [](const auto& each) { return each.second->has_tree(); });
  }, 60 * second);
  if (!are_read) checkers_.violation("a tree can't be read");
}

void World::judge() {
  std::map<std::int64_t, SeenTree> trees;
  std::map<std::int64_t, std::set<std::int64_t>> logs;
  std::set<std::int64_t> living;
  for (const auto& its : clients_) living.insert(its->session());
  for (const auto& [id, each] : auditors_) {
    living.insert(each->session());
    trees[id] = each->tree();
    logs[id] = log_of(*servers_.at(id));
  }
  checkers_.check_end(history_, trees, logs, living);
}

// As the files have it.
std::set<std::int64_t> World::log_of(Server& server) {
  std::set<std::int64_t> zxids;
  const std::string directory = storage::DataDirectories::under("/data", "/log").log;
  const auto logs = storage::list_log_files(server.files(), directory);
  for (const storage::LogFile& file : *logs) {
    auto reader = storage::LogReader::open(server.files(), directory + "/" + file.name, entry_bytes_max);
    for (;;) {
      const auto step = reader->next();
      const auto* record = step ? std::get_if<storage::ReadRecord>(&*step) : nullptr;
      if (record == nullptr) break;
      zxids.insert(In(record->entry.substr(12)).i64());
    }
  }
  return zxids;
}

// ---- watched --------------------------------------------------------------------------------------------------------

void World::on_stepped(Server& server) {
  const replica::Status status = server.replica().status();
  if (status.mode == replica::Mode::leader) checkers_.leads(server.id(), status.epoch);
  if (status.mode != replica::Mode::not_serving) facts_[server.id()].has_served = true;
  if (status.digest_mismatches > 0) {
    checkers_.violation(text("server ", server.id(), " has another tree than its leader at ", to_string(status.last_applied)));
  }
}

// The power goes where it was planned, a clean stop ends; all else is a fault of the server.
void World::on_ended(std::int64_t id, const std::string& why) {
  trace(text("server ", id), "ends: " + why);
  if (why != "stopped" && !why.starts_with("power: ")) checkers_.violation(text("server ", id, " ended: ", why));
  restart_later(id, 2 * second);
}

void World::trace(const std::string& who, std::string_view line) const {
  if (!setting_.with_trace) return;
  const long long now = schedule_.now();
  std::printf("%3lld.%06lld %-9s %.*s\n", now / second, now % second, who.c_str(), static_cast<int>(line.size()),
              line.data());
}

void World::on_violation(const std::string& what) {
  if (checkers_.violations() > 20) return;
  std::printf("VIOLATION seed=%llu at %lld ms: %s\n", static_cast<unsigned long long>(setting_.seed),
              static_cast<long long>(schedule_.now() / ms), what.c_str());
  std::fflush(stdout);
}

// ---- the network's ends ---------------------------------------------------------------------------------------------

Client* World::client(Node node) {
  return node > 100 && node < 500 ? clients_.at(static_cast<std::size_t>(node - 101)).get() : nullptr;
}
Auditor* World::auditor(Node node) { return node >= 500 ? auditors_.at(node - 500).get() : nullptr; }

void World::on_opened(Node at, LinkId link, Node other, Port port, bool has_dialled) {
  if (Client* its = client(at)) its->on_opened(link);
  else if (Auditor* each = auditor(at)) each->on_opened(link);
  else servers_.at(at)->on_opened(link, other, port, has_dialled);
}

void World::on_dial_failed(Node at, Node to, Port port) {
  if (Client* its = client(at)) its->on_dial_failed();
  else if (Auditor* each = auditor(at)) each->on_dial_failed();
  else servers_.at(at)->on_dial_failed(to, port);
}

void World::on_bytes(Node at, LinkId link, std::string_view bytes) {
  if (Client* its = client(at)) its->on_bytes(link, bytes);
  else if (Auditor* each = auditor(at)) each->on_bytes(link, bytes);
  else servers_.at(at)->on_bytes(link, bytes);
}

void World::on_drained(Node at, LinkId link) {
  if (client(at) == nullptr && auditor(at) == nullptr) servers_.at(at)->on_drained(link);
}

void World::on_closed(Node at, LinkId link) {
  if (Client* its = client(at)) its->on_closed(link);
  else if (Auditor* each = auditor(at)) each->on_closed(link);
  else servers_.at(at)->on_closed(link);
}

// ---- summary --------------------------------------------------------------------------------------------------------

void Summary::add(const Summary& other) {
  runs += other.runs, violations += other.violations, elections += other.elections, entries += other.entries;
  server_seconds += other.server_seconds;
  for (const auto& [kind, count] : other.faults) faults[kind] += count;
  const auto sum = [](auto& to, const auto& from, auto... members) { ((to.*members += from.*members), ...); };
  sum(disk, other.disk, &DiskCounts::appends, &DiskCounts::truncations, &DiskCounts::truncations_refused,
      &DiskCounts::snapshots_adopted, &DiskCounts::snapshots_abandoned, &DiskCounts::log_reads,
      &DiskCounts::snapshot_reads, &DiskCounts::checkpoints, &DiskCounts::logs_purged, &DiskCounts::read_faults);
  sum(clients, other.clients, &ClientCounts::invoked, &ClientCounts::answered, &ClientCounts::events,
      &ClientCounts::sessions, &ClientCounts::moved, &ClientCounts::expired, &ClientCounts::refused_links);
}

std::string Summary::text() const {
  using zabra::text;
  std::string all = text(runs, " runs, ", server_seconds / 60, " server-minutes, ", elections, " elections, ", entries,
                         " log entries, ", clients.invoked, " operations (", clients.answered, " answered), ",
                         clients.events, " watch events, ", clients.sessions, " sessions (", clients.moved, " moves, ",
                         clients.expired, " found expired)\ndisks: ", disk.appends, " appends, ", disk.truncations,
                         " truncations, ", disk.truncations_refused, " refused, ", disk.snapshots_adopted,
                         " snapshots adopted, ", disk.snapshots_abandoned, " abandoned, ", disk.log_reads,
                         " log reads, ", disk.snapshot_reads, " snapshot reads, ", disk.read_faults, " in vain, ",
                         disk.checkpoints, " checkpoints, ", disk.logs_purged, " log files purged\nfaults:");
  for (const auto& [kind, count] : faults) all += text(" ", kind, " ", count, ",");
  all.back() = '\n';
  return all + text("violations: ", violations);
}

}  // namespace zabra::sim
