#include "state/watch_table.h"

#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "state/hash.h"
#include "wire/check.h"

namespace zabra::state {

// One watched path in one table. Its watches form a ring in the order in which they were registered.
struct WatchTable::PathRecord {
  std::unique_ptr<char[]> text;
  std::uint32_t length = 0;
  std::uint32_t hash = 0;
  Handle next_by_path = no_handle;
  Handle first : 30;
  std::uint32_t table : 2;

  PathRecord() : first(no_handle), table(data) {}
  std::string_view view() const { return {text.get(), length}; }
};

// One connection's watch of one path in one table. It stands in three lists: the path's ring, the connection's ring (of
// that table), and a chain of the look-up by (connection, path).
struct WatchTable::Watch {
  WatcherId watcher;
  Handle path : 30;
  std::uint32_t modes : 2;
  Handle next_of_path = no_handle, previous_of_path = no_handle;
  Handle next_of_watcher = no_handle, previous_of_watcher = no_handle;
  Handle next_by_pair = no_handle;

  Watch() : path(no_handle), modes(0) {}
};

struct WatchTable::Watcher {
  std::array<Handle, table_count> first{};  // of its rings
  std::uint32_t stamp = 0;                  // of the last trigger that reached it
};

namespace {

// The front of `rest` up to its next '/' but the first character; "/a/b" is "/a", then "/b".
std::string_view take_component(std::string_view& rest) {
  const std::string_view component = rest.substr(0, rest.find('/', 1));
  rest.remove_prefix(component.size());
  return component;
}

}  // namespace

struct WatchTable::Tables {
  explicit Tables(std::uint64_t hash_seed) : seed(hash_seed) {
    static_assert(sizeof(PathRecord) <= 24 && sizeof(Watch) <= 28 && sizeof(Watcher) <= 16);
  }

  // A path is hashed by its components, so that one walk down a path gives the hashes of everything above it.
  std::uint64_t component_hash(std::uint64_t above, std::string_view component) const {
    return hash_bytes(component, above);
  }
  std::uint32_t path_hash(Table table, std::string_view path) const {
    if (table != recursive) return static_cast<std::uint32_t>(hash_bytes(path, seed + table));
    std::uint64_t hash = seed;
    for (std::string_view rest = path; !rest.empty();) hash = component_hash(hash, take_component(rest));
    return static_cast<std::uint32_t>(hash);
  }
  // Neighbours of one ring, which are often used up together, stand in neighbouring buckets; those of other paths far
  // away.
  static std::uint32_t pair_hash(WatcherId watcher, Handle path) { return path * 0x9E3779B1U + watcher.value; }

