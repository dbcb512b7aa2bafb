// What a client writes and reads: the vectors of the client protocol's reference, captured between ZooKeeper 3.8.0 and its
// clients, from the other side than requests_test.cc and reply_test.cc have them.
#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "wire/client_half.h"
#include "wire/frame.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

template <class Request, class... More>
std::string frame_of(std::int32_t xid, OpCode op, const Request& request, const More&... more) {
  std::string body, frame;
  Writer out(body);
  write(out, request, more...);
  append_request(frame, xid, op, body);
  return frame;
}

AclListView open_acl() { return AclListView::trusted(open_acl_entries(), 1); }

// ---- connecting ----

TEST(ConnectRequestOfAClient, IsZooKeepersByteForByte) {  // 10.18
  const Password password = session_password({0x01000074fb1c0001});
  ConnectRequest request;
  request.timeout_ms = 10'000;
  request.session = {0x01000074fb1c0001};
  request.has_read_only = true;
  request.password = std::string_view(password.data(), password.size());
  std::string out = "x";
  append_connect_request(out, request);
  EXPECT_EQ(hex_of(out.substr(1)),
            hex_of(hex("len=0000002d proto=00000000 lastZxid=0000000000000000 timeOut=00002710 sid=01000074fb1c0001 "
                       "passwd=00000010 b95a5eeddb2cf449e9f60a8c50a80719 readOnly=00")));
}

TEST(ConnectResponseAtAClient, IsRead) {  // 10.1
  const std::string frame = hex("proto=00000000 timeOut=00002710 sid=01000074fb1c0001 passwd=00000010 "
                                "b95a5eeddb2cf449e9f60a8c50a80719 readOnly=01");
  const auto response = decode_connect_response(frame);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->timeout_ms, 10'000);
  EXPECT_EQ(response->session, SessionId{0x01000074fb1c0001});
  EXPECT_EQ(response->password, session_password({0x01000074fb1c0001}));
  EXPECT_TRUE(response->read_only);
  const auto old = decode_connect_response(frame.substr(0, 36));
  ASSERT_TRUE(old);
  EXPECT_FALSE(old->read_only);
}

TEST(ConnectResponseAtAClient, ThatIsCutOrHasAnotherPasswordIsAFault) {
  const std::string frame = hex("00000000 00002710 01000074fb1c0001 00000010 b95a5eeddb2cf449e9f60a8c50a80719");
  for (std::size_t cut = 0; cut < frame.size(); ++cut) EXPECT_FALSE(decode_connect_response(frame.substr(0, cut)));
  EXPECT_FALSE(decode_connect_response(hex("00000000 00002710 01000074fb1c0001 0000000f b95a5eeddb2cf449e9f60a8c50a807")));
}

// ---- requests ----

TEST(RequestsOfAClient, CreateIsZooKeepersByteForByte) {  // 10.2
  const CreateRequest request{"/a", "hi", open_acl()};
  EXPECT_EQ(hex_of(frame_of(1, OpCode::create, request, OpCode::create)),
            hex_of(hex("len=00000033 xid=00000001 op=00000001 path=00000002 2f61 data=00000002 6869 acl.n=00000001 "
                       "perms=0000001f scheme=00000005 776f726c64 id=00000006 616e796f6e65 flags=00000000")));
}

