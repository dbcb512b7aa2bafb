// The order of the checks, a row for each that can win over the next one; and what the transactions say.
#include "state/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/state/preparing.h"
#include "tests/support/hex.h"

namespace zabra::state {
namespace {

using namespace test;
using testing::ElementsAre;
using zabra::test::hex;
using zabra::test::hex_of;

constexpr auto ephemeral = static_cast<std::int32_t>(CreateMode::ephemeral);
constexpr auto sequential = static_cast<std::int32_t>(CreateMode::persistent_sequential);
const AclBytes bad_acl{{perm::all, "nobody", "x"}};
const AclBytes read_only{{perm::read, "world", "anyone"}};

// What the rows are asked against: /a with a child and at version 1, /bare, an ephemeral, /locked that is joe's alone,
// /read with READ for all, a container, a TTL node.
void fill(Preparing& server) {
  server.have(create("/a"));
  server.have(create("/a/child"));
  server.have(set_data("/a", "one"));
  server.have(create("/bare"));
  server.have(create("/eph", CreateMode::ephemeral));
  server.have(Create{.path = "/locked", .acl = joes_alone}, joe);
  server.have(create("/locked/in"), joe);
  server.have(Create{.path = "/read", .acl = read_only});
  server.have(Create{.op = OpCode::create_container, .path = "/container", .flags = 4});
  server.have(Create{.op = OpCode::create_ttl, .path = "/ttl", .flags = 5, .ttl_ms = 100});
}

struct Row {
  const char* why;
  Request request;
  ErrorCode code;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.why; }

class CheckOrder : public testing::TestWithParam<Row> {};

TEST_P(CheckOrder, FirstFailureWins) {
  Preparing server{Settings{.extended_types = true}};
  fill(server);
  const std::uint64_t digest = server.preparer.pending().tree_digest();
  const Prepared prepared = server.prepare(GetParam().request);
  EXPECT_EQ(name(prepared.code()), name(GetParam().code));
  if (prepared.code() == ErrorCode::ok) return;
  EXPECT_EQ(prepared.type(), OpCode::error);
  EXPECT_EQ(prepared.body<wire::ErrorTxn>().error, prepared.code());
  EXPECT_FALSE(prepared.txn().digest);
  EXPECT_EQ(server.preparer.pending().tree_digest(), digest);
}

using E = ErrorCode;

INSTANTIATE_TEST_SUITE_P(
    Create, CheckOrder,
    testing::Values(
        Row{"flag 7 beats a bad path", Create{.path = "foo", .flags = 7}, E::bad_arguments},
        Row{"flag 7 beats a null path", Create{.path = std::nullopt, .flags = 7}, E::bad_arguments},
        Row{"negative flag", Create{.path = "/x", .flags = -1}, E::bad_arguments},
        Row{"TTL flag without a TTL beats a bad ACL", Create{.path = "/x", .acl = bad_acl, .flags = 5},
            E::bad_arguments},
        Row{"createContainer with a TTL flag", Create{.op = OpCode::create_container, .path = "/x", .flags = 6},
            E::bad_arguments},
        Row{"createTTL with TTL 0", Create{.op = OpCode::create_ttl, .path = "/x", .flags = 5, .ttl_ms = 0},
            E::bad_arguments},
        Row{"createTTL beyond 40 bits",
            Create{.op = OpCode::create_ttl, .path = "/x", .flags = 5, .ttl_ms = ttl_ms_max + 1}, E::bad_arguments},
        Row{"createTTL with 40 bits", Create{.op = OpCode::create_ttl, .path = "/x", .flags = 5, .ttl_ms = ttl_ms_max},
            E::ok},
        Row{"createTTL with a plain flag and no TTL", Create{.op = OpCode::create_ttl, .path = "/x", .flags = 0},
            E::bad_arguments},
        Row{"createTTL with an ephemeral flag", Create{.op = OpCode::create_ttl, .path = "/x", .flags = 1, .ttl_ms = 5},
            E::bad_arguments},
        Row{"null path", create(std::nullopt), E::marshalling_error},
        Row{"missing slash beats a bad ACL", Create{.path = "foo", .acl = bad_acl}, E::bad_arguments},
        Row{"NUL beats a bad ACL", Create{.path = std::string_view("/x\0y", 4), .acl = bad_acl}, E::bad_arguments},
        Row{"bad ACL beats a trailing slash", Create{.path = "/a/", .acl = bad_acl}, E::invalid_acl},
        Row{"bad ACL beats a missing parent", Create{.path = "/nn/x", .acl = bad_acl}, E::invalid_acl},
        Row{"bad ACL beats an existing node", Create{.path = "/a", .acl = bad_acl}, E::invalid_acl},
        Row{"bad ACL beats a missing permission", Create{.path = "/read/x", .acl = bad_acl}, E::invalid_acl},
        Row{"bad ACL beats the root", Create{.path = "/", .acl = bad_acl}, E::invalid_acl},
        Row{"empty ACL", Create{.path = "/x", .acl = {}}, E::invalid_acl},
        Row{"ACL entry with a null id", Create{.path = "/x", .acl = AclBytes::with_null_id(31, "digest")},
            E::invalid_acl},
        Row{"missing parent beats a trailing slash", create("/nn/x/"), E::no_node},
        Row{"missing parent beats bad characters", create("/nn/\x01"), E::no_node},
        Row{"parent with a doubled slash is missing", create("/a//x"), E::no_node},
        Row{"missing permission beats bad characters", create("/read/\x01"), E::no_auth},
        Row{"missing permission beats an existing node", create("/locked/in"), E::no_auth},
        Row{"missing permission below the config", create("/zookeeper/config/x"), E::no_auth},
        Row{"trailing slash", create("/a/"), E::bad_arguments},
        Row{"bad characters", create("/a/\x01"), E::bad_arguments},
        Row{"component of two dots", create("/a/.."), E::bad_arguments},
        Row{"path of two slashes", create("//"), E::bad_arguments},
        Row{"malformed UTF-8", create("/a/\xff"), E::bad_arguments}, Row{"empty path", create(""), E::bad_arguments},
        Row{"sequential without a slash", Create{.path = "foo", .flags = sequential}, E::bad_arguments},
        Row{"root exists", create("/"), E::node_exists}, Row{"node exists", create("/a"), E::node_exists},
        Row{"node below an ephemeral", create("/eph/x"), E::no_children_for_ephemerals},
        Row{"node below a container", create("/container/x"), E::ok},
        Row{"ephemeral below a TTL node", Create{.path = "/ttl/x", .flags = ephemeral}, E::ok},
        Row{"sequential with an empty name", Create{.path = "/a/", .flags = sequential}, E::ok},
        Row{"child of a reserved node", create("/zookeeper/x"), E::ok},
        Row{"cut off", Request{OpCode::create, Request(create("/x")).body.substr(0, 20)}, E::marshalling_error},
        Row{"createTTL without its TTL", Request{OpCode::create_ttl, Request(create("/x")).body},
            E::marshalling_error}));

INSTANTIATE_TEST_SUITE_P(
    Delete, CheckOrder,
    testing::Values(Row{"null path", remove(std::nullopt), E::marshalling_error},
                    Row{"no slash", remove("foo"), E::bad_arguments}, Row{"empty path", remove(""), E::bad_arguments},
                    Row{"NUL", remove(std::string_view("/a\0", 3)), E::bad_arguments},
                    Row{"root", remove("/"), E::bad_arguments},
                    Row{"/zookeeper", remove("/zookeeper"), E::bad_arguments},
                    Row{"/zookeeper/quota", remove("/zookeeper/quota"), E::bad_arguments},
                    Row{"/zookeeper/config", remove("/zookeeper/config", 99), E::bad_arguments},
                    Row{"missing parent", remove("/nn/x"), E::no_node},
                    Row{"trailing slash is a missing node", remove("/bare/"), E::no_node},
                    Row{"two slashes are a missing node", remove("//"), E::no_node},
                    Row{"missing permission beats a missing node", remove("/locked/nn"), E::no_auth},
                    Row{"missing permission beats a bad version", remove("/locked/in", 9), E::no_auth},
                    Row{"missing node", remove("/nn"), E::no_node},
                    Row{"bad version beats children", remove("/a", 5), E::bad_version},
                    Row{"version -2 is not any", remove("/bare", -2), E::bad_version},
                    Row{"children", remove("/a", 1), E::not_empty},
                    Row{"the node's own ACL does not count", remove("/read", 0), E::ok},
                    Row{"right version", remove("/a/child", 0), E::ok},
                    Row{"cut off", Request{OpCode::remove, "x"}, E::marshalling_error}));

INSTANTIATE_TEST_SUITE_P(
    SetData, CheckOrder,
    testing::Values(Row{"null path", set_data(std::nullopt, "x"), E::bad_arguments},
                    Row{"bad path beats a missing node", set_data("/nn/", "x"), E::bad_arguments},
                    Row{"empty path", set_data("", "x"), E::bad_arguments},
                    Row{"missing node", set_data("/nn", "x"), E::no_node},
                    Row{"missing permission beats a bad version", set_data("/read", "x", 9), E::no_auth},
                    Row{"the config is read-only", set_data("/zookeeper/config", "x"), E::no_auth},
                    Row{"bad version", set_data("/a", "x", 0), E::bad_version},
                    Row{"version -2 is not any", set_data("/a", "x", -2), E::bad_version},
                    Row{"right version", set_data("/a", "x", 1), E::ok},
                    Row{"null data", set_data("/a", std::nullopt), E::ok}, Row{"root", set_data("/", "x"), E::ok},
                    Row{"cut off", Request{OpCode::set_data, ""}, E::marshalling_error}));

INSTANTIATE_TEST_SUITE_P(
    SetAcl, CheckOrder,
    testing::Values(Row{"null path", set_acl(std::nullopt, read_only), E::bad_arguments},
                    Row{"bad path beats a bad ACL", set_acl("/nn/", bad_acl), E::bad_arguments},
                    Row{"bad ACL beats a missing node", set_acl("/nn", bad_acl), E::invalid_acl},
                    Row{"bad ACL beats a missing permission", set_acl("/read", bad_acl), E::invalid_acl},
                    Row{"empty ACL", set_acl("/a", {}), E::invalid_acl},
                    Row{"missing node", set_acl("/nn", read_only), E::no_node},
                    Row{"missing permission beats a bad version", set_acl("/read", read_only, 9), E::no_auth},
                    Row{"the version is the ACL's", set_acl("/a", read_only, 1), E::bad_version},
                    Row{"right version", set_acl("/a", read_only, 0), E::ok},
                    Row{"root", set_acl("/", read_only), E::ok},
                    Row{"cut off", Request{OpCode::set_acl, "x"}, E::marshalling_error}));

INSTANTIATE_TEST_SUITE_P(Others, CheckOrder,
                         testing::Values(Row{"check stands in a multi only", check("/a"), E::unimplemented},
                                         Row{"a read is no write", Request{OpCode::get_data, ""}, E::unimplemented},
                                         Row{"reconfig is off", reconfig(), E::reconfig_disabled},
                                         Row{"reconfig cut off", Request{OpCode::reconfig, "x"},
                                             E::marshalling_error}));

TEST(Prepare, TtlFlagsAreUnimplementedWhileExtendedTypesAreOff) {
  Preparing server;
  for (const OpCode op : {OpCode::create, OpCode::create2, OpCode::create_container, OpCode::create_ttl}) {
    EXPECT_EQ(server.code_of(Create{.op = op, .path = std::nullopt, .flags = 5, .ttl_ms = 5}), E::unimplemented);
  }
  EXPECT_EQ(server.code_of(Create{.op = OpCode::create_ttl, .path = "/x", .flags = 7, .ttl_ms = 5}), E::bad_arguments);
}

TEST(Prepare, ReconfigOfOneServerIsUnimplementedWhenItIsOn) {
  Preparing server{Settings{.reconfig_enabled = true}};
  EXPECT_EQ(server.code_of(reconfig()), E::unimplemented);
  EXPECT_EQ(server.code_of(reconfig(), from_home, SessionId{9}), E::unknown_session);
}

TEST(Prepare, ALocalSessionWritesWhatIsNotItsOwn) {
  Preparing server{Settings{.extended_types = true}};
  fill(server);
  EXPECT_EQ(server.prepare_local(create("/new", "x")).code(), E::ok);
  EXPECT_EQ(server.prepare_local(set_data("/new", "y")).code(), E::ok);
  EXPECT_EQ(server.prepare_local(create("/locked/x")).code(), E::no_auth) << "all that others are asked, it is";
  EXPECT_EQ(server.prepare_local(reconfig()).code(), E::reconfig_disabled);
  EXPECT_EQ(server.prepare_local(Create{.path = "/x", .flags = 7}).code(), E::bad_arguments);
  for (const OpCode op : {OpCode::create, OpCode::create2}) {
    EXPECT_EQ(server.prepare_local(Create{.op = op, .path = "bad", .flags = ephemeral}).code(),
              E::ephemeral_on_local_session);
  }
  EXPECT_EQ(server.prepare_local(create("/e", CreateMode::ephemeral_sequential)).code(), E::ephemeral_on_local_session);
}

TEST(Prepare, ALocalSessionThatBecomesGlobalOwnsEphemeralsAtOnce) {
  Preparing server;
  const SessionId session{0x200000000000077};
  std::string entry;
  server.preparer.prepare_create_session(server.next(session), 6000, entry);
  const Prepared made = server.prepare(create("/e", CreateMode::ephemeral), from_home, session);
  EXPECT_TRUE(made.body<wire::CreateTxn>().ephemeral);
  server.close(session);
  EXPECT_FALSE(server.exists("/e"));
  EXPECT_EQ(server.prepare_local(create("/late"), session).code(), E::session_expired)
      << "what was global is not taken for a local one while its close is on its way";
}

TEST(Prepare, PermissionsAreThoseOfTheCaller) {
  Preparing server{Settings{.extended_types = true}};
  fill(server);
  EXPECT_EQ(server.code_of(create("/locked/x")), E::no_auth);
  EXPECT_EQ(server.code_of(create("/locked/x"), joe), E::ok);
  EXPECT_EQ(server.code_of(create("/locked/y"), super), E::ok);
  Preparing skipping{Settings{.skip_acl = true}};
  EXPECT_EQ(skipping.code_of(create("/zookeeper/config/x")), E::ok);
}

// ---- what transactions say ----

TEST(Prepare, GoldenEntriesOfTheFirstSessionAndNode) {
  Preparing server;
  std::string entry;
  server.preparer.prepare_create_session({Preparing::alice, 0, Zxid{0, 1}, 0x1a20793c2ea}, 6000, entry);
  EXPECT_EQ(hex_of(entry), hex_of(hex("0100001f8b200000 00000000 0000000000000001 000001a20793c2ea fffffff6 00001770"
                                      " 00000002 0000000051c6d660")));
  entry.clear();
  const Request request = create("/a", "hello");
  server.preparer.prepare({Preparing::alice, 1, Zxid{0, 2}, 0x1a20793c2f9}, request.op, request.body,
                          {Preparing::alice, from_home, {}}, entry);
  EXPECT_EQ(hex_of(entry), hex_of(hex("0100001f8b200000 00000001 0000000000000002 000001a20793c2f9 00000001"
                                      " 00000002 2f61 00000005 68656c6c6f 00000001 0000001f 00000005 776f726c64"
                                      " 00000006 616e796f6e65 00 00000001 00000002 000000007715a851")));
}

TEST(Prepare, EntryIsAppendedToWhatIsThere) {
  Preparing server;
  std::string entry = "before";
  const Request request = create("/a/b");
  server.preparer.prepare(server.next(Preparing::alice), request.op, request.body, {Preparing::alice, from_home, {}},
                          entry);
  EXPECT_TRUE(entry.starts_with("before"));
  EXPECT_EQ(wire::decode_txn(std::string_view(entry).substr(6))->header.type, OpCode::error);
}

struct Kind {
  OpCode op;
  std::int32_t flags;
  OpCode txn;
  Owner owner;
  const char* path;
};

class CreateKind : public testing::TestWithParam<Kind> {};

TEST_P(CreateKind, OperationAndFlagsDecideWhatIsMade) {
  Preparing server{Settings{.extended_types = true}};
  const Kind& kind = GetParam();
  const std::int64_t ttl_ms = kind.op == OpCode::create_ttl ? 250 : -1;
  const Prepared prepared = server.prepare(Create{.op = kind.op, .path = "/n", .flags = kind.flags, .ttl_ms = ttl_ms});
  ASSERT_EQ(prepared.code(), E::ok);
  EXPECT_EQ(prepared.type(), kind.txn);
  ASSERT_TRUE(server.exists(kind.path));
  EXPECT_EQ(server.preparer.pending().find(kind.path).facts().owner, kind.owner);
  if (const auto* made = std::get_if<wire::CreateTxn>(&prepared.txn().body)) {
    EXPECT_EQ(made->ephemeral, kind.owner.is_ephemeral());
  }
}

const Owner of_alice = Owner::session(Preparing::alice);

INSTANTIATE_TEST_SUITE_P(
    Flags, CreateKind,
    testing::Values(Kind{OpCode::create, 0, OpCode::create, Owner::none(), "/n"},
                    Kind{OpCode::create, 1, OpCode::create, of_alice, "/n"},
                    Kind{OpCode::create, 2, OpCode::create, Owner::none(), "/n0000000000"},
                    Kind{OpCode::create, 3, OpCode::create, of_alice, "/n0000000000"},
                    Kind{OpCode::create, 4, OpCode::create_container, Owner::container(), "/n"},
                    Kind{OpCode::create2, 1, OpCode::create2, of_alice, "/n"},
                    Kind{OpCode::create2, 4, OpCode::create_container, Owner::container(), "/n"},
                    Kind{OpCode::create_container, 0, OpCode::create_container, Owner::container(), "/n"},
                    Kind{OpCode::create_container, 1, OpCode::create_container, Owner::container(), "/n"},
                    Kind{OpCode::create_container, 2, OpCode::create_container, Owner::container(), "/n0000000000"},
                    Kind{OpCode::create_container, 3, OpCode::create_container, Owner::container(), "/n0000000000"},
                    Kind{OpCode::create_container, 4, OpCode::create_container, Owner::container(), "/n"},
                    Kind{OpCode::create_ttl, 5, OpCode::create_ttl, Owner::ttl(250), "/n"},
                    Kind{OpCode::create_ttl, 6, OpCode::create_ttl, Owner::ttl(250), "/n0000000000"}));

TEST(Prepare, SequentialNamesCountCreatesOfTheParent) {
  Preparing server;
  server.have(create("/p"));
  const auto path_of_next = [&] {
    return std::string(server.prepare(create("/p/n-", CreateMode::persistent_sequential)).body<wire::CreateTxn>().path);
  };
  EXPECT_EQ(path_of_next(), "/p/n-0000000000");
  EXPECT_EQ(path_of_next(), "/p/n-0000000001");
  server.have(remove("/p/n-0000000000"));
  server.have(create("/p/plain"));
  EXPECT_EQ(server.code_of(create("/p/plain")), E::node_exists);
  server.have(set_data("/p", "x"));
  EXPECT_EQ(path_of_next(), "/p/n-0000000003");
  server.have(create("/p/n-0000000005"));
  EXPECT_EQ(server.code_of(create("/p/n-", CreateMode::persistent_sequential)), E::node_exists);
  EXPECT_EQ(server.code_of(create("/p/n-", CreateMode::persistent_sequential)), E::node_exists) << "no retry, no count";
}

TEST(Prepare, CounterSticksAtItsEnd) {
  Preparing server;
  NodeFacts facts;
  facts.cversion = 2147483647;
  server.tree.add(server.tree.root(), "/p", "", facts);
  const Prepared last = server.prepare(create("/p/n", CreateMode::persistent_sequential));
  EXPECT_EQ(last.body<wire::CreateTxn>().path, "/p/n2147483647");
  EXPECT_EQ(last.body<wire::CreateTxn>().parent_cversion, -2147483647 - 1);
  EXPECT_EQ(server.preparer.pending().find("/p").facts().cversion, 2147483647);
  EXPECT_EQ(server.code_of(create("/p/n", CreateMode::persistent_sequential)), E::node_exists);
}

TEST(Prepare, VersionsCountOnPastTheirEnd) {
  Preparing server;
  NodeFacts facts;
  facts.version = facts.aversion = 2147483647;
  server.tree.add(server.tree.root(), "/p", "", facts);
  EXPECT_EQ(server.prepare(set_data("/p", "x", 2147483647)).body<wire::SetDataTxn>().version, -2147483647 - 1);
  EXPECT_EQ(server.prepare(set_acl("/p", read_only, 2147483647)).body<wire::SetAclTxn>().version, -2147483647 - 1);
}

TEST(Prepare, AclOfTheTransactionIsTheStoredForm) {
  Preparing server;
  const AclBytes asked{{3, "auth", ""}, {1, "world", "anyone"}, {1, "world", "anyone"}};
  const std::string stored = AclBytes({{3, "digest", joe[1].id}, {1, "world", "anyone"}}).bytes();
  const Prepared made = server.prepare(Create{.path = "/x", .acl = asked}, joe);
  EXPECT_EQ(made.body<wire::CreateTxn>().acl.entries(), std::string_view(stored).substr(4));
  EXPECT_EQ(server.code_of(set_data("/x", "y"), joe), E::ok) << "by the list that is not applied yet";
  EXPECT_EQ(server.code_of(set_data("/x", "y")), E::no_auth);
  const Prepared set = server.prepare(set_acl("/bare", asked), joe);
  EXPECT_EQ(set.code(), E::no_node);
}

TEST(Prepare, NullAndEmptyDataStayApart) {
  Preparing server;
  EXPECT_EQ(server.prepare(create("/null", wire::NullableView{})).body<wire::CreateTxn>().data, std::nullopt);
  EXPECT_EQ(server.prepare(create("/empty", "")).body<wire::CreateTxn>().data, "");
}

TEST(Prepare, EntryThatWouldBeTooLongIsRefused) {
  Preparing server{Settings{.txn_bytes_max = 500}};
  const auto bytes_of = [&](const Request& request) { return server.prepare(request).entry().size(); };
  const std::size_t without_data = bytes_of(create("/x", ""));
  const std::string most(500 - without_data, 'd');
  EXPECT_EQ(bytes_of(create("/y", most)), 500U);
  EXPECT_EQ(server.code_of(create("/z", most + "d")), E::bad_arguments);
  EXPECT_FALSE(server.exists("/z"));
  EXPECT_EQ(server.code_of(set_data("/y", std::string(500, 'd'))), E::bad_arguments);
  EXPECT_EQ(server.code_of(multi({create("/m", most), create("/n", most)})), E::bad_arguments);
  EXPECT_FALSE(server.exists("/m"));
}

// ---- containers ----

TEST(Prepare, OnlyChildlessContainersAndExpiredTtlNodesAreCollected) {
  Preparing server{Settings{.extended_types = true}};
  fill(server);
  EXPECT_EQ(server.delete_container("/nn").code(), E::no_node);
  EXPECT_EQ(server.delete_container("/zookeeper").code(), E::bad_arguments);
  EXPECT_EQ(server.delete_container("/a").code(), E::not_empty);
  EXPECT_EQ(server.delete_container("/eph").code(), E::bad_version);
  EXPECT_EQ(server.delete_container("/bare").code(), E::bad_version) << "it became a plain node in between";
  EXPECT_EQ(server.delete_container("/ttl").code(), E::bad_version) << "its time is not over";
  server.have(create("/container/x"));
  EXPECT_EQ(server.delete_container("/container").code(), E::not_empty);
  server.have(remove("/container/x"));
  const Prepared prepared = server.delete_container("/container");
  EXPECT_EQ(prepared.type(), OpCode::delete_container);
  EXPECT_EQ(prepared.body<wire::DeleteTxn>().path, "/container");
  EXPECT_FALSE(server.exists("/container"));
  server.time_ms += 101;
  EXPECT_EQ(server.delete_container("/ttl").code(), E::ok);
}

// ---- quotas ----

TEST(Prepare, HardQuotasAreCheckedLastOnCreateAndBeforeTheVersionOnSetData) {
  Preparing server{Settings{.enforce_quota = true}};
  server.tree.add(server.tree.root(), "/q", "", {});
  Quota& quota = server.quotas.at("/q");
  server.quotas.set_limits("/q", NodeRef{1}, "count=1,bytes=1=;byteHardLimit=10;countHardLimit=4");
  EXPECT_EQ(server.code_of(create("/q/a", "12345678901")), E::ok) << "no usage is kept without a stats node";
  quota.stats_node = NodeRef{1};
  quota.usage = {.count = 3, .bytes = 9};
  EXPECT_EQ(server.code_of(create("/q/a", "12345678901")), E::node_exists);
  EXPECT_EQ(server.code_of(create("/q/b", "12")), E::quota_exceeded);
  EXPECT_EQ(server.code_of(create("/q/b", "1")), E::ok);
  quota.usage = {.count = 4, .bytes = 11};
  EXPECT_EQ(server.code_of(create("/q/c", "")), E::quota_exceeded);
  EXPECT_EQ(server.code_of(set_data("/q/b", "2", 9)), E::bad_version) << "of equal length: not checked";
  quota.usage.bytes = 20;
  EXPECT_EQ(server.code_of(set_data("/q/b", "", 9)), E::quota_exceeded) << "smaller, and still too large";
  EXPECT_EQ(server.code_of(remove("/q/b")), E::ok);
  EXPECT_EQ(server.code_of(create("/elsewhere", "12345678901")), E::ok);
  server.quotas.set_limits("/q", NodeRef{1}, "nonsense");
  EXPECT_EQ(server.code_of(create("/q/d")), E::marshalling_error);
}

}  // namespace
}  // namespace zabra::state
