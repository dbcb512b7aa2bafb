#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/state/preparing.h"

namespace zabra::state {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using E = ErrorCode;

std::vector<OpCode> item_types(const Prepared& prepared) {
  std::vector<OpCode> types;
  for (const auto& item : prepared.body<wire::MultiTxn>().items) types.push_back(item.type);
  return types;
}

// All that can be seen of a path.
std::string look(const Preparing& server, std::string_view path) {
  const Pending::Place place = server.preparer.pending().find(path);
  if (!place.exists()) return "none";
  const NodeFacts& facts = place.facts();
  std::string text = to_string(facts.czxid) + " " + to_string(facts.mzxid) + " " + to_string(facts.pzxid);
  for (const std::int64_t number :
       {facts.ctime, facts.mtime, facts.owner.value, std::int64_t{facts.version}, std::int64_t{facts.cversion},
        std::int64_t{facts.aversion}, std::int64_t{facts.acl.value}, std::int64_t{place.child_count()},
        std::int64_t{place.data_length()}}) {
    text += " " + std::to_string(number);
  }
  return text;
}

TEST(PrepareMulti, EmptyOneSucceeds) {
  Preparing server;
  const Prepared prepared = server.prepare(multi({}));
  EXPECT_EQ(prepared.type(), OpCode::multi);
  EXPECT_THAT(item_types(prepared), IsEmpty());
  EXPECT_EQ(prepared.digest(), server.tree.digest());
}

TEST(PrepareMulti, ItemsSeeTheEffectsOfThoseBefore) {
  Preparing server;
  const Prepared prepared = server.prepare(multi({create("/a"), create("/a/b"), set_data("/a", "x", 0), check("/a", 1),
                                                  remove("/a/b"), remove("/a", 1), create("/a", "again")}));
  EXPECT_THAT(prepared.item_codes(), testing::Each(E::ok));
  EXPECT_EQ(std::get<wire::CheckTxn>(prepared.body<wire::MultiTxn>().items[3].body).version, 2) << "the one after it";
  EXPECT_EQ(server.preparer.pending().find("/a").data_length(), 5U);
  EXPECT_EQ(server.preparer.pending().find("/").facts().cversion, 2);
  EXPECT_EQ(prepared.digest(), server.preparer.pending().tree_digest());
}

TEST(PrepareMulti, TypesAreThoseThatEveryReleaseKnows) {
  Preparing server{Settings{.extended_types = true}};
  const Prepared prepared =
      server.prepare(multi({create("/a"), Create{.op = OpCode::create2, .path = "/b"},
                            Create{.op = OpCode::create2, .path = "/c", .flags = 4},
                            Create{.op = OpCode::create_container, .path = "/d", .flags = 0},
                            Create{.op = OpCode::create_ttl, .path = "/e", .flags = 5, .ttl_ms = 9},
                            set_data("/a", "x"), check("/a"), remove("/a")}));
  EXPECT_THAT(item_types(prepared),
              ElementsAre(OpCode::create, OpCode::create, OpCode::create_container, OpCode::create_container,
                          OpCode::create_ttl, OpCode::set_data, OpCode::check, OpCode::remove));
}

TEST(PrepareMulti, FailedOneKeepsWhatWentBeforeAndChangesNothing) {
  Preparing server;
  server.have(create("/a"));
  const std::uint64_t digest = server.preparer.pending().tree_digest();
  const std::string before = look(server, "/a");
  const Prepared prepared =
      server.prepare(multi({create("/a/b"), set_data("/a", "x"), check("/a", 9), remove("/a"), create("/c")}));
  EXPECT_EQ(prepared.code(), E::ok) << "its results say more";
  EXPECT_EQ(prepared.type(), OpCode::multi);
  EXPECT_TRUE(prepared.body<wire::MultiTxn>().failed());
  EXPECT_THAT(prepared.item_codes(),
              ElementsAre(E::ok, E::ok, E::bad_version, E::runtime_inconsistency, E::runtime_inconsistency));
  EXPECT_THAT(item_types(prepared),
              ElementsAre(OpCode::create, OpCode::set_data, OpCode::error, OpCode::error, OpCode::error));
  EXPECT_EQ(prepared.digest(), digest);
  EXPECT_EQ(look(server, "/a"), before);
  EXPECT_FALSE(server.exists("/a/b"));
}

TEST(PrepareMulti, FailedOneGivesItsNumbersBack) {
  Preparing server;
  const Request numbered = create("/n-", CreateMode::persistent_sequential);
  server.have(multi({numbered, numbered}));
  EXPECT_THAT(server.prepare(multi({numbered, numbered, check("/nn")})).item_codes(),
              ElementsAre(E::ok, E::ok, E::no_node));
  const Prepared next = server.prepare(numbered);
  EXPECT_EQ(next.body<wire::CreateTxn>().path, "/n-0000000002");
}

TEST(PrepareMulti, FailureRestoresNodesThatWerePendingWithTheirAclAndOwner) {
  Preparing server;
  server.have(Create{.path = "/kept", .acl = joes_alone, .flags = static_cast<std::int32_t>(CreateMode::ephemeral)},
              joe);
  const std::string before = look(server, "/kept");
  const std::size_t pending = server.preparer.pending().size();
  EXPECT_TRUE(server.prepare(multi({remove("/kept"), create("/kept"), create("/kept/x"), remove("/nn")}), super)
                  .body<wire::MultiTxn>()
                  .failed());
  EXPECT_EQ(look(server, "/kept"), before);
  EXPECT_EQ(server.preparer.pending().size(), pending);
  EXPECT_EQ(server.code_of(set_data("/kept", "x")), E::no_auth);
  EXPECT_EQ(server.code_of(set_data("/kept", "x"), joe), E::ok);
  EXPECT_THAT(*server.close(Preparing::alice).body<wire::CloseSessionTxn>().paths, ElementsAre("/kept"));
}

TEST(PrepareMulti, FailureLetsGoOfListsThatNobodyHas) {
  Preparing server;
  const std::size_t lists = server.acls.size();
  server.prepare(multi({Create{.path = "/x", .acl = joes_alone}, remove("/nn")}), joe);
  EXPECT_EQ(server.acls.size(), lists);
  EXPECT_TRUE(server.preparer.pending().empty());
}

TEST(PrepareMulti, SuccessHoldsEachListOnceForEachNode) {
  Preparing server;
  const std::size_t lists = server.acls.size();
  server.have(Create{.path = "/x", .acl = joes_alone}, joe);
  server.have(multi({remove("/x"), Create{.path = "/x", .acl = joes_alone}, set_data("/x", "1")}), super);
  EXPECT_EQ(server.acls.size(), lists + 1);
  EXPECT_EQ(server.code_of(set_data("/x", "2")), E::no_auth);
  server.have(multi({remove("/x"), create("/x")}));
  EXPECT_EQ(server.acls.size(), lists);
}

TEST(PrepareMulti, ChecksNeedReadAndWholePaths) {
  Preparing server;
  server.have(Create{.path = "/locked", .acl = joes_alone}, joe);
  const auto code_of_check = [&](const Request& asked) { return server.prepare(multi({asked})).item_codes()[0]; };
  EXPECT_EQ(code_of_check(check("/locked", 9)), E::no_auth);
  EXPECT_EQ(code_of_check(check("/nn", 9)), E::no_node);
  EXPECT_EQ(code_of_check(check("/nn/")), E::bad_arguments);
  EXPECT_EQ(code_of_check(check(std::nullopt)), E::bad_arguments);
  EXPECT_EQ(code_of_check(check("/zookeeper/config", 1)), E::bad_version);
}

TEST(PrepareMulti, CreateTtlThatMakesNoTtlNodeFailsAlone) {
  Preparing server{Settings{.extended_types = true}};
  const auto code_of = [&](std::int32_t flags, std::int64_t ttl_ms) {
    const Create request{.op = OpCode::create_ttl, .path = "/t", .flags = flags, .ttl_ms = ttl_ms};
    return server.prepare(multi({request})).item_codes()[0];
  };
  EXPECT_EQ(code_of(0, -1), E::bad_arguments);
  EXPECT_EQ(code_of(5, 0), E::bad_arguments);
  EXPECT_EQ(code_of(5, 1), E::ok);
  Preparing plain;
  EXPECT_THAT(
      plain.prepare(multi({Create{.op = OpCode::create_ttl, .path = "/t", .flags = 5, .ttl_ms = 1}})).item_codes(),
      ElementsAre(E::unimplemented));
}

// What can't be decoded, or makes Java throw, is refused as a whole; nothing of what went before stays.
TEST(PrepareMulti, UndecodableOnesAreRefusedAsAWhole) {
  Preparing server;
  const std::vector<Request> bodies{
      multi({create("/a")}, false),
      multi({create("/a"), set_acl("/a", AclBytes::open())}),
      multi({create("/a"), multi({})}),
      multi({create("/a"), {OpCode::exists, "x"}}),
      multi({create("/a"), create(std::nullopt)}),
      multi({create("/a"), remove(std::nullopt)}),
      multi({create("/a"), Create{.path = "/t", .flags = 5}}),
      multi({create("/a"), Create{.path = "/t", .flags = 7}}),
  };
  for (const Request& request : bodies) {
    const Prepared prepared = server.prepare(request);
    EXPECT_EQ(prepared.type(), OpCode::error);
    EXPECT_EQ(prepared.code(), E::marshalling_error);
    EXPECT_TRUE(server.preparer.pending().empty());
  }
}

TEST(PrepareMulti, AnEphemeralForALocalSessionFailsTheWhole) {
  Preparing server;
  const Prepared prepared =
      server.prepare_local(multi({create("/a"), create("/e", CreateMode::ephemeral), create("/b")}));
  EXPECT_EQ(prepared.type(), OpCode::multi);
  EXPECT_THAT(prepared.item_codes(), ElementsAre(E::ok, E::ephemeral_on_local_session, E::runtime_inconsistency));
  EXPECT_FALSE(server.exists("/a"));
}

TEST(PrepareMulti, OneOfAClosingSessionIsRefusedEvenIfEmpty) {
  Preparing server;
  server.close(Preparing::alice);
  const Prepared prepared = server.prepare(multi({}));
  EXPECT_EQ(prepared.type(), OpCode::error);
  EXPECT_EQ(prepared.code(), E::session_expired);
}

}  // namespace
}  // namespace zabra::state
