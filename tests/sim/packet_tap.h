// Reads what servers send each other on the quorum port, by hand: shares no code with theirs.
//
//   packet = i32 type | i64 zxid | i32 length, data | i32 count, ids, each two texts       (length, count: -1 for none)
//
// Behind a SNAP stands the body of a snapshot, which is no packet: it ends with a text.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/link_id.h"
#include "tests/sim/network.h"

namespace zabra::sim {

enum class Said : std::int32_t {
  request = 1, proposal = 2, ack = 3, commit = 4, ping = 5, revalidate = 6, sync = 7, inform = 8, new_leader = 10,
  follower_info = 11, up_to_date = 12, diff = 13, trunc = 14, snap = 15, observer_info = 16, leader_info = 17,
  ack_epoch = 18
};

struct SaidPacket {
  Node from = 0, to = 0;
  LinkId link;
  Said what{};
  std::int64_t zxid = 0;
  std::string_view data{};
};

class PacketTap {
 public:
  explicit PacketTap(std::function<void(const SaidPacket&)> on_packet) : on_packet_(std::move(on_packet)) {}

  void sent(LinkId link, Node from, Node to, std::string_view bytes);
  void closed(LinkId link);

 private:
  struct Stream {
    std::string rest;
    bool in_snapshot = false;
  };
  // How many of the bytes were taken; 0: more must come.
  std::size_t take(Stream& stream, SaidPacket& packet, std::string_view bytes);

  const std::function<void(const SaidPacket&)> on_packet_;
  std::map<std::pair<LinkId, Node>, Stream> streams_;
};

}  // namespace zabra::sim
