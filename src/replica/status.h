// Copied facts about a replica, for those who render them (admin) and nobody else: reading them changes nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/codes.h"
#include "wire/ids.h"

namespace zabra::replica {

enum class Mode { standalone, leader, follower, observer, read_only, not_serving };

// Bytes of one kind of thing, as it comes by; -1 before the first.
struct Sizes {
  std::int64_t last = -1, min = -1, max = -1;

  void note(std::size_t bytes) {
    last = static_cast<std::int64_t>(bytes);
    min = min < 0 ? last : std::min(min, last);
    max = std::max(max, last);
  }
};

// What only a leader knows.
struct LeaderFacts {
  std::uint64_t learners = 0;  // who say that they follow or observe
  std::uint64_t synced_followers = 0, synced_observers = 0;  // who serve; without the leader itself
  std::uint64_t synced_non_voters = 0;                       // of those followers: who don't vote
  std::uint64_t pending_syncs = 0;                           // that wait for a quorum's word, learners' included
  Sizes proposal_bytes;  // in this leadership
};

// How learners were brought to this server's history while it led, since its start: a snapshot was sent, or what they
// lacked, which may mean that they had too much.
struct SyncCounts {
  std::uint64_t diffs = 0, snapshots = 0;
};

// Milliseconds from the arrival of a request to its reply, since the start or the last reset.
struct Latency {
  std::int64_t min = 0, max = 0, sum = 0, count = 0;
};

struct Status {
  Mode mode = Mode::standalone;
  std::uint64_t quorum_size = 0;  // voters; 0: standalone
  std::optional<ServerId> leader_id;
  std::uint32_t epoch = 0;
  LeaderFacts leader;  // in mode leader
  SyncCounts syncs;
  std::uint64_t lookings = 0;  // elections that it took part in, since its start
  Zxid last_applied;
  Latency latency;
  std::uint64_t packets_received = 0, packets_sent = 0;
  std::uint64_t connections = 0;           // client links that are open
  std::uint64_t outstanding_requests = 0;  // received, not answered
  std::uint64_t znodes = 0, ephemerals = 0, data_bytes = 0;
  std::uint64_t sessions = 0, local_sessions = 0;
  std::uint64_t data_watches = 0, child_watches = 0;
  Sizes response_bytes;
  std::int64_t uptime_ms = 0;
  std::int64_t mode_ms = 0;  // since it is in this mode
  std::uint64_t auth_failed = 0;
  std::uint64_t digest_mismatches = 0;
  bool serves_clients = true;  // of a server that has a leader: it leads, and leaderServes says no
  bool no_space = false;  // new writes are refused until the log can grow again
};

// One client connection, as `stat` lists it.
struct ConnectionFacts {
  std::string address;
  std::uint16_t port = 0;
  SessionId session;  // none before the session is established
  bool reading = true;
  std::uint64_t queued = 0;  // requests received and not answered
  std::uint64_t received = 0, sent = 0;
};

}  // namespace zabra::replica
