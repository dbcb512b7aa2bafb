// The way of a write: on the server that leads prepared against all that is on its way, given the next zxid, proposed;
// on a learner passed on to the leader, which does the same. Either way it comes back as a committed transaction.
//
//   propose_…() ──leads──> state.prepare ──> zab::Peer: log, learners ······> Peer::next_committed()
//              └─follows─> REQUEST to the leader ························> Peer::next_committed()
//
// A learner's requests come back in the order in which they were passed on, each as one transaction with its session
// and its cxid. Where there are local sessions, a request of a global one says so, with its server's last zxid in a field
// that Apache ZooKeeper fills with -1 and does not look at: then the leader does not take a session that it has closed, and
// of whose close that server has not heard, for a local one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "replica/log_side.h"
#include "replica/peer_side.h"
#include "replica/status.h"
#include "state/state_machine.h"
#include "wire/ids.h"

namespace zabra::replica {

class WritePath {
 public:
  WritePath(state::StateMachine& state, PeerSide& peers, LogSide& log_side, const Settings& settings)
      : state_(state), peers_(peers), log_side_(log_side), settings_(settings) {}

  void begin_step(WallTime now) { now_ = now; }
  void take_role() { proposal_bytes_ = {}; }

  // ---- asked before proposing ----
  Admission admit() const;
  Admission admit_close() const;
  bool leads() const { return peers_.peer().leads(); }

  // ---- each gives the zxid that it took; zero: it was passed on, and the leader gives it one ----
  Zxid propose_request(OpCode op, std::int32_t cxid, std::string_view body, const state::Caller& caller);
  Zxid propose_create_session(SessionId session, std::int32_t timeout_ms);
  Zxid propose_close_session(SessionId session, std::int32_t cxid);
  // ---- of the server that leads ----
  Zxid propose_delete_container(std::string_view path);
  Zxid propose_error(SessionId session, std::int32_t cxid, ErrorCode error);

  void recycle(std::string entry);
  // Of transactions, without their headers on the wire; since the role was taken.
  const Sizes& proposal_bytes() const { return proposal_bytes_; }

 private:
  state::Proposal next(SessionId session, std::int32_t cxid) const;
  std::string take_entry();
  Zxid propose(Zxid zxid, std::string entry);
  struct PassedOn;
  Zxid pass_on(const PassedOn& request);
  void fit_close(const state::Proposal& proposal, std::string& entry) const;
  Admission admit_upstream() const;

  state::StateMachine& state_;
  PeerSide& peers_;
  LogSide& log_side_;
  const Settings& settings_;
  WallTime now_;
  Sizes proposal_bytes_;
  std::vector<std::string> spare_entries_;
};

}  // namespace zabra::replica
