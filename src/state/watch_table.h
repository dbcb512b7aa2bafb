// Who waits for changes of which path. Watches belong to connections, live where they were set, and are neither logged
// nor replicated.
//
//   table       registered by                        fired by
//   data        exists, getData, persistent          created, deleted, data changed, at exactly this path
//   child       getChildren, persistent              deleted, children changed, at exactly this path
//   recursive   persistent recursive                 created, deleted, data changed, at this path and everything below
//
// A standard watch is used up when it fires, the others stay. Several kinds of one connection at one path stand side by
// side, as in ZooKeeper 3.9. One trigger reaches each connection at most once: first those at the path, in the order in
// which they registered, then the recursive ones from the root down to the path.
//
// Everything about one watch costs O(1), whatever else is watched. A record is 28 bytes; with its path, when nobody
// else watches that, less than 100. Source: WatchManager of 3.9; ZooKeeper's tables are the data one with the recursive
// one, and the child one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "state/caller.h"
#include "state/chain_index.h"
#include "state/event_sink.h"
#include "state/slab.h"
#include "wire/codes.h"
#include "wire/ids.h"

namespace zabra::state {

// What happened, and to whom it may be told (see WatchEvent). `path` is the node whose watchers are asked.
struct Trigger {
  std::string_view path;
  Zxid zxid{};
  AclId acl{};
  bool checked = false;
};

class WatchTable {
 public:
  explicit WatchTable(std::uint64_t seed);
  ~WatchTable();
  WatchTable(const WatchTable&) = delete;
  WatchTable& operator=(const WatchTable&) = delete;

  // ---- registering; what is there already stays as it is ----
  void watch_data(WatcherId watcher, std::string_view path);      // exists, getData
  void watch_children(WatcherId watcher, std::string_view path);  // getChildren
  void watch_persistently(WatcherId watcher, std::string_view path);
  void watch_recursively(WatcherId watcher, std::string_view path);

  // ---- checkWatches and removeWatches; `type` as it came. ok, NoWatcher, or MarshallingError for an unknown type ----
  ErrorCode check(WatcherId watcher, std::string_view path, std::int32_t type) const;
  ErrorCode remove(WatcherId watcher, std::string_view path, std::int32_t type);
  void drop(WatcherId watcher);  // the connection is gone: all its watches, at their own cost

  // ---- triggers; the sink must not touch this table ----
  void created(const Trigger& trigger, EventSink& sink);
  void data_changed(const Trigger& trigger, EventSink& sink);
  void children_changed(const Trigger& parent, EventSink& sink);
  // Data and child watches of the node; who is told as the first is not told again as the second.
  void deleted(const Trigger& trigger, EventSink& sink);

  // ---- counts: (connection, path) pairs, paths and connections. A pair in the data and in the recursive table is two
  // ----
  std::uint64_t data_watches() const { return pairs_[data] + pairs_[recursive]; }
  std::uint64_t child_watches() const { return pairs_[child]; }
  std::uint64_t watched_paths() const { return paths_with_[data] + paths_with_[recursive]; }
  std::uint64_t watching_connections() const { return watching_connections_; }  // with a data or recursive watch

 private:
  enum Table : std::uint8_t { data, child, recursive };
  static constexpr std::size_t table_count = 3;
  enum Mode : std::uint8_t { standard = 1, persistent = 2 };

  struct PathRecord;
  struct Watch;
  struct Watcher;
  struct Tables;

  Handle find_path(Table table, std::string_view path) const;
  Handle find_path(Table table, std::string_view path, std::uint32_t hash) const;
  Handle find_watch(WatcherId watcher, Handle path) const;
  Handle find_watch(WatcherId watcher, Table table, std::string_view path) const;
  bool has(WatcherId watcher, Table table, std::string_view path, unsigned modes) const;
  Handle intern_path(Table table, std::string_view path);
  void drop_path(Handle path);
  Watcher& watcher_at(WatcherId watcher);

  void add(WatcherId watcher, Table table, std::string_view path, Mode mode);
  void link(Handle watch);
  void unlink(Handle watch);
  bool take_modes(WatcherId watcher, Table table, std::string_view path, unsigned modes);

  void begin_trigger();
  void fire_exact(Table table, const WatchEvent& event, EventSink& sink);
  void fire_recursive(const WatchEvent& event, EventSink& sink);
  void fire_all_of(Handle path, const WatchEvent& event, EventSink& sink);
  bool first_time(WatcherId watcher);

  std::unique_ptr<Tables> tables_;
  std::array<std::uint64_t, table_count> pairs_{}, paths_with_{};
  std::uint64_t watching_connections_ = 0;
  std::uint32_t trigger_stamp_ = 0;
};

}  // namespace zabra::state
