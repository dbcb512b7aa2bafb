// Vectors marked 10.7 are the quorum protocol's reference, captured from ZooKeeper 3.8.0 and 3.9.5; the others stand in
// captured_quorum.h.
#include "wire/snapshot_format.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "tests/support/seed.h"
#include "tests/wire/captured_quorum.h"
#include "wire/quorum_packets.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

// Writes what it is told again, and notes it in words.
struct Copyist {
  std::string sessions, acls, nodes, story;
  std::size_t session_count = 0, acl_count = 0;
  std::string refuse_path = "none";

  Outcome session(const SnapshotSession& session) {
    append_snapshot_record(sessions, session);
    ++session_count;
    return Done{};
  }
  Outcome acl(const SnapshotAcl& acl) {
    append_snapshot_record(acls, acl);
    ++acl_count;
    return Done{};
  }
  Outcome node(const SnapshotNode& node) {
    if (node.path == refuse_path) return Fault{"not this one", 0};
    append_snapshot_record(nodes, node);
    story += "'" + std::string(node.path) + "' ";
    return Done{};
  }
  std::string body() const {
    std::string out;
    append_snapshot_count(out, session_count);
    out += sessions;
    append_snapshot_count(out, acl_count);
    out += acls + nodes;
    append_snapshot_end(out);
    return out;
  }
};

// Keeps what was not taken, as a caller does; `pieces` are the ends of the pieces that arrive.
template <class Reader>
std::string read_pieces(Reader& reader, std::string_view bytes, const std::vector<std::size_t>& ends, Copyist& sink,
                        std::size_t& taken) {
  taken = 0;
  for (const std::size_t end : ends) {
    const auto more = reader.read(bytes.substr(taken, end - taken), sink);
    if (!more) return more.fault().reason;
    taken += *more;
  }
  return "";
}

std::string sync_body() {  // of the captured SNAP
  const std::string stream = hex(captured_snap_stream);
  const std::size_t begin = 24 + 20;  // LEADERINFO, SNAP
  return stream.substr(begin, stream.find("BenWasHere") - 4 - begin);
}

TEST(SnapshotBody, OfASynchronisationIsReadAndWrittenAgain) {
  const std::string body = sync_body();
  SnapshotReader reader{SnapshotLimits{}};
  Copyist copyist;
  const auto taken = reader.read(body + "behind", copyist);
  ASSERT_TRUE(taken);
  EXPECT_EQ(*taken, body.size());
  EXPECT_TRUE(reader.is_done());
  EXPECT_EQ(copyist.session_count, 2U);
  EXPECT_EQ(copyist.acl_count, 3U);
  EXPECT_EQ(hex_of(copyist.body()), hex_of(body));
  EXPECT_EQ(copyist.story,
            "'' '/a' '/a/e' '/a/n' '/zookeeper' '/zookeeper/config' '/zookeeper/quota' '/from-observer' "
            "'/\u00fc' '/moved' ");
}

TEST(SnapshotBody, EveryCutIntoTwoPiecesGivesTheSame) {
  const std::string body = sync_body();
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    SnapshotReader reader{SnapshotLimits{}};
    Copyist copyist;
    std::size_t taken = 0;
    ASSERT_EQ(read_pieces(reader, body, {cut, body.size()}, copyist, taken), "") << cut;
    ASSERT_TRUE(reader.is_done()) << cut;
    ASSERT_EQ(copyist.body(), body) << cut;
  }
}

TEST(SnapshotBody, ByteByByteGivesTheSame) {
  const std::string body = sync_body();
  std::vector<std::size_t> ends;
  for (std::size_t end = 1; end <= body.size(); ++end) ends.push_back(end);
  SnapshotReader reader{SnapshotLimits{}};
  Copyist copyist;
  std::size_t taken = 0;
  EXPECT_EQ(read_pieces(reader, body, ends, copyist, taken), "");
  EXPECT_EQ(copyist.body(), body);
}

TEST(SnapshotBody, EveryPrefixNeedsMore) {
  const std::string body = sync_body();
  for (std::size_t size = 0; size < body.size(); ++size) {
    SnapshotReader reader{SnapshotLimits{}};
    Copyist copyist;
    const auto taken = reader.read(std::string_view(body).substr(0, size), copyist);
    ASSERT_TRUE(taken) << size;
    ASSERT_FALSE(reader.is_done()) << size;
    const auto step = reader.next(std::string_view(body).substr(*taken, size - *taken));
    ASSERT_TRUE(std::holds_alternative<NeedMore>(step.record)) << size;
    ASSERT_LE(size + std::get<NeedMore>(step.record).bytes, body.size()) << size;
  }
}

