#include "state/watch_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/seed.h"

namespace zabra::state {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr WatcherId ann{1}, bob{2}, eve{2000};
constexpr std::int32_t children_type = 1, data_type = 2, any_type = 3, persistent_type = 4, recursive_type = 5;

struct Event {
  std::uint32_t watcher;
  EventType type;
  std::string path;
  friend bool operator==(const Event&, const Event&) = default;
  friend auto operator<=>(const Event&, const Event&) = default;
};
void PrintTo(const Event& event, std::ostream* out) {
  *out << event.watcher << " type " << static_cast<int>(event.type) << " " << event.path;
}
Event created(WatcherId watcher, std::string path) { return {watcher.value, EventType::created, std::move(path)}; }
Event deleted(WatcherId watcher, std::string path) { return {watcher.value, EventType::deleted, std::move(path)}; }
Event data_changed(WatcherId watcher, std::string path) {
  return {watcher.value, EventType::data_changed, std::move(path)};
}
Event children_changed(WatcherId watcher, std::string path) {
  return {watcher.value, EventType::children_changed, std::move(path)};
}

class CollectedEvents final : public EventSink {
 public:
  void fire(WatcherId watcher, const WatchEvent& event) override {
    events_.push_back({watcher.value, event.type, std::string(event.path)});
    last_ = event;
  }
  std::vector<Event> take() { return std::exchange(events_, {}); }
  const WatchEvent& last() const { return last_; }

 private:
  std::vector<Event> events_;
  WatchEvent last_;
};

// The changes of a tree, as they are triggered when a transaction is applied.
class WatchTableTest : public testing::Test {
 protected:
  std::vector<Event> create(std::string_view path) {
    watches.created({.path = path, .zxid = zxid}, events);
    watches.children_changed({.path = parent_of(path), .zxid = zxid}, events);
    return events.take();
  }
  std::vector<Event> remove(std::string_view path) {
    watches.deleted({.path = path, .zxid = zxid}, events);
    watches.children_changed({.path = parent_of(path), .zxid = zxid}, events);
    return events.take();
  }
  std::vector<Event> set_data(std::string_view path) {
    watches.data_changed({.path = path, .zxid = zxid}, events);
    return events.take();
  }
  static std::string_view parent_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
  }

  WatchTable watches{42};
  CollectedEvents events;
  const Zxid zxid{0, 77};
};

// ---- one kind of watch at /w: client-protocol facts, one change after the other ----

TEST_F(WatchTableTest, DataWatchFiresOnceForEachOfItsChanges) {
  watches.watch_data(ann, "/w");
  EXPECT_THAT(create("/w/c"), IsEmpty());
  EXPECT_THAT(set_data("/w"), ElementsAre(data_changed(ann, "/w")));
  EXPECT_THAT(set_data("/w"), IsEmpty());
  watches.watch_data(ann, "/w");
  EXPECT_THAT(remove("/w"), ElementsAre(deleted(ann, "/w")));
  watches.watch_data(ann, "/w");
  EXPECT_THAT(create("/w"), ElementsAre(created(ann, "/w")));
  EXPECT_THAT(create("/w"), IsEmpty());
}

TEST_F(WatchTableTest, ChildWatchFiresForChildrenAndDeletion) {
  watches.watch_children(ann, "/w");
  EXPECT_THAT(set_data("/w"), IsEmpty());
  EXPECT_THAT(set_data("/w/c"), IsEmpty());
  EXPECT_THAT(create("/w/c"), ElementsAre(children_changed(ann, "/w")));
  EXPECT_THAT(create("/w/d"), IsEmpty());
  watches.watch_children(ann, "/w");
  EXPECT_THAT(remove("/w/c"), ElementsAre(children_changed(ann, "/w")));
  watches.watch_children(ann, "/w");
  EXPECT_THAT(create("/w"), IsEmpty());
  EXPECT_THAT(remove("/w"), ElementsAre(deleted(ann, "/w")));
  EXPECT_EQ(watches.child_watches(), 0U);
}

