// multi and multiRead: vectors 10.7 to 10.9 of the client protocol's reference (captured from 3.8.0), and the rules of
// 3.9 for what may stand inside.
#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "wire/client_packets.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

constexpr const char* end_header = "type=ffffffff done=01 err=ffffffff";

std::string item(OpCode op, std::string_view record) {
  std::string bytes;
  Writer out(bytes);
  write_multi_header(out, op, false, ErrorCode::system_error);
  return bytes.append(record);
}

std::string create_record(std::int32_t flags, bool with_ttl = false) {
  std::string bytes = hex("00000002 2f61 ffffffff 00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65");
  Writer out(bytes);
  out.write_i32(flags);
  if (with_ttl) out.write_i64(1000);
  return bytes;
}

bool decodes(const std::string& items) {
  const std::string bytes = items + hex(end_header);
  return static_cast<bool>(decode_multi(Reader(bytes)));
}

TEST(Multi, IsReadItemByItem) {  // 10.7, body
  const std::string bytes =
      hex("| type=00000001 done=00 err=ffffffff path=00000004 2f612f62 data=ffffffff acl.n=00000001 perms=0000001f "
          "scheme=00000005 776f726c64 id=00000006 616e796f6e65 flags=00000001 | type=0000000d done=00 err=ffffffff "
          "path=00000002 2f61 version=00000001 | type=00000002 done=00 err=ffffffff path=00000004 2f612f62 "
          "version=ffffffff | type=ffffffff done=01 err=ffffffff");
  const auto multi = decode_multi(Reader(bytes));
  ASSERT_TRUE(multi);
  ASSERT_EQ(multi->items.size(), 3U);
  EXPECT_EQ(multi->items[0].op, OpCode::create);
  const auto& create = std::get<CreateRequest>(multi->items[0].request);
  EXPECT_EQ(create.path, NullableView("/a/b"));
  EXPECT_EQ(create.data, std::nullopt);
  EXPECT_EQ(create.flags, 1);
  EXPECT_EQ(multi->items[1].op, OpCode::check);
  EXPECT_EQ(std::get<CheckRequest>(multi->items[1].request).version, 1);
  EXPECT_EQ(multi->items[2].op, OpCode::remove);
  EXPECT_EQ(std::get<DeleteRequest>(multi->items[2].request).path, NullableView("/a/b"));
}

TEST(Multi, MayBeEmpty) {
  const std::string bytes = hex(end_header);
  const auto multi = decode_multi(Reader(bytes));
  ASSERT_TRUE(multi);
  EXPECT_TRUE(multi->items.empty());
}

TEST(Multi, OnlyDoneEndsIt) {
  const std::string odd_end = hex("type=00000005 done=01 err=00000000");
  EXPECT_TRUE(decode_multi(Reader(odd_end)));
  const std::string not_done = hex("type=ffffffff done=00 err=ffffffff");
  EXPECT_FALSE(decode_multi(Reader(not_done)));
}

TEST(Multi, WithoutItsEndIsAFault) {
  EXPECT_FALSE(decode_multi(Reader("")));
  const std::string bytes = item(OpCode::create, create_record(0));
  EXPECT_FALSE(decode_multi(Reader(bytes)));
}

TEST(Multi, CreatesKeepTheirType) {
  for (const OpCode op : {OpCode::create, OpCode::create2, OpCode::create_container}) {
    const std::string bytes = item(op, create_record(2)) + hex(end_header);
    const auto multi = decode_multi(Reader(bytes));
    ASSERT_TRUE(multi);
    EXPECT_EQ(multi->items[0].op, op);
  }
}

TEST(Multi, CreatesTakeFlagsUpToContainer) {
  for (const OpCode op : {OpCode::create, OpCode::create2, OpCode::create_container}) {
    for (const std::int32_t flags : {0, 1, 2, 3, 4}) EXPECT_TRUE(decodes(item(op, create_record(flags)))) << flags;
    for (const std::int32_t flags : {-1, 5, 6, 7, INT32_MIN}) {
      EXPECT_FALSE(decodes(item(op, create_record(flags)))) << flags;
    }
  }
}

TEST(Multi, CreateTtlTakesAnyFlagsAndItsTtl) {
  for (const std::int32_t flags : {0, 5, 6, 7}) {
    const std::string bytes = item(OpCode::create_ttl, create_record(flags, true)) + hex(end_header);
    const auto multi = decode_multi(Reader(bytes));
    ASSERT_TRUE(multi) << flags;
    EXPECT_EQ(multi->items[0].op, OpCode::create_ttl);
    EXPECT_EQ(std::get<CreateRequest>(multi->items[0].request).ttl_ms, 1000);
    EXPECT_EQ(std::get<CreateRequest>(multi->items[0].request).flags, flags);
  }
  EXPECT_FALSE(decode_multi(Reader(item(OpCode::create_ttl, create_record(5)))));
}

TEST(Multi, RefusesWhatMayNotStandInside) {
  const std::string path_and_watch = hex("00000002 2f61 00 00000000 00000000 00000000");
  for (const int op : {0, 3, 4, 6, 7, 8, 9, 11, 12, 14, 16, 20, 22, 100, 101, -10, -11, 99}) {
    EXPECT_FALSE(decodes(item(static_cast<OpCode>(op), path_and_watch))) << op;
  }
  EXPECT_FALSE(decodes(item(OpCode::create, create_record(0)) + item(OpCode::get_data, hex("00000002 2f61 00"))));
}

