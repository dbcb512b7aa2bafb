// Reads over a tree that a test fills by hand, with what they answered and what was fired.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/read.h"
#include "tests/state/preparing.h"
#include "tests/state/requests.h"
#include "wire/path.h"

namespace zabra::state::test {

struct Event {
  WatcherId watcher;
  EventType type{};
  std::string path;
  std::int64_t zxid = -1;
  friend bool operator==(const Event&, const Event&) = default;
};
inline void PrintTo(const Event& event, std::ostream* out) {
  *out << event.watcher.value << " type " << static_cast<int>(event.type) << " " << event.path << " at " << event.zxid;
}

class KeptEvents final : public EventSink {
 public:
  void fire(WatcherId watcher, const WatchEvent& event) override {
    events_.push_back({watcher, event.type, std::string(event.path), event.zxid});
    all_checked_ = all_checked_ && event.checked;
  }
  std::vector<Event> take() { return std::exchange(events_, {}); }
  bool all_checked() const { return all_checked_; }

 private:
  std::vector<Event> events_;
  bool all_checked_ = true;
};

// ---- requests ----

inline Request path_request(OpCode op, wire::NullableView path) {
  return {op, detail::body_of(path)};
}
inline Request path_and(OpCode op, wire::NullableView path, std::int32_t number) {  // addWatch, check-, removeWatches
  return {op, detail::body_of(path, number)};
}
inline Request path_watch(OpCode op, wire::NullableView path, bool watch = false) {
  std::string body = detail::body_of(path);
  body.push_back(watch ? 1 : 0);
  return {op, body};
}
inline Request multi_read(const std::vector<Request>& items, bool with_end = true) {
  return {OpCode::multi_read, multi(items, with_end).body};
}

struct SetWatches {
  std::int64_t since = 0;
  std::vector<std::string> data{}, exist{}, child{}, persistent{}, recursive{};
  operator Request() const {  // setWatches2 where there is something that only it can carry
    std::string body = detail::body_of(since);
    for (const auto* paths : {&data, &exist, &child}) append(body, *paths);
    if (persistent.empty() && recursive.empty()) return {OpCode::set_watches, body};
    for (const auto* paths : {&persistent, &recursive}) append(body, *paths);
    return {OpCode::set_watches2, body};
  }

 private:
  static void append(std::string& body, const std::vector<std::string>& paths) {
    body += detail::body_of(static_cast<std::int32_t>(paths.size()));
    for (const std::string& path : paths) body += detail::body_of(path);
  }
};

// ---- answers ----

struct ReadAnswer {
  ErrorCode code{};
  std::string body{};
  friend bool operator==(const ReadAnswer&, const ReadAnswer&) = default;
};

class ReadTest : public testing::Test {
 protected:
  static constexpr SessionId alice{0x100001f8b200000}, other{0x100001f8b200001};
  static constexpr WatcherId ann{1}, bob{2};

  NodeRef add(std::string_view path, wire::NullableView data = "", const NodeFacts& facts = {}) {
    const NodeRef ref = tree.add(tree.find(wire::parent_path(path)), path, data, facts);
    if (facts.owner.is_ephemeral()) sessions.add_ephemeral(tree, ref);
    return ref;
  }
  NodeRef add(std::string_view path, const AclBytes& acl, NodeFacts facts = {}) {
    facts.acl = acls.acquire(acl.view());
    return add(path, "", facts);
  }
  NodeRef add_ephemeral(std::string_view path, SessionId owner) {
    NodeFacts facts;
    facts.owner = Owner::session(owner);
    return add(path, "", facts);
  }

  // What is in the output before is a frame's header to a read: it must stay.
  ReadAnswer ask(const Request& request, const AuthIds& ids = from_home, WatcherId watcher = ann,
                 SessionId session = alice) {
    std::string out = "header";
    wire::Writer reply(out);
    const ErrorCode code = reads.read(request.op, request.body, {session, ids, watcher}, reply, events);
    EXPECT_EQ(out.substr(0, 6), "header");
    return {code, out.substr(6)};
  }
  ErrorCode code_of(const Request& request, const AuthIds& ids = from_home, WatcherId watcher = ann) {
    return ask(request, ids, watcher).code;
  }

  // ---- changes, as the watches are told of them ----
  std::vector<Event> create(std::string_view path) {
    watches.created({.path = path, .zxid = now}, events);
    watches.children_changed({.path = parent_of(path), .zxid = now}, events);
    return events.take();
  }
  std::vector<Event> remove(std::string_view path) {
    watches.deleted({.path = path, .zxid = now}, events);
    watches.children_changed({.path = parent_of(path), .zxid = now}, events);
    return events.take();
  }
  std::vector<Event> set_data(std::string_view path) {
    watches.data_changed({.path = path, .zxid = now}, events);
    return events.take();
  }
  static std::string_view parent_of(std::string_view path) {
    const std::string_view parent = wire::parent_path(path);
    return parent.empty() ? "/" : parent;
  }
  std::uint64_t watch_count() const { return watches.data_watches() + watches.child_watches(); }

  Event fired(EventType type, std::string path) const { return {ann, type, std::move(path), now.to_wire()}; }
  static Event missed(EventType type, std::string path) { return {ann, type, std::move(path), -1}; }

  const Zxid now{0, 77};
  Settings settings;
  Tree tree{1};
  AclTable acls{settings};
  Sessions sessions;
  WatchTable watches{7};
  Reads reads{tree, acls, sessions, watches};
  KeptEvents events;
};

}  // namespace zabra::state::test
