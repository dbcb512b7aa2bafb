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
      fault_random_(setting.seed),
      disk_random_(setting.seed ^ 0xd15cULL),
      network_(schedule_, setting.seed ^ 0x4e7ULL, *this),
      checkers_([this](const std::string& what) { on_violation(what); }),
      zab_(checkers_, {.is_quorum = [this](ServerMask servers) { return is_quorum(servers); },
                       .on_disk = [this](std::int64_t id, bool is_anew) { return last_on_disk(id, is_anew); }}),
      tap_([this](const SaidPacket& packet) { on_packet(packet); }) {
  make_servers();
  make_clients();
}

World::~World() = default;

// ---- what is drawn --------------------------------------------------------------------------------------------------

void World::make_servers() {
  static constexpr std::int64_t sizes[] = {1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 5, 5, 5, 7};
  static constexpr std::int32_t ticks[] = {100, 200, 500};
  voters_ = sizes[random_.pick(std::size(sizes))];
  observers_ = random_.one_in(4) ? 1 : 0;
  is_alone_ = voters_ == 1 && observers_ == 0;
  if (voters_ > 3 && random_.one_in(3)) draw_groups();
  if (!is_alone_) services_ = draw_services(setting_.seed);
  tick_ms_ = ticks[random_.pick(3)];
  if (random_.one_in(5)) counter_max_ = static_cast<std::uint32_t>(random_.between(50, 500));
  entries_retained_min_ = random_.one_in(2) ? 5 : 200;
  network_.set_slow(random_.one_in(4) ? 100 * ms : 5 * ms);
  if (random_.one_in(2)) network_.set_loss(100, tick_ms_ * ms);  // less than a syncLimit, than a session's time
  for (std::int64_t id = 1; id <= voters_ + observers_; ++id) make_server(id);
  if (voters_ == 7) reached("7 voters");
}

// Two or three groups; some voters weigh more, one may weigh nothing.
void World::draw_groups() {
  reached("weighted quorums");
  groups_.resize(static_cast<std::size_t>(random_.between(2, 3)));
  for (std::int64_t id = 1; id <= voters_; ++id) {
    const auto weight = static_cast<std::uint32_t>(random_.one_in(8) && id > 3 ? 0 : random_.between(1, 2));
    groups_[static_cast<std::size_t>(id) % groups_.size()].push_back({ServerId{id}, weight});
  }
}

// More than half of the groups, each with more than half of its weight; without groups more than half of all.
bool World::is_quorum(ServerMask servers) const {
  std::vector<zab::VoterGroup> groups = groups_;
  if (groups.empty()) {
    groups.emplace_back();
    for (std::int64_t id = 1; id <= voters_; ++id) groups.front().push_back({ServerId{id}, 1});
  }
  std::size_t won = 0;
  for (const zab::VoterGroup& group : groups) {
    std::uint32_t all = 0, there = 0;
    for (const zab::WeightedVoter& voter : group) {
      all += voter.weight;
      there += (servers & bit_of(voter.server.value)) != 0 ? voter.weight : 0;
    }
    won += 2 * there > all ? 1 : 0;
  }
  return 2 * won > groups.size();
}

