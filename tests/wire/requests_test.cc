// Requests as clients send them: vectors of sections 10 and 30 of the client protocol's reference, captured from
// clients of ZooKeeper 3.8.0. Each is given as its whole frame.
#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "wire/client_packets.h"
#include "wire/frame.h"

namespace zabra::wire {
namespace {

using test::hex;

// A frame's bytes together with a Reader that stands behind its request header.
struct Request {
  explicit Request(const char* text) : bytes(hex(text)) {
    const auto frame = std::get<FrameCut>(cut(bytes, false, 0xfffff));
    EXPECT_EQ(frame.consumed, bytes.size());
    body = Reader(frame.body);
    header = read_request_header(body);
    EXPECT_TRUE(body.ok());
  }
  std::string bytes;
  Reader body{std::string_view{}};
  RequestHeader header;
};

void expect_open(const AclListView& acl) {
  EXPECT_TRUE(acl.is_open());
  EXPECT_EQ(acl.size(), 1U);
}

TEST(RequestHeader, IsXidAndOperation) {
  EXPECT_EQ(Request("len=00000008 xid=fffffffe op=0000000b").header.op, OpCode::ping);           // 10.12
  EXPECT_EQ(Request("len=00000008 xid=fffffffe op=0000000b").header.xid, xid_ping);
  EXPECT_EQ(Request("len=00000008 xid=0000000c op=0000006b").header.op, OpCode::who_am_i);       // 10.16
  EXPECT_EQ(Request("len=00000008 xid=0000000d op=fffffff5").header.op, OpCode::close_session);  // 10.17
}

TEST(RequestHeader, ThatIsCutOffFails) {
  const std::string bytes = hex("00000001 000000");
  Reader in(bytes);
  read_request_header(in);
  EXPECT_FALSE(in.ok());
}

TEST(Create, IsRead) {  // 10.2
  const Request r(
      "len=00000033 xid=00000001 op=00000001 path=00000002 2f61 data=00000002 6869 acl.n=00000001 perms=0000001f "
      "scheme=00000005 776f726c64 id=00000006 616e796f6e65 flags=00000000");
  EXPECT_EQ(r.header.op, OpCode::create);
  const auto request = decode_create(r.body);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, NullableView("/a"));
  EXPECT_EQ(request->data, NullableView("hi"));
  expect_open(request->acl);
  EXPECT_EQ(request->flags, 0);
  EXPECT_EQ(request->ttl_ms, -1);
}

TEST(Create, EphemeralSequentialIsRead) {  // 10.11
  const Request r(
      "len=00000034 xid=0000000a op=0000000f path=00000005 2f612f732d data=00000000 acl.n=00000001 perms=0000001f "
      "scheme=00000005 776f726c64 id=00000006 616e796f6e65 flags=00000003");
  EXPECT_EQ(r.header.op, OpCode::create2);
  const auto request = decode_create(r.body);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, NullableView("/a/s-"));
  EXPECT_EQ(request->data, NullableView(""));
  EXPECT_EQ(request->flags, static_cast<std::int32_t>(CreateMode::ephemeral_sequential));
}

TEST(Create, ContainerIsRead) {  // 30.4
  const Request r(
      "00000035 00000010 00000013 00000006 2f67762f6374 00000000 00000001 0000001f 00000005 776f726c64 00000006 "
      "616e796f6e65 00000004");
  EXPECT_EQ(r.header.op, OpCode::create_container);
  const auto request = decode_create(r.body);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->flags, static_cast<std::int32_t>(CreateMode::container));
}

constexpr const char* create_ttl_frame =  // 30.4
    "0000003c 0000000f 00000015 00000005 2f67762f74 00000000 00000001 0000001f 00000005 776f726c64 00000006 "
    "616e796f6e65 "
    "00000005 000000000000ea60";

TEST(Create, TtlIsRead) {
  const Request r(create_ttl_frame);
  EXPECT_EQ(r.header.op, OpCode::create_ttl);
  const auto request = decode_create_ttl(r.body);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, NullableView("/gv/t"));
  EXPECT_EQ(request->flags, static_cast<std::int32_t>(CreateMode::persistent_with_ttl));
  EXPECT_EQ(request->ttl_ms, 60000);
}

TEST(Create, TtlWithoutItsTtlIsAFault) {
  const Request r(create_ttl_frame);
  const std::string_view whole = r.body.rest();
  EXPECT_FALSE(decode_create_ttl(Reader(whole.substr(0, whole.size() - 8))));
}

