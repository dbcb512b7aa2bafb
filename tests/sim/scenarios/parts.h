// What several stories do.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/sim/scenarios/caller.h"
#include "tests/sim/scenarios/story.h"

namespace zabra::sim {

// Lets everything through up to the n-th packet that the server is sent on its quorum link; that one meets its fate.
class NthPacket {
 public:
  NthPacket(Story& story, Node to, std::uint64_t n, Fate fate) : story_(story) {
    story.on_packet([this, to, n, fate](const Packet& packet) {
      if (packet.to != to || packet.kind == PacketKind::ping || ++seen_ != n) return Fate::deliver;
      was_met_ = true;
      return fate;
    });
  }
  ~NthPacket() { story_.on_packet(nullptr); }
  NthPacket(const NthPacket&) = delete;
  NthPacket& operator=(const NthPacket&) = delete;
  bool was_met() const { return was_met_; }

 private:
  Story& story_;
  std::uint64_t seen_ = 0;
  bool was_met_ = false;
};

inline void create_some(Caller& caller, const std::string& prefix, int count) {
  for (int i = 0; i < count; ++i) EXPECT_TRUE(caller.create(prefix + std::to_string(i)).is_ok()) << prefix << i;
}

// Two nodes at once.
inline std::string multi_set_body(const std::string& one, const std::string& other, const std::string& data) {
  Out body;
  for (const std::string& path : {one, other}) {
    body.i32(static_cast<std::int32_t>(Op::set_data)).flag(false).i32(-1).raw(set_data_body(path, data, -1));
  }
  return body.i32(-1).flag(true).i32(-1).bytes();
}

// Counts the packets of a kind that a server is sent, and lets them through.
class CountedPackets {
 public:
  CountedPackets(Story& story, PacketKind kind, Node to) : story_(story) {
    story.on_packet([this, kind, to](const Packet& packet) {
      count_ += packet.is(kind, to) ? 1 : 0;
      return Fate::deliver;
    });
  }
  ~CountedPackets() { story_.on_packet(nullptr); }
  CountedPackets(const CountedPackets&) = delete;
  CountedPackets& operator=(const CountedPackets&) = delete;
  int count() const { return count_; }

 private:
  Story& story_;
  int count_ = 0;
};

}  // namespace zabra::sim