void World::make_server(std::int64_t id) {
  const DiskSetting disk{.server = ServerId{id}, .purge = {.retain_count = 0, .entries_retained_min = entries_retained_min_},
                         .slow_max = random_.one_in(6) ? 40 * ms : 3 * ms};
  Server::Watcher watcher{
      .stepped = [this](Server& server) { on_stepped(server); },
      .appends = [this](std::int64_t server, const replica::Append& append) { on_appends(server, append); },
      .ended = [this](std::int64_t server, const std::string& why) { on_ended(server, why); },
      .spins = [this](std::int64_t server) {
        checkers_.violation(text("server ", server, " is due again and again, with nothing to do"));
      },
      .says = [this](std::int64_t server, std::string_view line) { trace(text("server ", server), line); },
      .started = [this](Server& server, const replica::Recovered& recovered) { on_started(server, recovered); },
      .wants = [this](Server& server, const replica::Effects& effects) { on_wants(server, effects); },
      .disk_did = [this](std::int64_t server, const DiskDeed& deed) { on_disk_did(server, deed); },
      .sends = [this](LinkId link, Node from, Node to, std::string_view bytes) { tap_.sent(link, from, to, bytes); },
      .quorum_link_closed = [this](LinkId link) { tap_.closed(link); },
      .steps = &steps_};
  servers_[id] = std::make_unique<Server>(schedule_, disk_random_, network_, disk_counts_, settings_of(id), disk,
                                          std::move(watcher));
  facts_[id];
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
  // So small that a server makes some checkpoints within a run, each in several slices, and that writes wait for one. In some
  // runs seldom, so that more than one file of the log is ahead of the last.
  const bool are_seldom = setting_.seed % 3 == 0;
  settings.checkpoints = {.dirty_trigger = are_seldom ? 256U << 10 : 8U << 10, .log_trigger = 96 << 10,
                          .batch_max = are_seldom ? 512U << 10 : 24U << 10, .slice = 4 << 10};
  if (is_alone_) return settings;
  replica::EnsembleSettings& ensemble = settings.ensemble.emplace();
  ensemble.init_limit_ms = 10 * tick_ms_;
  ensemble.sync_limit_ms = 5 * tick_ms_;
  ensemble.counter_max = counter_max_;
  ensemble.local_sessions = services_.local_sessions;
  ensemble.local_sessions_upgrading = services_.upgrading;
  ensemble.read_only_mode = services_.read_only_mode;
  ensemble.leader_serves = services_.leader_serves;
  ensemble.members.groups = groups_;
  for (std::int64_t other = 1; other <= voters_ + observers_; ++other) {
    (other <= voters_ ? ensemble.members.voters : ensemble.members.observers).push_back(ServerId{other});
    ensemble.addresses[ServerId{other}] = {{{std::to_string(other), 2888}}, {{std::to_string(other), 3888}}};
  }
  return settings;
}

void World::make_clients() {
  const std::size_t data_bytes_max = random_.one_in(60) ? 60'000 : random_.one_in(6) ? 2'000 : 40;
  const std::int64_t count = random_.between(2, 5);
  for (int number = 1; number <= count; ++number) {
    const Client::Setting setting{.number = number,
                                  .servers = voters_ + observers_,
                                  .timeout_ms = static_cast<std::int32_t>(random_.between(2, 20)) * tick_ms_,
                                  .by_core = number % 2 == 0,
                                  .can_be_read_only = services_.read_only_mode && number > 1,
                                  .services = services_,
                                  .unreported_max = 11 * tick_ms_ * ms,  // syncLimit, a standstill of as long, a ping
                                  .think_max = random_.between(20, 200) * ms,
                                  .depth = 1 + random_.pick(4),
                                  .data_bytes_max = data_bytes_max};
    clients_.push_back(std::make_unique<Client>(
        Client::World{schedule_, network_, checkers_, history_, client_counts_,
                      [this](int its, const std::string& line) { trace(text("client ", its), line); },
                      [this](Node server) { return roles_[server].role; },
                      [this](Node server) { return on_refused(server); }, setting_.with_trace},
        random_.number(), setting));
  }
}

// ---- a run ----------------------------------------------------------------------------------------------------------