// The way of a learner: packets, the body, its signature, packets.
TEST(SnapshotBody, IsTakenOutOfTheMiddleOfAStreamOfPackets) {
  const std::string stream = hex(captured_snap_stream);
  for (std::size_t piece = 1; piece < stream.size(); piece = piece * 3 + 1) {
    QuorumPacketReader packets{PacketLimits{}};
    SnapshotReader snapshot{SnapshotLimits{}};
    Copyist copyist;
    std::string story;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      packets.feed(std::string_view(stream).substr(at, piece));
      for (bool goes_on = true; goes_on;) {
        if (packets.in_body() && !snapshot.is_done()) packets.take_body(*snapshot.read(packets.body(), copyist));
        if (packets.in_body() && snapshot.is_done()) {
          const SignatureCut signature = cut_snap_signature(packets.body());
          ASSERT_FALSE(std::holds_alternative<Fault>(signature));
          if (const auto* found = std::get_if<SignatureFound>(&signature)) {
            packets.take_body(found->consumed);
            packets.end_body();
          }
        }
        goes_on = false;
        if (packets.in_body()) continue;
        const auto next = packets.next();
        const auto* packet = std::get_if<QuorumPacket>(&next);
        if (packet == nullptr) continue;
        if (packet->type != PacketType::ping) story += std::string(to_string(packet->type)) + " ";
        goes_on = true;
      }
    }
    EXPECT_EQ(story, "LEADERINFO SNAP NEWLEADER UPTODATE INFORM INFORM ") << piece;
    EXPECT_EQ(copyist.body(), sync_body()) << piece;
  }
}

std::string fault_of_body(std::string_view bytes, const SnapshotLimits& limits = {}) {
  SnapshotReader reader{limits};
  Copyist copyist;
  const auto taken = reader.read(bytes, copyist);
  return taken ? "" : taken.fault().reason;
}

TEST(SnapshotBody, WithLengthsOutOfRangeIsAFault) {
  EXPECT_EQ(fault_of_body(hex("00000000 00000000 fffffffe")), "snapshot: path of a node: length out of range: -2");
  EXPECT_EQ(fault_of_body(hex("00000000 00000000 ffffffff")), "snapshot: node without a path");
  EXPECT_EQ(fault_of_body(hex("00000000 00000000 00000000 7fffffff")),
            "snapshot: data of a node: length out of range: 2147483647");
  EXPECT_EQ(fault_of_body(hex("00000000 00000000 00000005"), {4}), "snapshot: path of a node: length out of range: 5");
  const std::string list = hex("00000000 00000001 0000000000000001 00000002 0000001f 00000001 61 00000001 62 0000001f");
  EXPECT_EQ(fault_of_body(list, {64}), "");
  EXPECT_EQ(fault_of_body(list, {20}), "snapshot: ACL list too long");
}

TEST(SnapshotBody, NegativeCountsAreNone) {
  Copyist copyist;
  SnapshotReader reader{SnapshotLimits{}};
  EXPECT_TRUE(reader.read(hex("ffffffff fffffffe 00000001 2f"), copyist));
  EXPECT_TRUE(reader.is_done());
}

TEST(SnapshotBody, AHugeCountTakesNoMemoryAndNeedsMore) {
  EXPECT_EQ(fault_of_body(hex("7fffffff 0000000000000001 00001f40")), "");
  EXPECT_EQ(fault_of_body(hex("00000000 7fffffff 0000000000000001 7fffffff")), "");
}

TEST(SnapshotBody, TheSinkCanStopIt) {
  const std::string body = sync_body();
  SnapshotReader reader{SnapshotLimits{}};
  Copyist copyist;
  copyist.refuse_path = "/a/e";
  const auto taken = reader.read(body, copyist);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.fault().reason, "not this one");
  EXPECT_EQ(body.substr(taken.fault().offset, 8), hex("00000004") + "/a/e");
  EXPECT_EQ(copyist.story, "'' '/a' ");
}

