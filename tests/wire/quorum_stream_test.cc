// The reader of the quorum port against whole captured streams, cut in all ways.
#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "tests/support/seed.h"
#include "tests/wire/captured_quorum.h"
#include "wire/quorum_packets.h"
#include "wire/quorum_payloads.h"
#include "wire/txn.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

constexpr const char* captured_streams[] = {captured_follower_stream,
                                            captured_leader_stream,
                                            captured_observer_stream,
                                            captured_diff_stream,
                                            captured_trunc_stream,
                                            captured_snap_stream,
                                            captured_inform_and_activate_stream,
                                            captured_commit_and_activate_stream};
const std::string snapshot_end(std::string_view("\0\0\0\x0a" "BenWasHere", 14));

// What a stream held: every packet written again, bodies as they were, and the types in words.
struct Transcript {
  std::string bytes, story;
  std::string fault;
  friend bool operator==(const Transcript&, const Transcript&) = default;
};

// Reads all that is there. A snapshot's body ends, for this test, behind its signature.
class Listener {
 public:
  void hear(std::string_view chunk) {
    reader_.feed(chunk);
    while (reader_.in_body() ? hear_body() : hear_packet()) {
    }
  }
  const Transcript& heard() const { return heard_; }

 private:
  bool hear_packet() {
    const QuorumPacketReader::Next next = reader_.next();
    if (const auto* fault = std::get_if<Fault>(&next)) heard_.fault = fault->reason;
    const auto* packet = std::get_if<QuorumPacket>(&next);
    if (packet == nullptr) return false;
    append_packet(heard_.bytes, *packet);
    if (packet->type != PacketType::ping) heard_.story += std::string(to_string(packet->type)) + " ";
    return true;
  }

  bool hear_body() {
    const std::size_t end = reader_.body().find(snapshot_end);
    if (end == std::string_view::npos) return false;
    heard_.bytes += reader_.body().substr(0, end + snapshot_end.size());
    heard_.story += "(body) ";
    reader_.take_body(end + snapshot_end.size());
    reader_.end_body();
    return true;
  }

  QuorumPacketReader reader_{PacketLimits{}};
  Transcript heard_;
};

Transcript heard_whole(std::string_view bytes) {
  Listener listener;
  listener.hear(bytes);
  return listener.heard();
}

TEST(QuorumStream, CapturedOnesAreReadAndWrittenAgain) {
  for (const char* text : captured_streams) EXPECT_EQ(hex_of(heard_whole(hex(text)).bytes), text);
}

TEST(QuorumStream, TellsTheStoryOfASynchronisation) {
  EXPECT_EQ(heard_whole(hex(captured_diff_stream)).story,
            "LEADERINFO DIFF PROPOSAL COMMIT PROPOSAL COMMIT NEWLEADER UPTODATE "
            "PROPOSAL COMMIT PROPOSAL COMMIT PROPOSAL COMMIT ");
  EXPECT_EQ(heard_whole(hex(captured_trunc_stream)).story, "LEADERINFO TRUNC NEWLEADER UPTODATE ");
  EXPECT_EQ(heard_whole(hex(captured_snap_stream)).story, "LEADERINFO SNAP (body) NEWLEADER UPTODATE INFORM INFORM ");
  EXPECT_EQ(heard_whole(hex(captured_inform_and_activate_stream)).story,
            "LEADERINFO DIFF NEWLEADER UPTODATE INFORMANDACTIVATE ");
  EXPECT_EQ(heard_whole(hex(captured_commit_and_activate_stream)).story,
            "LEADERINFO DIFF NEWLEADER UPTODATE PROPOSAL COMMITANDACTIVATE ");
  EXPECT_EQ(heard_whole(hex(captured_observer_stream)).story, "OBSERVERINFO ACKEPOCH ACK ACK REQUEST REQUEST ");
}

TEST(QuorumStream, EveryCutIntoTwoChunksGivesTheSame) {
  for (const char* text : captured_streams) {
    const std::string bytes = hex(text);
    const Transcript expected = heard_whole(bytes);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      Listener listener;
      listener.hear(std::string_view(bytes).substr(0, cut));
      ASSERT_EQ(listener.heard().fault, "") << cut;
      listener.hear(std::string_view(bytes).substr(cut));
      ASSERT_EQ(listener.heard(), expected) << cut;
    }
  }
}

