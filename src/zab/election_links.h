// The links on the election ports: one for each pair of servers, opened by the one with the larger id.
//
//   the larger dials       greets, and keeps the link
//   the smaller dials      greets, and closes: "dial me". The larger drops what it had from it, and dials back to where
//   the
//                          greeting says
//
// So a server that can't be reached needs the largest id, and of two links that cross the larger's survives. Nothing is
// answered to a greeting. A message waits for a link in a slot of one (a newer one takes its place), and the last one
// is written again on every new link, since nobody knows whether the old link delivered it: what arrives may be stale.
//
// Pure: time comes in, links are names. The host's duties:
//   1. carry out take_actions() after every call, in order; tick() at next_deadline()
//   2. Dial: resolve the name anew, connect within zookeeper.cnxTimeout, then opened() or dial_failed(), exactly one of
//   them
//   3. read the greeting of an accepted link first, then handshake(); a bad one ends the link. A later message is for
//   the
//      election only if sender_of() knows its link
//   4. bound what waits in a link's buffer; a link that ends, on whichever side, or does not take what is written, is
//   closed()
//   5. give live() to Election::links() after every call
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/link_id.h"
#include "base/time.h"
#include "zab/ensemble.h"

namespace zabra::zab {

// A dial that failed, or a link that did not last, is tried again after so long, doubling each time. Ours; ZooKeeper
// dials when it has something to say, up to a minute later. The highest is below the usual tick: a healed network is
// soon in use.
inline constexpr std::int64_t dial_retry_min_ms = 100, dial_retry_max_ms = 2'000;
// Who has the smaller id leaves the other so long to dial before it asks for it: else both dial at once, and the link
// that is there is dropped for nothing. Ours.
inline constexpr std::int64_t dial_smaller_waits_ms = 50;
// Accepted links that have not greeted yet, and servers that we don't know but that we answer (joiners; ids are 1 …
// 255). Ours.
inline constexpr std::size_t links_ungreeted_max = 64, strangers_max = 255;

struct DialPeer {
  ServerId to;
  std::string address;  // what its greeting says; empty: what the configuration says
  friend bool operator==(const DialPeer&, const DialPeer&) = default;
};
struct WriteLink {
  LinkId link;
  std::string bytes;
  friend bool operator==(const WriteLink&, const WriteLink&) = default;
};
struct CloseLink {  // once it has taken what was written to it; no closed() need follow
  LinkId link;
  friend bool operator==(const CloseLink&, const CloseLink&) = default;
};
using LinkAction = std::variant<DialPeer, WriteLink, CloseLink>;

class ElectionLinks {
 public:
  // `greeting`: what we say first on a link that we dialled. An accepted link has `greeting_limit_ms` to say the same
  // (ZooKeeper: tickTime x syncLimit).
  ElectionLinks(ServerId self, std::string greeting, std::int64_t greeting_limit_ms)
      : self_(self), greeting_(std::move(greeting)), greeting_limit_ms_(greeting_limit_ms) {}

  // The servers to which there shall be links from now on; those to servers that were wanted and no longer are, are
  // closed.
  void want(const ServerSet& servers, MonotonicTime now);
  // A connection is there: the one that we dialled, or one that we accepted.
  void opened(LinkId link, std::optional<ServerId> dialled, MonotonicTime now);
  void dial_failed(ServerId server, MonotonicTime now);
  // An accepted link says whose it is, and where that server can be dialled.
  void handshake(LinkId link, ServerId from, std::string address, MonotonicTime now);
  void closed(LinkId link, MonotonicTime now);
  void send(ServerId to, std::string message);
  void tick(MonotonicTime now);

  std::optional<MonotonicTime> next_deadline() const;
  std::vector<LinkAction> take_actions() { return std::exchange(actions_, {}); }

  ServerSet live() const;
  std::optional<ServerId> sender_of(LinkId link) const;

 private:
  struct Peer {
    bool is_wanted = false, is_dialling = false;
    std::optional<LinkId> link;
    MonotonicTime link_since;
    std::optional<MonotonicTime> dial_at;
    std::int64_t retry_ms = dial_retry_min_ms;
    std::string address;  // for the next dial, where its greeting said one
    std::optional<std::string> last_message;
  };
  using Peers = std::map<ServerId, Peer>;

  Peer* find(ServerId server);
  Peer* find_or_admit(ServerId server);
  bool is_larger(ServerId server) const { return server > self_; }
  MonotonicTime first_dial(ServerId server, MonotonicTime now) const {
    return is_larger(server) ? now + dial_smaller_waits_ms : now;
  }
  void dial(ServerId server, Peer& peer);
  void dial_what_is_due(MonotonicTime now);
  void dial_later(Peer& peer, MonotonicTime now);
  void keep(ServerId server, Peer& peer, LinkId link, MonotonicTime now);
  void drop_link(Peer& peer);
  void forget_idle_stranger(ServerId server);
  void close(LinkId link) { actions_.push_back(CloseLink{link}); }

  ServerId self_;
  std::string greeting_;
  std::int64_t greeting_limit_ms_;
  Peers peers_;                                // wanted ones, and strangers with a link or a dial under way
  std::map<LinkId, MonotonicTime> ungreeted_;  // until when each may stay so
  std::map<LinkId, ServerId> senders_;
  std::vector<LinkAction> actions_;
};

}  // namespace zabra::zab
