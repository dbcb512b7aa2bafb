// What each transaction does to the tree, whom it tells, and that a transaction may come again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/state/applying.h"

namespace zabra::state {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

const AclBytes open_list = AclBytes::open();
const std::int32_t persistent_watch = 0, recursive_watch = 1;

wire::CreateTxn create_txn(std::string_view path, std::int32_t parent_cversion, wire::NullableView data = "",
                           bool ephemeral = false) {
  return {
      .path = path, .data = data, .acl = open_list.view(), .ephemeral = ephemeral, .parent_cversion = parent_cversion};
}

// ---- an empty server ----

TEST(Apply, AnEmptyServerHasTheReservedNodes) {
  Applying server;
  EXPECT_EQ(to_text(server.stat("/")), "stat(0 0 0 0 -1 0 0 1)");
  EXPECT_EQ(to_text(server.stat("/zookeeper")), "stat(0 0 0 0 -2 0 0 2)");
  EXPECT_EQ(to_text(server.stat("/zookeeper/config")), "stat(0 0 0 0 0 -1 0 0)");
  EXPECT_EQ(to_text(server.stat("/zookeeper/quota")), "stat(0 0 0 0 0 0 0 0)");
  const std::string acl = server.ask(OpCode::get_acl, detail::body_of(wire::NullableView{"/zookeeper/config"}));
  const AclBytes read_only{{perm::read, "world", "anyone"}};
  EXPECT_EQ(acl.substr(0, read_only.bytes().size()), read_only.bytes());
  EXPECT_EQ(server.machine.facts().znodes, 4U);
}

// ---- /zookeeper/config ----

TEST(Apply, TheConfigIsTheServersOwnAndTakesNoZxid) {
  Applying server;
  server.apply(OpCode::create, create_txn("/a", 1));
  const std::uint64_t digest = server.machine.tree_digest(), bytes = server.machine.facts().data_bytes;
  server.machine.set_config("server.1=a:1:2:participant\nversion=5", Zxid::from_wire(5), WallTime{1234});
  EXPECT_EQ(server.data("/zookeeper/config"), "server.1=a:1:2:participant\nversion=5");
  EXPECT_EQ(to_text(server.stat("/zookeeper/config")), "stat(0 5 0 -1 0 -1 36 0)");
  EXPECT_EQ(server.stat("/zookeeper/config").mtime, 1234);
  EXPECT_EQ(server.machine.tree_digest(), digest) << "servers whose files differ have the same state";
  EXPECT_EQ(server.machine.last_applied(), Zxid::from_wire(1));
  EXPECT_EQ(server.machine.facts().data_bytes, bytes + 36);
}

TEST(Apply, AConfigThatSaysTheSameIsLeftAlone) {
  Applying server;
  server.machine.set_config("x", Zxid::from_wire(5), WallTime{1});
  server.machine.set_config("x", Zxid::from_wire(5), WallTime{2});
  EXPECT_EQ(server.stat("/zookeeper/config").mtime, 1);
  server.apply(OpCode::set_data, wire::SetDataTxn{"/zookeeper/config", "x", 0});
  server.machine.set_config("x", Zxid::from_wire(5), WallTime{3});
  EXPECT_EQ(server.stat("/zookeeper/config").mtime, 3) << "what somebody wrote there is gone";
  EXPECT_EQ(to_text(server.stat("/zookeeper/config")), "stat(0 5 0 -1 0 -1 1 0)");
}

// ---- transactions ----

TEST(Apply, CreateMakesTheNodeAndCountsItAtTheParent) {
  Applying server;
  server.apply(OpCode::create, create_txn("/a", 1, "hi"));
  EXPECT_EQ(server.data("/a"), "hi");
  const wire::Stat stat = server.stat("/a");
  EXPECT_EQ(to_text(stat), "stat(1 1 1 0 0 0 2 0)");
  EXPECT_EQ(stat.ctime, Applying::time_of(server.zxid));
  EXPECT_EQ(stat.mtime, stat.ctime);
  EXPECT_EQ(to_text(server.stat("/")), "stat(0 0 1 0 0 0 0 2)");
}

TEST(Apply, SetDataChangesDataVersionAndTime) {
  Applying server;
  server.apply(OpCode::create, create_txn("/a", 1, "hi"));
  server.apply(OpCode::set_data, wire::SetDataTxn{"/a", "longer", 5});
  EXPECT_EQ(server.data("/a"), "longer");
  EXPECT_EQ(to_text(server.stat("/a")), "stat(1 2 1 5 0 0 6 0)");
  EXPECT_EQ(server.stat("/a").mtime, Applying::time_of(server.zxid));
  EXPECT_EQ(to_text(server.stat("/")), "stat(0 0 1 0 0 0 0 2)");
}

TEST(Apply, SetAclChangesListAndItsVersionOnly) {
  Applying server;
  server.apply(OpCode::create, create_txn("/a", 1));
  const AclBytes list{{perm::read, "ip", "10.0.0.1"}};
  server.apply(OpCode::set_acl, wire::SetAclTxn{"/a", list.view(), 1});
  EXPECT_EQ(to_text(server.stat("/a")), "stat(1 1 1 0 0 1 0 0)");
  const std::string acl = server.ask(OpCode::get_acl, detail::body_of(wire::NullableView{"/a"}));
  EXPECT_EQ(acl.substr(0, list.bytes().size()), list.bytes());
}

TEST(Apply, DeleteTakesTheNodeAndRaisesTheParentsPzxid) {
  Applying server;
  server.apply(OpCode::create, create_txn("/a", 1));
  server.apply(OpCode::remove, wire::DeleteTxn{"/a"});
  EXPECT_FALSE(server.exists("/a"));
  EXPECT_EQ(to_text(server.stat("/")), "stat(0 0 2 0 1 0 0 1)");
}

TEST(Apply, SessionsComeAndGo) {
  Applying server;
  server.apply(OpCode::create_session, wire::CreateSessionTxn{4000}, Applying::bob);
  server.apply(OpCode::create_session, wire::CreateSessionTxn{5000}, Applying::alice);
  EXPECT_EQ(server.machine.session_timeout_ms(Applying::bob), 4000);
  std::vector<std::int64_t> ids;
  server.machine.for_each_session([&](SessionId id, std::int32_t) { ids.push_back(id.value); });
  EXPECT_THAT(ids, ElementsAre(Applying::alice.value, Applying::bob.value));
  server.apply(OpCode::close_session, wire::CloseSessionTxn{}, Applying::bob);
  EXPECT_FALSE(server.machine.has_session(Applying::bob));
  EXPECT_TRUE(server.machine.has_session(Applying::alice));
}

TEST(Apply, ContainersAndTtlNodesAreFoundWhenTheirTimeHasCome) {
  Applying server;
  server.apply(OpCode::create_container, wire::CreateContainerTxn{"/c", "", open_list.view(), 1});
  server.apply(OpCode::create_ttl, wire::CreateTtlTxn{"/t", "", open_list.view(), 2, 500});
  const std::int64_t made = Applying::time_of(server.zxid);
  EXPECT_THAT(removable(server.machine, made + 500, 0), IsEmpty());
  EXPECT_THAT(removable(server.machine, made + 501, 0), ElementsAre("/t"));
  server.apply(OpCode::create, create_txn("/c/x", 1));
  server.apply(OpCode::remove, wire::DeleteTxn{"/c/x"});
  EXPECT_THAT(removable(server.machine, made, 0), ElementsAre("/c"));
  server.apply(OpCode::delete_container, wire::DeleteTxn{"/c"});
  EXPECT_THAT(removable(server.machine, made, 0), IsEmpty());
  EXPECT_EQ(server.stat("/t").ephemeral_owner, 0);
}

TEST(Apply, ErrorsChangeNothingButTheZxid) {
  Applying server;
  const Picture before = picture_of(server.machine);
  EXPECT_EQ(server.apply(OpCode::error, wire::ErrorTxn{ErrorCode::bad_version}), ErrorCode::bad_version);
  Picture after = picture_of(server.machine);
  EXPECT_EQ(after["zxid"], "0x1");
  after["zxid"] = before.at("zxid");
  EXPECT_EQ(after, before);
}

// Logs of ZooKeeper before 3.4 don't carry the counter.
TEST(Apply, ACreateWithoutCounterCountsOneMore) {
  Applying server;
  server.apply(OpCode::create, create_txn("/a", -1));
  server.apply(OpCode::create, create_txn("/b", -1));
  EXPECT_EQ(server.stat("/").cversion, 2 * 2 - 3);
  server.apply(OpCode::create, create_txn("/b", -1));
  EXPECT_EQ(server.stat("/").cversion, 2 * 2 - 3) << "a child that is there has been counted";
}

// ---- the end of a session ----

TEST(Apply, ACloseWithoutListDeletesByOwner) {
  Applying server;
  server.apply(OpCode::create_session, wire::CreateSessionTxn{4000});
  server.apply(OpCode::create, create_txn("/p", 1));
  for (const char* path : {"/p/1", "/p/2", "/p/3"}) server.apply(OpCode::create, create_txn(path, 1, "", true));
  server.apply(OpCode::create, create_txn("/p/bob", 4, "", true), Applying::bob);
  server.apply(OpCode::close_session, wire::CloseSessionTxn{});
  EXPECT_THAT(children_of(server.machine, "/p"), ElementsAre("/p/bob"));
  EXPECT_EQ(server.machine.facts().ephemerals, 1U);
  EXPECT_EQ(server.stat("/p").pzxid, server.zxid);
}

TEST(Apply, ACloseWhoseListIsTooShortDeletesTheRestByOwner) {
  Applying server;
  server.apply(OpCode::create_session, wire::CreateSessionTxn{4000});
  for (const char* path : {"/1", "/2", "/3"}) server.apply(OpCode::create, create_txn(path, 1, "", true));
  server.apply(OpCode::close_session, wire::CloseSessionTxn{{{"/2", "/gone"}}});
  EXPECT_THAT(children_of(server.machine, "/"), ElementsAre("/zookeeper"));
  EXPECT_EQ(server.machine.facts().sessions, 0U);
}

TEST(Apply, ACloseTellsNodeByNodeInTheOrderOfItsList) {
  Applying server;
  server.open(Applying::alice);
  server.apply(OpCode::create, create_txn("/1", 1, "", true));
  server.apply(OpCode::create, create_txn("/2", 2, "", true));
  server.watch_always(1, "/", recursive_watch);
  server.watch_always(2, "/", persistent_watch);
  server.apply(OpCode::close_session, wire::CloseSessionTxn{{{"/2", "/1"}}});
  EXPECT_THAT(server.events.take(),
              ElementsAre("w1 deleted /2 4", "w2 children / 4", "w1 deleted /1 4", "w2 children / 4"));
}

// ---- watches ----

TEST(Apply, ACreateTellsOfTheNodeThenOfTheParentsChildren) {
  Applying server;
  server.watch(1, OpCode::exists, "/a");
  server.watch(2, OpCode::get_children, "/");
  server.watch_always(3, "/", recursive_watch);
  server.apply(OpCode::create, create_txn("/a", 1));
  EXPECT_THAT(server.events.take(), ElementsAre("w1 created /a 1", "w3 created /a 1", "w2 children / 1"));
  server.apply(OpCode::create, create_txn("/b", 2));
  EXPECT_THAT(server.events.take(), ElementsAre("w3 created /b 2"));
}

TEST(Apply, ADeleteTellsOfTheNodeOnceThenOfTheParentsChildren) {
  Applying server;
  server.apply(OpCode::create, create_txn("/a", 1));
  server.apply(OpCode::create, create_txn("/a/b", 1));
  server.watch(1, OpCode::get_data, "/a/b");
  server.watch(1, OpCode::get_children, "/a/b");
  server.watch(2, OpCode::get_children, "/a/b");
  server.watch(3, OpCode::get_children, "/a");
  server.apply(OpCode::remove, wire::DeleteTxn{"/a/b"});
  EXPECT_THAT(server.events.take(), ElementsAre("w1 deleted /a/b 3", "w2 deleted /a/b 3", "w3 children /a 3"));
}

TEST(Apply, SetDataTellsOfTheNodeAloneAndSetAclNobody) {
  Applying server;
  server.apply(OpCode::create, create_txn("/a", 1));
  server.watch_always(1, "/a", persistent_watch);
  server.watch_always(2, "/", persistent_watch);
  server.apply(OpCode::set_acl, wire::SetAclTxn{"/a", open_list.view(), 1});
  EXPECT_THAT(server.events.take(), IsEmpty());
  server.apply(OpCode::set_data, wire::SetDataTxn{"/a", "x", 1});
  EXPECT_THAT(server.events.take(), ElementsAre("w1 changed /a 3"));
}

TEST(Apply, AMultiTellsItemByItem) {
  Applying server;
  server.open(Applying::alice);
  server.watch_always(1, "/", recursive_watch);
  server.watch(2, OpCode::get_children, "/");
  server.run_multi({create("/a"), create("/a/b"), set_data("/a", "x"), remove("/a/b")});
  EXPECT_THAT(server.events.take(), ElementsAre("w1 created /a 2", "w2 children / 2", "w1 created /a/b 2",
                                                "w1 changed /a 2", "w1 deleted /a/b 2"));
  server.run_multi({create("/c"), remove("/nothing")});
  EXPECT_THAT(server.events.take(), IsEmpty());
}

// The list is the node's own, also of one that is gone, and for its siblings the parent's.
TEST(Apply, AnEventSaysWhoseListDecides) {
  Applying server;
  const AclBytes closed{{perm::all, "ip", "10.0.0.1"}};
  server.watch_always(1, "/", recursive_watch);
  server.watch_always(2, "/", persistent_watch);
  server.watch_always(2, "/a", persistent_watch);
  server.apply(OpCode::create, wire::CreateTxn{"/a", "", closed.view(), false, 1});
  EXPECT_THAT(server.events.take(), ElementsAre("w2 created /a 1 ?", "w1 created /a 1 ?", "w2 children / 1"));
  server.apply(OpCode::create, create_txn("/a/b", 1));
  EXPECT_THAT(server.events.take(), ElementsAre("w1 created /a/b 2", "w2 children /a 2 ?"));
  server.apply(OpCode::remove, wire::DeleteTxn{"/a/b"});
  EXPECT_THAT(server.events.take(), ElementsAre("w1 deleted /a/b 3", "w2 children /a 3 ?"));
  server.apply(OpCode::remove, wire::DeleteTxn{"/a"});
  EXPECT_THAT(server.events.take(), ElementsAre("w2 deleted /a 4 ?", "w1 deleted /a 4 ?", "w2 children / 4"));
}

// Whoever is asked while an event is told must find the list that decides, also that of a node which takes the last
// reference on it away.
TEST(Apply, TheListThatDecidesIsThereWhileTheEventIsTold) {
  struct Asking final : EventSink {
    explicit Asking(StateMachine& asked) : machine(asked) {}
    void fire(WatcherId, const WatchEvent& event) override {
      answers.push_back(machine.may_read(event.acl, from_home));
    }
    StateMachine& machine;
    std::vector<bool> answers;
  };
  Applying server;
  const AclBytes closed{{perm::all, "ip", "10.0.0.1"}};
  server.apply(OpCode::create, wire::CreateTxn{"/a", "", closed.view(), false, 1});
  server.watch_always(1, "/", recursive_watch);
  Asking asking(server.machine);
  wire::Txn txn;
  txn.header.zxid = server.zxid.next();
  txn.header.type = OpCode::remove;
  txn.body = wire::DeleteTxn{"/a"};
  server.machine.apply(txn, 0, asking);
  EXPECT_THAT(asking.answers, ElementsAre(false));
}

// ---- replay ----

TEST(ApplyAgain, CreatingWhatExistsMakesItWhatTheCreateSays) {
  Applying server;
  const AclBytes closed{{perm::all, "ip", "10.0.0.1"}};
  server.apply(OpCode::create, wire::CreateTxn{"/a", "old", closed.view(), true, 1});
  server.apply(OpCode::set_data, wire::SetDataTxn{"/a", "older", 3});
  server.apply_at(Zxid{0, 9}, OpCode::create_container, wire::CreateContainerTxn{"/a", "new", open_list.view(), 1});
  EXPECT_EQ(server.data("/a"), "new");
  EXPECT_EQ(to_text(server.stat("/a")), "stat(9 9 9 0 0 0 3 0)");
  EXPECT_EQ(server.machine.facts().ephemerals, 0U);
  EXPECT_THAT(removable(server.machine, 100000, 1), ElementsAre("/a"));
  EXPECT_EQ(to_text(server.stat("/")), "stat(0 0 1 0 0 0 0 2)") << "counted once";
}

TEST(ApplyAgain, WhatIsNotThereIsLeftAlone) {
  Applying server;
  const Picture before = picture_of(server.machine);
  server.apply_at({}, OpCode::set_data, wire::SetDataTxn{"/no", "x", 1});
  server.apply_at({}, OpCode::set_acl, wire::SetAclTxn{"/no", open_list.view(), 1});
  server.apply_at({}, OpCode::create, create_txn("/no/child", 1));
  server.apply_at({}, OpCode::remove, wire::DeleteTxn{"/no/child"});
  server.apply_at({}, OpCode::remove, wire::DeleteTxn{"/no"});
  server.apply_at({}, OpCode::close_session, wire::CloseSessionTxn{{{"/no"}}}, Applying::bob);
  EXPECT_EQ(picture_of(server.machine), before);
}

// Names that no request could have brought in: a peer's bytes must not stop us.
TEST(ApplyAgain, WhatIsNoPathIsLeftAlone) {
  Applying server;
  const Picture before = picture_of(server.machine);
  for (const char* path : {"", "/", "a", "a/b", "//", "//a", "/zookeeper/"}) {
    server.apply_at({}, OpCode::create, create_txn(path, 0));
    server.apply_at({}, OpCode::remove, wire::DeleteTxn{path});
  }
  EXPECT_EQ(picture_of(server.machine), before);
}

TEST(ApplyAgain, APzxidRisesAlsoWhenTheChildIsGoneAlready) {
  Applying server;
  server.apply(OpCode::create, create_txn("/p", 1));
  server.apply_at(Zxid{0, 7}, OpCode::remove, wire::DeleteTxn{"/p/gone"});
  EXPECT_EQ(server.stat("/p").pzxid.to_wire(), 7);
  server.apply_at(Zxid{0, 5}, OpCode::remove, wire::DeleteTxn{"/p/gone"});
  EXPECT_EQ(server.stat("/p").pzxid.to_wire(), 7);
}

// The children are of a later life of the same path: their creates are still to come.
TEST(ApplyAgain, ADeleteTakesYoungerChildrenWithIt) {
  Applying server;
  for (const char* path : {"/a", "/a/b", "/a/b/c", "/a/d"}) server.apply(OpCode::create, create_txn(path, 1));
  server.apply(OpCode::create, create_txn("/a/b/e", 2, "", true));
  server.apply(OpCode::remove, wire::DeleteTxn{"/a"});
  EXPECT_THAT(children_of(server.machine, "/"), ElementsAre("/zookeeper"));
  EXPECT_EQ(server.machine.facts().ephemerals, 0U);
  EXPECT_EQ(server.machine.facts().znodes, 4U);
}

TEST(ApplyAgain, ASessionThatOpensTwiceHasItsLastTimeout) {
  Applying server;
  server.apply(OpCode::create_session, wire::CreateSessionTxn{4000});
  server.apply(OpCode::create_session, wire::CreateSessionTxn{9000});
  EXPECT_EQ(server.machine.session_timeout_ms(Applying::alice), 9000);
  EXPECT_EQ(server.machine.facts().sessions, 1U);
}

TEST(Apply, ADigestThatDisagreesIsCounted) {
  Applying server;
  wire::Txn txn;
  txn.header.zxid = server.zxid.next();
  txn.header.type = OpCode::create;
  txn.body = create_txn("/a", 1);
  txn.digest = wire::TxnDigest{.version = 1, .tree = 4711};
  server.machine.apply(txn, 0, server.events);
  EXPECT_EQ(server.machine.facts().digest_mismatches, 0U) << "another version says nothing";
  txn.digest->version = wire::TxnDigest::current_version;
  server.machine.apply(txn, 0, server.events);
  EXPECT_EQ(server.machine.facts().digest_mismatches, 1U);
}

}  // namespace
}  // namespace zabra::state
