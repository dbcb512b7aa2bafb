// Transactions against a log that Apache ZooKeeper 3.8.0 wrote (captured_log.h) and the vectors of section 10 of the
// quorum protocol's reference.
#include "wire/txn.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "tests/wire/captured_log.h"
#include "wire/log_format.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

// The entry of the captured transaction with this zxid.
std::string captured_entry(std::size_t zxid) {
  const std::string record = hex(captured_log_records[zxid - 1]);
  return std::string(std::get<LogRecord>(cut_log_record(record, 1 << 20)).entry);
}

struct Captured {
  explicit Captured(std::size_t zxid) : bytes(captured_entry(zxid)), txn(decode_txn(bytes)) {
    EXPECT_TRUE(txn);
    EXPECT_EQ(txn->header.zxid, (Zxid{0, static_cast<std::uint32_t>(zxid)}));
  }
  template <class Body>
  const Body& body() const { return std::get<Body>(txn->body); }
  std::string bytes;
  Result<Txn> txn;
};

constexpr SessionId session{0x0100001bf4890000};

TEST(CapturedLog, EveryTransactionIsWrittenAgainByteForByte) {
  for (const char* text : captured_log_records) {
    const std::string record = hex(text);
    const std::string_view entry = std::get<LogRecord>(cut_log_record(record, 1 << 20)).entry;
    const auto txn = decode_txn(entry);
    ASSERT_TRUE(txn);
    std::string out;
    append_txn(out, *txn);
    EXPECT_EQ(hex_of(out), hex_of(entry));
  }
}

TEST(CapturedLog, CreateSession) {
  const Captured c(1);
  EXPECT_EQ(c.txn->header.session, session);
  EXPECT_EQ(c.txn->header.cxid, 0);
  EXPECT_EQ(c.txn->header.time_ms, 0x1a20bf7ae2c);
  EXPECT_EQ(c.txn->header.type, OpCode::create_session);
  EXPECT_EQ(c.body<CreateSessionTxn>().timeout_ms, 10000);
  ASSERT_TRUE(c.txn->digest);
  EXPECT_EQ(c.txn->digest->version, 2);
  EXPECT_EQ(c.txn->digest->tree, 0x51c6d660U);
}

TEST(CapturedLog, Create) {
  const Captured c(2);
  EXPECT_EQ(c.txn->header.type, OpCode::create);
  const auto& create = c.body<CreateTxn>();
  EXPECT_EQ(create.path, "/a");
  EXPECT_EQ(create.data, NullableView("hello"));
  EXPECT_TRUE(create.acl.is_open());
  EXPECT_FALSE(create.ephemeral);
  EXPECT_EQ(create.parent_cversion, 1);
}

TEST(CapturedLog, Create2OfNullData) {
  const Captured c(3);
  EXPECT_EQ(c.txn->header.type, OpCode::create2);
  EXPECT_EQ(c.body<CreateTxn>().data, std::nullopt);
}

TEST(CapturedLog, EphemeralSequentialCreateWithTwoAclEntries) {
  const Captured c(4);
  const auto& create = c.body<CreateTxn>();
  EXPECT_EQ(create.path, "/a/s-0000000001");
  EXPECT_TRUE(create.ephemeral);
  EXPECT_EQ(create.parent_cversion, 2);
  EXPECT_EQ(create.acl.size(), 2U);
}

TEST(CapturedLog, CreateContainer) {
  const Captured c(5);
  EXPECT_EQ(c.txn->header.type, OpCode::create_container);
  EXPECT_EQ(c.body<CreateContainerTxn>().path, "/container");
  EXPECT_EQ(c.body<CreateContainerTxn>().parent_cversion, 2);
}

TEST(CapturedLog, CreateTtl) {
  const Captured c(6);
  EXPECT_EQ(c.txn->header.type, OpCode::create_ttl);
  EXPECT_EQ(c.body<CreateTtlTxn>().ttl_ms, 1500);
  EXPECT_EQ(c.body<CreateTtlTxn>().parent_cversion, 3);
}

