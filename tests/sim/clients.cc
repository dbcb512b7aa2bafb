#include "tests/sim/clients.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "tests/sim/core_session.h"
#include "tests/sim/raw_session.h"

namespace zabra::sim {

namespace {

// Of those that speak by hand, every other one counts its requests anew on each connection.
std::unique_ptr<ClientSession> speech_of(const Client::World& world, SessionUser& user, std::uint64_t seed,
                                         const Client::Setting& setting, Node node) {
  const SessionSetting its{.node = node, .servers = setting.servers, .timeout_ms = setting.timeout_ms,
                           .counts_anew = setting.number % 4 == 1, .can_be_read_only = setting.can_be_read_only};
  if (setting.by_core) return std::make_unique<CoreSession>(world.schedule, world.network, user, seed, its);
  return std::make_unique<RawSession>(world.schedule, world.network, user, seed, its);
}

}  // namespace

Client::Client(World world, std::uint64_t seed, const Setting& setting)
    : world_(std::move(world)),
      random_(seed),
      setting_(setting),
      kind_(setting.services, [this](const std::string& what) { violation(what); }),
      speech_(speech_of(world_, *this, random_.number(), setting, node())) {}

void Client::start() {
  world_.network.up(node());
  act();
}

// ---- life -----------------------------------------------------------------------------------------------------------

void Client::act() {
  if (is_over_) return;
  speech_->act();
  if (expects_service_since_) check_service();
  if (speech_->is_connected()) act_connected();
  // Who can do with reading rather begins anew than looks for a leader for long.
  else if (setting_.can_be_read_only && !is_calm_ && random_.one_in(50)) leave(false);
  world_.schedule.after(random_.between(ms, setting_.think_max), [this] { act(); });
}

void Client::end() {
  is_over_ = true;
  leave(false);
}

void Client::check_end(const SeenTree& tree) {
  if (!speech_->is_connected()) return;
  for (const auto& [path, mzxid] : watches_) {
    const auto node = tree.find(path);
    const std::int64_t last = node == tree.end() ? 0 : node->second.stat.mzxid;
    if (last != mzxid) violation(text("was not told that ", path, " has changed from ", to_hex(mzxid), " to ", to_hex(last)));
  }
}

// What was asked for while the network was slow may still be under way.
Micros Client::waited() const {
  if (outstanding_.empty() || world_.history[outstanding_.front()].invoked < *expects_service_since_) return 0;
  return world_.schedule.now() - world_.history[outstanding_.front()].invoked;
}

void Client::check_service() {
  if (waited() <= 2 * second) return;
  violation("has no answer although nothing fails: " + to_string(world_.history[outstanding_.front()]));
  leave(true);
}

void Client::act_connected() {
  if (is_calm_ || (expects_service_since_ && waited() > 200 * ms)) return;
  if (is_closing_) {  // who does not wait for the end of its session finds it elsewhere, alive or not; the core is done with it
    if (is_restless() && !setting_.by_core && random_.one_in(2)) leave(true);
    return;
  }
  if (random_.one_in(500)) restless_until_ = world_.schedule.now() + random_.between(500, 3000) * ms;
  if (random_.one_in(is_restless() ? 4 : 150)) {
    ++world_.counts.moved;
    return leave(true);
  }
  if (random_.one_in(600)) return leave(false);
  if (random_.one_in(is_restless() ? 30 : 600)) return close_session();
  if (!is_set_up_ && !speech_->is_read_only()) return set_up();
  if (outstanding_.size() < setting_.depth) invoke_something();
}

// Without a word.
void Client::leave(bool keep_session) {
  speech_->leave(keep_session);
  on_lost();
  if (!keep_session) forget_session();
}

void Client::forget_session() {
  world_.checkers.session_forgotten(session_, world_.schedule.now());
  has_asked_to_close_ = false;
  session_ = session_at_ = 0;
  ephemerals_.clear();
  watches_.clear();
  if (!speech_->goes_on_with_zxid()) last_zxid_ = synced_ = 0;
}

// ---- what the session says ------------------------------------------------------------------------------------------

void Client::on_opened(LinkId link, Node server) {
  roles_at_open_[server] = world_.role_of(server).number;
  speech_->on_opened(link, server);
}

void Client::on_closed(LinkId link) {
  if (!speech_->is_connected()) {
    ++world_.counts.refused_links;
    const Node server = speech_->server();
    if (!world_.refuses_all(server) && expects_service_since_) note_refusal(server);
  }
  speech_->on_closed(link);
}

// A server may be behind what its client has seen for a moment.
void Client::note_refusal(Node server) {
  const Micros now = world_.schedule.now();
  Refusals& refusals = refusals_[server];
  if (refusals.count == 0 || now - refusals.last > second) refusals = {0, now, now};
  refusals.last = now;
  if (++refusals.count < 4 || now - refusals.since < 1500 * ms) return;
  violation(text("is refused by server ", server, " time and again although nothing fails"));
  refusals_.erase(server);
}

void Client::on_connected(const Granted& granted) {
  refusals_.erase(granted.server);
  // Of a session that it only had in memory a server knows nothing after a restart, and may give its number to another.
  const bool is_given_anew = kind_.kind() == SessionKind::Kind::read_only &&
                             world_.role_of(granted.server).life_began > session_began_;
  if (session_ == granted.session && !is_given_anew) kind_.is_taken_up_again(granted);
  else begin_session(granted);
  if (session_at_ != 0 && session_at_ != granted.server) ++world_.counts.sessions_moved;
  session_at_ = granted.server;
  role_ = world_.role_of(granted.server);
  alive_ = granted.dialled;
  world_.says(setting_.number, text("session ", to_hex(session_), " is connected", granted.is_read_only ? ", read-only" : ""));
}

// The core goes on from a read-only session to one that may write by itself.
void Client::begin_session(const Granted& granted) {
  if (session_ != 0) {
    const bool may_go_on = kind_.kind() == SessionKind::Kind::read_only;
    if (!may_go_on) violation(text("session ", to_hex(session_), " has become ", to_hex(granted.session)));
    if (!granted.is_read_only) ++world_.counts.went_on_to_write;
    world_.checkers.session_forgotten(session_, world_.schedule.now());
  }
  ++world_.counts.sessions;
  if (granted.is_read_only) ++world_.counts.read_only;
  session_ = granted.session;
  session_began_ = world_.schedule.now();
  session_at_ = 0;
  has_asked_to_close_ = was_answered_ = false;
  world_.checkers.session_begun(session_);
  kind_.begins(granted, role_given_by(granted.server));
}

// 0: it has taken another one meanwhile.
std::uint64_t Client::role_given_by(Node server) const {
  const std::uint64_t role = world_.role_of(server).number;
  const auto at_open = roles_at_open_.find(server);
  return at_open != roles_at_open_.end() && at_open->second == role ? role : 0;
}

void Client::on_lost() {
  is_closing_ = false;
  outstanding_.clear();
  if (!speech_->keeps_watches()) watches_.clear();
}

void Client::on_expired(Node server) {
  world_.says(setting_.number, text("session ", to_hex(session_), " is expired"));
  ++world_.counts.expired;
  refusals_.erase(server);
  check_expiry(server);
  world_.checkers.session_ended(session_);
  on_left();
}

void Client::on_left() {
  on_lost();
  forget_session();
}

// ---- requests -------------------------------------------------------------------------------------------------------

void Client::invoke(Operation operation) {
  operation.client = setting_.number;
  operation.session = session_;
  operation.invoked = world_.schedule.now();
  operation.is_quiet = operation.op == Op::close && kind_.kind() != SessionKind::Kind::global;
  kind_.asks_for(operation);
  if (setting_.services.local_sessions && !kind_.is_of_one_server()) world_.checkers.may_be_global(session_);
  if (operation.is_write() || operation.op == Op::sync) operation.floor = world_.checkers.acknowledged();
  ++world_.counts.invoked;
  outstanding_.push_back(world_.history.size());
  world_.history.push_back(std::move(operation));
  speech_->ask(world_.history.back());
}

void Client::set_up() {
  is_set_up_ = true;
  for (const char* path : {"/r0", "/r1", "/r2", "/r3", "/q", "/e", "/c"}) {
    invoke({.op = Op::create, .path = path});
  }
}

void Client::invoke_something() {
  const std::int64_t kind = random_.between(0, 19);
  if (kind < 6) return write_register();
  if (kind < 9) return read_register(Op::get_data);
  if (kind < 11) return read_register(Op::exists);
  if (kind < 14) return create_something();
  if (kind < 15) return look_at_ephemeral();
  if (kind < 16) return remove_own();
  if (kind < 18) return multi();
  invoke({.op = Op::sync, .path = "/"});
  read_register(Op::get_data);
}

std::string Client::fresh_data() {
  std::string data = text("d", setting_.number, ".", ++made_);
  if (random_.one_in(4)) data.resize(data.size() + 1 + random_.pick(setting_.data_bytes_max), '.');
  return data;
}

void Client::write_register() {
  Operation operation{.op = Op::set_data, .path = any_register(), .data = fresh_data()};
  const auto seen = versions_.find(operation.path);
  if (seen != versions_.end() && random_.one_in(2)) operation.expected_version = seen->second;
  operation.writes.push_back({operation.path, operation.data});
  invoke(std::move(operation));
}

void Client::read_register(Op op) {
  invoke({.op = op, .path = any_register(), .watch = random_.one_in(3)});
}

void Client::create_something() {
  const std::string own = text(setting_.number, "-", ++made_);
  Operation operation{.op = Op::create, .data = "x", .sequential = random_.one_in(2), .ephemeral = random_.one_in(2)};
  operation.path = operation.ephemeral ? "/e/" + own : operation.sequential ? std::string("/q/s-") : "/c/" + own;
  invoke(std::move(operation));
}

void Client::look_at_ephemeral() {
  if (ephemerals_.empty()) return;
  const std::string path = ephemerals_[random_.pick(ephemerals_.size())];
  invoke({.op = Op::exists, .path = path});
}

void Client::remove_own() {
  std::vector<std::string>& paths = random_.one_in(2) ? ephemerals_ : persistent_;
  if (paths.empty()) return;
  const std::size_t which = random_.pick(paths.size());
  const std::string path = std::exchange(paths[which], paths.back());
  paths.pop_back();
  invoke({.op = Op::remove, .path = path});
}

// Two registers at once, sometimes on condition of a third.
void Client::multi() {
  Operation operation{.op = Op::multi, .path = "-"};
  if (!versions_.empty() && random_.one_in(2)) {
    operation.path = versions_.begin()->first;
    operation.expected_version = versions_.begin()->second;
  }
  const std::size_t first = random_.pick(4);
  for (const std::size_t which : {first, (first + 1) % 4}) {
    operation.writes.push_back({"/r" + std::to_string(which), fresh_data()});
  }
  invoke(std::move(operation));
}

void Client::close_session() {
  is_closing_ = has_asked_to_close_ = true;
  invoke({.op = Op::close, .path = "-"});
}

// ---- answers --------------------------------------------------------------------------------------------------------

void Client::on_answer(const Answer& answer) {
  Operation& operation = world_.history[outstanding_.front()];
  outstanding_.pop_front();
  operation.answered = world_.schedule.now();
  alive_ = operation.invoked;
  fill_in(operation, answer);
  ++world_.counts.answered;
  if (!operation.is_write() && operation.op != Op::sync) operation.floor = std::max(last_zxid_, synced_);
  check_zxid(answer.zxid, operation);
  check_role(operation);
  learn_kind(operation);
  if (world_.is_traced) world_.says(setting_.number, to_string(operation));
  world_.checkers.answered(operation);
  check_watches(operation);
  learn(operation);
}

void Client::check_expiry(Node server) {
  const Micros silence = world_.schedule.now() - alive_;
  const Micros timeout = setting_.timeout_ms * ms;
  if (has_asked_to_close_ || kind_.kind() == SessionKind::Kind::maybe_global) return;
  if (kind_.is_of_one_server()) {
    if (server != session_at_) ++world_.counts.refused_elsewhere;
    if (silence < timeout) kind_.is_refused_in_time(server, role_given_by(server));
    return;
  }
  // A read-only server that has not heard of it takes nobody's word for it; who has been shown anything is not taken there.
  if (setting_.can_be_read_only && !was_answered_) return;
  // Until a server gives up its leader, or stands still so long that it must, it may hear what the leader does not.
  if (silence + setting_.unreported_max >= timeout) return;
  violation(text("session ", to_hex(session_), " with a timeout of ", setting_.timeout_ms, " ms is over after ", silence / ms,
                 " ms of silence"));
}

// Whoever was served before a server took another role was sent away with it.
void Client::check_role(const Operation& operation) {
  const ServerRole now = world_.role_of(session_at_);
  if (now.number == role_.number || operation.invoked <= now.since) return;
  violation(text("server ", session_at_, " has another role, and still answers: ", to_string(operation)));
}

void Client::check_zxid(std::int64_t zxid, const Operation& operation) {
  if (zxid <= 0) return;
  if (zxid < last_zxid_) violation(text("taken back from ", to_hex(last_zxid_), " by ", to_string(operation)));
  last_zxid_ = std::max(last_zxid_, zxid);
}

void Client::fill_in(Operation& operation, const Answer& answer) {
  operation.zxid = answer.zxid;
  operation.error = answer.error;
  operation.result = answer.result;
  operation.stat = answer.stat;
  const std::vector<NodeStat> written = operation.op == Op::multi ? answer.writes : std::vector{answer.stat};
  if (operation.error != ok) return;
  for (std::size_t i = 0; i < operation.writes.size() && i < written.size(); ++i) {
    operation.writes[i].version = written[i].version;
    operation.writes[i].mzxid = written[i].mzxid;
  }
}

void Client::on_pong(std::int64_t zxid) {
  was_answered_ = true;
  check_zxid(zxid, {.op = Op::ping});
}

void Client::learn_kind(const Operation& operation) {
  const SessionKind::Kind before = kind_.kind();
  was_answered_ = true;
  kind_.is_answered(operation);
  if (kind_.kind() != before) ++world_.counts.upgraded;
  if (operation.error == ephemeral_on_local) ++world_.counts.refused_ephemerals;
  if (operation.error == not_read_only) ++world_.counts.refused_writes;
}

void Client::on_event(const std::string& path) {
  ++world_.counts.events;
  if (watches_.erase(path) == 0) violation("an event that was not asked for, or comes twice: " + path);
}

// A watch that stands was not fired: so nothing that we are shown may have changed since.
void Client::check_watches(const Operation& operation) {
  const auto must_be = [&](const std::string& path, std::int64_t mzxid) {
    const auto watch = watches_.find(path);
    if (watch == watches_.end() || watch->second == mzxid) return;
    violation(text("a change of ", path, " is seen before its event: ", to_string(operation)));
    watches_.erase(watch);
  };
  if (operation.op == Op::exists && operation.error == no_node) {
    must_be(operation.path, 0);
    if (operation.watch) watches_[operation.path] = 0;
  }
  if (operation.error != 0) return;
  for (const Written& write : operation.writes) must_be(write.path, write.mzxid);
  if (operation.op != Op::get_data && operation.op != Op::exists) return;
  must_be(operation.path, operation.stat.mzxid);
  if (operation.watch) watches_[operation.path] = operation.stat.mzxid;
}

void Client::learn(const Operation& operation) {
  if (operation.op == Op::close && operation.error == ok) {
    world_.checkers.session_ended(session_);
    return leave(false);
  }
  if (operation.op == Op::exists && operation.error == no_node && operation.path.starts_with("/e/")) {
    const bool is_ours = std::find(ephemerals_.begin(), ephemerals_.end(), operation.path) != ephemerals_.end();
    if (is_ours) violation("an ephemeral has gone before its session: " + to_string(operation));
  }
  if (operation.error != ok) return;
  if (operation.op == Op::exists && operation.path.starts_with("/e/") && operation.stat.owner != session_) {
    violation("an ephemeral is another session's: " + to_string(operation));
  }
  if (operation.op == Op::sync) synced_ = std::max(synced_, operation.floor);
  if (operation.op == Op::get_data || operation.op == Op::exists || operation.op == Op::set_data) {
    if (operation.path.starts_with("/r")) versions_[operation.path] = operation.stat.version;
  }
  if (operation.op != Op::create) return;
  if (operation.ephemeral) ephemerals_.push_back(operation.result);
  else if (operation.path.starts_with("/c/") || operation.path.starts_with("/q/")) persistent_.push_back(operation.result);
}

}  // namespace zabra::sim
