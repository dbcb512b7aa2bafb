// The broadcast phase of a leader: transactions are proposed in one order, acknowledged by the servers that have them
// on disk, and committed in that order once a quorum has.
//
//   propose(z) ──> own log, learners ──> acknowledged(server, z) ... quorum ──> next_committed() gives z, once
//
// Acknowledgements are cumulative: a server's log has no holes, so its acknowledgement of z covers all before z. A
// server's own log is one voter among the others: on an ensemble of one its fsync is the quorum.
//
// Transactions are opaque bytes here.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "wire/ids.h"
#include "zab/ensemble.h"
#include "zab/proposal.h"

namespace zabra::zab {

class Broadcast {
 public:
  // `last`: the end of the history with which this phase begins; the first proposal is behind it.
  Broadcast(Quorums quorums, Zxid last);

  Zxid last_proposed() const { return last_proposed_; }
  Zxid committed() const { return committed_; }
  std::size_t in_flight() const { return proposals_.size(); }

  // Zxids must rise by one, or start a later epoch.
  void propose(Proposal proposal);
  // `server` has everything up to `zxid` on disk. Servers that are no voters, and what goes back, count for nothing.
  void acknowledged(ServerId server, Zxid zxid);
  // The oldest proposal that a quorum has and that was not given out yet: the caller's to apply.
  std::optional<Proposal> next_committed();

 private:
  struct Position {
    ServerId server;
    Zxid acknowledged;
  };
  Zxid acknowledged_by(ServerId voter) const;
  Zxid quorum_position() const;

  Quorums quorums_;
  std::vector<Position> positions_;  // one for each voter, by server
  std::deque<Proposal> proposals_;   // proposed and not given out
  Zxid last_proposed_, committed_;
};

}  // namespace zabra::zab
