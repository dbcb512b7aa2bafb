// Cuts the stream of one direction of a quorum link into its packets, by hand: shares no code with the server's reader.
// The body of a snapshot, which stands behind a SNAP, counts as one packet.
//
//   packet = i32 type | i64 zxid | i32 length, data | i32 count, ids, each two texts       (length, count: -1 for none)
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tests/sim/codec.h"
#include "tests/sim/network.h"

namespace zabra::sim {

enum class PacketKind : std::int32_t {
  snapshot_body = 0, request = 1, proposal = 2, ack = 3, commit = 4, ping = 5, revalidate = 6, sync = 7, inform = 8,
  new_leader = 10, follower_info = 11, up_to_date = 12, diff = 13, trunc = 14, snap = 15, observer_info = 16,
  leader_info = 17, ack_epoch = 18
};

struct Packet {
  Node from = 0, to = 0;
  PacketKind kind{};
  std::int64_t zxid = 0;
  std::string bytes{};
  bool is(PacketKind its, Node its_to) const { return kind == its && to == its_to; }
};

class PacketCutter {
 public:
  void feed(std::string_view bytes) { bytes_ += bytes; }
  // The first whole packet, taken off.
  std::optional<std::string> take() {
    const std::size_t size = in_snapshot_ ? snapshot_size() : packet_size();
    if (size == 0 || bytes_.size() < size) return std::nullopt;
    std::string packet = bytes_.substr(0, size);
    bytes_.erase(0, size);
    kind_ = std::exchange(in_snapshot_, false) ? PacketKind::snapshot_body : PacketKind(In(packet).i32());
    in_snapshot_ = kind_ == PacketKind::snap;
    return packet;
  }
  PacketKind kind() const { return kind_; }  // of what was taken last

 private:
  std::size_t length_at(std::size_t at) const {
    return static_cast<std::size_t>(std::max(0, In(std::string_view(bytes_).substr(at)).i32()));
  }
  // 0: not to be told yet.
  std::size_t packet_size() const {
    std::size_t at = 12;
    if (bytes_.size() < at + 4) return 0;
    at += 4 + length_at(at);
    if (bytes_.size() < at + 4) return 0;
    std::size_t texts = 2 * length_at(at);
    for (at += 4; texts > 0; --texts) {
      if (bytes_.size() < at + 4) return 0;
      at += 4 + length_at(at);
    }
    return at;
  }
  // It ends with a text of ten letters.
  std::size_t snapshot_size() const {
    static constexpr std::string_view end("\0\0\0\x0a" "BenWasHere", 14);
    const std::size_t at = bytes_.find(end);
    return at == std::string::npos ? 0 : at + end.size();
  }

  std::string bytes_;
  PacketKind kind_{};
  bool in_snapshot_ = false;
};

}  // namespace zabra::sim
