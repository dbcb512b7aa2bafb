// The election port in bytes: links to every voter, greetings, notifications; between zab::ElectionLinks (which link,
// whom to dial) and zab::Peer (what is said).
//
// Notifications carry the configuration of the ensemble: one of another version than ours is logged, once for each
// server. Source: QuorumCnxManager, FastLeaderElection of ZooKeeper 3.8.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/log.h"
#include "replica/event.h"
#include "replica/peer_output.h"
#include "replica/settings.h"
#include "zab/election_links.h"
#include "zab/peer.h"

namespace zabra::replica {

class ElectionPort {
 public:
  ElectionPort(ServerId self, const EnsembleSettings& settings, zab::Peer& peer, PeerOutput& output, Log& log);

  void begin_step(MonotonicTime now) { now_ = now; }
  void start();
  void opened(LinkId link, std::optional<ServerId> dialled);
  void dial_failed(ServerId server);
  void chunk(LinkId link, std::string_view bytes);
  void closed(LinkId link);
  void pass_time();
  // What the peer has to say goes out.
  void send_what_is_said();
  bool has(LinkId link) const { return links_.contains(link); }
  std::optional<MonotonicTime> next_deadline() const { return order_.next_deadline(); }

 private:
  struct Link {
    bool is_greeting_due = false;  // of a link that we have accepted
    std::string unread;
  };

  // Takes one greeting or message from the front of what was read; false: not whole yet, or the link is gone.
  bool take_next(LinkId link);
  bool take_greeting(LinkId id, Link& link);
  bool take_message(LinkId id, Link& link);
  void hear(ServerId from, std::string_view message);
  void refuse(LinkId link, std::string_view why);
  void carry_out();
  void carry_out(const zab::DialPeer& action);
  void carry_out(const zab::WriteLink& action);
  void carry_out(const zab::CloseLink& action);
  std::string encode(const zab::Notification& said) const;

  const ServerId self_;
  const EnsembleSettings& settings_;
  zab::Peer& peer_;
  PeerOutput& output_;
  Log& log_;
  MonotonicTime now_;
  zab::ElectionLinks order_;
  std::map<LinkId, Link> links_;
  zab::ServerSet live_;
};

}  // namespace zabra::replica
