// A StateMachine as a server of its own uses it, for tests: requests are prepared and applied at once, their replies
// and the watch events are kept as text.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/state_machine.h"
#include "tests/state/preparing.h"
#include "tests/state/requests.h"
#include "wire/check.h"
#include "wire/client_packets.h"
#include "wire/txn.h"

namespace zabra::state::test {

// "w1 created /a 3": the watcher, what, where, and the zxid; with " ?" behind it where READ must be looked at.
class EventList final : public EventSink {
 public:
  void fire(WatcherId watcher, const WatchEvent& event) override {
    static constexpr const char* names[] = {"", "created", "deleted", "changed", "children"};
    lines_.push_back("w" + std::to_string(watcher.value) + " " + names[static_cast<int>(event.type)] + " " +
                     std::string(event.path) + " " + std::to_string(event.zxid) + (event.checked ? "" : " ?"));
  }
  std::vector<std::string> take() { return std::exchange(lines_, {}); }

 private:
  std::vector<std::string> lines_;
};

struct Answer {
  ErrorCode code{};
  std::string body;
};

// "stat(czxid mzxid pzxid version cversion aversion length children)".
inline std::string to_text(const wire::Stat& stat) {
  std::string text = "stat(";
  for (const std::int64_t field : {stat.czxid.to_wire(), stat.mzxid.to_wire(), stat.pzxid.to_wire(),
                                   std::int64_t{stat.version}, std::int64_t{stat.cversion}, std::int64_t{stat.aversion},
                                   std::int64_t{stat.data_length}, std::int64_t{stat.num_children}}) {
    text += std::to_string(field) + " ";
  }
  text.back() = ')';
  return text;
}

// Everything that clients and the leader's own work can see of a state, for comparison.
using Picture = std::map<std::string, std::string>;

class Applying {
 public:
  static constexpr SessionId alice{0x100001f8b200000}, bob{0x100001f8b200001};

  explicit Applying(const Settings& settings = {.extended_types = true}) : machine(settings) {}

  // ---- transactions as they come from somewhere else ----
  ErrorCode apply(OpCode type, wire::TxnBody body, SessionId session = alice) {
    zxid = zxid.next();
    return apply_at(zxid, type, std::move(body), session);
  }
  ErrorCode apply_at(Zxid at, OpCode type, wire::TxnBody body, SessionId session = alice) {
    wire::Txn txn;
    txn.header.session = session;
    txn.header.zxid = at;
    txn.header.time_ms = time_of(at);
    txn.header.type = type;
    txn.body = std::move(body);
    return machine.apply(txn, 0, events);
  }
  static std::int64_t time_of(Zxid at) { return 1000 + at.to_wire(); }

  // ---- requests ----
  Answer run(const Request& request, SessionId session = alice) {
    std::string entry;
    machine.prepare(next(session), request.op, request.body, {session, super, {}}, entry);
    return apply_entry(entry, {.op = request.op, .items = {}});
  }
  Answer run_multi(const std::vector<Request>& items) {
    std::string entry;
    const Request request = multi(items);
    machine.prepare(next(alice), request.op, request.body, {alice, super, {}}, entry);
    std::vector<OpCode> ops;
    for (const Request& item : items) ops.push_back(item.op);
    return apply_entry(entry, {.op = OpCode::multi, .items = ops});
  }
  void open(SessionId session, std::int32_t timeout_ms = 6000) {
    std::string entry;
    machine.prepare_create_session(next(session), timeout_ms, entry);
    apply_entry(entry, {});
  }
  void close(SessionId session) {
    std::string entry;
    machine.prepare_close_session(next(session), entry);
    apply_entry(entry, {});
  }
  Answer apply_entry(const std::string& entry, const ReplyShape& shape) {
    const auto txn = wire::decode_txn(entry);
    CHECK(txn);
    const std::uint64_t mismatches = machine.facts().digest_mismatches;
    Answer answer;
    wire::Writer out(answer.body);
    answer.code = machine.apply(*txn, ++checksum, events, &shape, &out);
    EXPECT_EQ(machine.facts().digest_mismatches, mismatches);
    entries.push_back(entry);
    return answer;
  }
  Proposal next(SessionId session) {
    zxid = zxid.next();
    return {.session = session, .cxid = 7, .zxid = zxid, .time_ms = time_of(zxid)};
  }

