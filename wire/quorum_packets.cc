#include "wire/quorum_packets.h"

#include <array>

#include "wire/extent.h"
#include "wire/fixed_record.h"

namespace zabra::wire {

namespace {

constexpr std::size_t front_bytes = 4 + 8 + 4;  // type, zxid, length of the data
constexpr std::size_t packet_bytes_min = front_bytes + 4;
constexpr std::int32_t null_length = -1;

constexpr std::array<std::string_view, 20> type_names = {
    "?",      "REQUEST",           "PROPOSAL",  "ACK",          "COMMIT",   "PING", "REVALIDATE", "SYNC",
    "INFORM", "COMMITANDACTIVATE", "NEWLEADER", "FOLLOWERINFO", "UPTODATE", "DIFF", "TRUNC",      "SNAP",
    "OBSERVERINFO", "LEADERINFO", "ACKEPOCH", "INFORMANDACTIVATE"};

bool is_packet_type(std::int32_t number) { return number >= 1 && static_cast<std::size_t>(number) < type_names.size(); }

}  // namespace

std::string_view to_string(PacketType type) {
  const auto number = static_cast<std::int32_t>(type);
  return type_names[is_packet_type(number) ? static_cast<std::size_t>(number) : 0];
}

// ---- writing --------------------------------------------------------------------------------------------------------

void write(Writer& out, const Id& id) {
  out.write_nullable(id.scheme);
  out.write_nullable(id.id);
}

void write(Writer& out, const IdListView& list) {
  out.write_i32(list.is_null() ? null_length : static_cast<std::int32_t>(list.size()));
  out.write_raw(list.entries());
}

namespace {

// ACK, COMMIT, PING: no data, nobody's ids.
void append_bare_packet(std::string& out, const QuorumPacket& packet) {
  FixedRecord<packet_bytes_min> whole;
  whole.put_i32(static_cast<std::int32_t>(packet.type));
  whole.put_i64(packet.zxid.to_wire());
  whole.put_i32(null_length);
  whole.put_i32(null_length);
  whole.append_to(out);
}

}  // namespace

void append_packet(std::string& out, const QuorumPacket& packet) {
  if (!packet.data && packet.authinfo.is_null()) return append_bare_packet(out, packet);
  FixedRecord<front_bytes> front;
  front.put_i32(static_cast<std::int32_t>(packet.type));
  front.put_i64(packet.zxid.to_wire());
  front.put_i32(packet.data ? static_cast<std::int32_t>(packet.data->size()) : null_length);
  front.append_to(out);
  if (packet.data) out.append(*packet.data);
  Writer writer(out);
  write(writer, packet.authinfo);
}

// ---- reading --------------------------------------------------------------------------------------------------------

namespace {

void check_type(Extent& extent) {
  const std::int32_t type = extent.read_i32();
  if (!is_packet_type(type)) extent.refuse("quorum packet: no type " + std::to_string(type), 0);
}

// Where the ids begin, their count included, and how many there are.
std::size_t measure_ids(Extent& extent, const PacketLimits& limits) {
  const std::size_t begin = extent.end();
  const std::int32_t count = extent.read_i32();
  const std::size_t ids = count < 0 ? 0 : static_cast<std::size_t>(count);  // Java's loop runs zero times
  if (ids > limits.id_count_max) extent.refuse("quorum packet: too many ids", begin);
  for (std::size_t i = 0; i < ids && extent.ok(); ++i) {
    extent.read_nullable("quorum packet: scheme");
    extent.read_nullable("quorum packet: id");
    if (extent.end() - begin > limits.field_max) extent.refuse("quorum packet: ids too long", begin);
  }
  return begin;
}

QuorumPacket decode_whole(std::string_view bytes, std::size_t ids_begin) {
  Reader in(bytes);
  QuorumPacket packet;
  packet.type = static_cast<PacketType>(in.read_i32());
  packet.zxid = Zxid::from_wire(in.read_i64());
  packet.data = in.read_nullable();
  const std::int32_t ids = in.read_i32();
  if (ids == null_length) return packet;
  packet.authinfo = IdListView::trusted(bytes.substr(ids_begin + 4), ids < 0 ? 0 : static_cast<std::size_t>(ids));
  return packet;
}

}  // namespace

PacketCut cut_packet(std::string_view bytes, const PacketLimits& limits) {
  Extent extent(bytes, limits.field_max);
  check_type(extent);
  extent.skip(8);
  extent.read_nullable("quorum packet: data");
  const std::size_t ids_begin = measure_ids(extent, limits);
  if (extent.fault()) return *extent.fault();
  if (!extent.ok()) return extent.need();
  return PacketFound{decode_whole(bytes.substr(0, extent.end()), ids_begin), extent.end()};
}

void QuorumPacketReader::feed(std::string_view chunk) {
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(chunk);
}

QuorumPacketReader::Next QuorumPacketReader::next() {
  CHECK(!in_body_);
  if (unread().size() < wanted_) return NeedMore{wanted_ - unread().size()};
  PacketCut front = cut_packet(unread(), limits_);
  if (auto* fault = std::get_if<Fault>(&front)) return std::move(*fault);
  if (const auto* more = std::get_if<NeedMore>(&front)) {
    wanted_ = unread().size() + more->bytes;
    return *more;
  }
  const auto& found = std::get<PacketFound>(front);
  at_ += found.consumed;
  wanted_ = 0;
  in_body_ = found.packet.type == PacketType::snap;
  return found.packet;
}

std::string_view QuorumPacketReader::body() const {
  CHECK(in_body_);
  return unread();
}

void QuorumPacketReader::take_body(std::size_t bytes) {
  CHECK(in_body_ && bytes <= unread().size());
  at_ += bytes;
}

void QuorumPacketReader::end_body() {
  CHECK(in_body_);
  in_body_ = false;
}

}  // namespace zabra::wire
