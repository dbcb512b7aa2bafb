#include "state/read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "tests/state/reading.h"
#include "tests/support/hex.h"

namespace zabra::state::test {
namespace {

using testing::UnorderedElementsAre;
using zabra::test::hex;
using zabra::test::hex_of;
using namespace std::string_literals;

constexpr OpCode data_reads[] = {OpCode::exists, OpCode::get_data};
constexpr OpCode child_reads[] = {OpCode::get_children, OpCode::get_children2};
constexpr OpCode path_reads[] = {OpCode::get_acl, OpCode::get_all_children_number};
constexpr std::string_view joe_id = "joe:VAXy9ajBTglP5dEFbkRFkF33wJ4=";

// Every read that asks one znode for something.
std::vector<Request> reads_of(wire::NullableView path) {
  std::vector<Request> requests;
  for (const OpCode op : data_reads) requests.push_back(path_watch(op, path));
  for (const OpCode op : child_reads) requests.push_back(path_watch(op, path));
  for (const OpCode op : path_reads) requests.push_back(path_request(op, path));
  return requests;
}

AclBytes joe_may(std::int32_t perms) {
  return AclBytes{{perms, "digest", std::string(joe_id)}};
}

std::string bytes(const wire::Stat& stat) {
  std::string bytes;
  wire::Writer out(bytes);
  wire::write(out, stat);
  return bytes;
}

std::vector<std::string> strings(std::string_view body) {
  wire::Reader in(body);
  std::vector<std::string> strings(static_cast<std::size_t>(in.read_count()));
  for (std::string& text : strings) text = in.read_string();
  EXPECT_TRUE(in.ok() && in.remaining() == 0);
  return strings;
}

const NodeFacts detailed{.czxid = {1, 2},
                         .mzxid = {1, 3},
                         .pzxid = {1, 4},
                         .ctime = 5,
                         .mtime = 6,
                         .owner = {},
                         .version = 7,
                         .cversion = 8,
                         .aversion = 9,
                         .acl = {}};

// ---- what is read ----

TEST_F(ReadTest, StatIsAllThatExistsAnswers) {
  add("/a", "four", detailed);
  add("/a/b");
  const std::string stat =
      hex("czxid=0000000100000002 mzxid=0000000100000003 ctime=0000000000000005 "
          "mtime=0000000000000006 version=00000007 cversion=0000000f aversion=00000009 "
          "owner=0000000000000000 length=00000004 children=00000001 pzxid=0000000100000004");
  EXPECT_EQ(ask(path_watch(OpCode::exists, "/a")), (ReadAnswer{ErrorCode::ok, stat}));
  EXPECT_EQ(ask(path_watch(OpCode::get_data, "/a")), (ReadAnswer{ErrorCode::ok, hex("00000004") + "four" + stat}));
}

TEST_F(ReadTest, NullDataAndEmptyDataAreToldApart) {
  const NodeRef null = add("/null", std::nullopt), empty = add("/empty", "");
  EXPECT_EQ(ask(path_watch(OpCode::get_data, "/null")).body, hex("ffffffff") + bytes(tree[null].stat()));
  EXPECT_EQ(ask(path_watch(OpCode::get_data, "/empty")).body, hex("00000000") + bytes(tree[empty].stat()));
}

TEST_F(ReadTest, ChildrenAreNamesWithTheStatWhereItIsAskedFor) {
  const NodeRef a = add("/a", "", detailed);
  for (const char* path : {"/a/x", "/a/yy", "/a/x/deeper"}) add(path);
  const std::string names = hex("count=00000002 00000001 78 00000002 7979");
  EXPECT_EQ(ask(path_watch(OpCode::get_children, "/a")), (ReadAnswer{ErrorCode::ok, names}));
  EXPECT_EQ(ask(path_watch(OpCode::get_children2, "/a")), (ReadAnswer{ErrorCode::ok, names + bytes(tree[a].stat())}));
  EXPECT_EQ(ask(path_watch(OpCode::get_children, "/a/yy")), (ReadAnswer{ErrorCode::ok, hex("00000000")}));
}

TEST_F(ReadTest, AHundredThousandChildrenAreListedEachOnce) {
  add("/many");
  std::vector<std::string> names;
  for (int i = 0; i < 100'000; ++i) add("/many/" + names.emplace_back("child-" + std::to_string(i)));
  EXPECT_EQ(strings(ask(path_watch(OpCode::get_children, "/many")).body), names);
}

TEST_F(ReadTest, AllChildrenNumberCountsTheSubtreeWithoutItsTop) {
  for (const char* path : {"/gv", "/gv/a", "/gv/a/b", "/gv/c", "/gvx"}) add(path);
  const auto number_of = [&](std::string_view path) {
    return ask(path_request(OpCode::get_all_children_number, path));
  };
  EXPECT_EQ(number_of("/gv"), (ReadAnswer{ErrorCode::ok, hex("00000003")}));
  EXPECT_EQ(number_of("/gv/a/b"), (ReadAnswer{ErrorCode::ok, hex("00000000")}));
  EXPECT_EQ(number_of("/"), (ReadAnswer{ErrorCode::ok, hex("00000005")}));
  EXPECT_EQ(number_of(""), number_of("/"));
}

TEST_F(ReadTest, TheEmptyPathIsTheRoot) {
  add("/a");
  for (std::size_t i = 0; i < reads_of("").size(); ++i) {
    EXPECT_EQ(ask(reads_of("")[i]), ask(reads_of("/")[i]));
    EXPECT_EQ(ask(reads_of("")[i]).code, ErrorCode::ok);
  }
}

// ---- what is refused, and in which order ----

TEST_F(ReadTest, TruncatedBodiesAndNullPathsCanNotBeDecoded) {
  add("/a");
  for (Request request : reads_of("/a")) {
    EXPECT_EQ(code_of(request), ErrorCode::ok);
    request.body += "trailing bytes are ignored";
    EXPECT_EQ(code_of(request), ErrorCode::ok);
  }
  for (Request request : reads_of("/a")) {
    request.body.pop_back();
    EXPECT_EQ(code_of(request), ErrorCode::marshalling_error);
    EXPECT_EQ(code_of({request.op, ""}), ErrorCode::marshalling_error);
  }
  for (const Request& request : reads_of(std::nullopt)) EXPECT_EQ(code_of(request), ErrorCode::marshalling_error);
}

TEST_F(ReadTest, MissingAndMalformedPathsAreNoNodes) {
  add("/b");
  for (const char* path : {"/no", "/b/no", "b", "/b/", "//", "/..", "//b"}) {
    for (const Request& request : reads_of(path)) EXPECT_EQ(ask(request), (ReadAnswer{ErrorCode::no_node, ""})) << path;
  }
}

TEST_F(ReadTest, OnlyExistsMindsANul) {
  for (const Request& request : reads_of("/a\0b"s)) {
    EXPECT_EQ(code_of(request), request.op == OpCode::exists ? ErrorCode::bad_arguments : ErrorCode::no_node);
  }
}

TEST_F(ReadTest, ReadingNeedsRead) {
  add("/joes", joe_may(perm::read));
  add("/writable", joe_may(perm::write | perm::create | perm::remove));
  for (const Request& request : reads_of("/joes")) {
    EXPECT_EQ(ask(request), (ReadAnswer{ErrorCode::no_auth, ""}));
    EXPECT_EQ(code_of(request, joe), ErrorCode::ok);
    EXPECT_EQ(code_of(request, super), ErrorCode::ok);
  }
  for (const Request& request : reads_of("/writable")) EXPECT_EQ(code_of(request, joe), ErrorCode::no_auth);
}

TEST_F(ReadTest, WhatIsNoReadIsUnimplemented) {
  EXPECT_EQ(code_of({OpCode::set_data, ""}), ErrorCode::unimplemented);
  EXPECT_EQ(code_of({OpCode::sync, ""}), ErrorCode::unimplemented);
}

// ---- getACL ----

TEST_F(ReadTest, AclIsWholeForThoseWhoAdministerAndMaskedForOthers) {
  const AclBytes list{{perm::read, "world", "anyone"}, {perm::all, "digest", std::string(joe_id)}, {1, "ip", "::1"}};
  const AclBytes masked{{perm::read, "world", "anyone"}, {perm::all, "digest", "joe:x"}, {1, "ip", "::1"}};
  const std::string stat = bytes(tree[add("/a", list, detailed)].stat());
  EXPECT_EQ(ask(path_request(OpCode::get_acl, "/a")), (ReadAnswer{ErrorCode::ok, masked.bytes() + stat}));
  EXPECT_EQ(ask(path_request(OpCode::get_acl, "/a"), joe), (ReadAnswer{ErrorCode::ok, list.bytes() + stat}));
  EXPECT_EQ(ask(path_request(OpCode::get_acl, "/a"), super), (ReadAnswer{ErrorCode::ok, list.bytes() + stat}));
}

TEST_F(ReadTest, AdminAloneIsEnoughForTheAclAndForNothingElse) {
  const AclBytes list = joe_may(perm::admin);
  const std::string stat = bytes(tree[add("/a", list)].stat());
  EXPECT_EQ(ask(path_request(OpCode::get_acl, "/a"), joe), (ReadAnswer{ErrorCode::ok, list.bytes() + stat}));
  EXPECT_EQ(code_of(path_request(OpCode::get_acl, "/a")), ErrorCode::no_auth);
  EXPECT_EQ(code_of(path_watch(OpCode::exists, "/a"), joe), ErrorCode::no_auth);
}

TEST(ReadsWithoutAcls, ShowEverythingToEverybody) {
  Tree tree{1};
  AclTable acls{Settings{.skip_acl = true}};
  Sessions sessions;
  WatchTable watches{7};
  Reads reads{tree, acls, sessions, watches};
  NodeFacts facts;
  const AclBytes list = joe_may(perm::admin);
  facts.acl = acls.acquire(list.view());
  const wire::Stat stat = tree[tree.add(tree.root(), "/a", "", facts)].stat();
  for (const Request& request : reads_of("/a")) {
    std::string body;
    wire::Writer reply(body);
    KeptEvents events;
    EXPECT_EQ(reads.read(request.op, request.body, {{}, from_home, {}}, reply, events), ErrorCode::ok);
    if (request.op == OpCode::get_acl) {
      EXPECT_EQ(body, list.bytes() + bytes(stat));
    }
  }
}

// ---- getEphemerals, whoAmI ----

TEST_F(ReadTest, EphemeralsAreTheSessionsOwnByPrefixOfTheText) {
  for (const char* path : {"/e", "/f"}) add(path);
  for (const char* path : {"/eph1", "/e/c", "/e/cx", "/f/c"}) add_ephemeral(path, alice);
  add_ephemeral("/e/others", other);
  const auto below = [&](wire::NullableView prefix) {
    return strings(ask(path_request(OpCode::get_ephemerals, prefix)).body);
  };
  EXPECT_THAT(below("/e"), UnorderedElementsAre("/eph1", "/e/c", "/e/cx"));
  EXPECT_THAT(below("/e/c"), UnorderedElementsAre("/e/c", "/e/cx"));
  EXPECT_THAT(below("/f/c"), UnorderedElementsAre("/f/c"));
  EXPECT_THAT(below("nope"), UnorderedElementsAre());
  EXPECT_THAT(below("/ e"), UnorderedElementsAre());
  for (const wire::NullableView all : {wire::NullableView{}, {""}, {"/"}, {"  \t"}, {" / "}}) {
    EXPECT_THAT(below(all), UnorderedElementsAre("/eph1", "/e/c", "/e/cx", "/f/c"));
  }
  EXPECT_EQ(ask(path_request(OpCode::get_ephemerals, "/"), joe, ann, other),
            (ReadAnswer{ErrorCode::ok, hex("count=00000001 00000009") + "/e/others"}));
  EXPECT_EQ(ask(path_request(OpCode::get_ephemerals, "/"), joe, ann, SessionId{5}).body, hex("00000000"));
  EXPECT_EQ(code_of({OpCode::get_ephemerals, ""}), ErrorCode::marshalling_error);
}

TEST_F(ReadTest, WhoAmINamesUsersWithoutTheirHashes) {
  const AuthIds ids{{"digest", std::string(joe_id)}, {"ip", "127.0.0.1"}};
  EXPECT_EQ(hex_of(ask({OpCode::who_am_i, ""}, ids).body),
            hex_of(hex("00000002 00000006 646967657374 00000003 6a6f65   00000002 6970 00000009 3132372e302e302e31")));
  const AuthIds odd{{"digest", ":hash"}, {"super", ""}, {"x509", "CN=a:b"}};
  EXPECT_EQ(ask({OpCode::who_am_i, ""}, odd).body, hex("00000003 00000006") + "digest" + hex("00000000 00000005") +
                                                       "super" + hex("00000000 00000004") + "x509" + hex("00000006") +
                                                       "CN=a:b");
}

// ---- multiRead ----

// Captured from 3.8.0 (client-protocol facts, 10.9): getData /a, getChildren /, getData /no.
TEST_F(ReadTest, MultiReadAnswersEachItemAsCaptured) {
  add("/a", "bye",
      {.czxid = {0, 4},
       .mzxid = {0, 5},
       .pzxid = {0, 6},
       .ctime = 0x1a20bb410b3,
       .mtime = 0x1a20bb410c2,
       .owner = {},
       .version = 1,
       .cversion = 1,
       .aversion = 0,
       .acl = {}});
  add("/zookeeper");
  const Request request{
      OpCode::multi_read,
      hex("type=00000004 done=00 err=ffffffff path=00000002 2f61 watch=00 | type=00000008 done=00 err=ffffffff "
          "path=00000001 2f watch=00 | type=00000004 done=00 err=ffffffff path=00000003 2f6e6f watch=00 | "
          "type=ffffffff done=01 err=ffffffff")};
  const std::string reply =
      hex("type=00000004 done=00 err=00000000 data=00000003 627965 Stat{ czxid=0000000000000004 mzxid=0000000000000005 "
          "ctime=000001a20bb410b3 mtime=000001a20bb410c2 version=00000001 cversion=00000002 aversion=00000000 "
          "ephOwner=0000000000000000 dataLen=00000003 numCh=00000000 pzxid=0000000000000006 } | type=00000008 done=00 "
          "err=00000000 children.n=00000002 c=00000001 61 c=00000009 7a6f6f6b6565706572 | type=ffffffff done=00 "
          "err=ffffff9b code=ffffff9b | type=ffffffff done=01 err=ffffffff");
  const ReadAnswer answer = ask(request);
  EXPECT_EQ(answer.code, ErrorCode::ok);
  EXPECT_EQ(hex_of(answer.body), hex_of(reply));
}

TEST_F(ReadTest, MultiReadLeavesNoWatchAndHidesWhatMayNotBeRead) {
  add("/joes", joe_may(perm::read));
  const Request request =
      multi_read({path_watch(OpCode::get_data, "/joes", true), path_watch(OpCode::get_children, "/", true)});
  EXPECT_EQ(ask(request).body, hex("ffffffff 00 ffffff9a ffffff9a | 00000008 00 00000000 00000001 00000004") + "joes" +
                                   hex("ffffffff 01 ffffffff"));
  EXPECT_EQ(ask(request, joe).body.substr(0, 13), hex("00000004 00 00000000 00000000"));
  EXPECT_EQ(watch_count(), 0U);
}

TEST_F(ReadTest, MultiReadTakesNothingButGetDataAndGetChildren) {
  EXPECT_EQ(ask(multi_read({})), (ReadAnswer{ErrorCode::ok, hex("ffffffff 01 ffffffff")}));
  const Request good = path_watch(OpCode::get_data, "/");
  EXPECT_EQ(code_of(multi_read({good})), ErrorCode::ok);
  EXPECT_EQ(code_of(multi_read({good}, false)), ErrorCode::marshalling_error);
  for (const Request& bad : {path_watch(OpCode::exists, "/"), path_watch(OpCode::get_children2, "/"),
                             test::create("/x"), path_watch(OpCode::get_data, std::nullopt)}) {
    EXPECT_EQ(code_of(multi_read({good, bad})), ErrorCode::marshalling_error);
  }
}

TEST_F(ReadTest, MultiReadStopsWhereItsConnectionWouldBeClosed) {
  add("/big", std::string(1 << 20, 'x'));
  const auto times = [](std::size_t count) {
    return multi_read(std::vector<Request>(count, path_watch(OpCode::get_data, "/big")));
  };
  EXPECT_EQ(code_of(times(60)), ErrorCode::ok);
  const ReadAnswer refused = ask(times(10'000));
  EXPECT_EQ(refused.code, ErrorCode::marshalling_error);
  EXPECT_LT(refused.body.size(), limits::client_output_max + (2 << 20));
}

}  // namespace
}  // namespace zabra::state::test