TEST(SnapSignature, IsCutOrAFault) {
  std::string signature;
  append_snap_signature(signature);
  EXPECT_EQ(hex_of(signature), hex_of(hex("0000000a") + "BenWasHere"));
  for (std::size_t size = 0; size < signature.size(); ++size) {
    EXPECT_TRUE(std::holds_alternative<NeedMore>(cut_snap_signature(std::string_view(signature).substr(0, size))));
  }
  EXPECT_EQ(std::get<SignatureFound>(cut_snap_signature(signature + "x")).consumed, 14U);
  EXPECT_TRUE(std::holds_alternative<Fault>(cut_snap_signature(hex("0000000a") + "BenWasn")));
  EXPECT_TRUE(std::holds_alternative<Fault>(cut_snap_signature(hex("01"))));
}

// ---- files ----------------------------------------------------------------------------------------------------------

const std::string& empty_file() {  // 10.7: snapshot.0 of an empty 3.8.0 server
  static const std::string bytes =
      hex("5a4b534e 00000002 ffffffffffffffff 00000000 "
          "00000001 0000000000000001 00000001 00000001 00000005 776f726c64 00000006 616e796f6e65 "
          "00000000 00000000 ffffffffffffffff") +
      std::string(60, '\0') + hex("0000000a 2f7a6f6f6b65657065 72 00000000 ffffffffffffffff") + std::string(60, '\0') +
      hex("00000011 2f7a6f6f6b65657065722f636f6e666967 00000000 0000000000000001") + std::string(40, '\0') +
      hex("ffffffff") + std::string(16, '\0') +
      hex("00000010 2f7a6f6f6b65657065722f71756f7461 00000000 ffffffffffffffff") + std::string(60, '\0') +
      hex("00000001 2f 00000000b8a23b49 00000001 2f 0000000000000000 00000002 0000000000000000 "
          "0000000095b93d59 00000001 2f");
  return bytes;
}

struct File {
  std::string fault;
  SnapshotTrailers trailers;
  Copyist copyist;
};

File read_file(std::string_view bytes, std::size_t piece = std::string_view::npos) {
  File file;
  SnapshotFileReader reader{SnapshotLimits{}};
  std::size_t taken = 0;
  for (std::size_t end = std::min(piece, bytes.size()); !reader.is_body_done();) {
    const auto more = reader.read(bytes.substr(taken, end - taken), file.copyist);
    if (!more) return {more.fault().reason, {}, {}};
    taken += *more;
    if (end == bytes.size() && !reader.is_body_done()) return {"cut off", {}, {}};
    end += std::min(piece, bytes.size() - end);
  }
  const auto trailers = reader.finish(bytes.substr(taken));
  if (trailers) {
    file.trailers = *trailers;
  } else {
    file.fault = trailers.fault().reason;
  }
  return file;
}

std::string written(const File& file) {
  std::string out;
  append_snapshot_header(out);
  out += file.copyist.body();
  append_snapshot_trailers(out, adler32(out), file.trailers);
  return out;
}

TEST(SnapshotFile, CapturedOnesAreReadAndWrittenAgain) {
  EXPECT_EQ(empty_file().size(), 457U);
  for (const std::string& bytes : {empty_file(), hex(captured_snapshot_file)}) {
    const File file = read_file(bytes);
    ASSERT_EQ(file.fault, "");
    ASSERT_TRUE(file.trailers.digest);
    EXPECT_FALSE(file.trailers.last_processed);
    EXPECT_EQ(hex_of(written(file)), hex_of(bytes));
  }
  const File file = read_file(hex(captured_snapshot_file));
  EXPECT_EQ(file.trailers.digest->zxid, (Zxid{1, 13}));
  EXPECT_EQ(file.trailers.digest->digest.version, 2);
  EXPECT_EQ(file.trailers.digest->digest.tree, 0x42d21860bU);  // as the last proposal of captured_diff_stream says
}

TEST(SnapshotFile, InPiecesIsTheSame) {
  const std::string bytes = hex(captured_snapshot_file);
  for (const std::size_t piece : {1U, 2U, 7U, 100U, 1000U}) EXPECT_EQ(written(read_file(bytes, piece)), bytes) << piece;
}

TEST(SnapshotFile, WithEveryCombinationOfTrailersIsReadBack) {
  for (const bool has_digest : {false, true}) {
    for (const bool has_last : {false, true}) {
      File file = read_file(empty_file());
      if (!has_digest) file.trailers.digest.reset();
      if (has_last) file.trailers.last_processed = Zxid{3, 4};
      const File again = read_file(written(file));
      EXPECT_EQ(again.fault, "");
      EXPECT_EQ(again.trailers.digest.has_value(), has_digest);
      EXPECT_EQ(again.trailers.last_processed, has_last ? std::optional(Zxid{3, 4}) : std::nullopt);
    }
  }
}

