// What servers tell each other about clients, and what clients need of other servers.
//
//                 learner ────────────────────────> leader
//   REQUEST       a write, a new or ended session    one transaction each, in the order of the link
//   SYNC          a sync                             answered when the barrier is passed
//   REVALIDATE    a session that comes from          alive: it belongs to this learner from now on
//                 another server
//   PING          answered with who was heard of     their time begins anew
//
// On the leader a session belongs to one server: the first over which it writes, then whoever revalidated it last. What
// comes from another, which does not know yet, is an error transaction (SESSIONMOVED). The new server hears that the
// session is its own when all that was proposed before is committed: clients may count their requests anew on each
// connection, and a transaction is told from another by its session and its count.
//
// Of a local session only its own server knows: it is nobody's to revalidate or to touch, and when it writes, its server
// answers for it.
//
// Source: LearnerHandler, LeaderZooKeeperServer, LearnerZooKeeperServer of ZooKeeper 3.8.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replica/checkpointing.h"
#include "replica/client_side.h"
#include "replica/peer_side.h"
#include "replica/write_path.h"
#include "wire/quorum_payloads.h"

namespace zabra::replica {

class EnsembleService final : public PeerService, public Upstream {
 public:
  EnsembleService(const Settings& settings, PeerSide& peers, state::StateMachine& state, WritePath& writes,
                  Checkpointing& checkpoints, Log& log)
      : settings_(settings), peers_(peers), state_(state), writes_(writes), checkpoints_(checkpoints), log_(log) {}
  void serve(ClientSide& clients) { clients_ = &clients; }

  void take_role();  // whatever waited is void
  // Begins a barrier for all syncs of this step; answers those whose barrier is passed.
  void step();

  std::size_t pending_syncs() const { return waiting_.size(); }

  // ---- PeerService ----
  void service_packet(LinkId link, const wire::QuorumPacket& packet) override;
  void answer_ping(LinkId link, const wire::QuorumPacket& ping) override;
  void adopted(std::unique_ptr<state::StateMachine> state) override;

  // ---- Upstream ----
  std::optional<std::uint64_t> begin_sync(SessionId session, std::int32_t cxid, std::string_view body) override;
  bool revalidate(SessionId session, std::int32_t timeout_ms) override;

 private:
  struct Revalidation {
    LinkId learner;
    wire::RevalidateRequest request;
    Zxid after;  // the last that was proposed before
    // Of the packet, to be repeated.
    Zxid zxid;
    std::string ids;
    std::size_t id_count = 0;
    bool has_ids = false;
  };
  // Whoever waits for a barrier: a learner, or clients of our own up to a ticket.
  struct Waiting {
    std::uint64_t barrier;  // 0: not begun yet
    std::optional<LinkId> learner;
    std::uint64_t ticket;
  };

  void receive_of_learner(LinkId link, const wire::QuorumPacket& packet);
  void receive_of_leader(const wire::QuorumPacket& packet);
  void receive_request(LinkId link, const wire::QuorumPacket& packet);
  void propose(LinkId link, const wire::ForwardedRequest& request, const state::AuthIds& ids, SessionKind kind);
  SessionKind kind_of(LinkId link, SessionId session, const wire::QuorumPacket& packet) const;
  state::Handle find_global(SessionId session);
  void revalidate_for(LinkId link, const wire::QuorumPacket& packet);
  void touch(const wire::QuorumPacket& packet);
  bool belongs_to(SessionId session, LinkId link);
  void pass_barriers();
  void answer_revalidations();
  bool give_over(const Revalidation& owed);

  const Settings& settings_;
  PeerSide& peers_;
  state::StateMachine& state_;
  WritePath& writes_;
  Checkpointing& checkpoints_;
  Log& log_;
  ClientSide* clients_ = nullptr;
  std::deque<Waiting> waiting_;              // on the leader
  std::deque<Revalidation> revalidations_;   // the same
  std::uint64_t tickets_ = 0;     // given out
  std::uint64_t answered_ = 0;    // on a learner: SYNCs that have come back
  std::vector<wire::RevalidateReply> revalidated_;  // the same: answers that have come
};

}  // namespace zabra::replica
