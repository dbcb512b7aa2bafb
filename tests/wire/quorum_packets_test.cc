// Vectors marked 10.n are the quorum protocol's reference, captured from ZooKeeper 3.8.0; the streams are
// captured_quorum.h.
#include "wire/quorum_packets.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "tests/support/seed.h"
#include "tests/wire/captured_quorum.h"
#include "wire/quorum_payloads.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

constexpr PacketLimits limits;

constexpr const char* request_create =
    "type=00000001 zxid=ffffffffffffffff length=0000003a session=010000236fc90000 cxid=00000002 op=00000001 "
    "00000002 2f61 00000001 31 00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65 00000000 "
    "ids=00000001 00000002 6970 00000009 3132372e302e302e31";  // 10.4

PacketFound whole(std::string_view bytes) {
  const PacketCut front = cut_packet(bytes, limits);
  EXPECT_TRUE(std::holds_alternative<PacketFound>(front)) << hex_of(bytes);
  return std::holds_alternative<PacketFound>(front) ? std::get<PacketFound>(front) : PacketFound{};
}

std::string written(const QuorumPacket& packet) {
  std::string out;
  append_packet(out, packet);
  return out;
}

TEST(QuorumPacket, WithoutDataAndIdsHasTwentyBytes) {
  const std::string bytes = hex("type=00000003 zxid=0000000100000003 data=ffffffff ids=ffffffff");  // 10.4
  const PacketFound found = whole(bytes);
  EXPECT_EQ(found.packet.type, PacketType::ack);
  EXPECT_EQ(found.packet.zxid, (Zxid{1, 3}));
  EXPECT_EQ(found.packet.data, std::nullopt);
  EXPECT_TRUE(found.packet.authinfo.is_null());
  EXPECT_EQ(found.consumed, 20U);
  EXPECT_EQ(hex_of(written(found.packet)), hex_of(bytes));
}

TEST(QuorumPacket, OfARequestBringsTheClientsIds) {
  const std::string bytes = hex(request_create), stream = bytes + "behind";
  const PacketFound found = whole(stream);
  EXPECT_EQ(found.packet.type, PacketType::request);
  EXPECT_EQ(found.packet.zxid, no_zxid);
  EXPECT_EQ(found.packet.data->size(), 0x3aU);
  EXPECT_EQ(found.consumed, bytes.size());
  std::vector<std::string> ids;
  found.packet.authinfo.for_each(
      [&](const Id& id) { ids.push_back(std::string(*id.scheme) + ":" + std::string(*id.id)); });
  EXPECT_EQ(ids, std::vector<std::string>{"ip:127.0.0.1"});
  EXPECT_EQ(hex_of(written(found.packet)), hex_of(bytes));
}

TEST(QuorumPacket, NullAndEmptyAreKeptApart) {
  const std::string empty = hex("00000005 0000000200000100 data=00000000 ids=00000000");
  const PacketFound found = whole(empty);
  EXPECT_EQ(found.packet.data, NullableView(""));
  EXPECT_FALSE(found.packet.authinfo.is_null());
  EXPECT_EQ(found.packet.authinfo.size(), 0U);
  EXPECT_EQ(hex_of(written(found.packet)), hex_of(empty));
}

TEST(QuorumPacket, AnyNegativeCountOfIdsButMinusOneIsAnEmptyList) {
  const PacketFound found = whole(hex("00000005 0000000200000100 ffffffff fffffffe"));
  EXPECT_FALSE(found.packet.authinfo.is_null());
  EXPECT_EQ(found.packet.authinfo.size(), 0U);
}

TEST(QuorumPacket, EveryPrefixNeedsMoreButNeverMoreThanThereIs) {
  for (const char* text : {request_create, "00000003 0000000100000003 ffffffff ffffffff"}) {
    const std::string bytes = hex(text);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const PacketCut front = cut_packet(std::string_view(bytes).substr(0, size), limits);
      ASSERT_TRUE(std::holds_alternative<NeedMore>(front)) << size;
      EXPECT_GE(std::get<NeedMore>(front).bytes, 1U);
      EXPECT_LE(size + std::get<NeedMore>(front).bytes, bytes.size()) << size;
    }
  }
}

std::string reason_of(std::string_view bytes, const PacketLimits& with = limits) {
  const PacketCut front = cut_packet(bytes, with);
  return std::holds_alternative<Fault>(front) ? std::get<Fault>(front).reason : "";
}

TEST(QuorumPacket, OfAnUnknownTypeIsAFaultAtItsFirstFourBytes) {
  EXPECT_EQ(reason_of(hex("00000000")), "quorum packet: no type 0");
  EXPECT_EQ(reason_of(hex("00000014")), "quorum packet: no type 20");
  EXPECT_EQ(reason_of(hex("5f243501")), "quorum packet: no type 1596208385");  // SASL
  EXPECT_EQ(reason_of(hex("00000013")), "");
}