// 3.9.5 behind the first seal, for a tree at zxid 2 (10.7). Its last seal covers bytes that were not captured: only the
// layout can be held against it.
TEST(SnapshotFile, TrailersAreLaidOutAsIn39) {
  std::string out;
  append_snapshot_trailers(out, 1, {SnapshotTrailers::Digest{{0, 2}, {2, 0x114dfd5b2}}, Zxid{0, 2}});
  const std::string captured =
      hex("0000000000000002 00000002 0000000114dfd5b2 | 00000000b27e4ecc 00000001 2f | "
          "0000000000000002 | 000000004ec25148 00000001 2f");
  ASSERT_EQ(out.size(), snapshot_seal_bytes + captured.size());
  EXPECT_EQ(hex_of(out.substr(13, 20)), hex_of(captured.substr(0, 20)));
  EXPECT_EQ(hex_of(out.substr(13 + 28, 13)), hex_of(captured.substr(28, 13)));
}

TEST(SnapshotFile, WithADigestInHexIsRead) {
  std::string bytes = written([] {
    File file = read_file(empty_file());
    file.trailers = {};
    return file;
  }());
  Writer writer(bytes);
  writer.write_i64(5);
  writer.write_i32(1);
  writer.write_string("1a2b3c");
  append_snapshot_seal(bytes, adler32(bytes));
  const File file = read_file(bytes);
  EXPECT_EQ(file.fault, "");
  ASSERT_TRUE(file.trailers.digest);
  EXPECT_EQ(file.trailers.digest->zxid, (Zxid{0, 5}));
  EXPECT_EQ(file.trailers.digest->digest.version, 1);
}

TEST(SnapshotFile, CutOffIsAFaultButAtItsSeals) {
  const std::string bytes = hex(captured_snapshot_file);
  const std::size_t whole_at_seal_1 = bytes.size() - 20 - snapshot_seal_bytes;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const File file = read_file(std::string_view(bytes).substr(0, size));
    EXPECT_EQ(file.fault.empty(), size == whole_at_seal_1) << size;
  }
}

TEST(SnapshotFile, EveryFlippedBitIsAFault) {
  const std::string good = hex(captured_snapshot_file);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
    EXPECT_NE(read_file(bad).fault, "") << at;
  }
}

TEST(SnapshotFile, WithBytesBehindItsEndIsAFault) {
  const std::string bytes = hex(captured_snapshot_file);
  EXPECT_NE(read_file(bytes + "x").fault, "");
  EXPECT_NE(read_file(bytes + std::string(100, '\0')).fault, "");
}

TEST(SnapshotFile, OfAnotherKindIsRefused) {
  EXPECT_EQ(check_snapshot_header(hex("5a4b4c47 00000002 0000000000000000")).fault().reason,
            "not a snapshot: no ZKSN at its start");
  EXPECT_EQ(check_snapshot_header(hex("5a4b534e 00000003 ffffffffffffffff")).fault().reason,
            "snapshot of an unknown version");
  EXPECT_FALSE(check_snapshot_header(hex("5a4b534e")));
}

TEST(SnapshotFile, RandomBytesAreFaults) {
  test::Seed seed(17);
  auto random = seed.engine();
  const std::string good = hex(captured_snapshot_file);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = good;
    for (std::size_t hits = 1 + test::pick(random, 6); hits > 0; --hits) {
      bytes[test::pick(random, bytes.size())] = static_cast<char>(random());
    }
    const File file = read_file(bytes, 1 + test::pick(random, 500));
    ASSERT_TRUE(bytes == good || !file.fault.empty());
  }
}

TEST(SnapshotFileName, IsTheZxidInHex) {
  EXPECT_EQ(snapshot_file_name({1, 13}), "snapshot.10000000d");
  EXPECT_EQ(snapshot_file_name(zxid_zero), "snapshot.0");
  EXPECT_EQ(parse_snapshot_file_name("snapshot.10000000d"), (Zxid{1, 13}));
  for (const char* name : {"", "snapshot", "snapshot.", "snapshot.1g", "snapshot.-1", "snapshot.1.tmp", "log.1"}) {
    EXPECT_EQ(parse_snapshot_file_name(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace zabra::wire
