// Replies and notifications: vectors of sections 10 and 30 of the client protocol's reference, captured from 3.8.0.
#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "wire/client_packets.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

constexpr std::int64_t created_at = 0x1a20bb410b3;

Stat stat_of_a() {
  Stat stat;
  stat.czxid = stat.mzxid = stat.pzxid = {0, 4};
  stat.ctime = stat.mtime = created_at;
  stat.data_length = 2;
  return stat;
}

TEST(Reply, WithoutABodyIsSixteenBytes) {
  struct Case { std::int32_t xid; std::int64_t zxid; ErrorCode error; const char* bytes; };
  for (const Case& c : {
           Case{3, 4, ErrorCode::no_node, "len=00000010 xid=00000003 zxid=0000000000000004 err=ffffff9b"},      // 10.4
           Case{9, 8, ErrorCode::node_exists, "len=00000010 xid=00000009 zxid=0000000000000008 err=ffffff92"},  // 10.10
           Case{xid_ping, 9, ErrorCode::ok, "len=00000010 xid=fffffffe zxid=0000000000000009 err=00000000"},    // 10.12
           Case{-4, 0, ErrorCode::ok, "len=00000010 xid=fffffffc zxid=0000000000000000 err=00000000"},          // 10.13
           Case{1, -1, ErrorCode::unimplemented, "00000010 00000001 ffffffffffffffff fffffffa"},                // 10.19
           Case{-4, 0, ErrorCode::auth_failed, "00000010 fffffffc 0000000000000000 ffffff8d"},                  // 30.3
           Case{14, 0x13f, ErrorCode::quota_exceeded, "00000010 0000000e 000000000000013f ffffff83"},           // 30.4
           Case{1, 0, ErrorCode::session_closed_require_auth, "00000010 00000001 0000000000000000 ffffff84"},   // 30.4
           Case{6, 0x139, ErrorCode::no_watcher, "00000010 00000006 0000000000000139 ffffff87"},                // 30.2
       }) {
    std::string out;
    append_reply(out, c.xid, c.zxid, c.error);
    EXPECT_EQ(hex_of(out), hex_of(hex(c.bytes)));
  }
}

TEST(Reply, OfCreateIsItsPath) {  // 10.2
  std::string out;
  ReplyFrame reply(out, 1, {0, 4}, ErrorCode::ok);
  reply.body().write_string("/a");
  reply.end();
  EXPECT_EQ(hex_of(out),
            hex_of(hex("len=00000016 xid=00000001 zxid=0000000000000004 err=00000000 path=00000002 2f61")));
}

TEST(Reply, OfGetDataIsDataAndStat) {  // 10.3
  std::string out;
  ReplyFrame reply(out, 2, {0, 4}, ErrorCode::ok);
  reply.body().write_nullable("hi");
  write(reply.body(), stat_of_a());
  reply.end();
  EXPECT_EQ(
      hex_of(out),
      hex_of(hex("len=0000005a xid=00000002 zxid=0000000000000004 err=00000000 data=00000002 6869 Stat{ "
                 "czxid=0000000000000004 mzxid=0000000000000004 ctime=000001a20bb410b3 mtime=000001a20bb410b3 "
                 "version=00000000 cversion=00000000 aversion=00000000 ephOwner=0000000000000000 dataLen=00000002 "
                 "numCh=00000000 pzxid=0000000000000004 }")));
}

TEST(Reply, OfCreate2IsPathAndStat) {  // 10.11
  Stat stat;
  stat.czxid = stat.mzxid = stat.pzxid = {0, 9};
  stat.ctime = stat.mtime = 0x1a20bb410d4;
  stat.ephemeral_owner = 0x01000074fb1c0001;
  std::string out;
  ReplyFrame reply(out, 10, {0, 9}, ErrorCode::ok);
  reply.body().write_string("/a/s-0000000001");
  write(reply.body(), stat);
  reply.end();
  EXPECT_EQ(
      hex_of(out),
      hex_of(hex("len=00000067 xid=0000000a zxid=0000000000000009 err=00000000 path=0000000f "
                 "2f612f732d30303030303030303031 Stat{ czxid=0000000000000009 mzxid=0000000000000009 "
                 "ctime=000001a20bb410d4 mtime=000001a20bb410d4 version=00000000 cversion=00000000 aversion=00000000 "
                 "ephOwner=01000074fb1c0001 dataLen=00000000 numCh=00000000 pzxid=0000000000000009 }")));
}

