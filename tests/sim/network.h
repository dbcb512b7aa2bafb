// Links between servers, and from clients to servers: streams of bytes that arrive late, in pieces, not at all for a while,
// and end anywhere.
//
//   dial ──delay──> opened at both, or failed
//   send ──delay──> bytes at the other end, cut anywhere; nothing gets past a partition, which holds bytes and ends back
//   close ────────> what was sent, then closed (or, when the end is abrupt, a part of what was sent)
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/link_id.h"
#include "tests/sim/schedule.h"

namespace zabra::sim {

using Node = std::int64_t;  // a server's id; clients count from 100
enum class Port : std::uint8_t { client, quorum, election };

class NetworkEnds {
 public:
  virtual ~NetworkEnds() = default;
  virtual void on_opened(Node at, LinkId link, Node other, Port port, bool has_dialled) = 0;
  virtual void on_dial_failed(Node at, Node to, Port port) = 0;
  virtual void on_bytes(Node at, LinkId link, std::string_view bytes) = 0;
  virtual void on_drained(Node at, LinkId link) = 0;
  virtual void on_closed(Node at, LinkId link) = 0;
};

class Network {
 public:
  Network(Schedule& schedule, std::uint64_t seed, NetworkEnds& ends)
      : schedule_(schedule), random_(seed), ends_(ends) {}

  void up(Node node) { up_.insert(node), ++lives_[node]; }
  // All its links end; the others hear of it soon, or, when it was `silent`, only later.
  void down(Node node, bool silent);

  void dial(Node from, Node to, Port port);
  void send(LinkId link, Node from, std::string bytes);
  void pause(LinkId link, Node by, bool paused);
  void close(LinkId link, Node by, bool is_abrupt);

  // ---- faults ----
  void block(Node from, Node to) { blocked_.insert({from, to}); }
  void heal();
  void cut_links_of(Node node);
  void cut(LinkId link) {
    if (links_.contains(link)) break_link(link);
  }
  void set_slow(Micros delay_max) { delay_max_ = delay_max; }
  // One packet in so many is lost, and sent again when its sender has noticed; all behind it on its link waits. 0: none.
  void set_loss(std::int64_t one_in, Micros noticed_max) {
    loss_one_in_ = one_in;
    loss_noticed_max_ = noticed_max;
  }

 private:
  struct Pipe {
    struct Chunk { std::string bytes; Micros ready = 0; };
    std::deque<Chunk> chunks;
    bool paused = false;  // its reader takes nothing
    bool ends = false;    // after the chunks
    bool owes_drained = false;
  };
  struct Link {
    Node ends[2];  // who dialled, who was dialled
    bool is_open[2] = {true, true};
    Pipe from[2];
    std::size_t index_of(Node node) const { return node == ends[0] ? 0 : 1; }
  };

  Micros delay() { return random_.skewed(50, delay_max_); }
  Micros delay_of_resending() {
    return loss_one_in_ != 0 && random_.one_in(loss_one_in_) ? random_.between(10 * ms, loss_noticed_max_) : 0;
  }
  bool is_up(Node node) const { return up_.contains(node); }
  bool is_blocked(Node a, Node b) const { return blocked_.contains({a, b}); }
  void connect(Node from, Node to, Port port, std::uint64_t life_from);
  void pump_later(LinkId id, std::size_t direction, Micros delay);
  void pump(LinkId id, std::size_t direction);
  bool deliver_next(LinkId id, Link& link, std::size_t direction);
  void finish(LinkId id, std::size_t direction);
  void end(LinkId id, std::size_t direction, bool is_abrupt, Micros delay);
  void break_link(LinkId id);

  Schedule& schedule_;
  Random random_;
  NetworkEnds& ends_;
  std::set<Node> up_;
  std::map<Node, std::uint64_t> lives_;
  std::map<LinkId, Link> links_;
  std::set<std::pair<Node, Node>> blocked_;
  std::uint64_t last_link_ = 0;
  Micros delay_max_ = 5 * ms;
  std::int64_t loss_one_in_ = 0;
  Micros loss_noticed_max_ = 0;
};

}  // namespace zabra::sim