TEST(CapturedLog, SetDataToTextAndToNull) {
  EXPECT_EQ(Captured(7).body<SetDataTxn>().version, 1);
  EXPECT_EQ(Captured(7).body<SetDataTxn>().data->size(), 3U);
  EXPECT_EQ(Captured(8).body<SetDataTxn>().data, std::nullopt);
}

TEST(CapturedLog, SetAcl) {
  const Captured c(9);
  const auto& set = c.body<SetAclTxn>();
  EXPECT_EQ(set.path, "/a/two");
  EXPECT_EQ(set.acl.begin()->id.id, NullableView("127.0.0.1"));
  EXPECT_EQ(set.version, 1);
}

TEST(CapturedLog, AFailedWriteIsAnErrorWithoutDigest) {
  const Captured c(10);
  EXPECT_EQ(c.txn->header.type, OpCode::error);
  EXPECT_EQ(c.body<ErrorTxn>().error, ErrorCode::no_node);
  EXPECT_EQ(c.txn->digest, std::nullopt);
}

TEST(CapturedLog, Multi) {
  const Captured c(11);
  const auto& multi = c.body<MultiTxn>();
  EXPECT_FALSE(multi.failed());
  std::vector<int> types;
  for (const auto& item : multi.items) types.push_back(static_cast<int>(item.type));
  EXPECT_EQ(types, (std::vector<int>{1, 1, 19, 21, 5, 13, 2}));  // 3.8 makes a create of the create2
  EXPECT_EQ(std::get<CreateTtlTxn>(multi.items[3].body).ttl_ms, 60000);
  EXPECT_EQ(std::get<CheckTxn>(multi.items[5].body).version, 2);  // what the check leaves, not what it asked for
  EXPECT_EQ(std::get<DeleteTxn>(multi.items[6].body).path, "/m/two");
  EXPECT_TRUE(c.txn->digest);
}

TEST(CapturedLog, FailedMultiKeepsItsEntriesAndItsDigest) {
  const Captured c(12);
  const auto& multi = c.body<MultiTxn>();
  EXPECT_TRUE(multi.failed());
  ASSERT_EQ(multi.items.size(), 3U);
  EXPECT_EQ(std::get<CreateTxn>(multi.items[0].body).path, "/n");
  EXPECT_EQ(std::get<ErrorTxn>(multi.items[1].body).error, ErrorCode::bad_version);
  EXPECT_EQ(std::get<ErrorTxn>(multi.items[2].body).error, ErrorCode::runtime_inconsistency);
  EXPECT_EQ(c.txn->digest->tree, Captured(11).txn->digest->tree);
}

TEST(CapturedLog, EmptyMulti) { EXPECT_TRUE(Captured(13).body<MultiTxn>().items.empty()); }

TEST(CapturedLog, ReapedContainerAndTtlNodesBelongToNoSession) {
  const Captured container(17), ttl(18);
  EXPECT_EQ(container.txn->header.type, OpCode::delete_container);
  EXPECT_TRUE(container.txn->header.session.is_none());
  EXPECT_EQ(container.body<DeleteTxn>().path, "/container");
  EXPECT_EQ(ttl.body<DeleteTxn>().path, "/ttl");
}

TEST(CapturedLog, CloseSessionListsItsEphemerals) {
  const Captured with_one(19), with_none(21);
  EXPECT_EQ(with_one.body<CloseSessionTxn>().paths, std::vector<std::string_view>{"/a/s-0000000001"});
  EXPECT_EQ(with_none.body<CloseSessionTxn>().paths, std::vector<std::string_view>{});
  EXPECT_TRUE(with_none.txn->digest);
}

