#include "wire/ids.h"

#include <gtest/gtest.h>

#include <vector>

#include "wire/codes.h"

namespace zabra {
namespace {

TEST(Zxid, OrdersByEpochThenCounter) {
  EXPECT_LT((Zxid{1, 0xffffffff}), (Zxid{2, 0}));
  EXPECT_LT((Zxid{1, 1}), (Zxid{1, 2}));
}

TEST(Zxid, TheWireFormKeepsTheEpochInTheHighHalf) {
  EXPECT_EQ((Zxid{1, 2}).to_wire(), 0x100000002);
  EXPECT_EQ(Zxid::from_wire(-1), (Zxid{0xffffffff, 0xffffffff}));
  EXPECT_EQ(Zxid::from_wire(-1).to_wire(), -1);
}

TEST(Zxid, AFullCounterCarriesIntoTheEpoch) {
  EXPECT_TRUE((Zxid{3, 0xffffffff}).counter_is_full());
  EXPECT_EQ((Zxid{3, 0xffffffff}).next(), (Zxid{4, 0}));
}

TEST(Zxid, IsPrintedAsOperatorsGrepForIt) {
  EXPECT_EQ(to_string(Zxid{1, 10}), "0x10000000a");
  EXPECT_EQ(to_string(zxid_zero), "0x0");
  EXPECT_EQ(to_hex(-1), "0xffffffffffffffff");
}

TEST(Owner, KindsAreToldApartByTheNumber) {
  const Owner session = Owner::session({0x0100005561510000});
  const Owner ttl = Owner::ttl(60000);
  EXPECT_TRUE(session.is_ephemeral());
  EXPECT_EQ(session.client_view(), 0x0100005561510000);
  EXPECT_TRUE(Owner::container().is_container());
  EXPECT_FALSE(Owner::container().is_ephemeral());
  EXPECT_EQ(Owner::container().client_view(), 0);
  EXPECT_TRUE(ttl.is_ttl());
  EXPECT_FALSE(ttl.is_ephemeral());
  EXPECT_EQ(ttl.ttl_ms(), 60000);
  EXPECT_EQ(Owner::ttl(ttl_ms_max).ttl_ms(), ttl_ms_max);
  EXPECT_EQ(ttl.client_view(), 0);
  EXPECT_FALSE(Owner::none().is_ephemeral());
}

// The words that Apache ZooKeeper 3.8 puts behind lop=.
TEST(ShortName, IsWhatConsShows) {
  EXPECT_EQ(short_name(OpCode::create_ttl), "CREA");
  EXPECT_EQ(short_name(OpCode::remove), "DELE");
  EXPECT_EQ(short_name(OpCode::get_children2), "GETC");
  EXPECT_EQ(short_name(OpCode::create_session), "SESS");
  EXPECT_EQ(short_name(OpCode::get_all_children_number), "GETACN");
  EXPECT_EQ(short_name(OpCode::who_am_i), "HOMI");
  EXPECT_EQ(short_name(static_cast<OpCode>(4242)), "UNKN");
}

TEST(ErrorName, IsKnownForEveryCode) {
  EXPECT_EQ(name(ErrorCode::no_node), "NoNode");
  EXPECT_EQ(name(ErrorCode::throttled_op), "ThrottledOp");
  EXPECT_EQ(name(static_cast<ErrorCode>(-9999)), "Unknown");
}

}  // namespace
}  // namespace zabra
