#include "wire/records.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/hex.h"
#include "wire/codes.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

constexpr const char* open_list = "00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65";
constexpr const char* two_entries =
    "00000002 00000001 00000005 776f726c64 00000006 616e796f6e65 0000001f 00000006 646967657374 00000003 753a78";

// The Stat of /a in client-protocol vector 10.9.
constexpr const char* stat_of_a =
    "czxid=0000000000000004 mzxid=0000000000000005 ctime=000001a20bb410b3 mtime=000001a20bb410c2 version=00000001 "
    "cversion=00000002 aversion=00000000 ephOwner=0000000000000000 dataLen=00000003 numCh=00000000 "
    "pzxid=0000000000000006";

TEST(Stat, IsReadAndWrittenAsZooKeeperDoes) {
  const std::string bytes = hex(stat_of_a);
  Reader in(bytes);
  const Stat stat = read_stat(in);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(stat.czxid, (Zxid{0, 4}));
  EXPECT_EQ(stat.mzxid, (Zxid{0, 5}));
  EXPECT_EQ(stat.pzxid, (Zxid{0, 6}));
  EXPECT_EQ(stat.ctime, 0x1a20bb410b3);
  EXPECT_EQ(stat.mtime, 0x1a20bb410c2);
  EXPECT_EQ(stat.version, 1);
  EXPECT_EQ(stat.cversion, 2);
  EXPECT_EQ(stat.data_length, 3);

  std::string out;
  Writer writer(out);
  write(writer, stat);
  EXPECT_EQ(hex_of(out), hex_of(bytes));
  EXPECT_EQ(out.size(), stat_bytes);
}

TEST(Stat, FieldsKeepTheirPlaces) {
  const std::string bytes = hex(
      "0000000100000002 0000000300000004 0000000000000005 0000000000000006 00000007 00000008 00000009 000000000000000a "
      "0000000b 0000000c 0000000d0000000e");
  Reader in(bytes);
  const Stat stat = read_stat(in);
  EXPECT_EQ(stat.aversion, 9);
  EXPECT_EQ(stat.ephemeral_owner, 10);
  EXPECT_EQ(stat.num_children, 12);
  EXPECT_EQ(stat.pzxid, (Zxid{13, 14}));
  std::string out;
  Writer writer(out);
  write(writer, stat);
  EXPECT_EQ(hex_of(out), hex_of(bytes));
}

TEST(AclList, TheOpenListIsRecognised) {
  const std::string bytes = hex(open_list);
  Reader in(bytes);
  const AclListView list = read_acl_list(in);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.remaining(), 0U);
  EXPECT_TRUE(list.is_open());
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list.begin()->perms, perm::all);
  EXPECT_EQ(list.begin()->id.scheme, NullableView("world"));
  EXPECT_EQ(list.begin()->id.id, NullableView("anyone"));
}

TEST(AclList, EntriesAreWalkedInOrder) {
  const std::string bytes = hex(two_entries) + "behind";
  Reader in(bytes);
  const AclListView list = read_acl_list(in);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.rest(), "behind");
  EXPECT_FALSE(list.is_open());
  std::vector<std::string> seen;
  for (const Acl& acl : list) {
    seen.push_back(std::to_string(acl.perms) + " " + std::string(*acl.id.scheme) + ":" + std::string(*acl.id.id));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"1 world:anyone", "31 digest:u:x"}));
  EXPECT_EQ(std::count_if(list.begin(), list.end(), [](const Acl& acl) { return acl.perms == 31; }), 1);
}

TEST(AclList, IsWrittenByteForByte) {
  for (const char* text : {open_list, two_entries, "00000000"}) {
    const std::string bytes = hex(text);
    Reader in(bytes);
    const AclListView list = read_acl_list(in);
    std::string out;
    Writer writer(out);
    write(writer, list);
    EXPECT_EQ(hex_of(out), hex_of(bytes));
  }
}

TEST(AclList, NullAndNegativeCountsAreEmpty) {
  for (const char* text : {"ffffffff", "fffffffe", "80000000", "00000000"}) {
    const std::string bytes = hex(text);
    Reader in(bytes);
    const AclListView list = read_acl_list(in);
    EXPECT_TRUE(in.ok());
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.begin(), list.end());
  }
}

TEST(AclList, AHugeCountRunsIntoTheEnd) {
  const std::string bytes = hex("7fffffff 0000001f 00000005 776f726c64 00000006 616e796f6e65");
  Reader in(bytes);
  EXPECT_TRUE(read_acl_list(in).empty());
  EXPECT_FALSE(in.ok());
}

TEST(AclList, NullSchemeAndIdAreKept) {
  const std::string bytes = hex("00000001 0000001f ffffffff 00000000");
  Reader in(bytes);
  const AclListView list = read_acl_list(in);
  ASSERT_TRUE(in.ok());
  EXPECT_EQ(list.begin()->id.scheme, std::nullopt);
  EXPECT_EQ(list.begin()->id.id, NullableView(""));
}

TEST(AclList, AListBuiltFromEntriesReadsBack) {
  std::string entries;
  Writer writer(entries);
  write(writer, Acl{5, {"ip", "10.0.0.0/8"}});
  write(writer, Acl{31, {"world", "anyone"}});
  const AclListView list = AclListView::trusted(entries, 2);
  std::string out;
  Writer list_writer(out);
  write(list_writer, list);
  Reader in(out);
  const AclListView again = read_acl_list(in);
  EXPECT_EQ(again.size(), 2U);
  EXPECT_EQ(again.entries(), entries);
  EXPECT_EQ(again.begin()->id.id, NullableView("10.0.0.0/8"));
}

}  // namespace
}  // namespace zabra::wire