TEST_F(WatchTableTest, PersistentWatchStaysAndSeesDataAndChildren) {
  watches.watch_persistently(ann, "/w");
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(create("/w"), ElementsAre(created(ann, "/w")));
    EXPECT_THAT(set_data("/w"), ElementsAre(data_changed(ann, "/w")));
    EXPECT_THAT(create("/w/c"), ElementsAre(children_changed(ann, "/w")));
    EXPECT_THAT(set_data("/w/c"), IsEmpty());
    EXPECT_THAT(remove("/w/c"), ElementsAre(children_changed(ann, "/w")));
    EXPECT_THAT(remove("/w"), ElementsAre(deleted(ann, "/w"))) << "one message, although it is in both tables";
  }
}

TEST_F(WatchTableTest, RecursiveWatchStaysAndSeesEverythingBelow) {
  watches.watch_recursively(ann, "/w");
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(create("/w"), ElementsAre(created(ann, "/w")));
    EXPECT_THAT(set_data("/w"), ElementsAre(data_changed(ann, "/w")));
    EXPECT_THAT(create("/w/c"), ElementsAre(created(ann, "/w/c")));
    EXPECT_THAT(set_data("/w/c/d"), ElementsAre(data_changed(ann, "/w/c/d")));
    EXPECT_THAT(remove("/w/c"), ElementsAre(deleted(ann, "/w/c")));
    EXPECT_THAT(remove("/w"), ElementsAre(deleted(ann, "/w")));
    EXPECT_THAT(create("/wc"), IsEmpty());
    EXPECT_THAT(create("/"), IsEmpty());
  }
}

// ---- several kinds at once ----

TEST_F(WatchTableTest, DataAndChildOfOneConnectionGiveOneEvent) {
  watches.watch_data(ann, "/w");
  watches.watch_data(ann, "/w");
  watches.watch_children(ann, "/w");
  EXPECT_THAT(set_data("/w"), ElementsAre(data_changed(ann, "/w")));
  EXPECT_EQ(watches.child_watches(), 1U);
  watches.watch_data(ann, "/w");
  EXPECT_THAT(create("/w/c"), ElementsAre(children_changed(ann, "/w")));
  watches.watch_children(ann, "/w");
  EXPECT_THAT(remove("/w"), ElementsAre(deleted(ann, "/w")));
  EXPECT_EQ(watches.data_watches() + watches.child_watches(), 0U);
}

TEST_F(WatchTableTest, DeletionIsToldToTheParentsWatchersToo) {
  watches.watch_data(ann, "/p/w");
  watches.watch_children(ann, "/p");
  EXPECT_THAT(remove("/p/w"), ElementsAre(deleted(ann, "/p/w"), children_changed(ann, "/p")));
}

TEST_F(WatchTableTest, DeletionReachesChildWatchersThatHaveNotHeardOfIt) {
  watches.watch_children(bob, "/w");
  watches.watch_data(ann, "/w");
  watches.watch_children(ann, "/w");
  EXPECT_THAT(remove("/w"), ElementsAre(deleted(ann, "/w"), deleted(bob, "/w")));
}

TEST_F(WatchTableTest, RecursiveAtTheRootAndChildAtTheRootBothHear) {
  watches.watch_recursively(ann, "/");
  watches.watch_children(ann, "/");
  EXPECT_THAT(create("/rr"), ElementsAre(created(ann, "/rr"), children_changed(ann, "/")));
}

TEST_F(WatchTableTest, PersistentAboveAndRecursiveBelowBothHear) {
  watches.watch_persistently(ann, "/m");
  watches.watch_recursively(ann, "/m/a");
  EXPECT_THAT(remove("/m/a"), ElementsAre(deleted(ann, "/m/a"), children_changed(ann, "/m")));
}