Summary World::run() {
  for (const auto& [id, server] : servers_) {
    cut_first_start(*server);
    restart_later(id, 500 * ms);  // a disk may be wiped before
  }
  for (auto& its : clients_) schedule_.after(random_.between(0, 2000) * ms, [&it = *its] { it.start(); });
  plan_next_fault();
  run_until([] { return false; }, setting_.faults_for);
  make_peace();
  await_service();
  if (checkers_.violations() == 0 && !hands_over()) await_answers();
  if (checkers_.violations() == 0) await_end_of_sessions();
  if (checkers_.violations() == 0) judge();
  if (checkers_.violations() == 0) bring_back_old_copies();
  summary_.runs = 1;
  summary_.violations = checkers_.violations();
  summary_["elections"] = checkers_.elections();
  summary_["server seconds"] = static_cast<std::uint64_t>(schedule_.now() / second * (voters_ + observers_));
  summary_.add(disk_counts_);
  summary_.add(client_counts_);
  summary_.add(steps_);
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

// ---- watched --------------------------------------------------------------------------------------------------------

std::string_view to_string(Leading leading) {
  switch (leading) {
    case Leading::no: return "no";
    case Leading::discovery: return "discovery";
    case Leading::synchronisation: return "synchronisation";
    case Leading::broadcast: return "broadcast";
  }
  return "?";
}

Leading World::leading_of(std::int64_t id, const replica::Status& status) const {
  if (status.mode == replica::Mode::leader) return Leading::broadcast;
  if (!status.leader_id || status.leader_id->value != id) return Leading::no;
  return facts_.at(id).has_synchronised ? Leading::synchronisation : Leading::discovery;
}

void World::on_started(Server& server, const replica::Recovered& recovered) {
  begin_role(server.id(), 0);
  std::vector<std::int64_t> log;
  for_each_on_disk(server.id(), "log.", [&](std::int64_t zxid) { log.push_back(zxid); });
  std::sort(log.begin(), log.end());
  if (is_alone_) checkers_.entries().forget_behind(recovered.last.to_wire());
  zab_.starts(server.id(), {.checkpointed = recovered.checkpointed.to_wire(),
                            .last = recovered.last.to_wire(),
                            .accepted = recovered.epochs.accepted,
                            .current = recovered.epochs.current,
                            .log = std::move(log)});
}

void World::check_nobody_is_served(Server& server, const char* why) {
  for (const replica::ConnectionFacts& each : server.replica().connections()) {
    if (each.session.is_none()) continue;
    checkers_.violation(text("server ", server.id(), " ", why, ", and still serves session ", to_string(each.session)));
  }
}

void World::on_stepped(Server& server) {
  const replica::Status status = server.replica().status();
  ServerFacts& facts = facts_[server.id()];
  if (status.mode == replica::Mode::leader && !are_copies_old_) checkers_.leads(server.id(), status.epoch);
  const bool serves = status.mode != replica::Mode::not_serving && status.mode != replica::Mode::read_only;
  if (serves) facts.has_served = true;
  note_role(server.id(), status);
  // It can't say what is still true.
  if (status.mode == replica::Mode::not_serving && status.connections > 0) check_nobody_is_served(server, "has no leader");
  const bool is_leader = status.mode == replica::Mode::leader;
  if (is_leader && !services_.leader_serves && status.connections > 0) {
    check_nobody_is_served(server, "leads, and leaves clients to others");
  }
  if (status.digest_mismatches > 0) {
    checkers_.violation(text("server ", server.id(), " has another tree than its leader at ", to_string(status.last_applied)));
  }
  zab_.applied(server.id(), status.last_applied.to_wire());
  if (!status.no_space || !serves) facts.full_since = schedule_.now();
  if (!is_alone_ && schedule_.now() - facts.full_since > second) {
    checkers_.violation(text("server ", server.id(), " has a role without space for it"));
  }
  if (status.no_space && !facts.is_full && !is_alone_) {
    reached(facts.leading == Leading::broadcast ? "full disk on the leader" : "full disk on a follower");
  }
  facts.is_full = status.no_space;
  const Leading now = leading_of(server.id(), status);
  if (now != facts.leading) on_leading(server, std::exchange(facts.leading, now), now);
}

// Within one and the same millisecond nobody is served in between.
void World::note_role(std::int64_t id, const replica::Status& status) {
  const std::int64_t began_ms = status.uptime_ms - status.mode_ms;
  if (roles_[id].began_ms != began_ms) begin_role(id, began_ms);
}

void World::begin_role(std::int64_t id, std::int64_t began_ms) {
  LastRole& last = roles_[id];
  const Micros now = schedule_.now();
  last = {{last.role.number + 1, now, began_ms == 0 ? now : last.role.life_began}, began_ms};
}

bool World::on_refused(Node server) {
  if (leaves_clients(server)) reached("client refused by a leader that serves nobody");
  return leaves_clients(server);
}

void World::on_leading(Server& server, Leading before, Leading now) {
  if (now <= Leading::discovery) facts_[server.id()].has_synchronised = false;
  if (now == Leading::broadcast && full_epoch_ != 0 && before != now) {
    reached("counter full and handed over");
    full_epoch_ = 0;
  }
  if (now != Leading::no && lose_leader_in_ == now && !is_peace_) {
    lose_leader_in_.reset();
    schedule_.after(random_.between(0, 3 * ms), [this, &server] { lose_leader(server); });
  }
}

void World::on_wants(Server& server, const replica::Effects& effects) {
  for (const replica::DiskOrder& order : effects.disk_orders) {
    if (std::holds_alternative<replica::BeginAnew>(order)) zab_.begins_anew(server.id());
    if (const auto* finish = std::get_if<replica::FinishAnew>(&order)) {
      zab_.begins_from(server.id(), finish->meta.zxid.to_wire());
    }
    if (const auto* cut = std::get_if<replica::TruncateLog>(&order)) zab_.truncates(server.id(), cut->last.to_wire());
    if (std::holds_alternative<replica::AdoptAnew>(order)) zab_.adopts(server.id());
    if (std::holds_alternative<replica::AbandonAnew>(order)) zab_.abandons(server.id());
    if (const auto* read = std::get_if<replica::ReadLog>(&order)) fed_from_disk_.insert(read->reader);
  }
}

void World::on_appends(std::int64_t server, const replica::Append& append) {
  static constexpr std::int32_t create_session = -10, close_session = -11;
  summary_["log entries"] += append.count;
  if (!are_copies_old_) checkers_.appends(server, append.records);
  zab_.appends(server, append.records);
  for_each_entry(append.records, [&](const EntryHead& head, std::string_view) {
    const bool is_of_session = head.type == create_session || head.type == close_session;
    if (is_of_session && services_.local_sessions) checkers_.opened_or_closed(head.session);
    const auto epoch = static_cast<std::uint32_t>(head.zxid >> 32);
    if ((head.zxid & 0xffffffff) == counter_max_) full_epoch_ = epoch;
    if (head.type == create_session) session_epochs_.emplace(head.session, epoch);
    if (head.type != close_session || head.cxid != 0) return;
    const auto opened = session_epochs_.find(head.session);
    if (opened != session_epochs_.end() && opened->second < epoch) reached("expiry by a new leader");
    session_epochs_.erase(head.session);
  });
}

void World::on_disk_did(std::int64_t server, const DiskDeed& deed) {
  if (const auto* synced = std::get_if<DiskSynced>(&deed)) zab_.synced(server, synced->last.to_wire(), synced->is_anew);
  if (const auto* cut = std::get_if<DiskTruncated>(&deed)) zab_.truncated(server, cut->last.to_wire(), cut->done);
  if (std::holds_alternative<DiskAdopted>(deed)) zab_.adopted(server);
  if (const auto* stored = std::get_if<DiskStoredCheckpoint>(&deed)) zab_.stored_checkpoint(server, stored->zxid.to_wire());
  if (const auto* stored = std::get_if<DiskStoredEpochs>(&deed)) {
    zab_.stored_epochs(server, static_cast<std::uint32_t>(stored->epochs.accepted),
                       static_cast<std::uint32_t>(stored->epochs.current));
  }
}

void World::on_packet(const SaidPacket& packet) {
  zab_.says(packet);
  switch (packet.what) {
    case Said::diff: reached(fed_from_disk_.contains(packet.link) ? "DIFF from disk" : "DIFF from memory"); break;
    case Said::trunc:
      reached("TRUNC");
      facts_[packet.to].was_cut = true;
      break;
    case Said::ack: facts_[packet.from].was_cut = false; break;
    case Said::ack_epoch:  // with nothing, though it has something
      if (packet.zxid == 0 && std::exchange(facts_[packet.from].was_cut, false)) reached("TRUNC refused");
      break;
    case Said::snap: reached("SNAP"); break;
    case Said::revalidate:
      if (facts_[packet.to].leading == Leading::broadcast) reached("REVALIDATE of a session at the leader");
      break;
    default: break;
  }
  const bool synchronises = packet.what == Said::diff || packet.what == Said::trunc || packet.what == Said::snap;
  if (synchronises) facts_[packet.from].has_synchronised = true;
  if (packet.what == Said::snap && lose_learner_in_snapshot_) lose_learner_in_snapshot(packet);
}

// The records of the log files whose names begin so, as a loss of power would leave them.
void World::for_each_on_disk(std::int64_t server, std::string_view names,
                             const std::function<void(std::int64_t zxid)>& take) const {
  static constexpr std::size_t header_bytes = 16;
  servers_.at(server)->files().for_each_durable(
      storage::DataDirectories::under("/data", "/log").log, [&](const std::string& name, std::string_view bytes) {
        if (!name.starts_with(names) || bytes.size() < header_bytes) return;
        for (bytes.remove_prefix(header_bytes); bytes.size() > 12;) {
          const auto length = static_cast<std::size_t>(In(bytes.substr(8)).i32());
          if (length == 0 || bytes.size() < 12 + length) return;
          take(In(bytes.substr(12 + 12)).i64());
          bytes.remove_prefix(std::min(bytes.size(), 12 + length + 1));
        }
      });
}

std::optional<std::int64_t> World::last_on_disk(std::int64_t server, bool is_anew) const {
  std::optional<std::int64_t> last;
  for_each_on_disk(server, is_anew ? "staged." : "log.", [&](std::int64_t zxid) { last = std::max(last.value_or(0), zxid); });
  return last;
}

// The power goes where it was planned, a clean stop ends; all else is a fault of the server.
void World::on_ended(std::int64_t id, const std::string& why) {
  trace(text("server ", id), "ends: " + why);
  if (why.starts_with("no space: ")) reached("start refused for want of space");
  if (why.starts_with("failing disk: ")) reached("process ended by a failing disk");
  const bool is_planned = why == "stopped" || why.starts_with("power: ") || why.starts_with("failing disk: ") ||
                          (why.starts_with("no space: ") && servers_.at(id)->is_full());
  if (!is_planned) checkers_.violation(text("server ", id, " ended: ", why));
  if (why.starts_with("power: ")) note_lost(id, "power lost");
  facts_[id].leading = Leading::no;
  restart_later(id, 2 * second);
}

void World::trace(const std::string& who, std::string_view line) const {
  if (!setting_.with_trace) return;
  const long long now = schedule_.now();
  char at[32];
  std::snprintf(at, sizeof at, "%3lld.%06lld ", now / second, now % second);
  say(text(at, who, who.size() < 9 ? std::string(9 - who.size(), ' ') : "", " ", line));
}

void World::say(const std::string& line) const {
  if (setting_.say) return setting_.say(line);
  std::puts(line.c_str());
  std::fflush(stdout);
}

void World::on_violation(const std::string& what) {
  if (checkers_.violations() > 20) return;
  say(text("VIOLATION seed=", setting_.seed, " at ", schedule_.now() / ms, " ms: ", what));
}

// ---- the network's ends ---------------------------------------------------------------------------------------------

Client* World::client(Node node) {
  return node > 100 && node < 500 ? clients_.at(static_cast<std::size_t>(node - 101)).get() : nullptr;
}
Auditor* World::auditor(Node node) { return node >= 500 ? auditors_.at(node - 500).get() : nullptr; }

void World::on_opened(Node at, LinkId link, Node other, Port port, bool has_dialled) {
  if (Client* its = client(at)) its->on_opened(link, other);
  else if (Auditor* each = auditor(at)) each->on_opened(link);
  else servers_.at(at)->on_opened(link, other, port, has_dialled);
}

void World::on_dial_failed(Node at, Node to, Port port) {
  if (Client* its = client(at)) its->on_dial_failed(to);
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

}  // namespace zabra::sim
