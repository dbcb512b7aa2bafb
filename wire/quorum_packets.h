// What leader and learners say to each other on the quorum port: a stream of packets without frames.
//
//   packet = i32 type | i64 zxid | buf data | vector of {str scheme, str id}
//
//   QuorumPacketReader reader(limits);
//   reader.feed(chunk);
//   for (;;) { auto next = reader.next(); … }      until it says NeedMore
//
// Behind a SNAP stands a snapshot's body, which is no packet: see QuorumPacketReader. The data of each type:
// wire/quorum_payloads.h. Source: QuorumPacket of zookeeper.jute 3.8, Leader's constants; wire/README.md, "Quorum
// port".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "wire/frame.h"
#include "wire/ids.h"
#include "wire/jute.h"
#include "wire/records.h"
#include "wire/result.h"

namespace zabra::wire {

enum class PacketType : std::int32_t {
  request = 1,     // learner to leader; all others without a note: leader to learner
  proposal = 2,
  ack = 3,         // follower to leader
  commit = 4,
  ping = 5,        // both ways
  revalidate = 6,  // both ways
  sync = 7,
  inform = 8,
  commit_and_activate = 9,
  new_leader = 10,
  follower_info = 11,  // follower to leader
  up_to_date = 12,
  diff = 13,
  trunc = 14,
  snap = 15,
  observer_info = 16,  // observer to leader
  leader_info = 17,
  ack_epoch = 18,      // learner to leader
  inform_and_activate = 19,
};
std::string_view to_string(PacketType type);  // "PROPOSAL"; "?" for a number that is none

// The zxid of packets that have none: REQUEST, REVALIDATE, UPTODATE.
inline constexpr Zxid no_zxid = Zxid::from_wire(-1);

// A list of ids as it stands on the wire, walked without a copy: whom a forwarded request comes from. Null, which only
// the wire tells apart from empty, is kept, so that an answer can repeat what was asked.
class IdListView {
 public:
  IdListView() = default;  // null
  bool is_null() const { return is_null_; }
  std::size_t size() const { return count_; }
  std::string_view entries() const { return entries_; }  // without the count

  template <class Sink>
  void for_each(Sink&& sink) const {
    Reader in(entries_);
    for (std::size_t i = 0; i < count_; ++i) {
      Id id;
      id.scheme = in.read_nullable();
      id.id = in.read_nullable();
      sink(id);
    }
    CHECK(in.ok());
  }

  // From the bytes of `count` entries that were checked before, or written by write(Writer&, const Id&).
  static IdListView trusted(std::string_view entries, std::size_t count) { return IdListView(entries, count); }

 private:
  IdListView(std::string_view entries, std::size_t count) : entries_(entries), count_(count), is_null_(false) {}
  std::string_view entries_;
  std::size_t count_ = 0;
  bool is_null_ = true;
};
void write(Writer& out, const Id& id);
void write(Writer& out, const IdListView& list);

struct QuorumPacket {
  PacketType type{};
  Zxid zxid;
  NullableView data;
  IdListView authinfo;
};
void append_packet(std::string& out, const QuorumPacket& packet);

// The same, with a payload of wire/quorum_payloads.h that is encoded in place.
template <class Payload>
void append_packet_with(std::string& out, PacketType type, Zxid zxid, const Payload& payload,
                        const IdListView& authinfo = {}) {
  Writer writer(out);
  writer.write_i32(static_cast<std::int32_t>(type));
  writer.write_i64(zxid.to_wire());
  const std::size_t length = writer.reserve_i32();
  write(writer, payload);
  writer.patch_i32(length, static_cast<std::int32_t>(writer.size() - length - 4));
  write(writer, authinfo);
}

struct PacketLimits {
  std::size_t field_max = 2 * 0xfffff;  // jute.maxbuffer and as much again: Java reads no longer field
  std::size_t id_count_max = 1000;      // ids of one client; all of them together stay within field_max
};

// A whole packet at the front of `bytes`, what is missing of it, or why there is none: an unknown type, a length below
// -1 or above its limit. A fault is found as early as its bytes are there.
struct PacketFound { QuorumPacket packet; std::size_t consumed = 0; };
using PacketCut = std::variant<NeedMore, PacketFound, Fault>;
PacketCut cut_packet(std::string_view bytes, const PacketLimits& limits);

// Reads a stream of packets from chunks of any size. It holds no more than one packet and one chunk, so long as next()
// is called until it needs more after every feed().
class QuorumPacketReader {
 public:
  explicit QuorumPacketReader(PacketLimits limits) : limits_(limits) {}

  // All views that were given out before die.
  void feed(std::string_view chunk);

  // A packet's views live until the next feed(). A fault stays: the stream can't be read on.
  using Next = std::variant<NeedMore, QuorumPacket, Fault>;
  Next next();

  // When next() has given a SNAP, what follows is the snapshot's body, and only the caller knows where it ends: it
  // takes from the front of body(), feeds when that is not enough, and hands the stream back. next() must not be
  // called in between.
  bool in_body() const { return in_body_; }
  std::string_view body() const;
  void take_body(std::size_t bytes);
  void end_body();

 private:
  std::string_view unread() const { return std::string_view(buffer_).substr(at_); }

  PacketLimits limits_;
  std::string buffer_;
  std::size_t at_ = 0;      // of buffer_, where the unread bytes begin
  std::size_t wanted_ = 0;  // fewer unread bytes than this are no packet: not looked at again before
  bool in_body_ = false;
};

}  // namespace zabra::wire
