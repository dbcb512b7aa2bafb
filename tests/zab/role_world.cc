#include "tests/zab/role_world.h"

#include <utility>

namespace zabra::test {

// ---- the world ----

World::World(WorldSettings given, std::uint64_t seed) : settings(given), random(seed) {
  for (std::size_t i = 1; i <= settings.voters + settings.observers; ++i) {
    servers_.push_back(
        std::make_unique<RoleServer>(*this, ServerId{static_cast<std::int64_t>(i)}, i > settings.voters));
    servers_.back()->start();
  }
}

zab::Quorums World::quorums() const {
  zab::Members members;
  for (const auto& server : servers_) (server->observes ? members.observers : members.voters).push_back(server->id);
  return zab::Ensemble(std::move(members), zxid_zero);
}

void World::dial(RoleServer& from, ServerId to) {
  RoleServer& other = server(to);
  if (!other.leader || one_in(10)) return from.learner->dial_failed();
  const LinkId link{++last_link_};
  links_[link] = {&from, &other, {}, {}};
  other.link_opened(link);
  from.link_opened(link);
  from.learner->connected(link);
}

void World::send(LinkId link, const RoleServer& from, std::string bytes) {
  const auto found = links_.find(link);
  if (found == links_.end()) return;
  (found->second.dialler == &from ? found->second.to_acceptor : found->second.to_dialler) += bytes;
}

void World::close(LinkId link) {
  const auto found = links_.find(link);
  if (found != links_.end()) found->second.broken = true;
}

void World::step(bool faults) {
  switch (random() % 12) {
    case 0:
      now = now + static_cast<std::int64_t>(random() % (faults && one_in(20) ? 800 : 30));
      for (const auto& server : servers_) server->pass_time();
      break;
    case 1:
      elect(faults);
      break;
    case 2:
      propose();
      break;
    case 3:
      if (faults && one_in(10)) disturb();
      break;
    case 4:
    case 5:
    case 6: {
      RoleServer& server = any_server();
      if (server.has_disk_work()) server.finish_disk_work();
      break;
    }
    default:
      deliver();
  }
  for (const auto& server : servers_) {
    server->drop_ended_roles();
    if (server->is_up()) server->trim();
  }
  look();
}

// A leader that is there is joined; else the best of those that look, if they can be a quorum with whoever follows,
// wins.
void World::elect(bool faults) {
  RoleServer& chosen = any_server();
  if (!chosen.is_looking()) return;
  for (const auto& other : servers_) {
    if (other->leader && !(faults && one_in(10))) return chosen.follow(other->id);
  }
  if (chosen.observes) return;
  std::vector<RoleServer*> looking;
  for (const auto& server : servers_) {
    if (server->is_looking() && !server->observes) looking.push_back(server.get());
  }
  if (looking.size() <= settings.voters / 2) return;
  const auto standing = [](const RoleServer* server) {
    return std::tuple(server->disk.epochs.current, server->history->last(), server->id);
  };
  RoleServer* best =
      *std::max_element(looking.begin(), looking.end(), [&](auto* a, auto* b) { return standing(a) < standing(b); });
  if (faults && one_in(5)) best = looking[random() % looking.size()];
  best->lead();
}

void World::deliver() {
  if (links_.empty()) return;
  auto at = std::next(links_.begin(), static_cast<std::ptrdiff_t>(random() % links_.size()));
  const LinkId id = at->first;
  Link& link = at->second;
  if (link.broken && one_in(3)) {
    const Link gone = link;
    links_.erase(at);
    gone.dialler->link_closed(id);
    gone.acceptor->link_closed(id);
    return;
  }
  const bool to_dialler = one_in(2);
  std::string& queue = to_dialler ? link.to_dialler : link.to_acceptor;
  const std::size_t size = one_in(4) ? std::min<std::size_t>(queue.size(), 1 + random() % 30) : queue.size();
  const std::string bytes = queue.substr(0, size);
  queue.erase(0, size);
  (to_dialler ? link.dialler : link.acceptor)->receive(id, bytes);
}

void World::disturb() {
  if (one_in(3)) return any_server().purge();
  if (one_in(2) && !links_.empty()) {
    std::next(links_.begin(), static_cast<std::ptrdiff_t>(random() % links_.size()))->second.broken = true;
    return reach("link cut");
  }
  RoleServer& victim = any_server();
  if (!victim.is_up()) return victim.start();
  for (auto& [id, link] : links_) link.broken |= link.dialler == &victim || link.acceptor == &victim;
  if (victim.leader) reach("leader crashed in " + std::string(to_string(victim.leader->phase())));
  if (victim.learner) reach("learner crashed in " + std::string(to_string(victim.learner->phase())));
  victim.crash();
}

void World::propose() {
  for (const auto& server : servers_) {
    if (!server->leader || !server->leader->leads() || !server->leader->next_zxid() || !one_in(2)) continue;
    const std::uint32_t epoch = server->leader->next_zxid()->epoch;
    server->leader->begin_step(now);
    server->leader->propose("entry " + std::to_string(++last_entry_) + " of epoch " + std::to_string(epoch));
    const auto [other, is_first] = leaders_.emplace(epoch, server->id);
    ASSERT_TRUE(is_first || other->second == server->id) << "two servers have led epoch " << epoch;
  }
}

// ---- what must always hold ----

void World::look() {
  for (const auto& server : servers_) {
    const zab::Epochs is = server->disk.epochs, was = epochs_[server->id];
    ASSERT_LE(was.accepted, is.accepted);
    ASSERT_LE(was.current, is.current);
    ASSERT_LE(is.current, is.accepted);
    epochs_[server->id] = is;
    if (server->is_up() && server->serves()) compare_if_changed(*server);
  }
}

void World::compare_if_changed(RoleServer& server) {
  const std::pair now_is(server.committed(), server.log.empty() ? zxid_zero : server.log.back().zxid);
  if (std::exchange(compared_[server.id], now_is) != now_is) compare_with_committed(server);
}

// What a server calls committed is what everybody ever called so, up to there, and nothing is missing between.
void World::compare_with_committed(RoleServer& server) {
  const Zxid until = server.committed();
  auto ours = committed_.begin();
  for (const zab::Proposal& proposal : server.log) {
    if (proposal.zxid > until) break;
    if (ours == committed_.end()) {
      const auto has_it = [&](const auto& other) { return !other->observes && other->disk.has(proposal); };
      ASSERT_GT(static_cast<std::size_t>(std::count_if(servers_.begin(), servers_.end(), has_it)), settings.voters / 2)
          << to_string(proposal.zxid) << " is called committed by server " << server.id.value << " without a quorum";
      committed_.push_back(proposal);
      ours = committed_.end();
      continue;
    }
    ASSERT_EQ(to_string(ours->zxid), to_string(proposal.zxid))
        << "server " << server.id.value << " has another history";
    ASSERT_EQ(ours->entry, proposal.entry);
    ++ours;
  }
  ASSERT_TRUE(ours == committed_.end() || ours->zxid > until)
      << "server " << server.id.value << " lacks what was committed";
}

bool World::settles() {
  for (const auto& server : servers_) {
    if (!server->is_up()) server->start();
  }
  for (std::size_t i = 0; i < 200'000; ++i) {
    step(false);
    if (testing::Test::HasFatalFailure()) return false;
    const auto& first = *servers_.front();
    const bool equal = std::all_of(servers_.begin(), servers_.end(), [&](const auto& server) {
      return server->is_up() && server->serves() && first.is_up() && first.serves() &&
             server->committed() == first.committed();
    });
    if (equal && i > 2000) return true;
  }
  return false;
}

}  // namespace zabra::test