TEST_F(WatchTableTest, ManyRecursiveWatchesAbovePathGiveOneEvent) {
  for (const char* path : {"/", "/a", "/a/b", "/a/b/c"}) watches.watch_recursively(ann, path);
  watches.watch_data(ann, "/a/b/c");
  watches.watch_recursively(bob, "/a/b");
  EXPECT_THAT(set_data("/a/b/c"), ElementsAre(data_changed(ann, "/a/b/c"), data_changed(bob, "/a/b/c")));
  EXPECT_THAT(set_data("/a"), ElementsAre(data_changed(ann, "/a")));
}

TEST_F(WatchTableTest, StandardOverPersistentUsesUpOnlyItself) {
  watches.watch_persistently(ann, "/w");
  watches.watch_data(ann, "/w");
  watches.watch_children(ann, "/w");
  watches.watch_recursively(ann, "/w");
  for (int round = 0; round < 3; ++round) {
    EXPECT_THAT(set_data("/w"), ElementsAre(data_changed(ann, "/w")));
    EXPECT_THAT(create("/w/c"), ElementsAre(created(ann, "/w/c"), children_changed(ann, "/w")));
  }
}

TEST_F(WatchTableTest, WatchersHearInTheOrderInWhichTheyRegistered) {
  for (const WatcherId watcher : {eve, ann, bob}) watches.watch_data(watcher, "/w");
  watches.watch_data(eve, "/w");
  EXPECT_THAT(set_data("/w"), ElementsAre(data_changed(eve, "/w"), data_changed(ann, "/w"), data_changed(bob, "/w")));
}

TEST_F(WatchTableTest, EventsCarryWhatTheTriggerSays) {
  watches.watch_data(ann, "/w");
  watches.data_changed({.path = "/w", .zxid = Zxid{2, 5}, .acl = AclId{9}, .checked = true}, events);
  EXPECT_EQ(events.last().zxid, (Zxid{2, 5}).to_wire());
  EXPECT_EQ(events.last().acl, AclId{9});
  EXPECT_TRUE(events.last().checked);
}

TEST_F(WatchTableTest, PathsAreLiteral) {
  for (const char* path : {"", "nope", "/w/", "//", "/a//b"}) {
    watches.watch_data(ann, path);
    watches.watch_recursively(ann, path);
  }
  EXPECT_THAT(set_data("/w"), IsEmpty());
  EXPECT_THAT(set_data("/a/b"), IsEmpty());
  EXPECT_THAT(set_data("/"), IsEmpty());
  EXPECT_EQ(watches.check(ann, "", data_type), ErrorCode::ok);
  EXPECT_EQ(watches.check(ann, "/", data_type), ErrorCode::no_watcher);
}

// ---- checkWatches, removeWatches ----

TEST_F(WatchTableTest, CheckSeesOnlyTheConnectionsOwnWatchesOfThatKind) {
  watches.watch_data(ann, "/w");
  EXPECT_EQ(watches.check(ann, "/w", data_type), ErrorCode::ok);
  EXPECT_EQ(watches.check(ann, "/w", any_type), ErrorCode::ok);
  for (const std::int32_t type : {children_type, persistent_type, recursive_type}) {
    EXPECT_EQ(watches.check(ann, "/w", type), ErrorCode::no_watcher) << type;
  }
  EXPECT_EQ(watches.check(bob, "/w", any_type), ErrorCode::no_watcher);
  for (const std::int32_t type : {0, -1, 6, 99}) {
    EXPECT_EQ(watches.check(ann, "/w", type), ErrorCode::marshalling_error) << type;
    EXPECT_EQ(watches.remove(ann, "/w", type), ErrorCode::marshalling_error) << type;
  }
}

