// Who waits for which change: kept for each path, so that a watch outlives the connection that it was left on.
//
//   add(kind, path, watcher)      once the server has answered that it keeps the watch
//   take(event, path)             whom an event concerns; what fires only once is gone
//   pieces(told)                  what a new connection's server has to be told
//
// Paths are the server's. Source: ZKWatchManager of ZooKeeper 3.8.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client/values.h"
#include "wire/client_half.h"

namespace zabra::client {

enum class WatchKind : std::uint8_t { data, exist, child, persistent, persistent_recursive };

class Watches {
 public:
  void add(WatchKind kind, const std::string& path, WatcherId watcher) { table(kind)[path].insert(watcher); }

  // Sorted, each once.
  std::vector<WatcherId> take(EventType event, const std::string& path);

  // ---- removal ----
  bool contains(const std::string& path, WatchScope scope, std::optional<WatcherId> watcher) const;
  // Some watch of the scope would be left there once the watcher's are gone: the server must keep its own.
  bool would_be_left(const std::string& path, WatchScope scope, std::optional<WatcherId> watcher) const;
  struct Removed { WatchEventType type{}; std::vector<WatcherId> watchers; };
  // Of all watchers, or of one.
  std::vector<Removed> remove(const std::string& path, WatchScope scope, std::optional<WatcherId> watcher);

  // ---- a new connection ----
  struct Piece { OpCode op{}; std::string body; };
  // Requests that register everything, each of about limits::set_watches_bytes_max. `told`: all events up to this zxid
  // have been seen, so that the server tells what has changed since.
  std::vector<Piece> pieces(Zxid told) const;
  std::size_t size() const;  // paths, over all kinds

 private:
  using Table = std::map<std::string, std::set<WatcherId>>;
  static constexpr std::size_t kinds = 5;

  Table& table(WatchKind kind) { return tables_[static_cast<std::size_t>(kind)]; }
  const Table& table(WatchKind kind) const { return tables_[static_cast<std::size_t>(kind)]; }
  void take_from(WatchKind kind, const std::string& path, std::set<WatcherId>& into);
  void look_at(WatchKind kind, const std::string& path, std::set<WatcherId>& into) const;

  std::array<Table, kinds> tables_;
};

}  // namespace zabra::client
