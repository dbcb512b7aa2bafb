// What servers say to each other on the election port: the dialer's greeting, then notifications both ways.
//
//   greeting     = i64 version -65536 (one address) or -65535 (several) | i64 sid | str addresses, joined by '|'
//                | i64 sid                                                before 3.5
//   notification = i32 length | i32 state | i64 leader, zxid, round, peer epoch | i32 version | str config
//
// Whose connection survives and what a vote means is not decided here (src/zab). Source:
// QuorumCnxManager.InitialMessage, FastLeaderElection of 3.8; wire/README.md, "Election port".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wire/frame.h"
#include "wire/host_port.h"
#include "wire/ids.h"
#include "wire/jute.h"
#include "wire/result.h"

namespace zabra::wire {

// ---- greeting -------------------------------------------------------------------------------------------------------

// Who dials, and where it can be dialled back. Nobody answers it.
struct ElectionGreeting {
  ServerId server;
  std::vector<HostPort> addresses;  // of its election port; none in the old form
};

// A server without an id of its own (an old observer) gives this one.
inline constexpr ServerId anonymous_server{INT64_MAX};

inline constexpr std::size_t greeting_address_bytes_max = 2048;

// Several addresses make the second version, which only servers with multiAddress.enabled understand. To be sent in one
// write: a Java acceptor reads the addresses only once and drops a link on which they come in pieces.
void append_greeting(std::string& out, const ElectionGreeting& greeting);

struct GreetingFound { ElectionGreeting greeting; std::size_t consumed = 0; };
using GreetingCut = std::variant<NeedMore, GreetingFound, Fault>;
// What stands at the front of `bytes`, the first that came on a connection.
GreetingCut cut_greeting(std::string_view bytes);

// ---- notifications --------------------------------------------------------------------------------------------------

enum class PeerState : std::int32_t { looking = 0, following = 1, leading = 2, observing = 3 };

// Leader, zxid and peer epoch of a server that doesn't vote.
inline constexpr std::int64_t not_voting = INT64_MIN;
// The zxid of an empty server that must not decide an election; others ignore such a vote.
inline constexpr std::int64_t untrusted_zxid = -1;

struct Notification {
  PeerState state{};
  std::int64_t leader = not_voting;      // the server that it votes for
  std::int64_t zxid = not_voting;        // the last in that server's log
  std::int64_t round = 0;                // how many elections the sender has been through: "electionEpoch"
  std::int64_t peer_epoch = not_voting;  // that server's current epoch
  std::int32_t version = 2;              // of this record, as it was sent; 2 is written, whatever stands here
  NullableView config;                   // text of wire/ensemble_format.h; nothing before version 2
};
void append_notification(std::string& out, const Notification& notification);  // with its length; config null as empty

// A connection's stream behind the greeting: i32 length (1 to 524288), message. Another length is a fault, and the link
// is lost.
inline constexpr std::size_t notification_bytes_max = 512 << 10;
using MessageCut = std::variant<NeedMore, FrameCut, Fault>;
MessageCut cut_election_message(std::string_view bytes);

// A message that can't be read is dropped, and its link lives on: newer servers may say what we don't know.
struct NotificationFault {
  enum class Kind { too_short, unknown_state, malformed };
  Kind kind{};
  std::string reason;
};
// Accepted: 28 bytes (the peer epoch is the zxid's), 40 (version 0, whatever its last four bytes say), and from there
// on whole records with their version; from version 2 on they have a config.
Result<Notification, NotificationFault> decode_notification(std::string_view message);

}  // namespace zabra::wire
