#include "tests/client/story.h"

#include <algorithm>

#include "base/log.h"

namespace zabra::client::test {
namespace {

using sim::In;

std::string name_of(std::int32_t op) {
  switch (op) {
    case 1: return "create";
    case 2: return "delete";
    case 3: return "exists";
    case 4: return "getData";
    case 5: return "setData";
    case 6: return "getACL";
    case 7: return "setACL";
    case 8: return "getChildren";
    case 9: return "sync";
    case 11: return "ping";
    case 12: return "getChildren2";
    case 14: return "multi";
    case 15: return "create2";
    case 17: return "checkWatches";
    case 18: return "removeWatches";
    case 19: return "createContainer";
    case 21: return "createTTL";
    case 22: return "multiRead";
    case 100: return "auth";
    case 101: return "setWatches";
    case 103: return "getEphemerals";
    case 105: return "setWatches2";
    case 106: return "addWatch";
    case 107: return "whoAmI";
    case -11: return "closeSession";
    default: return text("op ", op);
  }
}

std::string paths_of(In& in) {
  std::string all;
  for (std::int32_t left = in.i32(); left > 0; --left) all += in.text() + (left > 1 ? "," : "");
  return "[" + all + "]";
}

std::string request_line(const std::string& frame) {
  In in(frame);
  const std::int32_t xid = in.i32(), op = in.i32();
  if (op == 11) return text(xid == -2 ? "" : "?", "ping");
  if (op == 100) {
    in.i32();
    const std::string scheme = in.text();
    return text(xid == -4 ? "" : "?", "auth ", scheme, " ", in.text());
  }
  std::string line = text(xid, " ", name_of(op));
  if (op == 101 || op == 105) {
    line += " @" + std::to_string(in.i64());
    for (int list = 0; list < (op == 101 ? 3 : 5); ++list) line += " " + paths_of(in);
    return line;
  }
  if (op == -11 || op == 107 || op == 14 || op == 22) return line;
  line += " " + in.text();
  if ((op == 3 || op == 4 || op == 8 || op == 12) && in.flag()) line += " watch";
  if (op == 106 || op == 17 || op == 18) line += text(" ", in.i32());
  return line;
}

std::string connect_line(const std::string& frame) {
  In in(frame);
  in.i32();
  const std::int64_t zxid = in.i64();
  const std::int32_t timeout_ms = in.i32();
  const std::string session = to_hex(in.i64());
  in.text();
  return text("connect ", session, " @", zxid, " timeout ", timeout_ms, in.flag() ? " read-only" : "");
}

// ---- answers ----

std::string shown(const Stat& stat) { return text("v", stat.version); }
std::string shown(const Created& it) { return it.path + (it.stat ? " " + shown(*it.stat) : ""); }
std::string shown(const NodeData& it) { return (it.data ? "\"" + *it.data + "\" " : "null ") + shown(it.stat); }
std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ",") + name;
  return "[" + all + "]";
}
std::string shown(const Children& it) { return joined(it.names) + (it.stat ? " " + shown(*it.stat) : ""); }
std::string shown(const NodeAcl& it) {
  std::string all;
  for (const Acl& acl : it.acl) all += text(all.empty() ? "" : ",", acl.perms, ":", acl.scheme, ":", acl.id);
  return "[" + all + "] " + shown(it.stat);
}
std::string shown(const Synced& it) { return it.path; }
std::string shown(const Number& it) { return std::to_string(it.value); }
std::string shown(const Paths& it) { return joined(it.paths); }
std::string shown(const Identities& it) {
  std::vector<std::string> all;
  for (const Identity& each : it.identities) all.push_back(each.scheme + ":" + each.user);
  return joined(all);
}
std::string shown(std::monostate) { return ""; }

std::string error_name(ErrorCode error) {
  return error == connection_loss ? "ConnectionLoss" : std::string(name(error));
}

std::string shown(const MultiResults& it) {
  std::vector<std::string> all;
  for (const MultiResult& each : it.results) {
    const std::string body = std::visit([](const auto& value) { return shown(value); }, each.body);
    all.push_back(error_name(each.error) + (body.empty() ? "" : " " + body));
  }
  return joined(all);
}