TEST(Reply, OfGetChildren2IsNamesAndStat) {  // 10.5
  Stat stat;
  stat.num_children = 2;
  stat.pzxid = {0, 4};
  std::string out;
  ReplyFrame reply(out, 4, {0, 4}, ErrorCode::ok);
  const std::size_t count_at = reply.body().reserve_i32();
  reply.body().write_string("a");
  reply.body().write_string("zookeeper");
  reply.body().patch_i32(count_at, 2);
  write(reply.body(), stat);
  reply.end();
  EXPECT_EQ(
      hex_of(out),
      hex_of(hex("len=0000006a xid=00000004 zxid=0000000000000004 err=00000000 children.n=00000002 c=00000001 61 "
                 "c=00000009 7a6f6f6b6565706572 Stat{ czxid=0000000000000000 mzxid=0000000000000000 "
                 "ctime=0000000000000000 mtime=0000000000000000 version=00000000 cversion=00000000 aversion=00000000 "
                 "ephOwner=0000000000000000 dataLen=00000000 numCh=00000002 pzxid=0000000000000004 }")));
}

TEST(Reply, OfGetAclIsListAndStat) {  // 30.3: the digest is masked, since the client lacks ADMIN
  std::string entries;
  Writer writer(entries);
  write(writer, Acl{perm::read, {"world", "anyone"}});
  write(writer, Acl{perm::all, {"digest", "u:x"}});
  Stat stat;
  stat.czxid = stat.mzxid = stat.pzxid = {0, 0x13a};
  stat.ctime = stat.mtime = 0x1a20ba40d26;
  std::string out;
  ReplyFrame reply(out, 10, {0, 0x13a}, ErrorCode::ok);
  write(reply.body(), AclListView::trusted(entries, 2));
  write(reply.body(), stat);
  reply.end();
  EXPECT_EQ(hex_of(out),
            hex_of(hex("00000084 0000000a 000000000000013a 00000000 00000002 00000001 00000005 776f726c64 00000006 "
                       "616e796f6e65 0000001f 00000006 646967657374 00000003 753a78 000000000000013a "
                       "000000000000013a 000001a20ba40d26 000001a20ba40d26 00000000 00000000 00000000 0000000000000000 "
                       "00000000 00000000 000000000000013a")));
}

TEST(Reply, MayTurnIntoAnErrorWhileItIsWritten) {
  std::string out = "earlier";
  ReplyFrame reply(out, 3, {0, 4}, ErrorCode::ok);
  reply.body().write_string("thrown away");
  reply.end_as_error(ErrorCode::no_node);
  EXPECT_EQ(hex_of(out.substr(7)), hex_of(hex("00000010 00000003 0000000000000004 ffffff9b")));
}

TEST(Reply, MayLearnItsZxidLater) {
  std::string out = "earlier";
  ReplyFrame reply(out, 3, zxid_zero, ErrorCode::ok);
  reply.body().write_i32(0);
  reply.set_zxid({1, 2});
  reply.end();
  EXPECT_EQ(hex_of(out.substr(7)), hex_of(hex("00000014 00000003 0000000100000002 00000000 00000000")));
}

TEST(WatchEvent, IsZooKeepersByteForByte) {  // 30.1, 10.6
  struct Case { EventType type; const char* path; const char* bytes; };
  for (const Case& c : {
           Case{EventType::data_changed, "/gv",
                "0000001f ffffffff ffffffffffffffff 00000000 00000003 00000003 00000003 2f6776"},
           Case{EventType::children_changed, "/gv",
                "0000001f ffffffff ffffffffffffffff 00000000 00000004 00000003 00000003 2f6776"},
           Case{EventType::created, "/gv/n",
                "00000021 ffffffff ffffffffffffffff 00000000 00000001 00000003 00000005 2f67762f6e"},
           Case{EventType::deleted, "/gv/n",
                "00000021 ffffffff ffffffffffffffff 00000000 00000002 00000003 00000005 2f67762f6e"},
           Case{EventType::data_changed, "/a",
                "len=0000001e xid=ffffffff zxid=ffffffffffffffff err=00000000 type=00000003 state=00000003 "
                "path=00000002 2f61"},
       }) {
    std::string out;
    append_watch_event(out, c.type, c.path, -1);
    EXPECT_EQ(hex_of(out), hex_of(hex(c.bytes)));
  }
}

TEST(WatchEvent, CarriesTheZxidOfItsTransaction) {
  std::string out;
  append_watch_event(out, EventType::created, "/a", 0x100000002);
  EXPECT_EQ(hex_of(out), hex_of(hex("0000001e ffffffff 0000000100000002 00000000 00000001 00000003 00000002 2f61")));
}

}  // namespace
}  // namespace zabra::wire