TEST_F(WatchTableTest, RemovalOfStandardWatchesLeavesTheOthers) {
  watches.watch_persistently(ann, "/w");
  watches.watch_data(ann, "/w");
  watches.watch_children(ann, "/w");
  EXPECT_EQ(watches.remove(ann, "/w", data_type), ErrorCode::ok);
  EXPECT_EQ(watches.remove(ann, "/w", data_type), ErrorCode::no_watcher);
  EXPECT_EQ(watches.remove(ann, "/w", children_type), ErrorCode::ok);
  EXPECT_EQ(watches.remove(ann, "/w", children_type), ErrorCode::no_watcher);
  EXPECT_EQ(watches.check(ann, "/w", persistent_type), ErrorCode::ok);
  EXPECT_THAT(set_data("/w"), ElementsAre(data_changed(ann, "/w")));
}

TEST_F(WatchTableTest, RemovalOfPersistentWatchesLeavesStandardOnes) {
  watches.watch_persistently(ann, "/w");
  watches.watch_data(ann, "/w");
  EXPECT_EQ(watches.remove(ann, "/w", persistent_type), ErrorCode::ok);
  EXPECT_EQ(watches.remove(ann, "/w", persistent_type), ErrorCode::no_watcher);
  EXPECT_THAT(create("/w/c"), IsEmpty());
  EXPECT_THAT(set_data("/w"), ElementsAre(data_changed(ann, "/w")));
}

TEST_F(WatchTableTest, RemovalOfRecursiveWatchesNamesTheirOwnPath) {
  watches.watch_recursively(ann, "/w");
  EXPECT_EQ(watches.check(ann, "/w", data_type), ErrorCode::no_watcher);
  EXPECT_EQ(watches.remove(ann, "/w/c", recursive_type), ErrorCode::no_watcher);
  EXPECT_EQ(watches.remove(ann, "/w", recursive_type), ErrorCode::ok);
  EXPECT_THAT(set_data("/w"), IsEmpty());
}

TEST_F(WatchTableTest, RemovalOfAnyTakesEverything) {
  watches.watch_persistently(ann, "/w");
  watches.watch_recursively(ann, "/w");
  watches.watch_data(ann, "/w");
  watches.watch_data(bob, "/w");
  EXPECT_EQ(watches.remove(ann, "/w", any_type), ErrorCode::ok);
  EXPECT_EQ(watches.remove(ann, "/w", any_type), ErrorCode::no_watcher);
  EXPECT_THAT(set_data("/w"), ElementsAre(data_changed(bob, "/w")));
}

// ---- connections ----

TEST_F(WatchTableTest, DroppedConnectionLeavesNothingAndItsNumberIsFree) {
  watches.watch_persistently(ann, "/w");
  watches.watch_recursively(ann, "/");
  watches.watch_data(bob, "/w");
  watches.drop(ann);
  watches.drop(ann);
  watches.drop(WatcherId{123456});
  EXPECT_THAT(set_data("/w"), ElementsAre(data_changed(bob, "/w")));
  EXPECT_EQ(watches.data_watches() + watches.child_watches() + watches.watched_paths(), 0U);
  watches.watch_data(ann, "/w");
  EXPECT_THAT(set_data("/w"), ElementsAre(data_changed(ann, "/w")));
}

TEST_F(WatchTableTest, CountsPairsPathsAndConnections) {
  watches.watch_persistently(ann, "/a");
  watches.watch_data(ann, "/b");
  watches.watch_data(bob, "/b");
  watches.watch_children(eve, "/b");
  watches.watch_recursively(WatcherId{7}, "/c");
  EXPECT_EQ(watches.data_watches(), 4U);
  EXPECT_EQ(watches.child_watches(), 2U);
  EXPECT_EQ(watches.watched_paths(), 3U);
  EXPECT_EQ(watches.watching_connections(), 3U) << "the one with a child watch alone does not count";
  set_data("/b");
  EXPECT_EQ(watches.data_watches(), 2U);
  EXPECT_EQ(watches.watched_paths(), 2U);
  EXPECT_EQ(watches.watching_connections(), 2U);
}

// ---- against a model that says what section 20 says, literally ----

class ModelWatches {
 public:
  enum Mode { standard, persistent, recursive };
  using Key = std::tuple<std::string, std::uint32_t, Mode>;  // path, watcher, mode
  std::set<Key> data, child;