TEST(QuorumPacket, WithALengthOutOfRangeIsAFaultBeforeItsData) {
  EXPECT_EQ(reason_of(hex("00000002 0000000100000001 fffffffe")), "quorum packet: data: length out of range: -2");
  EXPECT_EQ(reason_of(hex("00000002 0000000100000001 001ffffe")), "");  // 2 x 0xfffff
  EXPECT_EQ(reason_of(hex("00000002 0000000100000001 001fffff")), 
            "quorum packet: data: length out of range: 2097151");
  EXPECT_EQ(reason_of(hex("00000001 ffffffffffffffff ffffffff 00000001 80000000")),
            "quorum packet: scheme: length out of range: -2147483648");
}

TEST(QuorumPacket, WithMoreOrLongerIdsThanAClientCanHaveIsAFault) {
  const std::string front = hex("00000001 ffffffffffffffff ffffffff");
  EXPECT_EQ(reason_of(front + hex("7fffffff")), "quorum packet: too many ids");
  EXPECT_EQ(reason_of(front + hex("00000003"), {100, 2}), "quorum packet: too many ids");
  EXPECT_EQ(reason_of(front + hex("00000002") + hex("00000004 61616161 00000004 61616161 00000000 00000000"), {20, 2}),
            "quorum packet: ids too long");
}

TEST(PacketType, HasTheNamesThatOperatorsKnow) {
  EXPECT_EQ(to_string(PacketType::request), "REQUEST");
  EXPECT_EQ(to_string(PacketType::new_leader), "NEWLEADER");
  EXPECT_EQ(to_string(PacketType::inform_and_activate), "INFORMANDACTIVATE");
  EXPECT_EQ(to_string(static_cast<PacketType>(20)), "?");
  EXPECT_EQ(to_string(static_cast<PacketType>(-1)), "?");
}

// ---- payloads -------------------------------------------------------------------------------------------------------

template <class Payload>
std::string packet_with(PacketType type, Zxid zxid, const Payload& payload) {
  std::string out;
  append_packet_with(out, type, zxid, payload);
  return hex_of(out);
}

TEST(LearnerInfo, IsWrittenAndReadAsCaptured) {  // 10.3
  const std::string follower =
      hex("0000000b 0000000000000000 00000014 0000000000000001 00010000 0000000000000000 ffffffff");
  EXPECT_EQ(packet_with(PacketType::follower_info, zxid_zero, LearnerInfo{ServerId{1}}), hex_of(follower));
  const auto info = decode_learner_info(whole(follower).packet.data);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->server, ServerId{1});
  EXPECT_EQ(info->protocol_version, 0x10000);
  EXPECT_EQ(info->config_version, 0);
  EXPECT_EQ(packet_with(PacketType::observer_info, {1, 0}, LearnerInfo{ServerId{9}}),
            hex_of(hex("00000010 0000000100000000 00000014 0000000000000009 00010000 0000000000000000 ffffffff")));
}

TEST(LearnerInfo, IsReadInItsOlderForms) {
  const auto oldest = decode_learner_info(hex("0000000000000007"));
  ASSERT_TRUE(oldest);
  EXPECT_EQ(oldest->server, ServerId{7});
  EXPECT_LT(oldest->protocol_version, learner_protocol_version);
  const auto older = decode_learner_info(hex("0000000000000007 00010000"));
  ASSERT_TRUE(older);
  EXPECT_EQ(older->protocol_version, learner_protocol_version);
  EXPECT_EQ(older->config_version, 0);
  EXPECT_FALSE(decode_learner_info(hex("00000000000000")));
  EXPECT_FALSE(decode_learner_info(std::nullopt));
}

TEST(Discovery, LeaderInfoAndEpochAckAreAsCaptured) {  // 10.3
  const std::string leader = "00000011 0000000100000000 00000004 00010000 ffffffff";
  EXPECT_EQ(packet_with(PacketType::leader_info, {1, 0}, LeaderInfo{}), hex_of(hex(leader)));
  EXPECT_EQ(decode_leader_info(hex("00010000"))->protocol_version, 0x10000);

  const std::string first = "00000012 0000000000000000 00000004 00000000 ffffffff";
  EXPECT_EQ(packet_with(PacketType::ack_epoch, zxid_zero, EpochAck{0U}), hex_of(hex(first)));
  const std::string again = "00000012 0000000100000008 00000004 ffffffff ffffffff";
  EXPECT_EQ(packet_with(PacketType::ack_epoch, {1, 8}, EpochAck{}), hex_of(hex(again)));
  EXPECT_EQ(decode_epoch_ack(hex("00000007"))->current_epoch, 7U);
  EXPECT_EQ(decode_epoch_ack(hex("ffffffff"))->current_epoch, std::nullopt);
  EXPECT_FALSE(decode_epoch_ack(hex("fffffffe")));
}

