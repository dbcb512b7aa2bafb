// The quorum port in bytes: packets of learners, or of our leader, to zab::Peer, as fast as it takes them; what the roles
// send, out. A link whose packets the peer can't take now is not read from; nor is any while our log has to wait for its
// disk: each packet may bring one more proposal. On a leader that holds back acks as well, which stand behind requests
// on the same links. It costs little, since nothing new can be proposed before that disk moves; and a leader whose disk
// hangs is to lose its learners at syncLimit, so that one that can write takes over.
//
// Behind a SNAP stands a snapshot, which goes to whoever receives one (SnapshotReceiver) instead of to the peer.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"
#include "replica/log_flow.h"
#include "replica/peer_output.h"
#include "wire/quorum_packets.h"
#include "zab/peer.h"

namespace zabra::replica {

// Takes the body of a snapshot from a link.
class BodyTaker {
 public:
  virtual ~BodyTaker() = default;
  // How much of `bytes` was taken; less than all of it when the rest is not whole yet, or may not come now.
  virtual Result<std::size_t> take_body(std::string_view bytes) = 0;
  virtual bool takes_more() const = 0;  // the body may come now
  virtual bool is_whole() const = 0;    // the last byte was the body's last
};

class QuorumPort {
 public:
  QuorumPort(wire::PacketLimits limits, zab::Peer& peer, BodyTaker& bodies, PeerOutput& output, const LogFlow& flow,
             Log& log)
      : limits_(limits), peer_(peer), bodies_(bodies), output_(output), flow_(flow), log_(log) {}

  void opened(LinkId link, bool dialled);
  void dial_failed() { peer_.dial_failed(); }
  void chunk(LinkId link, std::string_view bytes);
  void closed(LinkId link);
  bool has(LinkId link) const { return links_.contains(link); }

  // ---- for the roles ----
  void send(LinkId link, const wire::QuorumPacket& packet);
  void close(LinkId link);

  // Packets that could not be taken when they came, and can be now. `may_read`: whether nothing but our log is waited for.
  void go_on(bool may_read);
  void end_step() { ended_.clear(); }

 private:
  using Readers = std::map<LinkId, std::unique_ptr<wire::QuorumPacketReader>>;

  bool log_has_room() const { return flow_.admit() != Admission::wait; }
  void take_what_is_there(LinkId link);
  bool take_next(LinkId link, wire::QuorumPacketReader& reader);
  bool take_body(LinkId link, wire::QuorumPacketReader& reader);
  void refuse(LinkId link, std::string_view why);
  void forget(LinkId link);

  const wire::PacketLimits limits_;
  zab::Peer& peer_;
  BodyTaker& bodies_;
  PeerOutput& output_;
  const LogFlow& flow_;
  Log& log_;
  Readers links_;
  // A role may close the link whose packet it is just looking at: the bytes stay until the step is over.
  std::vector<std::unique_ptr<wire::QuorumPacketReader>> ended_;
};

}  // namespace zabra::replica
