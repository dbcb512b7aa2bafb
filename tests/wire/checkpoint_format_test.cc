#include "wire/checkpoint_format.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/hex.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

TEST(CheckpointMeta, HasItsDocumentedBytes) {
  std::string out;
  Writer writer(out);
  write(writer, CheckpointMeta{2, {3}, {1, 2}, 0xabcdef01, 0x1122334455667788, 9, 1000, 5, {0x0300018bcfe56801}});
  EXPECT_EQ(hex_of(out), hex_of(hex("version=00000002 server=0000000000000003 zxid=0000000100000002 adler=abcdef01 "
                                    "digest=1122334455667788 next_acl=00000009 nodes=00000000000003e8 "
                                    "sessions=0000000000000005 session_id=0300018bcfe56801")));
  const auto meta = decode_checkpoint_meta(out);
  ASSERT_TRUE(meta);
  EXPECT_EQ(meta->server, ServerId{3});
  EXPECT_EQ(meta->zxid, (Zxid{1, 2}));
  EXPECT_EQ(meta->txn_checksum, 0xabcdef01U);
  EXPECT_EQ(meta->tree_digest, 0x1122334455667788U);
  EXPECT_EQ(meta->next_acl_id, 9U);
  EXPECT_EQ(meta->node_count, 1000U);
  EXPECT_EQ(meta->session_count, 5U);
  EXPECT_EQ(meta->session_id_max, SessionId{0x0300018bcfe56801});
}

TEST(CheckpointMeta, OfTheFirstVersionNamesNoSession) {
  const auto meta = decode_checkpoint_meta(hex("version=00000001 server=0000000000000003 zxid=0000000100000002 "
                                               "adler=abcdef01 digest=1122334455667788 next_acl=00000009 "
                                               "nodes=00000000000003e8 sessions=0000000000000005"));
  ASSERT_TRUE(meta);
  EXPECT_EQ(meta->session_count, 5U);
  EXPECT_TRUE(meta->session_id_max.is_none());
}

TEST(CheckpointMeta, OfAnotherVersionOrCutOffIsAFault) {
  std::string out;
  Writer writer(out);
  write(writer, CheckpointMeta{});
  for (std::size_t size = 0; size < out.size(); ++size) {
    EXPECT_FALSE(decode_checkpoint_meta(out.substr(0, size))) << size;
  }
  for (const char version : {'\0', '\3'}) {
    out[3] = version;
    EXPECT_FALSE(decode_checkpoint_meta(out)) << int{version};
  }
}

TEST(NodeRecord, HasItsDocumentedBytes) {
  NodeRecord record;
  record.czxid = {0, 1};
  record.mzxid = {0, 2};
  record.pzxid = {0, 3};
  record.ctime = 4;
  record.mtime = 5;
  record.version = 6;
  record.cversion = 7;
  record.aversion = 8;
  record.owner = Owner::session({9});
  record.acl_id = 10;
  record.data = "hi";
  std::string out;
  Writer writer(out);
  write(writer, record);
  EXPECT_EQ(
      hex_of(out),
      hex_of(hex("czxid=0000000000000001 mzxid=0000000000000002 pzxid=0000000000000003 ctime=0000000000000004 "
                 "mtime=0000000000000005 version=00000006 cversion=00000007 aversion=00000008 owner=0000000000000009 "
                 "acl=0000000a data=00000002 6869")));
  const auto again = decode_node_record(out);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->pzxid, record.pzxid);
  EXPECT_EQ(again->mtime, 5);
  EXPECT_EQ(again->aversion, 8);
  EXPECT_EQ(again->owner, record.owner);
  EXPECT_EQ(again->acl_id, 10U);
  EXPECT_EQ(again->data, NullableView("hi"));
}

TEST(NodeRecord, NullAndEmptyDataAreKeptApart) {
  for (const NullableView data : {NullableView(), NullableView("")}) {
    std::string out;
    Writer writer(out);
    NodeRecord record;
    record.data = data;
    write(writer, record);
    EXPECT_EQ(decode_node_record(out)->data, data);
  }
}

TEST(NodeRecord, CutOffIsAFault) {
  std::string out;
  Writer writer(out);
  write(writer, NodeRecord{});
  for (std::size_t size = 0; size < out.size(); ++size) EXPECT_FALSE(decode_node_record(out.substr(0, size))) << size;
}

TEST(CheckpointKey, IsReadBack) {
  EXPECT_EQ(parse_key(meta_key())->kind, KeyKind::meta);
  EXPECT_EQ(parse_key(acl_key(0xfffffffe))->kind, KeyKind::acl);
  EXPECT_EQ(parse_key(acl_key(0xfffffffe))->acl_id, 0xfffffffeU);
  const std::string node = node_key("/a/b"), root = node_key("/");
  EXPECT_EQ(parse_key(node)->kind, KeyKind::node);
  EXPECT_EQ(parse_key(node)->path, "/a/b");
  EXPECT_EQ(parse_key(root)->path, "/");
  EXPECT_EQ(parse_key(session_key({-2}))->kind, KeyKind::session);
  EXPECT_EQ(parse_key(session_key({-2}))->session, SessionId{-2});
}

TEST(CheckpointKey, HasItsDocumentedBytes) {
  EXPECT_EQ(hex_of(meta_key()), "6d");
  EXPECT_EQ(hex_of(acl_key(10)), "610000000a");
  EXPECT_EQ(hex_of(node_key("/")), "6e");
  EXPECT_EQ(hex_of(node_key("/a")), "6e2f61");
  EXPECT_EQ(hex_of(session_key({0x0102030405060708})), "730102030405060708");
}

TEST(CheckpointKey, OfAnotherShapeIsAFault) {
  for (const char* text : {"", "7a", "6d00", "61000000", "610000000a00", "7301020304050607", "73010203040506070809"}) {
    EXPECT_FALSE(parse_key(hex(text))) << text;
  }
}

TEST(CheckpointKey, ParentsSortBeforeTheirChildren) {
  std::vector<std::string> keys;
  for (const char* path : {"/a/b/c", "/a/b", "/a-b", "/a", "/", "/\xc3\xbc", "/a/b/\xc3\xbc"}) {
    keys.push_back(node_key(path));
  }
  std::ranges::sort(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string path(parse_key(keys[i])->path);
    if (path == "/") continue;
    const std::string parent = path.substr(0, path.rfind('/'));
    const auto at = std::ranges::find(keys, node_key(parent.empty() ? "/" : parent));
    EXPECT_LT(at, keys.begin() + static_cast<std::ptrdiff_t>(i)) << path;
  }
}

struct Recorder {
  void put(std::string_view key, std::string_view value) {
    seen.push_back(std::string(key) + "=" + std::string(value));
  }
  void remove(std::string_view key) { seen.push_back("-" + std::string(key)); }
  std::vector<std::string> seen;
};

TEST(CheckpointBatch, GivesItsChangesInOrder) {
  CheckpointBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.put("a", "1");
  batch.remove("b");
  batch.put("a", "");
  EXPECT_EQ(batch.changes(), 3U);
  EXPECT_GT(batch.bytes(), 0U);
  Recorder recorder;
  batch.for_each(recorder);
  EXPECT_EQ(recorder.seen, (std::vector<std::string>{"a=1", "-b", "a="}));
}

TEST(CheckpointBatch, IsEmptyAfterClear) {
  CheckpointBatch batch;
  batch.put("a", "1");
  batch.clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.changes(), 0U);
  Recorder recorder;
  batch.for_each(recorder);
  EXPECT_TRUE(recorder.seen.empty());
}

}  // namespace
}  // namespace zabra::wire