TEST(MultiResult, OfASuccessIsZooKeepersByteForByte) {  // 10.7
  std::string out;
  ReplyFrame reply(out, 6, {0, 6}, ErrorCode::ok);
  write_multi_header(reply.body(), OpCode::create, false, ErrorCode::ok);
  reply.body().write_string("/a/b");
  write_multi_header(reply.body(), OpCode::check, false, ErrorCode::ok);
  write_multi_header(reply.body(), OpCode::remove, false, ErrorCode::ok);
  write_multi_end(reply.body());
  reply.end();
  EXPECT_EQ(
      hex_of(out),
      hex_of(hex("len=0000003c xid=00000006 zxid=0000000000000006 err=00000000 | type=00000001 done=00 err=00000000 "
                 "path=00000004 2f612f62 | type=0000000d done=00 err=00000000 | type=00000002 done=00 err=00000000 | "
                 "type=ffffffff done=01 err=ffffffff")));
}

TEST(MultiResult, OfAFailureIsZooKeepersByteForByte) {  // 10.8
  std::string out;
  ReplyFrame reply(out, 7, {0, 7}, ErrorCode::ok);
  write_multi_error(reply.body(), ErrorCode::ok);
  write_multi_error(reply.body(), ErrorCode::bad_version);
  write_multi_error(reply.body(), ErrorCode::runtime_inconsistency);
  write_multi_end(reply.body());
  reply.end();
  EXPECT_EQ(
      hex_of(out),
      hex_of(hex("len=00000040 xid=00000007 zxid=0000000000000007 err=00000000 | type=ffffffff done=00 err=00000000 "
                 "code=00000000 | type=ffffffff done=00 err=ffffff99 code=ffffff99 | type=ffffffff done=00 "
                 "err=fffffffe code=fffffffe | type=ffffffff done=01 err=ffffffff")));
}

TEST(MultiRead, IsReadItemByItem) {  // 10.9, body
  const std::string bytes = hex(
      "| type=00000004 done=00 err=ffffffff path=00000002 2f61 watch=00 | type=00000008 done=00 err=ffffffff "
      "path=00000001 2f watch=00 | type=00000004 done=00 err=ffffffff path=00000003 2f6e6f watch=00 | type=ffffffff "
      "done=01 err=ffffffff");
  const auto multi = decode_multi_read(Reader(bytes));
  ASSERT_TRUE(multi);
  ASSERT_EQ(multi->items.size(), 3U);
  EXPECT_EQ(multi->items[0].op, OpCode::get_data);
  EXPECT_EQ(multi->items[1].op, OpCode::get_children);
  EXPECT_EQ(multi->items[1].request.path, NullableView("/"));
  EXPECT_EQ(multi->items[2].request.path, NullableView("/no"));
}

TEST(MultiRead, RefusesEverythingButGetDataAndGetChildren) {
  const std::string empty = hex(end_header);
  EXPECT_TRUE(decode_multi_read(Reader(empty)));
  for (const OpCode op : {OpCode::exists, OpCode::get_children2, OpCode::create, OpCode::check, OpCode::multi_read}) {
    const std::string bytes = item(op, hex("00000002 2f61 00 00000000")) + hex(end_header);
    EXPECT_FALSE(decode_multi_read(Reader(bytes)));
  }
}

TEST(MultiReadResult, IsZooKeepersByteForByte) {  // 10.9
  Stat stat;
  stat.czxid = {0, 4};
  stat.mzxid = {0, 5};
  stat.pzxid = {0, 6};
  stat.ctime = 0x1a20bb410b3;
  stat.mtime = 0x1a20bb410c2;
  stat.version = 1;
  stat.cversion = 2;
  stat.data_length = 3;
  std::string out;
  ReplyFrame reply(out, 8, {0, 7}, ErrorCode::ok);
  Writer& body = reply.body();
  write_multi_header(body, OpCode::get_data, false, ErrorCode::ok);
  body.write_string("bye");
  write(body, stat);
  write_multi_header(body, OpCode::get_children, false, ErrorCode::ok);
  body.write_i32(2);
  body.write_string("a");
  body.write_string("zookeeper");
  write_multi_error(body, ErrorCode::no_node);
  write_multi_end(body);
  reply.end();
  EXPECT_EQ(
      hex_of(out),
      hex_of(hex("len=00000099 xid=00000008 zxid=0000000000000007 err=00000000 | type=00000004 done=00 err=00000000 "
                 "data=00000003 627965 Stat{ czxid=0000000000000004 mzxid=0000000000000005 ctime=000001a20bb410b3 "
                 "mtime=000001a20bb410c2 version=00000001 cversion=00000002 aversion=00000000 "
                 "ephOwner=0000000000000000 dataLen=00000003 numCh=00000000 pzxid=0000000000000006 } | type=00000008 "
                 "done=00 err=00000000 children.n=00000002 c=00000001 61 c=00000009 7a6f6f6b6565706572 | "
                 "type=ffffffff done=00 err=ffffff9b code=ffffff9b | type=ffffffff done=01 err=ffffffff")));
}

}  // namespace
}  // namespace zabra::wire