// Reference 10.5 and 10.4: entries from a standalone server's log and from proposals of an ensemble.
TEST(ReferenceVectors, AreWrittenAgainByteForByte) {
  for (const char* text :
       {"0100001f8b200000 00000000 0000000000000001 000001a20793c2ea fffffff6 00001770 00000002 0000000051c6d660",
        "0100001f8b200000 00000001 0000000000000002 000001a20793c2f9 00000001 00000002 2f61 00000005 68656c6c6f "
        "00000001 "
        "0000001f 00000005 776f726c64 00000006 616e796f6e65 00 00000001 00000002 000000007715a851",
        "0300001234560000 00000000 0000000100000003 000001a20795f05f fffffff6 00001770 00000002 00000001cd452206",
        "0300001234560000 00000001 0000000100000004 000001a20795f065 00000001 00000003 2f7079 00000001 70 00000001 "
        "0000001f 00000005 776f726c64 00000006 616e796f6e65 01 00000002 00000002 00000002b8bee0ac",
        "01000027a6e00000 00000005 0000000100000004 000001a2079be34f ffffffff ffffff99",
        "0100002d55ae0000 00000003 0000000100000004 000001a207a19038 ffffffff ffffff9b"}) {
    const std::string entry = hex(text);
    const auto txn = decode_txn(entry);
    ASSERT_TRUE(txn) << text;
    std::string out;
    append_txn(out, *txn);
    EXPECT_EQ(hex_of(out), hex_of(entry));
  }
}

// ---- what the captured log does not hold ----------------------------------------------------------------------------

std::string entry_of(OpCode type, std::string_view body) {
  std::string entry;
  Writer out(entry);
  write(out, TxnHeader{session, 1, {1, 2}, 3, type});
  return entry.append(body);
}

constexpr const char* create_up_to_the_flag =
    "00000002 2f61 00000001 31 00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65 01";
constexpr const char* digest = "00000002 00000000deadbeef";

TEST(OldRecords, ACreateWithoutItsCounterAsksForOneMore) {
  const std::string entry = entry_of(OpCode::create, hex(create_up_to_the_flag));
  const auto txn = decode_txn(entry);
  ASSERT_TRUE(txn);
  EXPECT_EQ(std::get<CreateTxn>(txn->body).parent_cversion, -1);
  EXPECT_TRUE(std::get<CreateTxn>(txn->body).ephemeral);
}

TEST(OldRecords, OnlyType1IsOld) {
  const std::string create2 = entry_of(OpCode::create2, hex(create_up_to_the_flag));
  EXPECT_FALSE(decode_txn(create2));
  const std::string container = entry_of(OpCode::create_container, hex(create_up_to_the_flag));
  EXPECT_FALSE(decode_txn(container));
}

TEST(OldRecords, ACreateThatLacksMoreThanTheCounterIsAFault) {
  const std::string body = hex(create_up_to_the_flag);
  for (std::size_t size = 0; size < body.size(); ++size) {
    const std::string entry = entry_of(OpCode::create, body.substr(0, size));
    EXPECT_FALSE(decode_txn(entry)) << size;
  }
}

// Java reads it so too: nobody wrote an old record with a digest, and where the counter is too small it changes
// nothing.
TEST(OldRecords, ADigestBehindAnOldCreateIsTakenForTheCounter) {
  const std::string entry = entry_of(OpCode::create, hex(create_up_to_the_flag) + hex(digest));
  const auto txn = decode_txn(entry);
  ASSERT_TRUE(txn);
  EXPECT_EQ(std::get<CreateTxn>(txn->body).parent_cversion, 2);
  EXPECT_EQ(txn->digest, std::nullopt);
}

TEST(OldRecords, ACloseSessionMayLackItsList) {
  const std::string entry = entry_of(OpCode::close_session, "");
  const auto txn = decode_txn(entry);
  ASSERT_TRUE(txn);
  EXPECT_EQ(std::get<CloseSessionTxn>(txn->body).paths, std::nullopt);
}

TEST(OldRecords, ADigestBehindACloseSessionWithoutListIsNoList) {
  for (const char* tail : {digest, "00000002 0000000000000000", "00000002 0000000100000000"}) {
    const std::string entry = entry_of(OpCode::close_session, hex(tail));
    const auto txn = decode_txn(entry);
    ASSERT_TRUE(txn) << tail;
    EXPECT_EQ(std::get<CloseSessionTxn>(txn->body).paths, std::nullopt) << tail;
    EXPECT_EQ(txn->digest, std::nullopt) << tail;
  }
}

