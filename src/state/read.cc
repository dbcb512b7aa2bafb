#include "state/read.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/limits.h"
#include "state/acl_fix_up.h"

namespace zabra::state {
namespace {

constexpr ErrorCode ok = ErrorCode::ok, undecodable = ErrorCode::marshalling_error;

// The path of a request that must have one.
template <class Request>
bool has_path(const Result<Request>& request) {
  return request && request->path;
}

// Java's trim(): everything up to a space is white.
std::string_view trimmed(std::string_view text) {
  const auto is_white = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
  return text;
}

bool selects_all(wire::NullableView prefix) {
  const std::string_view text = trimmed(prefix.value_or(std::string_view{}));
  return text.empty() || text == "/";
}

// A digest shows who somebody is, not what the password hashes to.
std::string_view user_name(const AuthId& id) {
  const std::string_view text = id.id;
  return id.scheme == "digest" ? text.substr(0, text.find(':')) : text;
}

ErrorCode write_who(const AuthIds& ids, wire::Writer& reply) {
  reply.write_i32(static_cast<std::int32_t>(ids.size()));
  for (const AuthId& id : ids) {
    reply.write_string(id.scheme);
    reply.write_string(user_name(id));
  }
  return ok;
}

// A null path is as good as an empty one where no znode is asked for: nothing ever fires there.
std::string_view watched_path(wire::NullableView path) {
  return path.value_or("");
}

}  // namespace

Reads::Reads(const Tree& tree, const AclTable& acls, const Sessions& sessions, WatchTable& watches)
    : tree_(tree), acls_(acls), sessions_(sessions), watches_(watches) {}

ErrorCode Reads::read(OpCode op, std::string_view body, const Caller& caller, wire::Writer& reply, EventSink& sink) {
  switch (op) {
    case OpCode::exists:
      return exists(body, caller, reply);
    case OpCode::get_data:
      return get_data(body, caller, reply);
    case OpCode::get_acl:
      return get_acl(body, caller, reply);
    case OpCode::get_children:
      return get_children(body, false, caller, reply);
    case OpCode::get_children2:
      return get_children(body, true, caller, reply);
    case OpCode::get_all_children_number:
      return get_all_children_number(body, caller, reply);
    case OpCode::get_ephemerals:
      return get_ephemerals(body, caller, reply);
    case OpCode::multi_read:
      return multi_read(body, caller, reply);
    case OpCode::add_watch:
      return add_watch(body, caller, reply);
    case OpCode::check_watches:
      return check_watches(body, caller);
    case OpCode::remove_watches:
      return remove_watches(body, caller);
    case OpCode::set_watches:
      return set_watches(body, false, caller, sink);
    case OpCode::set_watches2:
      return set_watches(body, true, caller, sink);
    case OpCode::who_am_i:
      return write_who(caller.ids, reply);
    default:
      return ErrorCode::unimplemented;
  }
}

bool Reads::permits(NodeRef ref, std::int32_t wanted, const AuthIds& ids) const {
  return acls_.permits(tree_[ref].facts.acl, wanted, ids);
}

Reads::Found Reads::find(std::string_view path, std::int32_t wanted, const AuthIds& ids) const {
  const NodeRef ref = tree_.find(path);
  if (!ref) return {ErrorCode::no_node, {}};
  if (!permits(ref, wanted, ids)) return {ErrorCode::no_auth, {}};
  return {ok, ref};
}

// ---- one znode ----

// The only read that cares what a path looks like, and the only one that leaves a watch where no znode is.
ErrorCode Reads::exists(std::string_view body, const Caller& caller, wire::Writer& reply) {
  const auto request = wire::decode_path_watch(wire::Reader(body));
  if (!has_path(request)) return undecodable;
  const std::string_view path = *request->path;
  if (path.find('\0') != path.npos) return ErrorCode::bad_arguments;
  const Found found = find(path, perm::read, caller.ids);
  if (found.code == ErrorCode::no_auth) return found.code;
  if (request->watch) watches_.watch_data(caller.watcher, path);
  if (found.code == ok) wire::write(reply, tree_[found.ref].stat());
  return found.code;
}

ErrorCode Reads::get_data(std::string_view body, const Caller& caller, wire::Writer& reply) {
  const auto request = wire::decode_path_watch(wire::Reader(body));
  if (!has_path(request)) return undecodable;
  const Found found = find(*request->path, perm::read, caller.ids);
  if (found.code != ok) return found.code;
  if (request->watch) watches_.watch_data(caller.watcher, *request->path);
  write_data(found.ref, reply);
  return ok;
}

void Reads::write_data(NodeRef ref, wire::Writer& reply) const {
  const Node& node = tree_[ref];
  reply.write_nullable(node.data());
  wire::write(reply, node.stat());
}

ErrorCode Reads::get_acl(std::string_view body, const Caller& caller, wire::Writer& reply) const {
  const auto request = wire::decode_path(wire::Reader(body));
  if (!has_path(request)) return undecodable;
  const Found found = find(*request->path, perm::read | perm::admin, caller.ids);
  if (found.code != ok) return found.code;
  const wire::AclListView list = acls_.list(tree_[found.ref].facts.acl);
  permits(found.ref, perm::admin, caller.ids) ? wire::write(reply, list) : write_redacted_acl(list, reply);
  wire::write(reply, tree_[found.ref].stat());
  return ok;
}

// ---- many znodes ----

ErrorCode Reads::get_children(std::string_view body, bool with_stat, const Caller& caller, wire::Writer& reply) {
  const auto request = wire::decode_path_watch(wire::Reader(body));
  if (!has_path(request)) return undecodable;
  const Found found = find(*request->path, perm::read, caller.ids);
  if (found.code != ok) return found.code;
  if (request->watch) watches_.watch_children(caller.watcher, *request->path);
  write_children(found.ref, reply);
  if (with_stat) wire::write(reply, tree_[found.ref].stat());
  return ok;
}

// Room is made at once for names like the last one: a reply that grows step by step costs more than what is in it.
void Reads::write_children(NodeRef ref, wire::Writer& reply) const {
  const RefList& children = tree_[ref].children;
  reply.write_i32(static_cast<std::int32_t>(children.size()));
  if (children.empty()) return;
  constexpr std::size_t usual_name_max = 64;  // one long name among many short ones must not take memory for all
  const std::size_t last_name = tree_[NodeRef{children[children.size() - 1]}].name().size();
  reply.out().reserve(reply.size() + children.size() * (4 + std::min(last_name, usual_name_max)));
  tree_.for_each_child(ref, [&](NodeRef, const Node& child) { reply.write_string(child.name()); });
}

ErrorCode Reads::get_all_children_number(std::string_view body, const Caller& caller, wire::Writer& reply) const {
  const auto request = wire::decode_path(wire::Reader(body));
  if (!has_path(request)) return undecodable;
  const Found found = find(*request->path, perm::read, caller.ids);
  if (found.code != ok) return found.code;
  std::uint64_t count = 0;
  if (found.ref == tree_.root()) {
    count = tree_.node_count();
  } else {
    tree_.for_each_below(found.ref, [&](NodeRef, const Node&) { ++count; });
  }
  reply.write_i32(static_cast<std::int32_t>(count - 1));  // itself is no child
  return ok;
}

// Paths are composed in the reply, and taken back when they do not begin as asked.
ErrorCode Reads::get_ephemerals(std::string_view body, const Caller& caller, wire::Writer& reply) const {
  const auto request = wire::decode_path(wire::Reader(body));
  if (!request) return undecodable;
  const std::string_view prefix = selects_all(request->path) ? std::string_view{} : *request->path;
  const RefList& refs = sessions_.ephemerals(caller.session);
  const std::size_t count_at = reply.reserve_i32();
  std::int32_t count = 0;
  for (std::uint32_t place = 0; place < refs.size(); ++place) {
    const NodeRef ref{refs[place]};
    const std::size_t before = reply.size();
    reply.write_i32(static_cast<std::int32_t>(tree_.path_length(ref)));
    tree_.append_path(ref, reply.out());
    const bool selected = std::string_view(reply.out()).substr(before + 4).starts_with(prefix);
    selected ? static_cast<void>(++count) : reply.out().resize(before);
  }
  reply.patch_i32(count_at, count);
  return ok;
}

// An item that can't be read is an answer like any other; one that can't be decoded takes the whole request with it. A
// request can ask for the same long list a thousand times: where the connection would be closed for its output, work
// ends.
ErrorCode Reads::multi_read(std::string_view body, const Caller& caller, wire::Writer& reply) const {
  const auto request = wire::decode_multi_read(wire::Reader(body));
  if (!request) return undecodable;
  const std::size_t start = reply.size();
  for (const wire::MultiReadItem& item : request->items) {
    if (!item.request.path || reply.size() - start > limits::client_output_max) return undecodable;
    write_item(item, caller, reply);
  }
  wire::write_multi_end(reply);
  return ok;
}

void Reads::write_item(const wire::MultiReadItem& item, const Caller& caller, wire::Writer& reply) const {
  const Found found = find(*item.request.path, perm::read, caller.ids);
  if (found.code != ok) return wire::write_multi_error(reply, found.code);
  wire::write_multi_header(reply, item.op, false, ok);
  item.op == OpCode::get_data ? write_data(found.ref, reply) : write_children(found.ref, reply);
}

// ---- watches ----

ErrorCode Reads::add_watch(std::string_view body, const Caller& caller, wire::Writer& reply) {
  constexpr std::int32_t persistent = 0, persistent_recursive = 1;
  const auto request = wire::decode_add_watch(wire::Reader(body));
  if (!request) return undecodable;
  const std::string_view path = watched_path(request->path);
  switch (request->mode) {
    case persistent:
      watches_.watch_persistently(caller.watcher, path);
      break;
    case persistent_recursive:
      watches_.watch_recursively(caller.watcher, path);
      break;
    default:
      return undecodable;
  }
  reply.write_i32(static_cast<std::int32_t>(ok));
  return ok;
}

ErrorCode Reads::check_watches(std::string_view body, const Caller& caller) const {
  const auto request = wire::decode_watches(wire::Reader(body));
  return request ? watches_.check(caller.watcher, watched_path(request->path), request->type) : undecodable;
}

ErrorCode Reads::remove_watches(std::string_view body, const Caller& caller) {
  const auto request = wire::decode_watches(wire::Reader(body));
  return request ? watches_.remove(caller.watcher, watched_path(request->path), request->type) : undecodable;
}

// Zxids are compared as the signed numbers that came: to a client that has seen -1, everything is news.
ErrorCode Reads::set_watches(std::string_view body, bool with_persistent, const Caller& caller, EventSink& sink) {
  const auto request = wire::decode_set_watches(wire::Reader(body), with_persistent);
  if (!request) return undecodable;
  using Missed = std::optional<EventType>;
  const auto is_news = [&](Zxid zxid) { return zxid.to_wire() > request->relative_zxid_wire; };
  const auto data_missed = [&](NodeRef ref) -> Missed {
    if (!ref) return EventType::deleted;
    return is_news(tree_[ref].facts.mzxid) ? Missed(EventType::data_changed) : std::nullopt;
  };
  const auto exist_missed = [](NodeRef ref) { return ref ? Missed(EventType::created) : std::nullopt; };
  const auto child_missed = [&](NodeRef ref) -> Missed {
    if (!ref) return EventType::deleted;
    return is_news(tree_[ref].facts.pzxid) ? Missed(EventType::children_changed) : std::nullopt;
  };
  renew(request->data, &WatchTable::watch_data, data_missed, caller, sink);
  renew(request->exist, &WatchTable::watch_data, exist_missed, caller, sink);
  renew(request->child, &WatchTable::watch_children, child_missed, caller, sink);
  for (const std::string_view path : request->persistent) watches_.watch_persistently(caller.watcher, path);
  for (const std::string_view path : request->persistent_recursive) watches_.watch_recursively(caller.watcher, path);
  return ok;
}

// An event that was missed is sent in place of the watch; not about a znode that the caller may not read (Apache
// ZooKeeper would tell): there the watch is left, and is as silent as any other.
template <class Missed>
void Reads::renew(const std::vector<std::string_view>& paths, Register watch, Missed&& missed, const Caller& caller,
                  EventSink& sink) {
  for (const std::string_view path : paths) {
    const NodeRef ref = tree_.find(path);
    const std::optional<EventType> event = missed(ref);
    if (!event || (ref && !permits(ref, perm::read, caller.ids))) {
      (watches_.*watch)(caller.watcher, path);
      continue;
    }
    const AclId acl = ref ? tree_[ref].facts.acl : open_acl;
    sink.fire(caller.watcher, {.type = *event, .path = path, .zxid = -1, .acl = acl, .checked = true});
  }
}

}  // namespace zabra::state
