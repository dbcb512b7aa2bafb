// Learners that need more than memory has are fed from our disk, part by part: the next is read when the learner has
// taken most of what it was sent.
//
//   the log         what follows the learner's last transaction, as PROPOSAL and COMMIT
//   a checkpoint    SNAP and its body, made from the checkpoint's entries
#pragma once

#include <map>
#include <string>

#include "base/log.h"
#include "replica/event.h"
#include "replica/peer_output.h"
#include "wire/result.h"
#include "zab/peer.h"

namespace zabra::replica {

class LearnerFeeds {
 public:
  LearnerFeeds(zab::Peer& peer, PeerOutput& output, Log& log) : peer_(peer), output_(output), log_(log) {}

  void read_log(LinkId learner, Zxid after, Zxid until);
  void send_snapshot(LinkId learner);

  void part(const LogPart& part);
  void part(const SnapshotPart& part);
  void closed(LinkId learner);
  // Asks for the next parts of those that have taken most of theirs.
  void go_on();

 private:
  struct Feed {
    bool is_snapshot = false;
    Zxid after, until;
    bool is_asked = false;    // a part is on its way
    bool has_begun = false;   // the first part has come
    bool has_lists_begun = false;  // of a snapshot: the ACL lists, behind the sessions
  };

  Feed* find(LinkId learner);
  void ask(LinkId learner, Feed& feed);
  void end(LinkId learner, std::optional<Zxid> until);
  void send_entries(const LogPart& part);
  void begin_snapshot(LinkId learner, const SnapshotPart& part);
  Outcome send_records(Feed& feed, const SnapshotPart& part);

  zab::Peer& peer_;
  PeerOutput& output_;
  Log& log_;
  std::map<LinkId, Feed> feeds_;
};

}  // namespace zabra::replica
