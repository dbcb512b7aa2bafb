// The session core served by a real replica: what the one encodes the other understands, and the other way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "tests/client/served.h"

namespace zabra::client {
namespace {

using namespace test;
using replica::test::Disk;
using replica::test::ReplicaHost;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr WatcherId ann_watches{1}, bob_watches{2};

class ServedByAReplica : public testing::Test {
 protected:
  ServedByAReplica() { EXPECT_THAT(ann.heard(), ElementsAre("SyncConnected")); }
  Disk disk;
  ReplicaHost host{disk};
  Served ann{host};  // its session is zxid 1
};

TEST_F(ServedByAReplica, NodesAreCreatedReadChangedAndDeleted) {
  EXPECT_THAT(ann.ask(Create{.path = "/a", .data = "x"}), ElementsAre("1: ok @2 /a"));
  EXPECT_THAT(ann.ask(Create{.path = "/a", .wants_stat = true}), ElementsAre("2: NodeExists @3"));
  EXPECT_THAT(ann.ask(GetData{"/a"}), ElementsAre("3: ok @3 \"x\" v0"));
  EXPECT_THAT(ann.ask(SetData{"/a", std::nullopt, 0}), ElementsAre("4: ok @4 v1"));
  EXPECT_THAT(ann.ask(GetData{"/a"}), ElementsAre("5: ok @4 null v1"));
  EXPECT_THAT(ann.ask(Create{.path = "/a/b", .wants_stat = true}), ElementsAre("6: ok @5 /a/b v0"));
  EXPECT_THAT(ann.ask(GetChildren{"/a"}), ElementsAre("7: ok @5 [b]"));
  EXPECT_THAT(ann.ask(GetChildren{.path = "/a", .wants_stat = true}), ElementsAre("8: ok @5 [b] v1"));
  EXPECT_THAT(ann.ask(GetAllChildrenNumber{"/a"}), ElementsAre("9: ok @5 1"));
  EXPECT_THAT(ann.ask(Remove{"/a"}), ElementsAre("10: NotEmpty @6"));
  EXPECT_THAT(ann.ask(Remove{"/a/b", 0}), ElementsAre("11: ok @7"));
  EXPECT_THAT(ann.ask(Exists{"/a/b"}), ElementsAre("12: NoNode @7"));
  EXPECT_THAT(ann.ask(Exists{"/a"}), ElementsAre("13: ok @7 v1"));
  EXPECT_THAT(ann.ask(Sync{"/a"}), ElementsAre("14: ok @7 /a"));
}

TEST_F(ServedByAReplica, EveryModeOfCreationIsUnderstood) {
  EXPECT_THAT(ann.ask(Create{.path = "/e", .mode = CreateMode::ephemeral}), ElementsAre("1: ok @2 /e"));
  EXPECT_THAT(ann.ask(Create{.path = "/s-", .mode = CreateMode::persistent_sequential}),
              ElementsAre(StartsWith("2: ok @3 /s-0000000")));
  EXPECT_THAT(ann.ask(Create{.path = "/t-", .mode = CreateMode::ephemeral_sequential, .wants_stat = true}),
              ElementsAre(MatchesRegex("3: ok @4 /t-0000000... v0")));
  EXPECT_THAT(ann.ask(Create{.path = "/c", .mode = CreateMode::container}), ElementsAre("4: ok @5 /c v0"));
  EXPECT_THAT(ann.ask(GetEphemerals{}), ElementsAre(StartsWith("5: ok @5 [/")));
}

TEST_F(ServedByAReplica, NodesWithATtlAreUnderstood) {
  replica::Settings settings;
  settings.state.extended_types = true;
  Disk other;
  ReplicaHost with_ttl(other, settings);
  Served bob(with_ttl);
  bob.heard();
  EXPECT_THAT(bob.ask(Create{.path = "/t", .mode = CreateMode::persistent_with_ttl, .ttl_ms = 60'000}),
              ElementsAre("1: ok @2 /t v0"));
}

TEST_F(ServedByAReplica, AMultiIsAllOrNothing) {
  const Multi multi{{Create{.path = "/a", .data = "x"}, Create{.path = "/a/b", .wants_stat = true},
                     SetData{"/a", "y", 0}, Check{"/a", 1}, Remove{"/a/b"}}};
  EXPECT_THAT(ann.ask(multi), ElementsAre("1: ok @2 [ok /a,ok /a/b v0,ok v1,ok,ok]"));
  EXPECT_THAT(ann.ask(Multi{{SetData{"/a", "z", 1}, Check{"/a", 7}, Remove{"/a"}}}),
              ElementsAre("2: BadVersion @3 [ok,BadVersion,RuntimeInconsistency]"));
  EXPECT_THAT(ann.ask(MultiRead{{GetData{"/a"}, GetChildren{"/a"}, GetData{"/no"}}}),
              ElementsAre("3: ok @3 [ok \"y\" v1,ok [],NoNode]"));
  EXPECT_THAT(ann.ask(Multi{}), ElementsAre("4: ok @4 []"));
}

TEST_F(ServedByAReplica, AclsAndIdentitiesAreUnderstood) {
  ann.session.add_auth(ann.now(), "digest", "ann:x");
  EXPECT_THAT(ann.ask(WhoAmI{}), ElementsAre(StartsWith("1: ok @1 [ip:10.0.0.1,digest:ann")));
  EXPECT_THAT(ann.ask(Create{.path = "/a", .acl = {{perm::all, "auth", ""}}}), ElementsAre("2: ok @2 /a"));
  Served bob(host);
  bob.heard();
  EXPECT_THAT(bob.ask(GetData{"/a"}), ElementsAre("1: NoAuth @3"));
  EXPECT_THAT(ann.ask(SetAcl{"/a", {{perm::read, "world", "anyone"}, {perm::all, "auth", ""}}, 0}),
              ElementsAre("3: ok @4 v0"));
  EXPECT_THAT(bob.ask(GetData{"/a"}), ElementsAre("2: ok @4 null v0"));
  EXPECT_THAT(ann.ask(GetAcl{"/a"}), ElementsAre(StartsWith("4: ok @4 [1:world:anyone,31:digest:ann:")));
  ann.lose();
  EXPECT_THAT(ann.heard(), ElementsAre("Disconnected"));
  ann.pass(500);
  EXPECT_THAT(ann.ask(SetData{"/a", "x"}), ElementsAre("SyncConnected", "5: ok @5 v1")) << "proved to the new server too";
}

TEST_F(ServedByAReplica, AnIdentityThatIsRefusedEndsIt) {
  ann.session.add_auth(ann.now(), "nosuch", "x");
  EXPECT_THAT(ann.heard(), ElementsAre("AuthFailed"));
}

// ---- watches ----

TEST_F(ServedByAReplica, AWatchFiresBeforeTheAnswerThatShowsTheChange) {
  ann.ask(Create{.path = "/a"});
  ann.ask(GetData{"/a", ann_watches});
  ann.ask(GetChildren{"/", bob_watches});
  ann.submit(10, SetData{"/a", "x"});
  ann.submit(11, Create{.path = "/b"});
  EXPECT_THAT(ann.heard(), ElementsAre("changed /a @3 for 1", "10: ok @3 v1", "child / @4 for 2", "11: ok @4 /b"));
}

TEST_F(ServedByAReplica, WatchesOutliveTheirConnectionAndTellWhatWasMissed) {
  Served bob(host);
  bob.heard();
  for (const char* path : {"/a", "/b", "/c"}) bob.ask(Create{.path = path});
  ann.ask(GetData{"/a", ann_watches});
  ann.ask(GetData{"/b", ann_watches});
  ann.ask(GetChildren{"/c", ann_watches});
  ann.ask(Exists{"/d", ann_watches});
  ann.lose();
  bob.ask(SetData{"/a", "x"});
  bob.ask(Create{.path = "/c/1"});
  bob.ask(Create{.path = "/d"});
  EXPECT_THAT(ann.heard(), ElementsAre("Disconnected"));
  ann.pass(500);
  EXPECT_THAT(ann.heard(), ElementsAre("SyncConnected", "changed /a for 1", "created /d for 1", "child /c for 1"));
  bob.ask(Remove{"/b"});
  EXPECT_THAT(ann.heard(), ElementsAre("deleted /b @9 for 1")) << "what had not changed is watched still";
}

TEST_F(ServedByAReplica, PersistentWatchesGoOn) {
  EXPECT_THAT(ann.ask(AddWatch{"/a", false, ann_watches}), ElementsAre("1: ok @1"));
  EXPECT_THAT(ann.ask(AddWatch{"/", true, bob_watches}), ElementsAre("2: ok @1"));
  EXPECT_THAT(ann.ask(Create{.path = "/a"}), ElementsAre("created /a @2 for 1,2", "3: ok @2 /a"));
  ann.lose();
  ann.pass(500);
  EXPECT_THAT(ann.heard(), ElementsAre("Disconnected", "SyncConnected"));
  EXPECT_THAT(ann.ask(Create{.path = "/a/b"}),
              ElementsAre("created /a/b @3 for 2", "child /a @3 for 1", "4: ok @3 /a/b"));
  EXPECT_THAT(ann.ask(RemoveWatches{"/a", WatchScope::any, ann_watches}),
              ElementsAre("persistent watch removed /a for 1", "5: ok @3"));
  EXPECT_THAT(ann.ask(SetData{"/a", "x"}), ElementsAre("changed /a @4 for 2", "6: ok @4 v1"));
}

// More than one piece: each is registered, none is too long for the server.
TEST_F(ServedByAReplica, ThousandsOfWatchesOutliveTheirConnection) {
  constexpr int count = 1500;
  const std::string name = "/" + std::string(200, 'n');
  for (int i = 0; i < count; ++i) ann.ask(Exists{name + std::to_string(i), ann_watches});
  ann.lose();
  ann.pass(500);
  ann.heard();
  EXPECT_EQ(host.replica().status().data_watches, static_cast<std::uint64_t>(count));
}

TEST_F(ServedByAReplica, AChrootIsTheWorld) {
  ann.ask(Create{.path = "/app"});
  Settings settings = settings_of("a");
  settings.chroot = Chroot("/app");
  Served bob(host, settings);
  bob.heard();
  EXPECT_THAT(bob.ask(Create{.path = "/x", .mode = CreateMode::ephemeral}), ElementsAre("1: ok @4 /x"));
  EXPECT_THAT(bob.ask(GetChildren{"/", bob_watches}), ElementsAre("2: ok @4 [x]"));
  EXPECT_THAT(bob.ask(GetEphemerals{}), ElementsAre("3: ok @4 [/x]"));
  ann.ask(Create{.path = "/app/y"});
  EXPECT_THAT(bob.heard(), ElementsAre("child / @5 for 2"));
}

// ---- the session ----

TEST_F(ServedByAReplica, AnIdleSessionLivesOnItsPings) {
  ann.pass(60'000);
  EXPECT_THAT(ann.heard(), IsEmpty());
  EXPECT_EQ(ann.session.state(), State::connected);
  EXPECT_EQ(host.replica().status().sessions, 1U);
}

TEST_F(ServedByAReplica, AClosedSessionTakesItsEphemeralsWithIt) {
  ann.ask(Create{.path = "/e", .mode = CreateMode::ephemeral});
  Served bob(host);
  bob.heard();
  bob.ask(Exists{"/e", bob_watches});
  ann.close(9);
  EXPECT_THAT(ann.heard(), ElementsAre("9: ok @4", "Closed"));
  EXPECT_THAT(bob.heard(), ElementsAre("deleted /e @4 for 2"));
}

TEST_F(ServedByAReplica, ASessionThatHasExpiredMeanwhileSaysSo) {
  ann.lose();
  host.pass(30'000);
  ann.pass(500);
  EXPECT_THAT(ann.heard(), ElementsAre("Disconnected", "Expired"));
}

TEST_F(ServedByAReplica, ASessionSurvivesARestartAndIsNeverTakenBack) {
  ann.ask(Create{.path = "/e", .mode = CreateMode::ephemeral});
  ann.ask(GetData{"/e", ann_watches});
  ReplicaHost restarted(disk);
  Disk empty;
  ReplicaHost behind(empty);
  ann.lose();
  ann.move_to(behind);
  ann.heard();
  ann.pass(500);
  EXPECT_THAT(ann.heard(), IsEmpty()) << "that server has seen less than we have";
  ann.move_to(restarted);
  ann.pass(3000);
  EXPECT_THAT(ann.heard(), ElementsAre("SyncConnected"));
  EXPECT_THAT(ann.ask(GetEphemerals{}), ElementsAre("3: ok @2 [/e]"));
  EXPECT_THAT(ann.ask(SetData{"/e", "x"}), ElementsAre("changed /e @3 for 1", "4: ok @3 v1"));
}

}  // namespace
}  // namespace zabra::client
