// The replica among the other servers: zab::Peer with the bytes of its links and the work of its disk.
//
//   election port ──> ElectionPort ──┐                       ┌──> Effects: links, dials
//   quorum port   ──> QuorumPort   ──┼──> zab::Peer (roles) ──┼──> Effects: append, disk orders
//   completions   ───────────────────┘        │              └──> Learners of ours that are fed: LearnerFeeds
//                                             └──> PeerService: requests, sessions, syncs
//
// A standalone server has the peer and no port.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/log.h"
#include "replica/election_port.h"
#include "replica/event.h"
#include "replica/learner_feeds.h"
#include "replica/log_side.h"
#include "replica/peer_output.h"
#include "replica/quorum_port.h"
#include "replica/session_ids.h"
#include "replica/settings.h"
#include "replica/snapshot_receiver.h"
#include "replica/status.h"
#include "zab/peer.h"

namespace zabra::replica {

// What servers tell each other about clients.
class PeerService {
 public:
  virtual ~PeerService() = default;
  virtual void service_packet(LinkId link, const wire::QuorumPacket& packet) = 0;
  virtual void answer_ping(LinkId link, const wire::QuorumPacket& ping) = 0;
  // The history that was received is ours now, and this the state that it begins with.
  virtual void adopted(std::unique_ptr<state::StateMachine> state) = 0;
};

class PeerSide final : private zab::PeerActions {
 public:
  PeerSide(const Settings& settings, const SessionIds& session_ids, LogSide& log_side, Log& log);
  void serve(PeerService& service) { service_ = &service; }

  // ---- recovery ----
  void start(MonotonicTime now, zab::Epochs epochs, std::optional<Zxid> log_start);

  // ---- a step ----
  void begin_step(MonotonicTime now, Effects& effects);
  void pass_time();
  // Packets that waited are taken; `may_read`: what they bring can be applied soon.
  void end_step(bool may_read);
  void count_output() { stuck_ = output_.end_step(); }
  std::optional<MonotonicTime> next_deadline() const;

  void handle(const PeerOpened& event);
  void handle(const DialFailed& event);
  void handle(const PeerChunk& event);
  void handle(const PeerDrained& event);
  void handle(const PeerClosed& event);
  void handle(const Durable& event);
  void handle(const EpochsStored& event);
  void handle(const Truncated& event);
  void handle(const AnewTaken& event);
  void handle(const AnewBegun& event);
  void handle(const AnewAdopted& event);
  void handle(const LogStarts& event) { log_start_ = event.zxid; }
  void handle(const LogPart& event) { feeds_.part(event); }
  void handle(const SnapshotPart& event) { feeds_.part(event); }
  void space_changed(bool there_is_some) { peer_.has_space(there_is_some); }

  // ---- for who serves clients ----
  zab::Peer& peer() { return peer_; }
  const zab::Peer& peer() const { return peer_; }
  void send(LinkId link, const wire::QuorumPacket& packet) override;
  SyncCounts sync_counts() const { return sync_counts_; }
  std::string& output(LinkId link) { return output_.output(link); }
  bool is_open(LinkId link) const { return output_.has(link); }
  std::uint64_t unsent_bytes(LinkId link) { return output_.unsent_bytes(link); }

 private:
  bool is_current(LogGeneration generation) const { return generation == peer_.generation(); }
  void close_stuck();
  void put_what_was_received();

  // ---- PeerActions ----
  void dial(ServerId server) override;
  void close(LinkId link) override;
  std::optional<std::string> objection_to(const zab::Proposal& proposal) const override;
  void append(zab::Proposal& proposal) override;
  void store_epochs(zab::Epochs epochs) override;
  void truncate(Zxid last) override;
  void begin_anew(std::optional<Zxid> snapshot) override;
  void adopt() override;
  void abandon() override;
  std::optional<Zxid> log_start() const override { return log_start_; }
  void read_log(LinkId learner, Zxid after, Zxid until) override { feeds_.read_log(learner, after, until); }
  void send_snapshot(LinkId learner) override;
  void service_packet(LinkId link, const wire::QuorumPacket& packet) override;
  void answer_ping(LinkId link, const wire::QuorumPacket& ping) override;

  const Settings& settings_;
  const SessionIds& session_ids_;
  LogSide& log_side_;
  Log& log_;
  PeerService* service_ = nullptr;
  PeerOutput output_;
  zab::Peer peer_;
  SnapshotReceiver receiver_;
  QuorumPort quorum_;
  std::optional<ElectionPort> election_;
  LearnerFeeds feeds_;
  SyncCounts sync_counts_;
  std::optional<Zxid> log_start_;
  bool is_starting_ = false;
  std::vector<LinkId> stuck_;  // do not take what they are sent
};

}  // namespace zabra::replica