TEST(Create, NullDataAndNullPathDecode) {
  const std::string body = hex("ffffffff ffffffff ffffffff 00000000");
  const auto request = decode_create(Reader(body));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, std::nullopt);
  EXPECT_EQ(request->data, std::nullopt);
  EXPECT_TRUE(request->acl.empty());
}

TEST(Reads, ArePathAndWatch) {
  const Request data("len=0000000f xid=00000002 op=00000004 path=00000002 2f61 watch=01");  // 10.3
  EXPECT_EQ(data.header.op, OpCode::get_data);
  const auto get_data = decode_path_watch(data.body);
  ASSERT_TRUE(get_data);
  EXPECT_EQ(get_data->path, NullableView("/a"));
  EXPECT_TRUE(get_data->watch);

  const Request exists("len=00000010 xid=00000003 op=00000003 path=00000003 2f6e6f watch=00");  // 10.4
  EXPECT_EQ(exists.header.op, OpCode::exists);
  EXPECT_FALSE(decode_path_watch(exists.body)->watch);

  const Request children("len=0000000e xid=00000004 op=0000000c path=00000001 2f watch=00");  // 10.5
  EXPECT_EQ(children.header.op, OpCode::get_children2);
  EXPECT_EQ(decode_path_watch(children.body)->path, NullableView("/"));
}

TEST(SetData, IsRead) {  // 10.6
  const Request r("len=00000019 xid=00000005 op=00000005 path=00000002 2f61 data=00000003 627965 version=00000000");
  const auto request = decode_set_data(r.body);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, NullableView("/a"));
  EXPECT_EQ(request->data, NullableView("bye"));
  EXPECT_EQ(request->version, 0);
}

TEST(DeleteAndCheck, ArePathAndVersion) {
  const std::string body = hex("00000002 2f61 ffffffff");
  EXPECT_EQ(decode_delete(Reader(body))->version, -1);
  EXPECT_EQ(decode_delete(Reader(body))->path, NullableView("/a"));
  EXPECT_EQ(decode_check(Reader(body))->path, NullableView("/a"));
  EXPECT_EQ(decode_check(Reader(body))->version, -1);
}

TEST(SetAcl, IsRead) {
  const std::string body = hex("00000002 2f61 00000001 00000001 00000002 6970 00000003 3a3a31 00000007");
  const auto request = decode_set_acl(Reader(body));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->acl.begin()->id.id, NullableView("::1"));
  EXPECT_EQ(request->version, 7);
}

TEST(PathRequests, AreOnePath) {
  EXPECT_EQ(decode_path(Request("len=0000000d xid=0000000b op=00000009 path=00000001 2f").body)->path,
            NullableView("/"));
  EXPECT_EQ(decode_path(Request("00000011 0000000a 00000006 00000005 2f67762f61").body)->path, NullableView("/gv/a"));
  EXPECT_EQ(decode_path(Request("0000000f 0000000c 00000067 00000003 2f6776").body)->path, NullableView("/gv"));
  EXPECT_EQ(decode_path(Request("0000000f 0000000d 00000068 00000003 2f6776").body)->path, NullableView("/gv"));
  const std::string null = hex("ffffffff");
  EXPECT_EQ(decode_path(Reader(null))->path, std::nullopt);
}

TEST(Auth, IsRead) {
  const Request r(
      "len=0000001d xid=fffffffc op=00000064 type=00000000 scheme=00000006 646967657374 auth=00000003 753a70");
  const auto packet = decode_auth(r.body);  // 10.13
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->scheme, NullableView("digest"));
  EXPECT_EQ(packet->auth, NullableView("u:p"));
  const Request empty("0000001a fffffffc 00000064 00000000 00000006 6e6f73756368 00000000");  // 30.3
  EXPECT_EQ(decode_auth(empty.body)->auth, NullableView(""));
}

TEST(Sasl, IsOneToken) {  // 30.3
  const Request r("0000000c 00000001 00000066 00000000");
  EXPECT_EQ(decode_sasl(r.body)->token, NullableView(""));
}

TEST(SetWatches, ThreeListsAreRead) {  // 10.14
  const Request r(
      "len=00000029 xid=fffffff8 op=00000065 relZxid=0000000000000000 data.n=00000001 path=00000002 2f61 "
      "exist.n=00000001 "
      "path=00000003 2f6e6f child.n=00000000");
  const auto request = decode_set_watches(r.body, false);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->relative_zxid_wire, 0);
  EXPECT_EQ(request->data, std::vector<std::string_view>{"/a"});
  EXPECT_EQ(request->exist, std::vector<std::string_view>{"/no"});
  EXPECT_TRUE(request->child.empty());
}

