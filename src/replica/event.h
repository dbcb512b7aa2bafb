// What happens to a replica. A batch of events and the time is all that it ever learns.
//
// Bytes in events are borrowed for the duration of the step.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/link_id.h"
#include "base/log_room.h"
#include "base/peer_port.h"
#include "base/time.h"
#include "wire/checkpoint_format.h"
#include "wire/ids.h"

namespace zabra::replica {

using zabra::LinkId;

// ---- client links ----
// The peer's address as text, IPv6 in Java's form.
struct Opened { LinkId link; std::string address; std::uint16_t port = 0; };
struct Frame { LinkId link; std::string_view body; };  // without its length
// A four-letter word, instead of any frame.
struct Word { LinkId link; std::array<char, 4> word{}; std::string_view rest; };
struct BadLength { LinkId link; std::int32_t length = 0; };
// All bytes that were sent so far are with the kernel. Told after a link had to wait for the peer, and at the latest
// when link_drained_report bytes were sent since it was told last: not for every small reply.
struct Drained { LinkId link; };
// The peer sends nothing more but may still read (a probe, `echo ruok | nc`): once nothing is owed to it, close it.
struct HalfClosed { LinkId link; };
struct Closed { LinkId link; };  // the peer went away, or the socket failed; nothing of this link follows

// ---- links between servers: streams of bytes ----
// `dialled`: the server of a Dial that has come to its end; else the other side has dialled us.
struct PeerOpened { LinkId link; PeerPort port{}; std::optional<ServerId> dialled; std::string address; };
struct DialFailed { PeerPort port{}; ServerId server; std::string reason; };
struct PeerChunk { LinkId link; std::string_view bytes; };
struct PeerDrained { LinkId link; };  // as Drained
struct PeerClosed { LinkId link; };   // as Closed

// ---- disk ----
struct Durable { LogGeneration generation; Zxid last; LogRoom room; };  // every record up to `last` is on disk
struct Room { LogRoom room; };                                          // space was found, or is still missing
struct Stored { LogGeneration generation; Zxid zxid; };                 // the checkpoint stands at zxid, durably
struct StoreDelayed { LogGeneration generation; };                      // no space for it; it is being tried again

// Answers to orders of an ensemble's server (effects.h).
struct EpochsStored { LogGeneration generation; };
struct Truncated { LogGeneration generation; bool done = false; LogRoom room; };
struct AnewTaken { LogGeneration generation; };  // the part, and room for the next
struct AnewBegun { LogGeneration generation; LogRoom room; };
struct AnewAdopted { LogGeneration generation; LogRoom room; };
struct LogStarts { Zxid zxid; };  // the log on disk has all from here on, or all that follows it
// One part of what a reader has asked for. Entries of the log behind `found`, the last zxid there that is not above the
// one asked for; `fault` when there is none to be had (purged, damaged).
struct LogEntry { Zxid zxid; std::string_view bytes; };
struct LogPart {
  LinkId reader;
  Zxid found;
  std::vector<LogEntry> entries;
  bool is_last = false;
  std::optional<std::string> fault;
  std::shared_ptr<const void> memory;  // where the entries lie
};
// Of a checkpoint at `meta.zxid`: sessions, then ACL lists, then znodes, parents before children.
struct SnapshotEntry { std::string_view key, value; };
struct SnapshotPart {
  LinkId reader;
  wire::CheckpointMeta meta;
  std::uint32_t acl_count = 0;
  std::vector<SnapshotEntry> entries;
  bool is_last = false;
  std::optional<std::string> fault;
  std::shared_ptr<const void> memory;
};

// ---- host ----
// A clean end is wanted: no client is served any more, what is known is stored, then Replica::stopped().
struct Stop {};

using Event = std::variant<Opened, Frame, Word, BadLength, Drained, HalfClosed, Closed, PeerOpened, DialFailed,
                           PeerChunk, PeerDrained, PeerClosed, Durable, Room, Stored, StoreDelayed, EpochsStored,
                           Truncated, AnewTaken, AnewBegun, AnewAdopted, LogStarts, std::unique_ptr<LogPart>,
                           std::unique_ptr<SnapshotPart>, Stop>;

struct Batch {
  Now now;
  std::vector<Event> events;
};

}  // namespace zabra::replica
