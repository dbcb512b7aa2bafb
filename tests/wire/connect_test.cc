// Connecting: vectors 10.1, 10.18 and 30.4 of the client protocol's reference, captured from ZooKeeper 3.8.0.
#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "wire/client_packets.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

constexpr const char* new_session =
    "proto=00000000 lastZxid=0000000000000000 timeOut=00002710 sid=0000000000000000 passwd=00000010 "
    "00000000000000000000000000000000 readOnly=00";
constexpr const char* reattach =
    "proto=00000000 lastZxid=0000000000000000 timeOut=00002710 sid=01000074fb1c0001 passwd=00000010 "
    "b95a5eeddb2cf449e9f60a8c50a80719 readOnly=00";
constexpr SessionId session{0x01000074fb1c0001};

TEST(ConnectRequest, ForANewSessionIsRead) {
  const std::string frame = hex(new_session);
  const auto request = decode_connect_request(frame);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->protocol_version, 0);
  EXPECT_EQ(request->last_zxid_seen, 0);
  EXPECT_EQ(request->timeout_ms, 10000);
  EXPECT_TRUE(request->session.is_none());
  EXPECT_EQ(request->password, NullableView(std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16)));
  EXPECT_TRUE(request->has_read_only);
  EXPECT_FALSE(request->read_only);
}

TEST(ConnectRequest, OfAnOldClientLacksTheReadOnlyByte) {
  std::string frame = hex(new_session);
  frame.pop_back();
  const auto request = decode_connect_request(frame);
  ASSERT_TRUE(request);
  EXPECT_FALSE(request->has_read_only);
}

TEST(ConnectRequest, AnyVersionNegativeZxidAnyPasswordAndTrailingBytesPass) {
  const std::string frame = hex("00000007 ffffffffffffffff fffffffb 0000000000000000 ffffffff 02 616263");
  const auto request = decode_connect_request(frame);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->protocol_version, 7);
  EXPECT_EQ(request->last_zxid_seen, -1);
  EXPECT_EQ(request->timeout_ms, -5);
  EXPECT_EQ(request->password, std::nullopt);
  EXPECT_TRUE(request->read_only);
}

TEST(ConnectRequest, TooShortForThePasswordIsAFault) {
  const std::string frame = hex(new_session).substr(0, 40);
  EXPECT_FALSE(decode_connect_request(frame));
}

TEST(ConnectResponse, OfANewSessionIsZooKeepersByteForByte) {
  std::string out;
  append_connect_response(out, {10000, session, session_password(session), false}, true);
  EXPECT_EQ(hex_of(out), hex_of(hex("len=00000025 proto=00000000 timeOut=00002710 sid=01000074fb1c0001 passwd=00000010 "
                                    "b95a5eeddb2cf449e9f60a8c50a80719 readOnly=00")));
}

TEST(ConnectResponse, RefusedIsAllZero) {
  std::string out;
  append_connect_response(out, {}, true);
  EXPECT_EQ(hex_of(out), hex_of(hex("00000025 00000000 00000000 0000000000000000 00000010 "
                                    "00000000000000000000000000000000 00")));
}

TEST(ConnectResponse, ForAnOldClientLacksTheReadOnlyByte) {
  std::string out = "x";
  append_connect_response(out, {4000, {1}, {}, true}, false);
  EXPECT_EQ(hex_of(out.substr(1)), hex_of(hex("00000024 00000000 00000fa0 0000000000000001 00000010 "
                                              "00000000000000000000000000000000")));
}

TEST(SessionPassword, IsWhatZooKeeperGivesForTheId) {
  const std::string frame = hex(reattach);
  const auto request = decode_connect_request(frame);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->session, session);
  const Password password = session_password(session);
  EXPECT_EQ(hex_of(*request->password), hex_of({password.data(), password.size()}));
}

TEST(SessionPassword, DependsOnEveryByteOfTheId) {
  const Password password = session_password(session);
  for (int bit = 0; bit < 48; bit += 8) {
    EXPECT_NE(session_password({session.value ^ (1LL << bit)}), password) << bit;
  }
}

}  // namespace
}  // namespace zabra::wire