TEST(SetWatches, FiveListsAreRead) {  // 30.2
  const Request r(
      "0000004f fffffff8 00000069 0000000000000001 00000001 00000003 2f6776 00000001 00000005 2f67762f65 00000001 "
      "00000005 "
      "2f67762f63 00000001 00000005 2f67762f70 00000001 00000005 2f67762f72");
  const auto request = decode_set_watches(r.body, true);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->relative_zxid, (Zxid{0, 1}));
  EXPECT_EQ(request->data, std::vector<std::string_view>{"/gv"});
  EXPECT_EQ(request->exist, std::vector<std::string_view>{"/gv/e"});
  EXPECT_EQ(request->child, std::vector<std::string_view>{"/gv/c"});
  EXPECT_EQ(request->persistent, std::vector<std::string_view>{"/gv/p"});
  EXPECT_EQ(request->persistent_recursive, std::vector<std::string_view>{"/gv/r"});
}

// Seen on 3.8.0: null vectors are refused here, and only here.
TEST(SetWatches, NullListsAndTruncationAreFaults) {
  const std::string null_list = hex("0000000000000001 ffffffff 00000000 00000000");
  EXPECT_FALSE(decode_set_watches(Reader(null_list), false));
  const std::string three_lists = hex("0000000000000001 00000000 00000000 00000000");
  EXPECT_TRUE(decode_set_watches(Reader(three_lists), false));
  EXPECT_FALSE(decode_set_watches(Reader(three_lists), true));
  const std::string huge = hex("0000000000000001 7fffffff 00000001 2f");
  EXPECT_FALSE(decode_set_watches(Reader(huge), false));
}

TEST(WatchRequests, ArePathAndNumber) {  // 30.2
  const Request add("00000013 00000005 0000006a 00000003 2f6776 00000001");
  EXPECT_EQ(decode_add_watch(add.body)->mode, 1);
  EXPECT_EQ(decode_add_watch(add.body)->path, NullableView("/gv"));
  const Request remove("00000016 00000006 00000012 00000006 2f67762f7a7a 00000003");
  EXPECT_EQ(remove.header.op, OpCode::remove_watches);
  EXPECT_EQ(decode_watches(remove.body)->type, 3);
  EXPECT_EQ(decode_watches(remove.body)->path, NullableView("/gv/zz"));
}

TEST(Reconfig, UnusedTextsAreNull) {
  const std::string body = hex("ffffffff 00000001 33 ffffffff ffffffffffffffff");
  const auto request = decode_reconfig(Reader(body));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->joining, std::nullopt);
  EXPECT_EQ(request->leaving, NullableView("3"));
  EXPECT_EQ(request->new_members, std::nullopt);
  EXPECT_EQ(request->config_version, -1);
}

TEST(EveryRequest, MayHaveTrailingBytes) {
  const std::string body = hex("00000002 2f61 01 616263");
  const auto request = decode_path_watch(Reader(body));
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->watch);
}

TEST(AFault, SaysWhereTheBytesGaveOut) {
  const std::string body = hex("00000002 2f61 00000009 6869");
  const auto request = decode_set_data(Reader(body));
  ASSERT_FALSE(request);
  EXPECT_EQ(request.fault().offset, 10U);
  EXPECT_NE(request.fault().reason.find("SetData"), std::string::npos);
}

TEST(ClientRequests, AreThoseThatAClientMaySendByThemselves) {
  for (const int op : {1,  2,  3,  4,  5,  6,   7,   8,   9,   11,  12,  14,  15,  16,
                       17, 18, 19, 21, 22, 100, 101, 102, 103, 104, 105, 106, 107, -11}) {
    EXPECT_TRUE(is_client_request(static_cast<OpCode>(op))) << op;
  }
  for (const int op : {0, -1, 10, 13, 20, 23, 99, 108, 999, 4242, -10, -12}) {
    EXPECT_FALSE(is_client_request(static_cast<OpCode>(op))) << op;
  }
}

TEST(Writes, AreThoseThatBecomeTransactions) {
  for (const int op : {1, 2, 5, 7, 14, 15, 16, 19, 20, 21, -10, -11}) {
    EXPECT_TRUE(is_write(static_cast<OpCode>(op))) << op;
  }
  for (const int op : {3, 4, 6, 8, 9, 11, 12, 13, 17, 18, 22, 100, 101, 102, 103, 104, 105, 106, 107, 0, -1, 99}) {
    EXPECT_FALSE(is_write(static_cast<OpCode>(op))) << op;
  }
}

}  // namespace
}  // namespace zabra::wire
