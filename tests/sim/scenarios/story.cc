#include "tests/sim/scenarios/story.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/log.h"
#include "storage/log_files.h"
#include "storage/log_reader.h"
#include "tests/sim/scenarios/caller.h"

namespace zabra::sim {
namespace {
constexpr std::uint64_t steps_max = 3000;
bool is_client(Node node) { return node >= 100; }
}  // namespace

void at_every_step(const std::function<bool(std::uint64_t step)>& tell) {
  for (std::uint64_t step = 1; step < steps_max; ++step) {
    SCOPED_TRACE(text("step ", step));
    if (!tell(step)) {
      EXPECT_GT(step, 1U) << "nothing ever happens";
      return;
    }
    if (testing::Test::HasFailure()) return;
  }
  ADD_FAILURE() << "it has no end";
}

Story::Story(const StorySetting& setting)
    : random_(setting.seed),
      network_(schedule_, setting.seed, *this),
      checkers_([](const std::string& what) { ADD_FAILURE() << what; }) {
  for (Node id = 1; id <= setting.voters + setting.observers; ++id) make_server(setting, id);
}

// What a server that ended has left is taken away while the server is still there.
Story::~Story() {
  rule_ = nullptr;
  while (schedule_.run_next(schedule_.now())) {}
  for (const auto& [id, why] : ends_) ADD_FAILURE() << "server " << id << " has ended: " << why;
}

void Story::make_server(const StorySetting& setting, Node id) {
  Server::Watcher watcher{
      .stepped = [this](Server& its) { on_stepped(its); },
      .appends = [this](std::int64_t its, const replica::Append& append) { checkers_.appends(its, append.records); },
      .ended = [this](std::int64_t its, const std::string& why) { on_ended(its, why); },
      .spins = [](std::int64_t its) { ADD_FAILURE() << "server " << its << " is due without rest"; },
      .says = [](std::int64_t, std::string_view) {}};
  const DiskSetting disk{.server = ServerId{id}, .purge = {.retain_count = 0, .entries_retained_min = 5}};
  servers_[id] = std::make_unique<Server>(schedule_, random_, network_, counts_, settings_of(setting, id), disk,
                                          std::move(watcher));
}

replica::Settings Story::settings_of(const StorySetting& setting, Node id) const {
  replica::Settings settings;
  settings.server = ServerId{id};
  settings.tick_ms = tick_ms;
  settings.session_timeout_min_ms = 2 * tick_ms;
  settings.session_timeout_max_ms = 20 * tick_ms;
  settings.state.txn_bytes_max = entry_bytes_max;
  settings.state.hash_seed = setting.seed;
  replica::EnsembleSettings& ensemble = settings.ensemble.emplace();
  ensemble.init_limit_ms = 10 * tick_ms;
  ensemble.sync_limit_ms = 5 * tick_ms;
  ensemble.counter_max = setting.counter_max;
  ensemble.local_sessions = setting.services.local_sessions;
  ensemble.local_sessions_upgrading = setting.services.upgrading;
  ensemble.read_only_mode = setting.services.read_only_mode;
  ensemble.leader_serves = setting.services.leader_serves;
  for (Node other = 1; other <= setting.voters + setting.observers; ++other) {
    (other <= setting.voters ? ensemble.members.voters : ensemble.members.observers).push_back(ServerId{other});
    ensemble.addresses[ServerId{other}] = {{{std::to_string(other), 2888}}, {{std::to_string(other), 3888}}};
  }
  return settings;
}

void Story::on_stepped(Server& its) {
  const replica::Status status = its.replica().status();
  if (status.mode == replica::Mode::leader) checkers_.leads(its.id(), status.epoch);
  if (status.digest_mismatches > 0) ADD_FAILURE() << "server " << its.id() << " has another tree than its leader";
}

void Story::on_ended(Node id, const std::string& why) {
  cut_.erase(id);
  if (why.starts_with("power: ")) cut_.insert(id);
  else if (why != "stopped") ends_[id] = why;
}

// ---- servers --------------------------------------------------------------------------------------------------------

bool Story::serves(Node id) {
  if (!is_up(id)) return false;
  const replica::Mode mode = server(id).replica().status().mode;
  return mode != replica::Mode::not_serving && mode != replica::Mode::read_only;
}

bool Story::leads(Node id) { return is_up(id) && server(id).replica().status().mode == replica::Mode::leader; }

Node Story::leader() {
  Node found = 0;
  for (const auto& [id, its] : servers_) {
    if (!leads(id)) continue;
    if (found != 0) return 0;
    found = id;
  }
  return found;
}

void Story::start(std::initializer_list<Node> ids) {
  for (const Node id : ids) server(id).start();
}

void Story::start_all() {
  for (const auto& [id, its] : servers_) its->start();
  await_service();
}

void Story::lose_power_everywhere() {
  for (const auto& [id, its] : servers_) its->crash(true);
}

void Story::stop(Node id) {
  server(id).stop();
  EXPECT_TRUE(await([&] { return !is_up(id); })) << "server " << id << " does not stop";
}

void Story::stop_all() {
  for (const auto& [id, its] : servers_) its->stop();
  EXPECT_TRUE(await([this] {
    return std::none_of(servers_.begin(), servers_.end(), [](const auto& its) { return its.second->is_up(); });
  })) << "a server does not stop";
}

std::optional<std::string> Story::take_end(Node id) {
  const auto found = ends_.find(id);
  if (found == ends_.end()) return std::nullopt;
  std::string why = std::move(found->second);
  ends_.erase(found);
  return why;
}

// ---- time -----------------------------------------------------------------------------------------------------------

void Story::run(Micros longest) {
  for (const Micros end = schedule_.now() + longest; schedule_.run_next(end);) {}
}

bool Story::await(const std::function<bool()>& is_so, Micros longest) {
  for (const Micros end = schedule_.now() + longest; !is_so();) {
    if (!schedule_.run_next(end)) return is_so();
  }
  return true;
}

void Story::await_service() {
  const bool came = await([this] {
    std::set<std::int64_t> applied;
    for (const auto& [id, its] : servers_) {
      if (!its->is_up()) continue;
      if (!serves(id)) return false;
      applied.insert(its->replica().status().last_applied.to_wire());
    }
    return leader() != 0 && applied.size() == 1;
  });
  EXPECT_TRUE(came) << "they don't come to serve the same";
}

void Story::outgrow_the_log() {
  {
    Caller caller(*this, leader());
    const std::string large(40'000, 'x');
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(caller.create("/large-" + std::to_string(i), large).is_ok());
    EXPECT_TRUE(caller.close().is_ok());
  }
  await_service();
  std::vector<Server*> restarted;
  for (const auto& [id, its] : servers_) {
    if (its->is_up()) restarted.push_back(its.get());
  }
  stop_all();
  for (Server* its : restarted) its->start();
  await_service();
}

// ---- the network ----------------------------------------------------------------------------------------------------

void Story::silence(Node id) {
  for (const auto& [other, its] : servers_) {
    if (other == id) continue;
    network_.block(id, other);
    network_.block(other, id);
  }
}

void Story::cut_off(Node id) {
  silence(id);
  std::vector<LinkId> broken;
  for (const auto& [link, its] : links_) {
    if (its.ends[0] == id || its.ends[1] == id) broken.push_back(link);
  }
  for (const LinkId link : broken) break_link(link);
}

void Story::break_link(LinkId link) {
  const auto found = links_.find(link);
  if (found == links_.end()) return;
  const Link its = found->second;
  links_.erase(found);
  for (const Node end : its.ends) {
    directions_.erase({link, end});
    network_.close(link, end, true);
    server(end).on_closed(link);
  }
}

void Story::hold_at(PacketKind kind, Node to) {
  on_packet([=](const Packet& packet) { return packet.is(kind, to) ? Fate::hold : Fate::deliver; });
}

void Story::let_go(Rule next) {
  rule_ = std::move(next);
  std::vector<std::pair<LinkId, Node>> held;
  for (const auto& [which, direction] : directions_) {
    if (direction.is_held) held.push_back(which);
  }
  for (const auto& which : held) {
    Direction direction = std::move(directions_.at(which));
    directions_[which] = Direction{};
    directions_[which].cutter = direction.cutter;
    for (const std::string& bytes : direction.held) server(which.second).on_bytes(which.first, bytes);
    if (direction.ends) on_closed(which.second, which.first);
  }
}

void Story::take_packet(LinkId link, Node to, Direction& direction, std::string bytes) {
  if (direction.is_held) return direction.held.push_back(std::move(bytes));
  const Link& its = links_.at(link);
  const PacketKind kind = direction.cutter.kind();
  Packet packet{.from = its.ends[0] == to ? its.ends[1] : its.ends[0], .to = to, .kind = kind};
  if (kind != PacketKind::snapshot_body) packet.zxid = In(std::string_view(bytes).substr(4)).i64();
  packet.bytes = std::move(bytes);
  const Fate fate = rule_ ? Rule(rule_)(packet) : Fate::deliver;
  if (fate == Fate::hold) {
    direction.is_held = true;
    return direction.held.push_back(std::move(packet.bytes));
  }
  if (fate == Fate::cut_within) packet.bytes.resize(packet.bytes.size() / 2);
  if (fate != Fate::cut_before && !packet.bytes.empty()) server(to).on_bytes(link, packet.bytes);
  if (fate != Fate::deliver) break_link(link);
}

// ---- what must be ---------------------------------------------------------------------------------------------------

SeenTree Story::tree_of(Node id) {
  SeenTree tree;
  Caller reader(*this, id);
  EXPECT_TRUE(reader.sync().is_ok());
  for (std::deque<std::string> left{"/"}; !left.empty(); left.pop_front()) {
    const std::string& path = left.front();
    const Answer answer = reader.ask(Op::get_data, path_body(path, false));
    EXPECT_TRUE(answer.is_ok()) << "server " << id << " does not show " << path;
    if (!answer.is_ok()) break;
    In in(answer.body);
    SeenNode& node = tree[path];
    node.data = in.text();
    node.stat = NodeStat::read(in);
    for (const std::string& name : reader.children(path)) left.push_back((path == "/" ? "" : path) + "/" + name);
  }
  EXPECT_TRUE(reader.close().is_ok());
  return tree;
}

std::set<std::int64_t> Story::log_of(Node id) {
  std::set<std::int64_t> zxids;
  const std::string directory = storage::DataDirectories::under("/data", "/log").log;
  const auto logs = storage::list_log_files(server(id).files(), directory);
  if (!logs) return zxids;
  for (const storage::LogFile& file : *logs) {
    auto reader = storage::LogReader::open(server(id).files(), directory + "/" + file.name, entry_bytes_max);
    while (reader) {
      const auto step = reader->next();
      const auto* record = step ? std::get_if<storage::ReadRecord>(&*step) : nullptr;
      if (record == nullptr) break;
      zxids.insert(In(record->entry.substr(12)).i64());
    }
  }
  return zxids;
}

// Within an epoch each number follows the one before, and an epoch begins with one.
void Story::expect_no_hole(Node id) {
  std::int64_t before = 0;
  for (const std::int64_t zxid : log_of(id)) {
    const bool follows = before == 0 || zxid == before + 1 || (zxid >> 32 > before >> 32 && (zxid & 0xffffffff) == 1);
    EXPECT_TRUE(follows) << "server " << id << "'s log goes from " << to_hex(before) << " to " << to_hex(zxid);
    before = zxid;
  }
}

namespace {
// The paths.
std::string differences(const SeenTree& one, const SeenTree& other) {
  std::string paths;
  for (const auto& [path, node] : one) {
    const auto there = other.find(path);
    if (there == other.end() || !(there->second == node)) paths += path + " ";
  }
  for (const auto& [path, node] : other) {
    if (!one.contains(path)) paths += path + " ";
  }
  return paths;
}
}  // namespace

void Story::expect_created(Node id, const SeenTree& tree) {
  for (const auto& [path, zxid] : created_) {
    const auto found = tree.find(path);
    EXPECT_TRUE(found != tree.end() && found->second.stat.czxid == zxid) << "server " << id << " has lost " << path;
  }
}

// From where its log begins.
void Story::expect_logged(Node id) {
  const std::set<std::int64_t> log = log_of(id);
  for (const auto& [path, zxid] : created_) {
    const bool is_purged = log.empty() || zxid < *log.begin();
    EXPECT_TRUE(is_purged || log.contains(zxid)) << "server " << id << " has no " << path << " in its log";
  }
}

SeenTree Story::expect_same_trees() {
  await_service();
  std::optional<SeenTree> first;
  for (const auto& [id, its] : servers_) {
    if (!its->is_up()) continue;
    const SeenTree tree = tree_of(id);
    if (!first) first = tree;
    EXPECT_EQ(differences(*first, tree), "") << "server " << id << " has another tree";
    expect_created(id, tree);
  }
  return first.value_or(SeenTree{});
}

SeenTree Story::expect_same_everywhere() {
  SeenTree tree = expect_same_trees();
  for (const auto& [id, its] : servers_) {
    if (!its->is_up()) continue;
    expect_logged(id);
    expect_no_hole(id);
  }
  return tree;
}

// ---- the network's ends ---------------------------------------------------------------------------------------------

Node Story::enter(Caller& caller) {
  callers_[++last_caller_] = &caller;
  network_.up(last_caller_);
  return last_caller_;
}

void Story::on_opened(Node at, LinkId link, Node other, Port port, bool has_dialled) {
  if (is_client(at)) {
    if (const auto found = callers_.find(at); found != callers_.end()) found->second->on_opened(link);
    return;
  }
  if (port != Port::client) links_[link] = {{at, other}, port};
  server(at).on_opened(link, other, port, has_dialled);
}

void Story::on_dial_failed(Node at, Node to, Port port) {
  if (!is_client(at)) return server(at).on_dial_failed(to, port);
  if (const auto found = callers_.find(at); found != callers_.end()) found->second->on_dial_failed();
}

void Story::on_bytes(Node at, LinkId link, std::string_view bytes) {
  if (is_client(at)) {
    if (const auto found = callers_.find(at); found != callers_.end()) found->second->on_bytes(link, bytes);
    return;
  }
  const auto its = links_.find(link);
  if (its == links_.end() || its->second.port != Port::quorum) return server(at).on_bytes(link, bytes);
  directions_[{link, at}].cutter.feed(bytes);
  for (auto found = directions_.find({link, at}); found != directions_.end(); found = directions_.find({link, at})) {
    std::optional<std::string> packet = found->second.cutter.take();
    if (!packet) return;
    take_packet(link, at, found->second, std::move(*packet));
  }
}

void Story::on_drained(Node at, LinkId link) {
  if (!is_client(at)) server(at).on_drained(link);
}

void Story::on_closed(Node at, LinkId link) {
  if (is_client(at)) {
    if (const auto found = callers_.find(at); found != callers_.end()) found->second->on_closed(link);
    return;
  }
  if (const auto found = directions_.find({link, at}); found != directions_.end()) {
    if (found->second.is_held) {
      found->second.ends = true;
      return;
    }
    directions_.erase(found);
  }
  server(at).on_closed(link);
}

}  // namespace zabra::sim
