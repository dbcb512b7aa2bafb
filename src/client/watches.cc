#include "client/watches.h"

#include <span>
#include <utility>

#include "client/limits.h"

namespace zabra::client {
namespace {

constexpr WatchKind of_children[] = {WatchKind::child};
constexpr WatchKind of_data[] = {WatchKind::data, WatchKind::exist};
constexpr WatchKind of_any[] = {WatchKind::data, WatchKind::exist, WatchKind::child, WatchKind::persistent,
                                WatchKind::persistent_recursive};

std::span<const WatchKind> kinds_of(WatchScope scope) {
  switch (scope) {
    case WatchScope::children: return of_children;
    case WatchScope::data: return of_data;
    case WatchScope::any: break;
  }
  return of_any;
}

WatchEventType removal_of(WatchKind kind) {
  switch (kind) {
    case WatchKind::data:
    case WatchKind::exist: return WatchEventType::data_watch_removed;
    case WatchKind::child: return WatchEventType::child_watch_removed;
    case WatchKind::persistent:
    case WatchKind::persistent_recursive: break;
  }
  return WatchEventType::persistent_watch_removed;
}

// "/a/b" to "/a" to "/", and from there to nothing.
std::string parent_of(const std::string& path) {
  if (path.size() <= 1) return {};
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

}  // namespace

// ---- events ---------------------------------------------------------------------------------------------------------

void Watches::take_from(WatchKind kind, const std::string& path, std::set<WatcherId>& into) {
  const auto found = table(kind).find(path);
  if (found == table(kind).end()) return;
  into.merge(found->second);
  table(kind).erase(found);
}

void Watches::look_at(WatchKind kind, const std::string& path, std::set<WatcherId>& into) const {
  const auto found = table(kind).find(path);
  if (found != table(kind).end()) into.insert(found->second.begin(), found->second.end());
}

std::vector<WatcherId> Watches::take(EventType event, const std::string& path) {
  std::set<WatcherId> concerned;
  if (event != EventType::children_changed) {
    take_from(WatchKind::data, path, concerned);
    take_from(WatchKind::exist, path, concerned);
    for (std::string at = path; !at.empty(); at = parent_of(at)) look_at(WatchKind::persistent_recursive, at, concerned);
  }
  if (event == EventType::children_changed || event == EventType::deleted) {
    take_from(WatchKind::child, path, concerned);
  }
  look_at(WatchKind::persistent, path, concerned);
  return {concerned.begin(), concerned.end()};
}

// ---- removal --------------------------------------------------------------------------------------------------------

bool Watches::contains(const std::string& path, WatchScope scope, std::optional<WatcherId> watcher) const {
  for (const WatchKind kind : kinds_of(scope)) {
    const auto found = table(kind).find(path);
    if (found != table(kind).end() && (!watcher || found->second.contains(*watcher))) return true;
  }
  return false;
}

bool Watches::would_be_left(const std::string& path, WatchScope scope, std::optional<WatcherId> watcher) const {
  if (!watcher) return false;
  std::set<WatcherId> all;
  for (const WatchKind kind : kinds_of(scope)) look_at(kind, path, all);
  all.erase(*watcher);
  return !all.empty();
}

std::vector<Watches::Removed> Watches::remove(const std::string& path, WatchScope scope,
                                              std::optional<WatcherId> watcher) {
  std::map<WatchEventType, std::set<WatcherId>> gone;
  for (const WatchKind kind : kinds_of(scope)) {
    const auto found = table(kind).find(path);
    if (found == table(kind).end()) continue;
    if (!watcher) gone[removal_of(kind)].merge(found->second);
    else if (found->second.erase(*watcher) > 0) gone[removal_of(kind)].insert(*watcher);
    if (!watcher || found->second.empty()) table(kind).erase(found);
  }
  std::vector<Removed> all;
  for (const auto& [type, watchers] : gone) all.push_back({type, {watchers.begin(), watchers.end()}});
  return all;
}

// ---- a new connection -----------------------------------------------------------------------------------------------

std::size_t Watches::size() const {
  std::size_t paths = 0;
  for (const Table& each : tables_) paths += each.size();
  return paths;
}

namespace {

std::vector<std::string_view>& list_of(wire::SetWatchesRequest& request, WatchKind kind) {
  switch (kind) {
    case WatchKind::data: return request.data;
    case WatchKind::exist: return request.exist;
    case WatchKind::child: return request.child;
    case WatchKind::persistent: return request.persistent;
    case WatchKind::persistent_recursive: break;
  }
  return request.persistent_recursive;
}

// Servers before 3.6 know the form without persistent watches only.
Watches::Piece piece_of(const wire::SetWatchesRequest& request) {
  const bool is_plain = request.persistent.empty() && request.persistent_recursive.empty();
  Watches::Piece piece{is_plain ? OpCode::set_watches : OpCode::set_watches2, {}};
  wire::Writer out(piece.body);
  wire::write(out, request, piece.op);
  return piece;
}

}  // namespace

std::vector<Watches::Piece> Watches::pieces(Zxid told) const {
  std::vector<Piece> all;
  wire::SetWatchesRequest empty;
  empty.relative_zxid_wire = told.to_wire();
  wire::SetWatchesRequest request = empty;
  std::size_t bytes = 0;
  for (const WatchKind kind : of_any) {
    for (const auto& [path, watchers] : table(kind)) {
      list_of(request, kind).push_back(path);
      bytes += path.size() + sizeof(std::int32_t);
      if (bytes < limits::set_watches_bytes_max) continue;
      all.push_back(piece_of(std::exchange(request, empty)));
      bytes = 0;
    }
  }
  if (bytes > 0) all.push_back(piece_of(request));
  return all;
}

}  // namespace zabra::client
