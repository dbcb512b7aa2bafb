#include "tests/sim/clients.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace zabra::sim {

Client::Client(World world, std::uint64_t seed, const Setting& setting)
    : world_(std::move(world)), random_(seed), setting_(setting) {}

void Client::start() {
  world_.network.up(node());
  act();
}

// ---- life -----------------------------------------------------------------------------------------------------------

void Client::act() {
  if (is_over_) return;
  if (is_connected_) act_connected();
  else if (!link_ && !is_dialling_) dial();
  else if (world_.schedule.now() - dialled_ > 3 * second) leave(true);
  world_.schedule.after(random_.between(ms, setting_.think_max), [this] { act(); });
}

void Client::end() {
  is_over_ = true;
  leave(false);
}

void Client::check_end(const SeenTree& tree) {
  if (!is_connected_) return;
  for (const auto& [path, mzxid] : watches_) {
    const auto node = tree.find(path);
    const std::int64_t last = node == tree.end() ? 0 : node->second.stat.mzxid;
    if (last != mzxid) violation(text("was not told that ", path, " has changed from ", to_hex(mzxid), " to ", to_hex(last)));
  }
}

void Client::dial() {
  is_dialling_ = true;
  dialled_ = world_.schedule.now();
  server_ = 1 + static_cast<Node>(random_.pick(static_cast<std::size_t>(setting_.servers)));
  world_.network.dial(node(), server_, Port::client);
}

void Client::act_connected() {
  const Micros now = world_.schedule.now();
  if (now - heard_ > setting_.timeout_ms * ms * 2 / 3) return leave(true);
  if (now - sent_ > setting_.timeout_ms * ms / 3) ping();
  if (is_calm_ || is_closing_) return;
  if (random_.one_in(150)) {
    ++world_.counts.moved;
    return leave(true);
  }
  if (random_.one_in(600)) return leave(false);
  if (random_.one_in(600)) return close_session();
  if (!is_set_up_) return set_up();
  if (outstanding_.size() < setting_.depth) invoke_something();
}

// Without a word. What was under way has no answer.
void Client::leave(bool keep_session) {
  if (link_) world_.network.close(*link_, node(), true);
  link_.reset();
  is_connected_ = is_dialling_ = is_closing_ = false;
  bytes_.clear();
  outstanding_.clear();
  watches_.clear();
  if (!keep_session) forget_session();
}

void Client::forget_session() {
  has_asked_to_close_ = false;
  session_ = 0;
  password_.assign(16, '\0');
  ephemerals_.clear();
}

void Client::on_opened(LinkId link) {
  if (!is_dialling_) return world_.network.close(link, node(), true);
  is_dialling_ = false;
  link_ = link;
  Out hello;
  hello.i32(0).i64(last_zxid_).i32(setting_.timeout_ms).i64(session_).text(password_).flag(false);
  world_.network.send(link, node(), hello.framed());
}

void Client::on_dial_failed() { is_dialling_ = false; }

void Client::on_closed(LinkId link) {
  if (link_ != link) return;
  if (!is_connected_) ++world_.counts.refused_links;
  link_.reset();
  leave(true);
}

void Client::on_bytes(LinkId link, std::string_view bytes) {
  if (link_ != link) return;
  bytes_ += bytes;
  while (link_ == link) {
    const std::optional<std::string> frame = take_frame(bytes_);
    if (!frame) return;
    heard_ = world_.schedule.now();
    if (is_connected_) take(*frame);
    else take_connected(*frame);
  }
}

void Client::take_connected(const std::string& frame) {
  In in(frame);
  in.i32();
  const std::int32_t timeout_ms = in.i32();
  if (timeout_ms == 0) {
    world_.says(setting_.number, text("session ", to_hex(session_), " is expired"));
    ++world_.counts.expired;
    check_expiry();
    world_.checkers.session_ended(session_);
    return leave(false);
  }
  const std::int64_t session = in.i64();
  if (session_ != 0 && session != session_) violation("another session than was asked for");
  if (session_ == 0) ++world_.counts.sessions;
  else if (session_at_ != server_) ++world_.counts.sessions_moved;
  session_at_ = server_;
  session_ = session;
  password_ = in.text();
  is_connected_ = true;
  alive_ = dialled_;
  if (setting_.number % 2 == 1) last_xid_ = 0;
  sent_ = world_.schedule.now();
  world_.says(setting_.number, "session " + to_hex(session_) + " is connected");
}