  const std::uint64_t seed;
  Slab<PathRecord> paths;
  Slab<Watch> watches;
  std::vector<std::unique_ptr<std::array<Watcher, 1024>>> watchers;  // by id, in segments
  ChainIndex by_path, by_pair;
};

namespace {

template <class Slab>
struct ByPath {
  Slab& paths;
  auto& next(Handle handle) const { return paths[handle].next_by_path; }
  std::uint32_t hash(Handle handle) const { return paths[handle].hash; }
};
template <class Slab>
ByPath(Slab&) -> ByPath<Slab>;

template <class Tables, class Slab>
struct ByPair {
  const Tables& tables;
  Slab& watches;
  auto& next(Handle handle) const { return watches[handle].next_by_pair; }
  std::uint32_t hash(Handle handle) const { return tables.pair_hash(watches[handle].watcher, watches[handle].path); }
};
template <class Tables, class Slab>
ByPair(const Tables&, Slab&) -> ByPair<Tables, Slab>;

// Ring links, for either ring of a watch.
template <auto next, auto previous, class Slab>
void ring_append(Slab& watches, Handle& first, Handle added) {
  if (first == no_handle) {
    watches[added].*next = watches[added].*previous = first = added;
    return;
  }
  const Handle last = watches[first].*previous;
  watches[added].*next = first;
  watches[added].*previous = last;
  watches[last].*next = added;
  watches[first].*previous = added;
}

template <auto next, auto previous, class Slab>
Handle ring_remove(Slab& watches, Handle first, Handle gone) {
  const Handle after = watches[gone].*next, before = watches[gone].*previous;
  if (after == gone) return no_handle;
  watches[before].*next = after;
  watches[after].*previous = before;
  return first == gone ? after : first;
}

// What checkWatches and removeWatches may ask for.
enum WatcherType : std::int32_t {
  children_type = 1,
  data_type = 2,
  any_type = 3,
  persistent_type = 4,
  recursive_type = 5
};

ErrorCode found(bool any) { return any ? ErrorCode::ok : ErrorCode::no_watcher; }

}  // namespace

WatchTable::WatchTable(std::uint64_t seed) : tables_(std::make_unique<Tables>(seed)) {}
WatchTable::~WatchTable() = default;

// ---- registering ----

void WatchTable::watch_data(WatcherId watcher, std::string_view path) { add(watcher, data, path, standard); }
void WatchTable::watch_children(WatcherId watcher, std::string_view path) { add(watcher, child, path, standard); }
void WatchTable::watch_recursively(WatcherId watcher, std::string_view path) {
  add(watcher, recursive, path, persistent);
}
void WatchTable::watch_persistently(WatcherId watcher, std::string_view path) {
  add(watcher, data, path, persistent);
  add(watcher, child, path, persistent);
}

void WatchTable::add(WatcherId watcher, Table table, std::string_view path, Mode mode) {
  const Handle path_handle = intern_path(table, path);
  Handle handle = find_watch(watcher, path_handle);
  if (handle == no_handle) {
    handle = tables_->watches.add();
    CHECK(handle <= 0x3fffffffU);  // PathRecord::first
    tables_->watches[handle].watcher = watcher;
    tables_->watches[handle].path = path_handle & 0x3fffffffU;
    link(handle);
  }
  Watch& watch = tables_->watches[handle];
  watch.modes = (watch.modes | mode) & 3U;
}

// ---- checkWatches and removeWatches ----

ErrorCode WatchTable::check(WatcherId watcher, std::string_view path, std::int32_t type) const {
  const unsigned any_mode = standard | persistent;
  switch (type) {
    case children_type: return found(has(watcher, child, path, standard));
    case data_type: return found(has(watcher, data, path, standard));
    case any_type:
      return found(has(watcher, data, path, any_mode) || has(watcher, child, path, any_mode) ||
                   has(watcher, recursive, path, any_mode));
    case persistent_type: return found(has(watcher, data, path, persistent));
    case recursive_type: return found(has(watcher, recursive, path, any_mode));
    default: return ErrorCode::marshalling_error;
  }
}

ErrorCode WatchTable::remove(WatcherId watcher, std::string_view path, std::int32_t type) {
  const unsigned any_mode = standard | persistent;
  const auto take = [&](Table table, unsigned modes) { return take_modes(watcher, table, path, modes) ? 1 : 0; };
  switch (type) {
    case children_type: return found(take(child, standard) != 0);
    case data_type: return found(take(data, standard) != 0);
    case any_type: return found(take(data, any_mode) + take(child, any_mode) + take(recursive, any_mode) != 0);
    case persistent_type: return found(take(data, persistent) + take(child, persistent) != 0);
    case recursive_type: return found(take(recursive, any_mode) != 0);
    default: return ErrorCode::marshalling_error;
  }
}

bool WatchTable::take_modes(WatcherId watcher, Table table, std::string_view path, unsigned modes) {
  const Handle handle = find_watch(watcher, table, path);
  if (handle == no_handle) return false;
  Watch& watch = tables_->watches[handle];
  if ((watch.modes & modes) == 0) return false;
  watch.modes = watch.modes & ~modes & 3U;
  if (watch.modes == 0) unlink(handle);
  return true;
}

void WatchTable::drop(WatcherId watcher) {
  if (watcher.value >= tables_->watchers.size() * 1024) return;
  for (Handle& first : watcher_at(watcher).first) {
    while (first != no_handle) unlink(first);
  }
  watcher_at(watcher).stamp = 0;
}

// ---- triggers ----

void WatchTable::created(const Trigger& trigger, EventSink& sink) {
  begin_trigger();
  const WatchEvent event{EventType::created, trigger.path, trigger.zxid.to_wire(), trigger.acl, trigger.checked};
  fire_exact(data, event, sink);
  fire_recursive(event, sink);
}

void WatchTable::data_changed(const Trigger& trigger, EventSink& sink) {
  begin_trigger();
  const WatchEvent event{EventType::data_changed, trigger.path, trigger.zxid.to_wire(), trigger.acl, trigger.checked};
  fire_exact(data, event, sink);
  fire_recursive(event, sink);
}

void WatchTable::deleted(const Trigger& trigger, EventSink& sink) {
  begin_trigger();
  const WatchEvent event{EventType::deleted, trigger.path, trigger.zxid.to_wire(), trigger.acl, trigger.checked};
  fire_exact(data, event, sink);
  fire_recursive(event, sink);
  fire_exact(child, event, sink);
}

void WatchTable::children_changed(const Trigger& parent, EventSink& sink) {
  begin_trigger();
  fire_exact(child, {EventType::children_changed, parent.path, parent.zxid.to_wire(), parent.acl, parent.checked},
             sink);
}

void WatchTable::begin_trigger() {
  if (++trigger_stamp_ != 0) return;
  for (auto& segment : tables_->watchers) {
    for (Watcher& watcher : *segment) watcher.stamp = 0;
  }
  trigger_stamp_ = 1;
}

bool WatchTable::first_time(WatcherId watcher) {
  return std::exchange(watcher_at(watcher).stamp, trigger_stamp_) != trigger_stamp_;
}

void WatchTable::fire_exact(Table table, const WatchEvent& event, EventSink& sink) {
  if (paths_with_[table] == 0) return;
  const Handle path = find_path(table, event.path);
  if (path != no_handle) fire_all_of(path, event, sink);
}

void WatchTable::fire_recursive(const WatchEvent& event, EventSink& sink) {
  if (paths_with_[recursive] == 0) return;
  const auto fire_at = [&](std::string_view path, std::uint64_t hash) {
    const Handle handle = find_path(recursive, path, static_cast<std::uint32_t>(hash));
    if (handle != no_handle) fire_all_of(handle, event, sink);
  };
  fire_at("/", tables_->component_hash(tables_->seed, "/"));
  if (event.path == "/") return;
  std::uint64_t hash = tables_->seed;
  for (std::string_view rest = event.path; !rest.empty();) {
    hash = tables_->component_hash(hash, take_component(rest));
    fire_at(event.path.substr(0, event.path.size() - rest.size()), hash);
  }
}

// The ring loses members on the way, and with the last one its path.
void WatchTable::fire_all_of(Handle path, const WatchEvent& event, EventSink& sink) {
  const Handle first = tables_->paths[path].first;
  const Handle last = tables_->watches[first].previous_of_path;
  for (Handle at = first, next = first;; at = next) {
    Watch& watch = tables_->watches[at];
    next = watch.next_of_path;
    if (first_time(watch.watcher)) sink.fire(watch.watcher, event);
    watch.modes = watch.modes & ~static_cast<unsigned>(standard) & 3U;
    if (watch.modes == 0) unlink(at);
    if (at == last) return;
  }
}

// ---- the tables ----

Handle WatchTable::find_path(Table table, std::string_view path) const {
  return find_path(table, path, tables_->path_hash(table, path));
}

Handle WatchTable::find_path(Table table, std::string_view path, std::uint32_t hash) const {
  const auto& paths = tables_->paths;
  return tables_->by_path.find(hash, ByPath{paths}, [&](Handle at) {
    return paths[at].hash == hash && paths[at].table == table && paths[at].view() == path;
  });
}

Handle WatchTable::find_watch(WatcherId watcher, Handle path) const {
  const auto& watches = tables_->watches;
  return tables_->by_pair.find(tables_->pair_hash(watcher, path), ByPair{*tables_, watches},
                               [&](Handle at) { return watches[at].watcher == watcher && watches[at].path == path; });
}

Handle WatchTable::find_watch(WatcherId watcher, Table table, std::string_view path) const {
  const Handle path_handle = find_path(table, path);
  return path_handle == no_handle ? no_handle : find_watch(watcher, path_handle);
}

bool WatchTable::has(WatcherId watcher, Table table, std::string_view path, unsigned modes) const {
  const Handle watch = find_watch(watcher, table, path);
  return watch != no_handle && (tables_->watches[watch].modes & modes) != 0;
}

Handle WatchTable::intern_path(Table table, std::string_view path) {
  if (const Handle known = find_path(table, path); known != no_handle) return known;
  const Handle handle = tables_->paths.add();
  CHECK(handle <= 0x3fffffffU);
  PathRecord& record = tables_->paths[handle];
  record.text = std::make_unique_for_overwrite<char[]>(path.size());
  std::memcpy(record.text.get(), path.data(), path.size());
  record.length = static_cast<std::uint32_t>(path.size());
  record.hash = tables_->path_hash(table, path);
  record.table = static_cast<unsigned>(table) & 3U;
  tables_->by_path.insert(handle, record.hash, ByPath{tables_->paths});
  ++paths_with_[table];
  return handle;
}

void WatchTable::drop_path(Handle path) {
  const PathRecord& record = tables_->paths[path];
  --paths_with_[record.table];
  tables_->by_path.remove(path, record.hash, ByPath{tables_->paths});
  tables_->paths.remove(path);
}

WatchTable::Watcher& WatchTable::watcher_at(WatcherId watcher) {
  auto& segments = tables_->watchers;
  while (watcher.value >= segments.size() * 1024) segments.push_back(std::make_unique<std::array<Watcher, 1024>>());
  return (*segments[watcher.value / 1024])[watcher.value % 1024];
}

void WatchTable::link(Handle handle) {
  const Watch& watch = tables_->watches[handle];
  PathRecord& path = tables_->paths[watch.path];
  Watcher& watcher = watcher_at(watch.watcher);
  const bool watched_before = watcher.first[data] != no_handle || watcher.first[recursive] != no_handle;
  Handle first_of_path = path.first;
  ring_append<&Watch::next_of_path, &Watch::previous_of_path>(tables_->watches, first_of_path, handle);
  path.first = first_of_path & 0x3fffffffU;
  ring_append<&Watch::next_of_watcher, &Watch::previous_of_watcher>(tables_->watches, watcher.first[path.table],
                                                                    handle);
  tables_->by_pair.insert(handle, tables_->pair_hash(watch.watcher, watch.path), ByPair{*tables_, tables_->watches});
  ++pairs_[path.table];
  if (!watched_before && path.table != child) ++watching_connections_;
}

void WatchTable::unlink(Handle handle) {
  const Watch watch = tables_->watches[handle];
  PathRecord& path = tables_->paths[watch.path];
  Watcher& watcher = watcher_at(watch.watcher);
  Handle& first_of_watcher = watcher.first[path.table];
  path.first =
      0x3fffffffU & ring_remove<&Watch::next_of_path, &Watch::previous_of_path>(tables_->watches, path.first, handle);
  first_of_watcher =
      ring_remove<&Watch::next_of_watcher, &Watch::previous_of_watcher>(tables_->watches, first_of_watcher, handle);
  tables_->by_pair.remove(handle, tables_->pair_hash(watch.watcher, watch.path), ByPair{*tables_, tables_->watches});
  tables_->watches.remove(handle);
  --pairs_[path.table];
  const bool still_watching = watcher.first[data] != no_handle || watcher.first[recursive] != no_handle;
  if (!still_watching && path.table != child) --watching_connections_;
  if (path.first == no_handle) drop_path(watch.path);
}

}  // namespace zabra::state
