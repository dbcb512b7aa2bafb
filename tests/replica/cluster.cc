#include "tests/replica/cluster.h"

#include <gtest/gtest.h>

namespace zabra::replica::test {

Cluster::Cluster(std::int64_t voters, std::int64_t observers, const Settings& common) : common_(common) {
  for (std::int64_t id = 1; id <= voters; ++id) members_.voters.push_back(ServerId{id});
  for (std::int64_t id = voters + 1; id <= voters + observers; ++id) members_.observers.push_back(ServerId{id});
  for (std::int64_t id = 1; id <= voters + observers; ++id) servers_[id];
  start_all();
}

// A server's number is its host, and its ports tell the two kinds apart.
Settings Cluster::settings_of(std::int64_t id) const {
  Settings settings = common_;
  settings.server = ServerId{id};
  EnsembleSettings ensemble = common_.ensemble.value_or(EnsembleSettings{});
  ensemble.members = members_;
  for (const auto& [other, server] : servers_) {
    ensemble.addresses[ServerId{other}] = {{{std::to_string(other), 2888}}, {{std::to_string(other), 3888}}};
  }
  settings.ensemble = ensemble;
  return settings;
}

void Cluster::start(std::int64_t id, std::int64_t behind_ms) {
  Server& server = servers_.at(id);
  if (server.host) return;
  server.host = std::make_unique<ReplicaHost>(server.disk, settings_of(id), WallTime{1'700'000'000'000 + now_ms_ - behind_ms});
  server.stepped = server.host->now().monotonic;
}

void Cluster::start_all() {
  for (auto& [id, server] : servers_) start(id);
}

void Cluster::crash(std::int64_t id) {
  servers_.at(id).host.reset();
  std::vector<LinkId> ended;
  for (const auto& [link, ends] : links_) {
    if (ends.dialler == id || ends.acceptor == id) ended.push_back(link);
  }
  for (const LinkId link : ended) break_link(link, id);
}

void Cluster::cut_off(std::int64_t id) {
  cut_off_.insert(id);
  std::vector<LinkId> ended;
  for (const auto& [link, ends] : links_) {
    if (ends.dialler == id || ends.acceptor == id) ended.push_back(link);
  }
  for (const LinkId link : ended) break_link(link);
}

void Cluster::reconnect(std::int64_t id) { cut_off_.erase(id); }

void Cluster::break_link(LinkId link, std::int64_t told_not) {
  const auto found = links_.find(link);
  if (found == links_.end()) return;
  const Link ends = found->second;
  links_.erase(found);
  for (const std::int64_t id : {ends.dialler, ends.acceptor}) {
    if (id != told_not && is_up(id)) host(id).tell(PeerClosed{link});
  }
}

// ---- time ----

void Cluster::run(std::int64_t ms) {
  for (; ms > 0; --ms) {
    ++now_ms_;
    for (auto& [id, server] : servers_) {
      if (server.host) server.host->advance(1);
    }
    for (auto& [id, server] : servers_) {
      if (server.host) step(id);
    }
  }
}

void Cluster::step(std::int64_t id) {
  Server& server = servers_.at(id);
  const bool is_due = server.host->now().monotonic - server.stepped >= common_.tick_ms / 2;
  if (!is_due && !server.host->has_something_to_do()) return carry_out_links(id);
  server.stepped = server.host->now().monotonic;
  disks_held_ || held_.contains(id) ? server.host->step() : server.host->step_with_disk();
  carry_out_dials(id);
  carry_out_links(id);
}

bool Cluster::run_until(const std::function<bool()>& is_so, std::int64_t ms_max) {
  for (; ms_max > 0; --ms_max) {
    if (is_so()) return true;
    run(1);
  }
  return is_so();
}

bool Cluster::settle() {
  return run_until([this] {
    std::optional<Zxid> applied;
    for (auto& [id, server] : servers_) {
      if (!server.host) continue;
      const Status status = server.host->replica().status();
      if (status.mode == Mode::not_serving || status.mode == Mode::read_only) return false;
      if (applied && *applied != status.last_applied) return false;
      applied = status.last_applied;
    }
    return leader() != 0;
  });
}

std::int64_t Cluster::leader() {
  std::int64_t leader = 0;
  for (auto& [id, server] : servers_) {
    if (!server.host || mode(id) != Mode::leader) continue;
    if (leader != 0) return 0;
    leader = id;
  }
  return leader;
}

std::int64_t Cluster::follower() {
  for (auto& [id, server] : servers_) {
    if (server.host && mode(id) == Mode::follower) return id;
  }
  return 0;
}

// ---- the network ----

void Cluster::carry_out_dials(std::int64_t id) {
  for (const Dial& dial : host(id).take_dials()) {
    const std::int64_t to = std::stoll(dial.addresses.at(0).host);
    if (!is_up(to) || !are_connected(id, to)) {
      host(id).tell(DialFailed{dial.port, dial.to, "refused"});
      continue;
    }
    const LinkId link{++last_link_};
    links_[link] = {id, to};
    host(id).tell(PeerOpened{link, dial.port, dial.to, "server"});
    host(to).tell(PeerOpened{link, dial.port, std::nullopt, "server"});
  }
}

void Cluster::carry_out_links(std::int64_t id) {
  std::vector<LinkId> ended;
  for (auto& [link, effects] : host(id).peer_links) {
    const auto ends = links_.find(link);
    if (ends == links_.end()) {
      ended.push_back(link);
      continue;
    }
    const std::int64_t other = ends->second.other(id);
    const auto reader = host(other).peer_links.find(link);
    const bool reads = reader == host(other).peer_links.end() || reader->second.reading;
    if (!effects.output.empty() && reads && !deaf_.contains(other)) {
      std::string rest = effects.output.size() > piece_max_ ? effects.output.substr(piece_max_) : std::string();
      effects.output.resize(effects.output.size() - rest.size());
      host(other).peer_chunk(link, std::exchange(effects.output, std::move(rest)));
      if (effects.output.empty()) host(id).tell(PeerDrained{link});
    }
    if (effects.closed && effects.output.empty()) ended.push_back(link);
  }
  for (const LinkId link : ended) {
    host(id).peer_links.erase(link);
    break_link(link, id);
  }
}

}  // namespace zabra::replica::test