// ---- requests -------------------------------------------------------------------------------------------------------

void Client::invoke(Operation operation, const std::string& body) {
  operation.client = setting_.number;
  operation.session = session_;
  operation.invoked = sent_ = world_.schedule.now();
  if (operation.is_write() || operation.op == Op::sync) operation.floor = world_.checkers.acknowledged();
  ++world_.counts.invoked;
  outstanding_.push_back({++last_xid_, world_.history.size()});
  Out request;
  request.i32(last_xid_).i32(static_cast<std::int32_t>(operation.op)).raw(body);
  world_.history.push_back(std::move(operation));
  world_.network.send(*link_, node(), request.framed());
}

void Client::ping() {
  sent_ = world_.schedule.now();
  world_.network.send(*link_, node(), Out().i32(-2).i32(static_cast<std::int32_t>(Op::ping)).framed());
}

void Client::set_up() {
  is_set_up_ = true;
  for (const char* path : {"/r0", "/r1", "/r2", "/r3", "/q", "/e", "/c"}) {
    invoke({.op = Op::create, .path = path}, create_body(path, "", 0));
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
  invoke({.op = Op::sync, .path = "/"}, Out().text("/").bytes());
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
  const std::string body = set_data_body(operation.path, operation.data, operation.expected_version);
  invoke(std::move(operation), body);
}

void Client::read_register(Op op) {
  Operation operation{.op = op, .path = any_register(), .watch = random_.one_in(3)};
  const std::string body = path_body(operation.path, operation.watch);
  invoke(std::move(operation), body);
}

void Client::create_something() {
  const std::string own = text(setting_.number, "-", ++made_);
  Operation operation{.op = Op::create, .data = "x", .sequential = random_.one_in(2), .ephemeral = random_.one_in(2)};
  operation.path = operation.ephemeral ? "/e/" + own : operation.sequential ? std::string("/q/s-") : "/c/" + own;
  const std::string body =
      create_body(operation.path, operation.data, (operation.ephemeral ? 1 : 0) + (operation.sequential ? 2 : 0));
  invoke(std::move(operation), body);
}

void Client::look_at_ephemeral() {
  if (ephemerals_.empty()) return;
  const std::string path = ephemerals_[random_.pick(ephemerals_.size())];
  invoke({.op = Op::exists, .path = path}, path_body(path, false));
}

void Client::remove_own() {
  std::vector<std::string>& paths = random_.one_in(2) ? ephemerals_ : persistent_;
  if (paths.empty()) return;
  const std::size_t which = random_.pick(paths.size());
  const std::string path = std::exchange(paths[which], paths.back());
  paths.pop_back();
  invoke({.op = Op::remove, .path = path}, remove_body(path));
}

// Two registers at once, sometimes on condition of a third.
void Client::multi() {
  Operation operation{.op = Op::multi, .path = "-"};
  Out body;
  if (!versions_.empty() && random_.one_in(2)) {
    const auto& [path, version] = *versions_.begin();
    body.i32(static_cast<std::int32_t>(Op::check)).flag(false).i32(-1).text(path).i32(version);
  }
  const std::size_t first = random_.pick(4);
  for (const std::size_t which : {first, (first + 1) % 4}) {
    operation.writes.push_back({"/r" + std::to_string(which), fresh_data()});
    body.i32(static_cast<std::int32_t>(Op::set_data)).flag(false).i32(-1);
    body.raw(set_data_body(operation.writes.back().path, operation.writes.back().data, -1));
  }
  body.i32(-1).flag(true).i32(-1);
  invoke(std::move(operation), body.bytes());
}

void Client::close_session() {
  is_closing_ = has_asked_to_close_ = true;
  invoke({.op = Op::close, .path = "-"}, "");
}

// ---- answers --------------------------------------------------------------------------------------------------------

void Client::take(const std::string& frame) {
  In in(frame);
  const std::int32_t xid = in.i32();
  const std::int64_t zxid = in.i64();
  const std::int32_t error = in.i32();
  if (xid == -1) return take_event(in);
  if (xid == -2) return check_zxid(zxid, {.op = Op::ping});
  if (outstanding_.empty() || outstanding_.front().xid != xid) return violation(text("an answer out of order: ", xid));
  Operation& operation = world_.history[outstanding_.front().index];
  outstanding_.pop_front();
  operation.answered = world_.schedule.now();
  alive_ = operation.invoked;
  operation.zxid = zxid;
  operation.error = error;
  ++world_.counts.answered;
  try {
    if (error == 0) take_answer(operation, in);
  } catch (const std::exception& fault) {
    std::string bytes;
    for (const char byte : frame) bytes += text(static_cast<int>(static_cast<unsigned char>(byte)), " ");
    violation(text(fault.what(), ": ", bytes, "for ", to_string(operation)));
  }
  if (!operation.is_write() && operation.op != Op::sync) operation.floor = std::max(last_zxid_, synced_);
  check_zxid(zxid, operation);
  if (world_.is_traced) world_.says(setting_.number, to_string(operation));
  world_.checkers.answered(operation);
  check_watches(operation);
  learn(operation);
}

// Until a server gives up its leader, or stands still so long that it must, it may hear what the leader does not.
void Client::check_expiry() {
  const Micros silence = world_.schedule.now() - alive_;
  if (has_asked_to_close_ || silence + setting_.unreported_max >= setting_.timeout_ms * ms) return;
  violation(text("session ", to_hex(session_), " with a timeout of ", setting_.timeout_ms, " ms is over after ", silence / ms,
                 " ms of silence"));
}

void Client::check_zxid(std::int64_t zxid, const Operation& operation) {
  if (zxid <= 0) return;
  if (zxid < last_zxid_) violation(text("taken back from ", to_hex(last_zxid_), " by ", to_string(operation)));
  last_zxid_ = std::max(last_zxid_, zxid);
}

void Client::take_answer(Operation& operation, In& in) {
  switch (operation.op) {
    case Op::create: operation.result = in.text(); break;
    case Op::get_data:
      operation.result = in.text();
      operation.stat = NodeStat::read(in);
      break;
    case Op::exists: operation.stat = NodeStat::read(in); break;
    case Op::set_data:
      operation.stat = NodeStat::read(in);
      operation.writes.front().version = operation.stat.version;
      operation.writes.front().mzxid = operation.stat.mzxid;
      break;
    case Op::multi: take_multi(operation, in); break;
    default: break;
  }
}

void Client::take_multi(Operation& operation, In& in) {
  std::size_t write = 0;
  for (;;) {
    const std::int32_t type = in.i32();
    const bool is_end = in.flag();
    in.i32();
    if (is_end) return;
    if (type == -1) {
      const std::int32_t error = in.i32();
      if (error != 0 && operation.error == 0) operation.error = error;
    } else if (type == static_cast<std::int32_t>(Op::set_data)) {
      const NodeStat stat = NodeStat::read(in);
      operation.writes.at(write).version = stat.version;
      operation.writes.at(write++).mzxid = stat.mzxid;
    }
  }
}

void Client::take_event(In& in) {
  in.i32();  // which
  in.i32();  // the state
  const std::string path = in.text();
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
  if (operation.op == Op::sync) synced_ = std::max(synced_, operation.floor);
  if (operation.op == Op::get_data || operation.op == Op::exists || operation.op == Op::set_data) {
    if (operation.path.starts_with("/r")) versions_[operation.path] = operation.stat.version;
  }
  if (operation.op != Op::create) return;
  if (operation.ephemeral) ephemerals_.push_back(operation.result);
  else if (operation.path.starts_with("/c/") || operation.path.starts_with("/q/")) persistent_.push_back(operation.result);
}

}  // namespace zabra::sim
