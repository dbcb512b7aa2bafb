// The parts of a client: where the servers are, which one is next, which paths are meant, who waits for what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/connect_string.h"
#include "client/limits.h"
#include "client/server_list.h"
#include "client/watches.h"

namespace zabra::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using wire::HostPort;

// ---- connect string ----

std::vector<std::string> servers_of(std::string_view text) {
  std::vector<std::string> all;
  const auto parsed = parse_connect_string(text);
  if (!parsed) return {"fault: " + parsed.fault().reason};
  for (const HostPort& each : parsed->servers) all.push_back(wire::to_string(each));
  return all;
}

TEST(ConnectString, ListsServersWithPortsOrWithout) {
  EXPECT_THAT(servers_of("a:2182,b, c:2183"), ElementsAre("a:2182", "b:2181", "c:2183"));
  EXPECT_THAT(servers_of("127.0.0.1:1"), ElementsAre("127.0.0.1:1"));
}

TEST(ConnectString, TakesIPv6InBrackets) {
  EXPECT_THAT(servers_of("[::1]:2182,[fe80::2]"), ElementsAre("[::1]:2182", "[fe80::2]:2181"));
}

TEST(ConnectString, MayEndWithAChroot) {
  EXPECT_EQ(parse_connect_string("a:1,b:2/app/one")->chroot.path(), "/app/one");
  EXPECT_EQ(parse_connect_string("a:1/")->chroot.path(), "");
  EXPECT_EQ(parse_connect_string("a:1")->chroot.path(), "");
}

TEST(ConnectString, SaysWhatIsWrongAndWhere) {
  for (const char* bad : {"a:0", "a:65536", "a:x", ":2181", "::1", "[::1", "a:1:2"}) {
    const auto parsed = parse_connect_string(std::string("ok:1,") + bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_THAT(parsed.fault().reason, HasSubstr(bad));
    EXPECT_EQ(parsed.fault().offset, 5U);
  }
  for (const char* bad : {"", ",", " ", "/a"}) EXPECT_FALSE(parse_connect_string(bad)) << bad;
  EXPECT_FALSE(parse_connect_string("a:1/x//y"));
}

// ---- chroot ----

TEST(Chroot, GoesBeforeWhatIsAskedAndFromWhatIsAnswered) {
  const Chroot chroot("/app");
  EXPECT_EQ(chroot.to_server("/a"), "/app/a");
  EXPECT_EQ(chroot.to_server("/"), "/app");
  EXPECT_EQ(chroot.to_client("/app/a"), "/a");
  EXPECT_EQ(chroot.to_client("/app"), "/");
}

TEST(Chroot, LeavesWhatLiesOutside) {
  EXPECT_EQ(Chroot("/app").to_client("/apple"), "/apple");
  EXPECT_EQ(Chroot("/app").to_client("/zookeeper/config"), "/zookeeper/config");
  EXPECT_EQ(Chroot().to_client("/a"), "/a");
  EXPECT_EQ(Chroot().to_server("/"), "/");
}

// ---- servers ----

std::vector<HostPort> three() { return {{"a", 1}, {"b", 1}, {"c", 1}}; }

TEST(ServerList, TakesEachInTurnInAnOrderThatTheSeedDraws) {
  ServerList list(three(), 7), same(three(), 7);
  std::vector<std::string> order;
  for (int i = 0; i < 3; ++i) order.push_back(list.next().host);
  EXPECT_THAT(order, UnorderedElementsAre("a", "b", "c"));
  for (const std::string& host : order) EXPECT_EQ(same.next().host, host);
  EXPECT_EQ(list.next().host, order.front());
  std::set<std::string> first;
  for (std::uint64_t seed = 0; seed < 30; ++seed) first.insert(ServerList(three(), seed).next().host);
  EXPECT_EQ(first.size(), 3U) << "clients spread over the ensemble";
}

TEST(ServerList, WaitsOnlyWhenAllWereTriedAndLongerFromRoundToRound) {
  ServerList list(three(), 1);
  std::int32_t longest = limits::back_off_min_ms;
  for (int round = 0; round < 8; ++round) {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(list.pause_ms(), 0);
      list.next();
    }
    const std::int32_t pause = list.pause_ms();
    EXPECT_GE(pause, longest / 2);
    EXPECT_LE(pause, longest);
    longest = std::min(2 * longest, limits::back_off_max_ms);
  }
  list.begin_round();
  for (int i = 0; i < 3; ++i) list.next();
  EXPECT_LE(list.pause_ms(), limits::back_off_min_ms);
}

TEST(ServerList, TakesThePreferredOneFirst) {
  ServerList list(three(), 1);
  list.prefer({"x", 9});
  EXPECT_EQ(list.next().host, "x");
  EXPECT_NE(list.next().host, "x");
}

// ---- watches ----

constexpr WatcherId ann{1}, bob{2}, cid{3};

TEST(Watches, OfDataFireOnceForCreationChangeAndDeletion) {
  for (const EventType event : {EventType::created, EventType::data_changed, EventType::deleted}) {
    Watches watches;
    watches.add(WatchKind::data, "/a", ann);
    watches.add(WatchKind::exist, "/a", bob);
    watches.add(WatchKind::data, "/a", ann);
    EXPECT_THAT(watches.take(event, "/a"), ElementsAre(ann, bob));
    EXPECT_THAT(watches.take(event, "/a"), IsEmpty());
  }
}