TEST(Touches, AreReadOneByOne) {  // 10.4
  const std::string bytes =
      hex("00000005 000000020000005c 00000018 020000236fc40000 00001f40 010000236fc90000 00001f40 ffffffff");
  const auto touches = decode_touches(whole(bytes).packet.data);
  ASSERT_TRUE(touches);
  EXPECT_EQ(touches->size(), 2U);
  std::string again;
  Writer writer(again);
  touches->for_each([&](const Touch& touch) { write(writer, touch); });
  EXPECT_EQ(hex_of(written({PacketType::ping, {2, 0x5c}, again, {}})), hex_of(bytes));
}

TEST(Touches, AnEmptyTableIsNotNull) {
  EXPECT_EQ(decode_touches("")->size(), 0U);
  EXPECT_FALSE(decode_touches(std::nullopt));
  EXPECT_FALSE(decode_touches(hex("020000236fc40000 00001f")));
}

TEST(Revalidate, IsAsCaptured) {  // 10.4
  constexpr SessionId session{0x0300001234560000};
  EXPECT_EQ(packet_with(PacketType::revalidate, no_zxid, RevalidateRequest{session, 6000}),
            hex_of(hex("00000006 ffffffffffffffff 0000000c 0300001234560000 00001770 ffffffff")));
  EXPECT_EQ(packet_with(PacketType::revalidate, no_zxid, RevalidateReply{session, true}),
            hex_of(hex("00000006 ffffffffffffffff 00000009 0300001234560000 01 ffffffff")));
  const auto request = decode_revalidate_request(hex("0300001234560000 00001770"));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->session, session);
  EXPECT_EQ(request->timeout_ms, 6000);
  EXPECT_TRUE(decode_revalidate_reply(hex("0300001234560000 01"))->is_valid);
  EXPECT_FALSE(decode_revalidate_reply(hex("0300001234560000 00"))->is_valid);
  EXPECT_FALSE(decode_revalidate_reply(hex("0300001234560000")));
}

TEST(ForwardedRequest, IsAsCaptured) {
  const std::string bytes = hex(request_create);
  const QuorumPacket packet = whole(bytes).packet;
  const auto request = decode_forwarded_request(packet.data);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->session, SessionId{0x010000236fc90000});
  EXPECT_EQ(request->cxid, 2);
  EXPECT_EQ(request->op, OpCode::create);
  EXPECT_EQ(request->body.size(), 0x3aU - 16U);
  std::string again;
  append_packet_with(again, packet.type, packet.zxid, *request, packet.authinfo);
  EXPECT_EQ(hex_of(again), hex_of(bytes));
}

TEST(Activation, IsAsCaptured) {  // 10.4
  EXPECT_EQ(packet_with(PacketType::commit_and_activate, {1, 3}, Activation{ServerId{2}, {}}),
            hex_of(hex("00000009 0000000100000003 00000008 0000000000000002 ffffffff")));
  EXPECT_EQ(decode_activation(hex("0000000000000002"))->leader, ServerId{2});
  EXPECT_EQ(decode_activation(hex("0000000000000002") + "entry")->entry, "entry");
  EXPECT_FALSE(decode_activation(std::nullopt));
}

TEST(NewLeader, OfAnOlderServerHasNoConfiguration) {
  EXPECT_EQ(config_of_new_leader(std::nullopt), std::nullopt);
  EXPECT_EQ(config_of_new_leader(""), std::nullopt);
  EXPECT_EQ(config_of_new_leader("x"), std::nullopt);
  EXPECT_EQ(config_of_new_leader("version=0"), NullableView("version=0"));
}

TEST(Payloads, EveryPrefixIsAFaultOrAValue) {
  const std::string bytes = hex("0300001234560000 00001770 00000001 2f61 0000000000000000");
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::string_view front = std::string_view(bytes).substr(0, size);
    EXPECT_EQ(static_cast<bool>(decode_learner_info(front)), size >= 8) << size;
    EXPECT_EQ(static_cast<bool>(decode_leader_info(front)), size >= 4) << size;
    EXPECT_EQ(static_cast<bool>(decode_epoch_ack(front)), size >= 4) << size;
    EXPECT_EQ(static_cast<bool>(decode_touches(front)), size % 12 == 0) << size;
    EXPECT_EQ(static_cast<bool>(decode_revalidate_request(front)), size >= 12) << size;
    EXPECT_EQ(static_cast<bool>(decode_revalidate_reply(front)), size >= 9) << size;
    EXPECT_EQ(static_cast<bool>(decode_forwarded_request(front)), size >= 16) << size;
    EXPECT_EQ(static_cast<bool>(decode_activation(front)), size >= 8) << size;
  }
}

}  // namespace
}  // namespace zabra::wire