const char* name_of(WatchEventType type) {
  switch (type) {
    case WatchEventType::created: return "created";
    case WatchEventType::deleted: return "deleted";
    case WatchEventType::data_changed: return "changed";
    case WatchEventType::children_changed: return "child";
    case WatchEventType::data_watch_removed: return "data watch removed";
    case WatchEventType::child_watch_removed: return "child watch removed";
    case WatchEventType::persistent_watch_removed: return "persistent watch removed";
  }
  return "?";
}

}  // namespace

// ---- lines ----------------------------------------------------------------------------------------------------------

std::vector<std::string> Lines::of(const Effects& effects) {
  for (const Effect& effect : effects) std::visit([this](const auto& it) { add(it); }, effect);
  return std::exchange(lines_, {});
}

void Lines::add(const Dial& dial) { lines_.push_back(text("dial ", dial.connection.value, " ", wire::to_string(dial.to))); }
void Lines::add(const Close& close) { lines_.push_back(text("close ", close.connection.value)); }
void Lines::add(const StateChanged& changed) { lines_.emplace_back(name(changed.state)); }

void Lines::add(const Send& send) {
  const std::string who = text("send ", send.connection.value, " ");
  if (send.bytes == "isro") return lines_.push_back(who + send.bytes);
  std::string rest = send.bytes;
  while (const auto frame = sim::take_frame(rest)) {
    const bool is_first = introduced_.insert(send.connection).second;
    lines_.push_back(who + (is_first ? connect_line(*frame) : request_line(*frame)));
  }
  if (!rest.empty()) lines_.push_back(who + "a frame that is not whole");
}

void Lines::add(const Completed& completed) {
  const std::string body = std::visit([](const auto& value) { return shown(value); }, completed.reply.body);
  std::string line = text(completed.request.value, ": ", error_name(completed.reply.error));
  if (completed.reply.zxid != zxid_zero) line += text(" @", completed.reply.zxid.to_wire());
  lines_.push_back(line + (body.empty() ? "" : " " + body));
}

void Lines::add(const Fired& fired) {
  std::string line = text(name_of(fired.type), " ", fired.path);
  if (fired.zxid != zxid_zero) line += text(" @", fired.zxid.to_wire());
  const char* before = " for ";
  for (const WatcherId watcher : fired.watchers) line += text(std::exchange(before, ","), watcher.value);
  lines_.push_back(line);
}

// ---- the story ------------------------------------------------------------------------------------------------------

Settings settings_of(std::string_view hosts) {
  Settings settings;
  for (const char host : hosts) settings.servers.push_back({std::string(1, host), 2181});
  settings.timeout_ms = 9000;
  settings.seed = 1;
  return settings;
}

void Story::pass(std::int64_t ms) {
  const MonotonicTime end = now + ms;
  for (auto due = session.next_deadline(); due && *due <= end; due = session.next_deadline()) {
    now = std::max(now, *due);
    session.pass(now);
    collect();
  }
  now = end;
}

void Story::grant(std::int64_t id, std::int32_t timeout_ms, bool is_read_only) {
  bytes(Out().i32(0).i32(timeout_ms).i64(id).text("0123456789abcdef").flag(is_read_only).framed());
}

void Story::answer(std::int32_t xid, std::int64_t zxid, std::int32_t error, const std::string& body) {
  bytes(Out().i32(xid).i64(zxid).i32(error).raw(body).framed());
}

void Story::event(std::int32_t type, std::string_view path, std::int64_t zxid) {
  bytes(Out().i32(-1).i64(zxid).i32(0).i32(type).i32(3).text(path).framed());
}

Story& Story::served(std::int64_t id) {
  collect();
  opened();
  grant(id);
  heard();
  return *this;
}

void Story::collect() {
  const Effects effects = session.take_effects();
  for (const Effect& effect : effects) {
    if (const auto* dial = std::get_if<Dial>(&effect)) newest_ = dial->connection;
  }
  for (std::string& line : lines_.of(effects)) heard_.push_back(std::move(line));
}

std::vector<std::string> Story::heard() {
  collect();
  return std::exchange(heard_, {});
}

std::string stat_bytes(std::int64_t mzxid, std::int32_t version) {
  return Out().i64(1).i64(mzxid).i64(0).i64(0).i32(version).i32(0).i32(0).i64(0).i32(0).i32(0).i64(1).bytes();
}

}  // namespace zabra::client::test
