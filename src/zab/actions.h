// What a role wants done. The replica carries it out: packets to their links in the order of the calls; disk work by
// effects whose completions come back as calls of the role (leader.h, learner.h), never within the call that asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/link_id.h"
#include "wire/ids.h"
#include "wire/quorum_packets.h"
#include "zab/proposal.h"

namespace zabra::zab {

// The two numbers of `acceptedEpoch` and `currentEpoch`: no proposal of an epoch below `accepted` is taken; the history
// was last brought to a leader's in `current`.
struct Epochs {
  std::uint32_t accepted = 0, current = 0;
  friend bool operator==(Epochs, Epochs) = default;
};

class Actions {
 public:
  virtual ~Actions() = default;

  // ---- links ----
  // To a server's quorum port: Learner::connected() or dial_failed() follows.
  virtual void dial(ServerId server) = 0;
  virtual void send(LinkId link, const wire::QuorumPacket& packet) = 0;
  virtual void close(LinkId link) = 0;

  // ---- our own disk ----
  // Why a leader's proposal can't go to our log, if so: it is no transaction with this zxid, or there is no space.
  virtual std::optional<std::string> objection_to(const Proposal& proposal) const = 0;
  // The record goes to our log; durable() follows. Sets the checksum.
  virtual void append(Proposal& proposal) = 0;
  // epochs_stored() when both files hold this.
  virtual void store_epochs(Epochs epochs) = 0;
  // The log and the state go back to `last`; truncated() says whether they could: a disk whose history begins behind it
  // can't.
  virtual void truncate(Zxid last) = 0;
  // Beside the history that we have, another is begun: with nothing, or with the snapshot whose body follows on the
  // leader's link. begun() when the state is what it says; what is appended from now on belongs to it. Adopted, it
  // takes the old one's place for good: adopted(). Until then a crash, or the end of the role, brings the old one back:
  // what a server has acknowledged may be what a commit rests on.
  virtual void begin_anew(std::optional<Zxid> snapshot) = 0;
  virtual void adopt() = 0;

  // ---- feeding a learner from our disk ----
  // Where our log on disk begins without a hole up to what is in memory; none: it is not there, or a snapshot is
  // cheaper.
  virtual std::optional<Zxid> log_start() const = 0;
  // Reads from the last zxid that is not above `after`, tells it by Leader::log_found(), sends what follows up to
  // `until` as PROPOSAL and COMMIT, and ends with Leader::fed().
  virtual void read_log(LinkId learner, Zxid after, Zxid until) = 0;
  // Sends SNAP and its body, and ends with Leader::fed().
  virtual void send_snapshot(LinkId learner) = 0;

  // ---- for the service above ----
  // What the other end passes on, asks or answers about clients: REQUEST, REVALIDATE, SYNC, the sessions in a PING's
  // answer.
  virtual void service_packet(LinkId link, const wire::QuorumPacket& packet) = 0;
  // A PING is to be answered with the sessions that were heard of.
  virtual void answer_ping(LinkId link, const wire::QuorumPacket& ping) = 0;
};

}  // namespace zabra::zab