TEST(RequestsOfAClient, CreateTtlIsZooKeepersByteForByte) {  // 30.4
  const CreateRequest request{"/gv/t", "", open_acl(), 5, 60'000};
  EXPECT_EQ(hex_of(frame_of(15, OpCode::create_ttl, request, OpCode::create_ttl)),
            hex_of(hex("0000003c 0000000f 00000015 00000005 2f67762f74 00000000 00000001 0000001f 00000005 776f726c64 "
                       "00000006 616e796f6e65 00000005 000000000000ea60")));
}

TEST(RequestsOfAClient, ReadsAndSetDataAreZooKeepersByteForByte) {  // 10.3, 10.6
  EXPECT_EQ(hex_of(frame_of(2, OpCode::get_data, PathWatchRequest{"/a", true})),
            hex_of(hex("len=0000000f xid=00000002 op=00000004 path=00000002 2f61 watch=01")));
  EXPECT_EQ(hex_of(frame_of(5, OpCode::set_data, SetDataRequest{"/a", "bye", 0})),
            hex_of(hex("len=00000019 xid=00000005 op=00000005 path=00000002 2f61 data=00000003 627965 version=00000000")));
}

TEST(RequestsOfAClient, MultiIsZooKeepersByteForByte) {  // 10.7
  std::string body, frame;
  Writer out(body);
  write_multi_item(out, OpCode::create);
  write(out, CreateRequest{"/a/b", std::nullopt, open_acl(), 1}, OpCode::create);
  write_multi_item(out, OpCode::check);
  write(out, CheckRequest{"/a", 1});
  write_multi_item(out, OpCode::remove);
  write(out, DeleteRequest{"/a/b", -1});
  write_multi_end(out);
  append_request(frame, 6, OpCode::multi, body);
  EXPECT_EQ(hex_of(frame),
            hex_of(hex("len=0000006d xid=00000006 op=0000000e | type=00000001 done=00 err=ffffffff path=00000004 2f612f62 "
                       "data=ffffffff acl.n=00000001 perms=0000001f scheme=00000005 776f726c64 id=00000006 616e796f6e65 "
                       "flags=00000001 | type=0000000d done=00 err=ffffffff path=00000002 2f61 version=00000001 | "
                       "type=00000002 done=00 err=ffffffff path=00000004 2f612f62 version=ffffffff | type=ffffffff "
                       "done=01 err=ffffffff")));
}

TEST(RequestsOfAClient, AboutWatchesAreZooKeepersByteForByte) {  // 30.2
  const SetWatchesRequest all{{}, 1, {"/gv"}, {"/gv/e"}, {"/gv/c"}, {"/gv/p"}, {"/gv/r"}};
  const SetWatchesRequest one{{}, 1LL << 40, {"/gv"}, {}, {}, {}, {}};
  EXPECT_EQ(hex_of(frame_of(-8, OpCode::set_watches2, all, OpCode::set_watches2)),
            hex_of(hex("0000004f fffffff8 00000069 0000000000000001 00000001 00000003 2f6776 00000001 00000005 2f67762f65 "
                       "00000001 00000005 2f67762f63 00000001 00000005 2f67762f70 00000001 00000005 2f67762f72")));
  EXPECT_EQ(hex_of(frame_of(-8, OpCode::set_watches, one, OpCode::set_watches)),
            hex_of(hex("00000023 fffffff8 00000065 0000010000000000 00000001 00000003 2f6776 00000000 00000000")));
  EXPECT_EQ(hex_of(frame_of(5, OpCode::add_watch, AddWatchRequest{"/gv", 1})),
            hex_of(hex("00000013 00000005 0000006a 00000003 2f6776 00000001")));
  EXPECT_EQ(hex_of(frame_of(6, OpCode::remove_watches, WatchesRequest{"/gv/zz", 3})),
            hex_of(hex("00000016 00000006 00000012 00000006 2f67762f7a7a 00000003")));
}

TEST(RequestsOfAClient, AuthIsZooKeepersByteForByte) {  // 30.3
  EXPECT_EQ(hex_of(frame_of(-4, OpCode::auth, AuthPacket{0, "digest", "joe:pw"})),
            hex_of(hex("00000020 fffffffc 00000064 00000000 00000006 646967657374 00000006 6a6f653a7077")));
  EXPECT_EQ(hex_of(frame_of(12, OpCode::get_ephemerals, PathRequest{"/gv"})),
            hex_of(hex("0000000f 0000000c 00000067 00000003 2f6776")));
}

// What servers decode of each of them is what was meant.
TEST(RequestsOfAClient, AreReadAsTheyWereWritten) {
  const std::string set_acl = frame_of(1, OpCode::set_acl, SetAclRequest{"/a", open_acl(), 7}).substr(12);
  const auto acl = decode_set_acl(Reader(set_acl));
  ASSERT_TRUE(acl);
  EXPECT_TRUE(acl->acl.is_open());
  EXPECT_EQ(acl->version, 7);
  const std::string reconfig = frame_of(1, OpCode::reconfig, ReconfigRequest{"server.1=a", std::nullopt, "", 5}).substr(12);
  const auto changed = decode_reconfig(Reader(reconfig));
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->joining, NullableView("server.1=a"));
  EXPECT_EQ(changed->leaving, std::nullopt);
  EXPECT_EQ(changed->new_members, NullableView(""));
  EXPECT_EQ(changed->config_version, 5);
}

// ---- replies ----

TEST(RepliesAtAClient, TheHeaderIsXidZxidAndError) {
  const std::string frame = hex("xid=00000003 zxid=0000000000000007 err=ffffff9b");
  Reader in(frame);
  const ReplyHeader header = read_reply_header(in);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(header.xid, 3);
  EXPECT_EQ(header.zxid, 7);
  EXPECT_EQ(header.error, ErrorCode::no_node);
}

TEST(RepliesAtAClient, AWatchEventIsTypeStateAndPath) {  // 30.1
  const std::string body = hex("type=00000004 state=00000003 path=00000003 2f6776");
  const auto event = decode_watch_event(Reader(body));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, EventType::children_changed);
  EXPECT_EQ(event->path, "/gv");
  EXPECT_FALSE(decode_watch_event(Reader(std::string_view(body).substr(0, 14))));
}

TEST(RepliesAtAClient, AMultisResultsHaveHeaders) {  // 10.8
  const std::string body = hex("type=ffffffff done=00 err=ffffff99 code=ffffff99 | type=ffffffff done=01 err=ffffffff");
  Reader in(body);
  const MultiResultHeader failed = read_multi_result_header(in);
  EXPECT_EQ(failed.type, OpCode::error);
  EXPECT_FALSE(failed.done);
  EXPECT_EQ(failed.error, ErrorCode::bad_version);
  EXPECT_EQ(in.read_i32(), static_cast<std::int32_t>(ErrorCode::bad_version));
  EXPECT_TRUE(read_multi_result_header(in).done);
  EXPECT_TRUE(in.ok());
}

}  // namespace
}  // namespace zabra::wire
