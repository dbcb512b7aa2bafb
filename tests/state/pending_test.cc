#include "state/pending.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "state/digest.h"
#include "tests/state/preparing.h"

namespace zabra::state {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using E = ErrorCode;

std::vector<std::string_view> closed_paths(const Prepared& prepared) {
  return *prepared.body<wire::CloseSessionTxn>().paths;
}

const Request ephemeral_e = create("/e", CreateMode::ephemeral);

// ---- sessions ----

TEST(PendingSessions, RequestsOfAClosingSessionAreRefused) {
  Preparing server;
  EXPECT_TRUE(server.preparer.is_open(Preparing::alice));
  server.close(Preparing::alice);
  EXPECT_FALSE(server.preparer.is_open(Preparing::alice));
  EXPECT_EQ(server.code_of(create("/a")), E::session_expired);
  EXPECT_EQ(server.code_of(Request{OpCode::create, "x"}), E::marshalling_error) << "decoding comes first";
  EXPECT_EQ(server.code_of(create("/a"), from_home, Preparing::other), E::ok);
}

TEST(PendingSessions, UnknownOnesAreRefusedAndNewOnesAreKnownAtOnce) {
  Preparing server;
  const SessionId fresh{77};
  EXPECT_EQ(server.code_of(create("/a"), from_home, fresh), E::unknown_session);
  std::string entry;
  server.preparer.prepare_create_session(server.next(fresh), 4000, entry);
  EXPECT_TRUE(server.preparer.is_open(fresh));
  EXPECT_EQ(server.code_of(create("/a"), from_home, fresh), E::ok);
}

TEST(PendingSessions, CloseListsEphemeralsThatAreStillOnTheirWay) {
  Preparing server;
  server.have(create("/p"));
  server.have(ephemeral_e);
  server.have(create("/p/e", CreateMode::ephemeral));
  server.have(create("/p/f", CreateMode::ephemeral), from_home, Preparing::other);
  server.have(create("/gone", CreateMode::ephemeral));
  server.have(remove("/gone"), from_home, Preparing::other);
  const Prepared close = server.close(Preparing::alice);
  EXPECT_THAT(closed_paths(close), UnorderedElementsAre("/e", "/p/e"));
  EXPECT_FALSE(server.exists("/e"));
  EXPECT_TRUE(server.exists("/p/f"));
  EXPECT_EQ(server.preparer.pending().find("/p").child_count(), 1U);
  EXPECT_EQ(server.preparer.pending().find("/p").facts().pzxid, close.txn().header.zxid);
  EXPECT_EQ(close.digest(), server.preparer.pending().tree_digest());
}

TEST(PendingSessions, CloseListsAppliedEphemeralsButThoseThatWillBeGone) {
  Preparing server;
  for (const char* path : {"/e1", "/e2", "/e3"}) {
    NodeFacts facts;
    facts.owner = Owner::session(Preparing::alice);
    server.sessions.add_ephemeral(server.tree, server.tree.add(server.tree.root(), path, "", facts));
  }
  server.have(remove("/e1"));
  server.have(set_data("/e2", "changed"));
  server.have(remove("/e3"));
  server.have(create("/e3", CreateMode::ephemeral), from_home, Preparing::other);
  EXPECT_THAT(closed_paths(server.close(Preparing::alice)), ElementsAre("/e2"));
  EXPECT_THAT(closed_paths(server.close(Preparing::other)), ElementsAre("/e3"));
  EXPECT_THAT(closed_paths(server.close(Preparing::alice)), IsEmpty());
}

TEST(PendingSessions, CloseRequestOfAClientIsTheSame) {
  Preparing server;
  server.have(ephemeral_e);
  const Prepared close = server.prepare({OpCode::close_session, ""});
  EXPECT_EQ(close.type(), OpCode::close_session);
  EXPECT_THAT(closed_paths(close), ElementsAre("/e"));
  EXPECT_EQ(close.txn().header.cxid, 7);
}

TEST(PendingSessions, CloseThatWouldBeTooLongGoesWithoutPathsAndDigest) {
  Preparing server{Settings{.txn_bytes_max = 2000}};
  for (int i = 0; i < 30; ++i) server.have(create("/e" + std::string(60, 'x'), CreateMode::ephemeral_sequential));
  const Prepared close = server.close(Preparing::alice);
  EXPECT_EQ(close.entry().size(), wire::txn_header_bytes);
  EXPECT_FALSE(close.body<wire::CloseSessionTxn>().paths);
  EXPECT_FALSE(close.txn().digest);
  EXPECT_EQ(server.preparer.pending().find("/").child_count(), 1U) << "they are gone all the same";
}

TEST(PendingSessions, AppliedEphemeralsOfAClosingSessionAreGoneAndTheirPathsAreFree) {
  Preparing server;
  const std::uint64_t digest_before_p = server.tree.digest();
  const NodeRef parent = server.tree.add(server.tree.root(), "/p", "", {});
  for (const char* path : {"/p/e1", "/p/e2"}) {
    NodeFacts facts;
    facts.owner = Owner::session(Preparing::alice);
    server.sessions.add_ephemeral(server.tree, server.tree.add(parent, path, "", facts));
  }
  const Prepared close = server.close(Preparing::alice);
  EXPECT_THAT(closed_paths(close), ElementsAre("/p/e1", "/p/e2"));
  EXPECT_EQ(server.preparer.pending().size(), 2U) << "the parent and the session";
  EXPECT_FALSE(server.exists("/p/e1"));
  EXPECT_EQ(server.code_of(remove("/p/e1"), from_home, Preparing::other), E::no_node);
  EXPECT_EQ(server.code_of(create("/p/e1/x"), from_home, Preparing::other), E::no_node);
  server.have(create("/p/e1", CreateMode::ephemeral), from_home, Preparing::other);
  EXPECT_EQ(server.preparer.pending().find("/p").child_count(), 1U);
  server.have(remove("/p/e1"), from_home, Preparing::other);
  const Prepared last = server.prepare(remove("/p"), from_home, Preparing::other);
  EXPECT_EQ(last.code(), E::ok);
  const std::uint64_t root_before = Tree::node_digest_of(server.tree[server.tree.root()]);
  NodeFacts root = server.tree[server.tree.root()].facts;
  root.pzxid = last.txn().header.zxid;
  const std::uint64_t root_after = node_digest(root, server.tree[server.tree.root()].content_crc);
  const std::uint64_t without_p = digest_before_p - root_before + root_after;
  EXPECT_EQ(last.digest(), without_p) << "nothing of /p is left in it";
}

// ---- leaving ----

TEST(Pending, RecordsLeaveWithTheLastTransactionThatChangedThem) {
  Preparing server;
  server.have(create("/a"));        // 1: / and /a
  server.have(create("/b"));        // 2: / and /b
  server.have(set_data("/a", ""));  // 3: /a
  const Pending& pending = server.preparer.pending();
  EXPECT_EQ(pending.size(), 3U);
  server.preparer.applied(Zxid{0, 1});
  EXPECT_EQ(pending.size(), 3U) << "all of them are changed again";
  server.preparer.applied(Zxid{0, 2});
  EXPECT_EQ(pending.size(), 1U);
  EXPECT_TRUE(pending.find("/a").exists());
  server.preparer.applied(Zxid{0, 3});
  EXPECT_TRUE(pending.empty());
}

TEST(Pending, RecordsThatAMultiChangedLeaveWithIt) {
  Preparing server;
  server.have(create("/a"));                                   // 1
  server.have(create("/b"));                                   // 2
  server.have(multi({set_data("/a", ""), create("/c")}));      // 3: /a, /, /c
  server.prepare(multi({set_data("/b", ""), remove("/nn")}));  // 4 fails: /b stays with 2
  server.preparer.applied(Zxid{0, 2});
  EXPECT_FALSE(server.exists("/b")) << "no tree is behind this test: it is forgotten";
  EXPECT_TRUE(server.exists("/a"));
  EXPECT_TRUE(server.exists("/c"));
  server.preparer.applied(Zxid{0, 3});
  EXPECT_TRUE(server.preparer.pending().empty());
}

TEST(Pending, SessionsLeaveWithTheirLastTransaction) {
  Preparing server;
  std::string entry;
  server.preparer.prepare_create_session(server.next(SessionId{77}), 4000, entry);  // 1
  server.have(create("/e", CreateMode::ephemeral), from_home, SessionId{77});       // 2
  server.close(SessionId{77});                                                      // 3
  server.preparer.applied(Zxid{0, 1});
  EXPECT_EQ(server.preparer.pending().session_state(SessionId{77}), Pending::SessionState::closing);
  server.preparer.applied(Zxid{0, 2});
  server.preparer.applied(Zxid{0, 3});
  EXPECT_TRUE(server.preparer.pending().empty());
  EXPECT_EQ(server.preparer.pending().session_state(SessionId{77}), Pending::SessionState::unknown);
}

TEST(Pending, ForgettingLeavesTheTreeAndNoReferences) {
  Preparing server;
  const std::size_t lists = server.acls.size();
  server.have(Create{.path = "/x", .acl = joes_alone, .flags = 1}, joe);
  server.have(set_acl("/zookeeper", joes_alone), joe);
  server.close(Preparing::other);
  server.preparer.forget();
  EXPECT_TRUE(server.preparer.pending().empty());
  EXPECT_EQ(server.acls.size(), lists);
  EXPECT_EQ(server.preparer.pending().tree_digest(), server.tree.digest());
  EXPECT_TRUE(server.preparer.is_open(Preparing::other));
  EXPECT_FALSE(server.exists("/x"));
}

TEST(Pending, RootIsOneNodeUnderBothItsNames) {
  Preparing server;
  server.have(set_data("/", "x"));
  server.have(create("/a"));
  EXPECT_EQ(server.preparer.pending().find("").facts().version, 1);
  EXPECT_EQ(server.preparer.pending().find("/").child_count(), 2U);
  EXPECT_EQ(server.preparer.pending().size(), 2U);
}

}  // namespace
}  // namespace zabra::state