TEST(Watches, OfChildrenFireForChildrenAndDeletionOnly) {
  Watches watches;
  watches.add(WatchKind::child, "/a", ann);
  watches.add(WatchKind::data, "/a", bob);
  EXPECT_THAT(watches.take(EventType::children_changed, "/a"), ElementsAre(ann));
  watches.add(WatchKind::child, "/a", cid);
  EXPECT_THAT(watches.take(EventType::data_changed, "/a"), ElementsAre(bob));
  EXPECT_THAT(watches.take(EventType::deleted, "/a"), ElementsAre(cid));
  EXPECT_EQ(watches.size(), 0U);
}

TEST(Watches, PersistentOnesStay) {
  Watches watches;
  watches.add(WatchKind::persistent, "/a", ann);
  for (int i = 0; i < 2; ++i) {
    for (const EventType event : {EventType::created, EventType::data_changed, EventType::children_changed, EventType::deleted}) {
      EXPECT_THAT(watches.take(event, "/a"), ElementsAre(ann));
    }
  }
  EXPECT_THAT(watches.take(EventType::created, "/a/b"), IsEmpty());
}

TEST(Watches, RecursiveOnesSeeAllBelowButNoListsOfChildren) {
  Watches watches;
  watches.add(WatchKind::persistent_recursive, "/a", ann);
  watches.add(WatchKind::persistent_recursive, "/", bob);
  EXPECT_THAT(watches.take(EventType::created, "/a/b/c"), ElementsAre(ann, bob));
  EXPECT_THAT(watches.take(EventType::deleted, "/a"), ElementsAre(ann, bob));
  EXPECT_THAT(watches.take(EventType::data_changed, "/ab"), ElementsAre(bob));
  EXPECT_THAT(watches.take(EventType::data_changed, "/"), ElementsAre(bob));
  EXPECT_THAT(watches.take(EventType::children_changed, "/a"), IsEmpty());
}

TEST(Watches, AreRemovedByScopeOfOneWatcherOrOfAll) {
  Watches watches;
  watches.add(WatchKind::data, "/a", ann);
  watches.add(WatchKind::data, "/a", bob);
  watches.add(WatchKind::child, "/a", ann);
  watches.add(WatchKind::persistent, "/a", ann);
  EXPECT_FALSE(watches.contains("/b", WatchScope::any, ann));
  EXPECT_FALSE(watches.contains("/a", WatchScope::children, bob));
  EXPECT_TRUE(watches.would_be_left("/a", WatchScope::data, ann));
  EXPECT_FALSE(watches.would_be_left("/a", WatchScope::children, ann));
  EXPECT_FALSE(watches.would_be_left("/a", WatchScope::any, std::nullopt));

  const auto first = watches.remove("/a", WatchScope::data, ann);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].type, WatchEventType::data_watch_removed);
  EXPECT_THAT(first[0].watchers, ElementsAre(ann));

  const auto rest = watches.remove("/a", WatchScope::any, std::nullopt);
  ASSERT_EQ(rest.size(), 3U);
  EXPECT_EQ(rest[0].type, WatchEventType::data_watch_removed);
  EXPECT_THAT(rest[0].watchers, ElementsAre(bob));
  EXPECT_EQ(rest[1].type, WatchEventType::child_watch_removed);
  EXPECT_EQ(rest[2].type, WatchEventType::persistent_watch_removed);
  EXPECT_EQ(watches.size(), 0U);
}

TEST(Watches, AreRegisteredInPiecesBelowTheLimit) {
  Watches watches;
  EXPECT_THAT(watches.pieces({0, 1}), IsEmpty());
  for (int i = 0; i < 1000; ++i) {
    const std::string path = "/" + std::to_string(i) + std::string(1000, 'x');
    watches.add(i % 2 == 0 ? WatchKind::child : WatchKind::data, path, ann);
  }
  watches.add(WatchKind::persistent, "/p", ann);
  const auto pieces = watches.pieces({7, 9});
  EXPECT_GE(pieces.size(), 8U);
  std::set<std::string_view> data, child, persistent;
  for (const Watches::Piece& piece : pieces) {
    EXPECT_LE(piece.body.size(), limits::set_watches_bytes_max + 2000);
    const auto decoded = wire::decode_set_watches(wire::Reader(piece.body), piece.op == OpCode::set_watches2);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->relative_zxid, (Zxid{7, 9}));
    EXPECT_EQ(piece.op == OpCode::set_watches2, !decoded->persistent.empty()) << "old servers know the plain form only";
    data.insert(decoded->data.begin(), decoded->data.end());
    child.insert(decoded->child.begin(), decoded->child.end());
    persistent.insert(decoded->persistent.begin(), decoded->persistent.end());
  }
  EXPECT_EQ(data.size(), 500U);
  EXPECT_EQ(child.size(), 500U);
  EXPECT_THAT(persistent, ElementsAre("/p"));
}

}  // namespace
}  // namespace zabra::client