TEST(AppendTxn, WritesNoDigestBehindACloseSessionWithoutList) {
  std::string out;
  append_txn(out, {{session, 1, {1, 2}, 3, OpCode::close_session}, CloseSessionTxn{}, TxnDigest{2, 7}});
  EXPECT_EQ(out.size(), txn_header_bytes);
}

TEST(DecodeTxn, ReconfigIsASetData) {
  const std::string entry =
      entry_of(OpCode::reconfig, hex("00000011 2f7a6f6f6b65657065722f636f6e666967 00000001 78 ffffffff"));
  const auto txn = decode_txn(entry);
  ASSERT_TRUE(txn);
  EXPECT_EQ(std::get<SetDataTxn>(txn->body).path, "/zookeeper/config");
  EXPECT_EQ(std::get<SetDataTxn>(txn->body).version, -1);
}

TEST(DecodeTxn, TheDigestNeedsAllItsTwelveBytesAndMoreAreIgnored) {
  const std::string body = hex("00000002 2f61");
  for (const std::size_t size : {0U, 4U, 11U}) {
    const std::string entry = entry_of(OpCode::remove, body + hex(digest).substr(0, size));
    const auto txn = decode_txn(entry);
    ASSERT_TRUE(txn) << size;
    EXPECT_EQ(txn->digest, std::nullopt) << size;
  }
  const std::string entry = entry_of(OpCode::remove, body + hex(digest) + "more");
  EXPECT_EQ(decode_txn(entry)->digest->tree, 0xdeadbeefU);
}

TEST(DecodeTxn, UnknownTypesAreFaults) {
  for (const int type : {0, 3, 4, 6, 8, 9, 10, 11, 12, 17, 18, 22, 99, 100, 107, -2, -9, -12}) {
    const std::string entry = entry_of(static_cast<OpCode>(type), std::string(64, '\0'));
    EXPECT_FALSE(decode_txn(entry)) << type;
  }
}

TEST(DecodeTxn, NullPathsAreFaults) {
  for (const OpCode type : {OpCode::create, OpCode::remove, OpCode::set_data, OpCode::set_acl, OpCode::check}) {
    const std::string entry = entry_of(type, hex("ffffffff 00000000 00000000 00000000 00000000 00000000"));
    EXPECT_FALSE(decode_txn(entry)) << static_cast<int>(type);
  }
}

TEST(DecodeTxn, AMultiOfWhatMayNotStandInsideIsAFault) {
  for (const int type : {7, 14, 16, 3, 0, -10, -11, 99}) {
    std::string body = hex("00000001");
    Writer out(body);
    out.write_i32(type);
    out.write_string(std::string(64, '\0'));
    const std::string entry = entry_of(OpCode::multi, body);
    EXPECT_FALSE(decode_txn(entry)) << type;
  }
}

TEST(DecodeTxn, AMultisRecordMustLieWithinItsBuffer) {
  const std::string entry = entry_of(OpCode::multi, hex("00000001 00000002 00000004 00000002 2f61"));
  EXPECT_FALSE(decode_txn(entry));
  const std::string huge = entry_of(OpCode::multi, hex("7fffffff 00000002 00000006 00000002 2f61"));
  EXPECT_FALSE(decode_txn(huge));
}

TEST(DecodeTxnHeader, NeedsItsThirtyTwoBytes) {
  const std::string entry = entry_of(OpCode::remove, "");
  const auto header = decode_txn_header(entry);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->session, session);
  EXPECT_EQ(header->zxid, (Zxid{1, 2}));
  EXPECT_EQ(header->type, OpCode::remove);
  EXPECT_FALSE(decode_txn_header(std::string_view(entry).substr(0, 31)));
}

}  // namespace
}  // namespace zabra::wire
