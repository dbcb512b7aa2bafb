#include "tests/sim/packet_tap.h"

#include <algorithm>

#include "tests/sim/codec.h"

namespace zabra::sim {
namespace {

constexpr std::string_view snapshot_end("\0\0\0\x0a" "BenWasHere", 14);

std::size_t length_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::size_t>(std::max(0, In(bytes.substr(at)).i32()));
}

// 0: not all of it is there.
std::size_t packet_size(std::string_view bytes) {
  std::size_t at = 12;
  if (bytes.size() < at + 4) return 0;
  at += 4 + length_at(bytes, at);
  if (bytes.size() < at + 4) return 0;
  std::size_t texts = 2 * length_at(bytes, at);
  for (at += 4; texts > 0; --texts) {
    if (bytes.size() < at + 4) return 0;
    at += 4 + length_at(bytes, at);
  }
  return at <= bytes.size() ? at : 0;
}

std::size_t snapshot_size(std::string_view bytes) {
  const std::size_t at = bytes.find(snapshot_end);
  return at == std::string_view::npos ? 0 : at + snapshot_end.size();
}

}  // namespace

void PacketTap::sent(LinkId link, Node from, Node to, std::string_view bytes) {
  Stream& stream = streams_[{link, from}];
  SaidPacket packet{.from = from, .to = to, .link = link};
  std::string joined;
  if (!stream.rest.empty()) {
    joined = std::exchange(stream.rest, {});
    joined += bytes;
    bytes = joined;
  }
  while (!bytes.empty()) {
    const std::size_t taken = take(stream, packet, bytes);
    if (taken == 0) break;
    bytes.remove_prefix(taken);
  }
  stream.rest = bytes;
}

std::size_t PacketTap::take(Stream& stream, SaidPacket& packet, std::string_view bytes) {
  if (stream.in_snapshot) {
    const std::size_t size = snapshot_size(bytes);
    stream.in_snapshot = size == 0;
    return size;
  }
  const std::size_t size = packet_size(bytes);
  if (size == 0) return 0;
  In in(bytes);
  packet.what = static_cast<Said>(in.i32());
  packet.zxid = in.i64();
  packet.data = bytes.substr(16, length_at(bytes, 12));
  stream.in_snapshot = packet.what == Said::snap;
  on_packet_(packet);
  return size;
}

void PacketTap::closed(LinkId link) {
  streams_.erase(streams_.lower_bound({link, 0}), streams_.lower_bound({LinkId{link.value + 1}, 0}));
}

}  // namespace zabra::sim