  // ---- watches ----
  void watch(std::uint32_t watcher, OpCode op, std::string_view path) { ask(op, with_flag(path), {watcher}); }
  void watch_always(std::uint32_t watcher, std::string_view path, std::int32_t mode) {
    ask(OpCode::add_watch, detail::body_of(wire::NullableView{path}, mode), {watcher});
  }

  // ---- reads ----
  std::string data(std::string_view path) {
    const std::string reply = ask(OpCode::get_data, with_flag(path, false));
    return std::string(wire::Reader(reply).read_string());
  }
  wire::Stat stat(std::string_view path) {
    const std::string reply = ask(OpCode::exists, with_flag(path, false));
    wire::Reader in(reply);
    return wire::read_stat(in);
  }
  bool exists(std::string_view path) {
    std::string reply;
    wire::Writer out(reply);
    return machine.read(OpCode::exists, with_flag(path, false), {{}, super, {}}, out, events) == ErrorCode::ok;
  }

  static std::string with_flag(std::string_view path, bool watch = true) {
    std::string body;
    wire::Writer out(body);
    out.write_string(path);
    out.write_bool(watch);
    return body;
  }
  std::string ask(OpCode op, const std::string& body, WatcherId watcher = {}) {
    std::string reply;
    wire::Writer out(reply);
    const ErrorCode code = machine.read(op, body, {{}, super, watcher}, out, events);
    EXPECT_TRUE(code == ErrorCode::ok || code == ErrorCode::no_node) << static_cast<int>(code);
    return reply;
  }

  StateMachine machine;
  EventList events;
  std::vector<std::string> entries;  // of what was prepared and applied
  Zxid zxid;
  std::uint32_t checksum = 0;
};

inline std::vector<std::string> children_of(StateMachine& machine, const std::string& path) {
  NoEvents events;
  std::string reply;
  wire::Writer out(reply);
  machine.read(OpCode::get_children, Applying::with_flag(path, false), {{}, super, {}}, out, events);
  wire::Reader in(reply);
  std::vector<std::string> children;
  for (std::int32_t count = in.read_count(); count > 0; --count) {
    children.push_back((path == "/" ? "/" : path + "/") + std::string(in.read_string()));
  }
  return children;
}

inline std::string read_all(StateMachine& machine, OpCode op, const std::string& body, SessionId session = {}) {
  NoEvents events;
  std::string reply;
  wire::Writer out(reply);
  EXPECT_EQ(machine.read(op, body, {session, super, {}}, out, events), ErrorCode::ok);
  return reply;
}

// The containers and TTL nodes that one whole sweep finds.
inline std::vector<std::string> removable(const StateMachine& machine, std::int64_t now_ms,
                                          std::int64_t never_used_ms) {
  std::vector<std::string> paths;
  for (ExpirySweep sweep = machine.begin_sweep(); !sweep.is_over();) {
    const auto path = machine.next_removable(sweep, 1U << 20, {.ms = now_ms}, never_used_ms);
    if (path) paths.push_back(*path);
  }
  return paths;
}

inline Picture picture_of(StateMachine& machine) {
  Picture picture;
  std::vector<std::string> left{"/"};
  while (!left.empty()) {
    const std::string path = std::move(left.back());
    left.pop_back();
    picture["data " + path] = read_all(machine, OpCode::get_data, Applying::with_flag(path, false));
    picture["acl " + path] = read_all(machine, OpCode::get_acl, detail::body_of(wire::NullableView{path}));
    for (std::string& child : children_of(machine, path)) left.push_back(std::move(child));
  }
  machine.for_each_session(
      [&](SessionId id, std::int32_t timeout_ms) { picture["session " + to_string(id)] = std::to_string(timeout_ms); });
  for (const std::string& path : removable(machine, std::int64_t{1} << 50, 1)) picture["removable " + path] = "";
  const Facts facts = machine.facts();
  for (const std::uint64_t fact : {facts.znodes, facts.ephemerals, facts.sessions, facts.data_bytes}) {
    picture["facts"] += std::to_string(fact) + " ";
  }
  picture["digest"] = std::to_string(machine.tree_digest());
  picture["zxid"] = to_string(machine.last_applied());
  return picture;
}

}  // namespace zabra::state::test
