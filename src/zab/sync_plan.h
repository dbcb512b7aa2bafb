// Chooses how a leader brings one learner's log to its own history.
//
//   the learner's last zxid                                        plan
//     in our history, or the beginning of an epoch (E, 0)          what follows it
//     not in it, but behind our last of the same epoch             cut to that last, then what follows it
//     before what is in memory, and our log on disk reaches it     the same, read from there
//     anything else (an epoch we lack, nothing, too far behind)    everything
//
// A learner is only cut to a zxid that it has for certain: of one epoch all servers have logged a beginning of the same
// sequence, of different epochs nothing is known (Java's TRUNC to a zxid that is not there keeps one more). (E, 0) is
// what a leader of ZooKeeper's reports that has proposed nothing in its epoch: its history is all before it.
//
// Whatever a learner keeps counts as committed once it serves. One that comes back with our own proposals that are not
// committed yet is therefore cut behind what is, and gets them again.
//
// Pure: equal inputs give equal plans.
#pragma once

#include <optional>
#include <variant>

#include "wire/ids.h"
#include "zab/history.h"

namespace zabra::zab {

// Sent from memory: what follows `from`, after the learner has cut its log to it where `cut`.
struct FromMemory {
  Zxid from;
  bool cut = false;
  friend bool operator==(const FromMemory&, const FromMemory&) = default;
};
// Read from the log on disk, from the last zxid there that is not above `last`; the reading tells whether it is `last`.
struct FromLog {
  Zxid last;
  friend bool operator==(const FromLog&, const FromLog&) = default;
};
// A snapshot, then what follows it.
struct Everything {
  friend bool operator==(Everything, Everything) = default;
};
using SyncPlan = std::variant<FromMemory, FromLog, Everything>;

// `committed`: all of our history up to it is, or will be by the synchronisation itself; in memory, or its base.
// `log_start`: the first zxid that the log on disk holds without a hole up to the base; none where it may not be used.
SyncPlan plan_sync(const History& ours, Zxid committed, std::optional<Zxid> log_start, Zxid learner_last);

// How the reading of a log goes on when the last zxid in it that is not above the learner's `last` is `found`.
SyncPlan plan_from_log(Zxid found, Zxid learner_last);

}  // namespace zabra::zab
