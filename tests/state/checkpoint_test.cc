// From a state to checkpoints and back: what is loaded is what was there when the last of them was begun, whatever has
// changed while it was encoded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/state/applying.h"
#include "tests/state/disk.h"
#include "wire/checkpoint_format.h"

namespace zabra::state {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ---- round trips ----

TEST(Checkpoint, OfAnEmptyServerHoldsTheReservedNodes) {
  Applying server;
  Disk disk;
  write_checkpoint(server.machine, disk);
  EXPECT_EQ(disk.meta.node_count, 4U);
  EXPECT_EQ(disk.entries.size(), 5U) << "four znodes and the list of /zookeeper/config";
  EXPECT_EQ(loaded_picture(disk), picture_of(server.machine));
}

TEST(Checkpoint, KeepsEveryKindOfNodeListAndSession) {
  Applying server;
  server.open(Applying::alice, 4000);
  server.open(Applying::bob, 9000);
  server.run(create("/a", wire::NullableView{}));
  server.run(Create{.path = "/a/closed", .acl = {{perm::read, "ip", "10.0.0.1"}}});
  server.run(create("/a/e", CreateMode::ephemeral), Applying::bob);
  server.run(Create{.op = OpCode::create_container, .path = "/c", .flags = 4});
  server.run(Create{.op = OpCode::create_ttl, .path = "/t", .flags = 5, .ttl_ms = 9});
  server.run(set_acl("/zookeeper/config", AclBytes{{perm::all, "ip", "::1"}}));
  server.run(set_data("/", "root"));
  Disk disk;
  write_checkpoint(server.machine, disk);
  EXPECT_EQ(loaded_picture(disk), picture_of(server.machine));
  EXPECT_EQ(disk.meta.zxid, server.zxid);
  EXPECT_EQ(disk.meta.txn_checksum, server.checksum);
  EXPECT_EQ(disk.meta.session_count, 2U);
}

TEST(Checkpoint, HoldsOnlyWhatHasChanged) {
  Applying server;
  server.open(Applying::alice);
  for (const char* path : {"/a", "/b", "/c"}) server.run(create(path));
  Disk disk;
  write_checkpoint(server.machine, disk);
  server.run(set_data("/b", "x"));
  server.run(remove("/c"));
  write_checkpoint(server.machine, disk);
  EXPECT_THAT(disk.touched, ElementsAre("remove n/c", "put n/b", "put n"));
  write_checkpoint(server.machine, disk);
  EXPECT_THAT(disk.touched, IsEmpty());
  EXPECT_EQ(loaded_picture(disk), picture_of(server.machine));
}

TEST(Checkpoint, WhatComesAndGoesBetweenTwoLeavesNoTrace) {
  Applying server;
  server.open(Applying::alice);
  server.run(create("/a"));
  Disk disk;
  write_checkpoint(server.machine, disk);
  server.open(Applying::bob);
  server.run(Create{.path = "/a/x", .acl = {{perm::all, "ip", "10.0.0.9"}}}, Applying::bob);
  server.run(create("/a/e", CreateMode::ephemeral), Applying::bob);
  server.run(remove("/a/x"));
  server.close(Applying::bob);
  write_checkpoint(server.machine, disk);
  EXPECT_THAT(disk.touched, ElementsAre("put n/a"));
  EXPECT_EQ(loaded_picture(disk), picture_of(server.machine));
}

TEST(Checkpoint, ARemovedNodeThatCameAgainIsThere) {
  Applying server;
  server.open(Applying::alice);
  server.run(create("/a", "old"));
  Disk disk;
  write_checkpoint(server.machine, disk);
  server.run(remove("/a"));
  server.run(create("/a", "new"));
  write_checkpoint(server.machine, disk);
  EXPECT_EQ(loaded_picture(disk), picture_of(server.machine));
}

// ---- changes while one is encoded ----

TEST(Checkpoint, IsOfTheMomentWhenItBegan) {
  Applying server;
  server.open(Applying::alice);
  for (const char* path : {"/a", "/a/x", "/b"}) server.run(Create{.path = path, .acl = {{perm::all, "ip", "::7"}}});
  server.run(create("/e", CreateMode::ephemeral));
  const Picture before = picture_of(server.machine);
  server.machine.begin_checkpoint();
  EXPECT_TRUE(server.machine.checkpoint_begun());
  server.run(set_data("/a", "later"));
  server.run(remove("/a/x"));
  server.run(set_acl("/b", AclBytes{{perm::all, "ip", "::8"}}));
  server.run(create("/new"));
  server.open(Applying::bob);
  server.close(Applying::alice);
  EXPECT_TRUE(server.machine.encode_checkpoint_slice(everything));
  Disk disk;
  disk.write(server.machine.take_checkpoint());
  EXPECT_FALSE(server.machine.checkpoint_begun());
  EXPECT_EQ(loaded_picture(disk), before);
  write_checkpoint(server.machine, disk);
  EXPECT_EQ(loaded_picture(disk), picture_of(server.machine));
}

// Replay over a newer state opens a session that is there; the newest timeout counts, in each checkpoint its own.
TEST(Checkpoint, ASessionThatOpensAgainIsTheSameSession) {
  Applying server;
  Disk disk;
  const auto open = [&](std::int32_t timeout_ms) {
    server.apply(OpCode::create_session, wire::CreateSessionTxn{timeout_ms});
  };
  open(4000);
  write_checkpoint(server.machine, disk);
  open(9000);
  const Picture before = picture_of(server.machine);
  server.machine.begin_checkpoint();
  open(5000);
  EXPECT_TRUE(server.machine.encode_checkpoint_slice(everything));
  disk.write(server.machine.take_checkpoint());
  EXPECT_EQ(loaded_picture(disk), before);
  server.apply(OpCode::close_session, wire::CloseSessionTxn{});
  write_checkpoint(server.machine, disk);
  EXPECT_THAT(disk.touched, ElementsAre("remove " + wire::session_key(Applying::alice)));
  EXPECT_EQ(loaded_picture(disk), picture_of(server.machine));
}

TEST(Checkpoint, ASliceIsBoundedByItsBytes) {
  Applying server;
  server.open(Applying::alice);
  for (int i = 0; i < 100; ++i) server.run(create("/n" + std::to_string(i), std::string(100, 'x')));
  server.machine.begin_checkpoint();
  int slices = 1;
  while (!server.machine.encode_checkpoint_slice(1000)) ++slices;
  Disk disk;
  disk.write(server.machine.take_checkpoint());
  EXPECT_GE(slices, 18);
  EXPECT_LE(slices, 30);
  EXPECT_EQ(loaded_picture(disk), picture_of(server.machine));
}

// Nodes that came and went still stand in the list: looking past them is work as well.
TEST(Checkpoint, ASliceIsBoundedAlsoWhereThereIsNothingToEncode) {
  Applying server;
  server.open(Applying::alice);
  for (int i = 0; i < 1000; ++i) {
    server.run(create("/n"));
    server.run(remove("/n"));
  }
  server.machine.begin_checkpoint();
  int slices = 1;
  while (!server.machine.encode_checkpoint_slice(1000)) ++slices;
  EXPECT_GE(slices, 10);
}

TEST(Checkpoint, AListGoesWithItsLastNode) {
  Applying server;
  server.open(Applying::alice);
  for (const char* id : {"::1", "::2", "::3"}) {
    server.run(Create{.path = "/" + std::string(id + 2), .acl = {{perm::all, "ip", id}}});
  }
  Disk disk;
  write_checkpoint(server.machine, disk);
  EXPECT_EQ(disk.entries.count(wire::acl_key(4)), 1U);
  server.run(remove("/1"));
  server.run(set_acl("/2", AclBytes::open()));
  server.apply(OpCode::create, wire::CreateTxn{"/3", "", AclBytes::open().view(), false, 1});
  write_checkpoint(server.machine, disk);
  disk.expect_no_idle_list();
  EXPECT_EQ(loaded_picture(disk), picture_of(server.machine));
}

TEST(Checkpoint, RightAfterLoadingIsTheSame) {
  Applying server;
  server.open(Applying::alice);
  server.run(create("/a"));
  Disk disk;
  write_checkpoint(server.machine, disk);
  StateMachine machine{Settings{}};
  ASSERT_TRUE(disk.load_into(machine));
  EXPECT_EQ(machine.dirty_bytes(), 0U);
  const std::string before = encoded(disk.meta);
  write_checkpoint(machine, disk);
  EXPECT_EQ(encoded(disk.meta), before);
  EXPECT_THAT(disk.touched, IsEmpty());
}

// ---- what is dirty ----

TEST(Checkpoint, DirtyBytesAreAboutWhatACheckpointWouldHold) {
  Applying server;
  server.open(Applying::alice);
  Disk disk;
  const auto check = [&] {
    const std::size_t promised = server.machine.dirty_bytes();
    server.machine.begin_checkpoint();
    server.machine.encode_checkpoint_slice(everything);
    const auto checkpoint = server.machine.take_checkpoint();
    EXPECT_GE(promised, checkpoint.batch.bytes());
    EXPECT_LE(promised, checkpoint.batch.bytes() * 11 / 10 + 50);
    EXPECT_EQ(server.machine.dirty_bytes(), 0U);
  };
  check();
  for (int i = 0; i < 50; ++i) {
    const AclBytes acl{{perm::all, "ip", "10.0.0." + std::to_string(i)}};
    server.run(Create{.path = "/n" + std::to_string(i), .data = "some data", .acl = acl});
  }
  check();
  for (int i = 0; i < 20; ++i) {
    server.run(set_data("/n" + std::to_string(i), std::string(300, 'x')));
    server.run(set_data("/n" + std::to_string(i), std::string(200, 'x')));
  }
  for (int i = 10; i < 30; ++i) server.run(remove("/n" + std::to_string(i)));
  check();
  server.open(Applying::bob);
  server.close(Applying::alice);
  check();
}

// ---- quotas ----

TEST(Checkpoint, QuotasAreInForceAndCountedAfterLoading) {
  Applying server;
  server.open(Applying::alice);
  for (const char* path : {"/q", "/q/x", "/zookeeper/quota/q"}) server.run(create(path, "12"));
  server.run(create("/zookeeper/quota/q/zookeeper_limits", "count=9,bytes=9"));
  server.run(create("/zookeeper/quota/q/zookeeper_stats", ""));
  Disk disk;
  write_checkpoint(server.machine, disk);
  Applying again;
  ASSERT_TRUE(disk.load_into(again.machine));
  again.zxid = server.zxid;
  again.run(create("/q/y", "1"));
  EXPECT_EQ(again.data("/zookeeper/quota/q/zookeeper_stats"), "count=3,bytes=5");
}

// ---- damage ----

class DamagedCheckpoint : public testing::Test {
 protected:
  DamagedCheckpoint() {
    server.open(Applying::alice);
    server.run(create("/a", "x"));
    server.run(Create{.path = "/a/b", .acl = {{perm::all, "ip", "::7"}}});
    write_checkpoint(server.machine, disk);
  }
  std::string refusal() const {
    StateMachine machine{Settings{}};
    const Outcome loaded = disk.load_into(machine);
    return loaded ? "" : loaded.fault().reason;
  }
  Applying server;
  Disk disk;
};

TEST_F(DamagedCheckpoint, IsAcceptedWhole) {
  EXPECT_EQ(refusal(), "");
}

TEST_F(DamagedCheckpoint, ANodeMayNotBeMissing) {
  disk.entries.erase("n/a/b");
  EXPECT_EQ(refusal(), "5 znodes where the checkpoint says 6");
}

TEST_F(DamagedCheckpoint, AParentMayNotBeMissing) {
  disk.entries.erase("n/a");
  EXPECT_EQ(refusal(), "znode /a/b: its parent is missing");
}

TEST_F(DamagedCheckpoint, AListMayNotBeMissing) {
  disk.entries.erase(wire::acl_key(2));
  EXPECT_EQ(refusal(), "znode /a/b: its ACL list is missing");
}

TEST_F(DamagedCheckpoint, ASessionMayNotBeMissing) {
  disk.entries.erase(wire::session_key(Applying::alice));
  EXPECT_EQ(refusal(), "0 sessions where the checkpoint says 1");
}

TEST_F(DamagedCheckpoint, ABitMayNotBeFlipped) {
  disk.entries["n/a"].back() ^= 1;
  EXPECT_THAT(refusal(), HasSubstr("digest"));
}

TEST_F(DamagedCheckpoint, AValueMayNotBeCut) {
  for (auto& [key, value] : disk.entries) {
    const std::string whole = value;
    value.pop_back();
    EXPECT_NE(refusal(), "") << key;
    value = whole;
  }
}

TEST_F(DamagedCheckpoint, ANodeMayNotComeTwiceAndTheMetaNotAtAll) {
  StateMachine machine{Settings{}};
  ASSERT_TRUE(disk.load_into(machine));
  EXPECT_FALSE(
      machine.load({.kind = wire::KeyKind::node, .acl_id = 0, .path = "/a", .session = {}}, disk.entries["n/a"]));
  EXPECT_FALSE(machine.load({.kind = wire::KeyKind::meta, .acl_id = 0, .path = {}, .session = {}}, ""));
}

TEST_F(DamagedCheckpoint, ANodeMayNotComeTwiceInARow) {
  StateMachine machine{Settings{}};
  const auto load = [&](std::string_view path) {
    return machine.load({.kind = wire::KeyKind::node, .acl_id = 0, .path = path, .session = {}}, disk.entries["n/a"]);
  };
  ASSERT_TRUE(load("/"));
  ASSERT_TRUE(load("/a"));
  EXPECT_FALSE(load("/a"));
}

// What is expected makes room, no more: neither more nor less of it shows.
TEST(Checkpoint, LoadsTheSameWhateverWasExpected) {
  Applying server;
  for (int i = 0; i < 3000; ++i) server.run(create("/n" + std::to_string(i), ""));
  Disk disk;
  write_checkpoint(server.machine, disk);
  for (const std::uint64_t nodes : {0U, 10U, 3000U, 3004U, 70000U}) {
    StateMachine machine{Settings{.extended_types = true, .hash_seed = 5}};
    wire::CheckpointMeta expected = disk.meta;
    expected.node_count = nodes;
    machine.expect(expected);
    ASSERT_TRUE(disk.load_into(machine)) << nodes;
    EXPECT_EQ(picture_of(machine), loaded_picture(disk)) << nodes;
  }
}

}  // namespace
}  // namespace zabra::state