TEST(QuorumStream, ByteByByteGivesTheSame) {
  for (const char* text : captured_streams) {
    const std::string bytes = hex(text);
    Listener listener;
    for (const char& byte : bytes) listener.hear({&byte, 1});
    EXPECT_EQ(listener.heard(), heard_whole(bytes));
  }
}

TEST(QuorumStream, AFaultStays) {
  QuorumPacketReader reader{PacketLimits{}};
  reader.feed(hex("00000007 0000000000000000 ffffffff ffffffff 0000ffff"));
  EXPECT_TRUE(std::holds_alternative<QuorumPacket>(reader.next()));
  EXPECT_TRUE(std::holds_alternative<Fault>(reader.next()));
  reader.feed(hex("00000007 0000000000000000 ffffffff ffffffff"));
  EXPECT_TRUE(std::holds_alternative<Fault>(reader.next()));
}

TEST(QuorumStream, RandomBytesAndBrokenStreamsAreFaultsOrNeedMore) {
  test::Seed seed(11);
  auto random = seed.engine();
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = hex(captured_streams[test::pick(random, std::size(captured_streams))]);
    for (std::size_t hits = 1 + test::pick(random, 8); hits > 0; --hits) {
      bytes[test::pick(random, bytes.size())] = static_cast<char>(random());
    }
    Listener listener;
    for (std::size_t at = 0; at < bytes.size() && listener.heard().fault.empty();) {
      const std::size_t size = std::min(1 + test::pick(random, 700), bytes.size() - at);
      listener.hear(std::string_view(bytes).substr(at, size));
      at += size;
    }
    ASSERT_LE(listener.heard().bytes.size(), bytes.size());
  }
}

// What learners pass on and what they are told to apply is what the other decoders of this folder read.
TEST(QuorumStream, PayloadsOfCapturedPacketsAreReadAndWrittenAgain) {
  int transactions = 0, requests = 0;
  for (const char* text :
       {captured_follower_stream, captured_leader_stream, captured_observer_stream, captured_diff_stream}) {
    QuorumPacketReader reader{PacketLimits{}};
    reader.feed(hex(text));
    for (auto next = reader.next(); std::holds_alternative<QuorumPacket>(next); next = reader.next()) {
      const QuorumPacket& packet = std::get<QuorumPacket>(next);
      if (packet.type == PacketType::snap) break;
      std::string again;
      if (packet.type == PacketType::proposal) {
        const auto txn = decode_txn(*packet.data);
        ASSERT_TRUE(txn);
        EXPECT_EQ(txn->header.zxid, packet.zxid);
        append_txn(again, *txn);
        EXPECT_EQ(hex_of(again), hex_of(*packet.data));
        ++transactions;
      } else if (packet.type == PacketType::request) {
        const auto request = decode_forwarded_request(packet.data);
        ASSERT_TRUE(request);
        Writer writer(again);
        write(writer, *request);
        EXPECT_EQ(hex_of(again), hex_of(*packet.data));
        ++requests;
      }
    }
  }
  EXPECT_EQ(transactions, 13);
  EXPECT_EQ(requests, 8);
}

TEST(QuorumStream, AReconfigurationIsBroughtAlongOrCommitted) {
  QuorumPacketReader reader{PacketLimits{}};
  reader.feed(hex(captured_inform_and_activate_stream));
  std::optional<Activation> informed;
  for (auto next = reader.next(); std::holds_alternative<QuorumPacket>(next); next = reader.next()) {
    const auto& packet = std::get<QuorumPacket>(next);
    if (packet.type == PacketType::inform_and_activate) informed = *decode_activation(packet.data);
  }
  ASSERT_TRUE(informed);
  EXPECT_EQ(informed->leader, ServerId{3});
  const auto txn = decode_txn(informed->entry);
  ASSERT_TRUE(txn);
  EXPECT_EQ(txn->header.type, OpCode::reconfig);
  EXPECT_EQ(txn->header.zxid, (Zxid{1, 2}));
}

}  // namespace
}  // namespace zabra::wire
