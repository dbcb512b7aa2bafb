// The end of a run: everything works again within a bound, and is found as it was promised. In some runs then a majority of
// disks is brought back from old copies: what was promised is lost, but the servers must become one again.
#include <algorithm>

#include "base/log.h"
#include "storage/log_files.h"
#include "storage/log_reader.h"
#include "tests/sim/world.h"

namespace zabra::sim {

void World::make_peace() {
  is_peace_ = true;
  trace("fault", "no more");
  network_.heal();
  network_.set_slow(5 * ms);
  lose_leader_in_.reset();
  lose_learner_in_snapshot_ = false;
  run_until([this] {
    return std::none_of(facts_.begin(), facts_.end(), [](const auto& each) { return each.second.must_not_start; });
  }, 5 * second);
  for (auto& [id, server] : servers_) {
    make_room(*server);
    server->end_disk_faults();
    server->set_slow_disk(3 * ms);
    server->start();
    auditors_[id] = std::make_unique<Auditor>(network_, id);
  }
}

// Their sessions live on that.
void World::urge_auditors() {
  if (schedule_.now() % (100 * ms) != 0) return;
  for (auto& [id, each] : auditors_) each->urge();
}

bool World::all_auditors(const std::function<bool(const Auditor&)>& is_so) const {
  return std::all_of(auditors_.begin(), auditors_.end(),
                     [&](const auto& each) { return leaves_clients(each.first) || is_so(*each.second); });
}

void World::await_service() {
  const Micros bound = (60 * tick_ms_ + 10'000) * ms;
  const auto serves = [](const Auditor& each) { return each.has_written(); };
  if (run_until([&] { return urge_auditors(), all_auditors(serves); }, bound)) return;
  for (auto& [id, each] : auditors_) {
    if (!leaves_clients(id) && !each->has_written()) checkers_.violation(text("server ", id, " does not serve though the faults have ended"));
  }
}

// Nobody waits, whatever the servers have been through.
void World::await_answers() {
  for (auto& its : clients_) its->expect_service();
  run_until([this] { return urge_auditors(), false; }, 4 * second);
}

bool World::is_same_everywhere() {
  std::set<std::int64_t> applied;
  for (auto& [id, server] : servers_) {
    applied.insert(server->is_up() ? server->replica().status().last_applied.to_wire() : -id);
  }
  return applied.size() == 1;
}

void World::await_end_of_sessions() {
  network_.set_loss(0, 0);  // no session is to end while its ephemerals are read
  for (auto& its : clients_) its->calm_down();
  run_until([this] { return urge_auditors(), false; }, (40 * tick_ms_ + 5000) * ms);
  const bool at_rest = run_until([this] {
    urge_auditors();
    return std::all_of(clients_.begin(), clients_.end(), [](const auto& its) { return its->is_at_rest(); });
  }, 20 * second);
  if (!at_rest) checkers_.violation("a client does not come back though the faults have ended");
  if (!run_until([this] { return urge_auditors(), is_same_everywhere(); }, 10 * second)) {
    checkers_.violation("the servers do not come to the same zxid");
  }
  for (auto& [id, each] : auditors_) each->read_tree();
  const auto has_tree = [](const Auditor& each) { return each.has_tree(); };
  if (!run_until([&] { return urge_auditors(), all_auditors(has_tree); }, 60 * second)) {
    checkers_.violation("a tree can't be read");
  }
}

void World::judge() {
  std::map<std::int64_t, SeenTree> trees;
  std::map<std::int64_t, std::set<std::int64_t>> logs;
  std::set<std::int64_t> living;
  for (const auto& its : clients_) living.insert(its->session());
  for (const auto& [id, each] : auditors_) {
    living.insert(each->session());
    for (const std::int64_t session : each->sessions()) checkers_.session_begun(session);
    if (each->has_tree()) trees[id] = each->tree();
    logs[id] = log_of(*servers_.at(id));
  }
  checkers_.check_end(history_, trees, logs, living);
  check_local_sessions();
  for (const auto& its : clients_) its->check_end(trees.begin()->second);
}

// All that were left have come to their end by now, without a word.
void World::check_local_sessions() {
  for (auto& [id, server] : servers_) {
    const auto clients = static_cast<std::uint64_t>(std::ranges::count_if(
        clients_, [id = id](const auto& its) { return its->may_be_local_at(id); }));
    const std::uint64_t local = server->replica().status().local_sessions;
    if (local > clients + auditors_.count(id)) {
      checkers_.violation(text("server ", id, " still has ", local, " local sessions, for ", clients, " clients"));
    }
  }
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

// ---- old copies -----------------------------------------------------------------------------------------------------

// All but one server go back to what they had some writes ago, while that one is away: it has more than they, of the
// same epoch, and has delivered it. It must not be cut below that, and must come to their history all the same.
void World::bring_back_old_copies() {
  if (voters_ != 3 || observers_ > 0 || !random_.one_in(6)) return;
  zab_.retire();
  are_copies_old_ = true;
  for (auto& its : clients_) its->end();
  const std::int64_t ahead = any_server().id();
  std::map<std::int64_t, std::unique_ptr<test::SimFiles>> copies;
  for (auto& [id, server] : servers_) {
    if (id != ahead) copies[id] = server->copy_disk();
  }
  const auto may_write = [this](int times) {
    for (; times > 0; --times) {
      for (auto& [id, each] : auditors_) each->write_again();
      const auto has_written = [](const Auditor& each) { return each.has_written(); };
      if (!run_until([&] { return urge_auditors(), all_auditors(has_written); }, 30 * second)) return false;
    }
    return true;
  };
  if (!may_write(3)) return checkers_.violation("a server does not serve in peace");
  fault("old copies of all disks but one", ahead);
  isolate(ahead, false, false);
  for (auto& [id, copy] : copies) {
    servers_.at(id)->crash(true);
    servers_.at(id)->replace_disk(std::move(copy));
    servers_.at(id)->start();
  }
  const bool lead = run_until([this, ahead] {
    urge_auditors();
    return std::any_of(facts_.begin(), facts_.end(), [ahead](const auto& each) {
      return each.first != ahead && each.second.leading == Leading::broadcast;
    });
  }, (60 * tick_ms_ + 10'000) * ms);
  if (!lead) return checkers_.violation("servers with old copies of their disks do not serve");
  network_.heal();
  if (!may_write(2) || !run_until([this] { return urge_auditors(), is_same_everywhere(); }, 30 * second)) {
    checkers_.violation("servers with old copies of their disks do not become one with the last");
  }
}

}  // namespace zabra::sim