  void add(std::uint32_t watcher, const std::string& path, int kind) {
    if (kind == 0) data.insert({path, watcher, standard});
    if (kind == 1) child.insert({path, watcher, standard});
    if (kind == 2) data.insert({path, watcher, persistent}), child.insert({path, watcher, persistent});
    if (kind == 3) data.insert({path, watcher, recursive});
  }
  void drop(std::uint32_t watcher) {
    std::erase_if(data, [=](const Key& key) { return std::get<1>(key) == watcher; });
    std::erase_if(child, [=](const Key& key) { return std::get<1>(key) == watcher; });
  }
  std::set<std::uint32_t> fire(std::set<Key>& table, const std::string& path) {
    std::set<std::uint32_t> told;
    for (const auto& [at, watcher, mode] : table) {
      const bool below = at == "/" || path.starts_with(at + "/");
      if (at == path || (mode == recursive && below)) told.insert(watcher);
    }
    std::erase_if(table, [&](const Key& key) { return std::get<0>(key) == path && std::get<2>(key) == standard; });
    return told;
  }
};

std::vector<Event> sorted(std::vector<Event> events) {
  std::ranges::sort(events);
  return events;
}

TEST_F(WatchTableTest, AgreesWithTheModelOverRandomHistories) {
  zabra::test::Seed seed(20251);
  std::mt19937_64 random = seed.engine();
  const std::vector<std::string> paths{"/", "/a", "/a/b", "/a/b/c", "/a/bc", "/d", "/d/e"};
  ModelWatches model;
  std::uint64_t fired = 0;
  for (int step = 0; step < 30000; ++step) {
    const std::string& path = paths[zabra::test::pick(random, paths.size())];
    const auto watcher = static_cast<std::uint32_t>(zabra::test::pick(random, 5));
    std::vector<Event> expected;
    const auto expect = [&](const std::set<std::uint32_t>& told, EventType type, const std::string& at) {
      for (const std::uint32_t one : told) expected.push_back({one, type, at});
    };
    switch (zabra::test::pick(random, 10)) {
      case 0:
        watches.drop(WatcherId{watcher});
        model.drop(watcher);
        break;
      case 1:
        watches.data_changed({.path = path}, events);
        expect(model.fire(model.data, path), EventType::data_changed, path);
        break;
      case 2:
        watches.children_changed({.path = path}, events);
        expect(model.fire(model.child, path), EventType::children_changed, path);
        break;
      case 3: {
        watches.deleted({.path = path}, events);
        std::set<std::uint32_t> told = model.fire(model.data, path);
        told.merge(model.fire(model.child, path));
        expect(told, EventType::deleted, path);
        break;
      }
      default: {
        const auto kind = static_cast<int>(zabra::test::pick(random, 4));
        if (kind == 0) watches.watch_data(WatcherId{watcher}, path);
        if (kind == 1) watches.watch_children(WatcherId{watcher}, path);
        if (kind == 2) watches.watch_persistently(WatcherId{watcher}, path);
        if (kind == 3) watches.watch_recursively(WatcherId{watcher}, path);
        model.add(watcher, path, kind);
      }
    }
    fired += expected.size();
    ASSERT_EQ(sorted(events.take()), sorted(expected)) << "step " << step;
  }
  EXPECT_GT(fired, 10000U);
}

TEST_F(WatchTableTest, ManyWatchesOfOnePathAndOfManyPaths) {
  constexpr std::uint32_t count = 20000;
  for (std::uint32_t i = 0; i < count; ++i) {
    watches.watch_data(WatcherId{i}, "/hot");
    watches.watch_data(ann, "/cold/" + std::to_string(i));
  }
  EXPECT_EQ(watches.data_watches(), 2 * count);
  EXPECT_EQ(set_data("/hot").size(), count);
  watches.drop(ann);
  EXPECT_EQ(watches.data_watches() + watches.watched_paths() + watches.watching_connections(), 0U);
}

}  // namespace
}  // namespace zabra::state
