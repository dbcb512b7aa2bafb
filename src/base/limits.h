// Every queue, buffer and count that outsiders can fill has its limit here, with its reason and its relation to the
// others. What the operator can set (jute.maxbuffer, globalOutstandingLimit, …) is in server/config.h; these are fixed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zabra::limits {

// ---- client connections ----

// A connection that has so many bytes of replies waiting in the server is not read from until it has taken them.
inline constexpr std::size_t client_output_pause = 1 << 20;
// At so many it is closed: only one giant reply, or watch events that are never taken, can get there.
inline constexpr std::size_t client_output_max = 64 << 20;
static_assert(client_output_pause < client_output_max);
// Reads between two writes that are under way are answered all at once, whether the peer takes the answers or not:
// behind more waiting reads than this, a write is not proposed before they are answered.
inline constexpr std::size_t held_reads_before_write_max = 64;
// No answer is longer: the length of a frame is a signed 32-bit number.
inline constexpr std::size_t reply_bytes_max = std::size_t{1} << 30;
// A connection that takes all that it is sent at once is reported as drained after so many bytes, so that whoever
// counts what is under way is never further off than this.
inline constexpr std::size_t link_drained_report = client_output_pause / 16;
// What is read from one connection at a time; a longer frame grows its own buffer up to jute.maxbuffer.
inline constexpr std::size_t client_read_chunk = 64 << 10;
// Connections that are read from before the replica steps: bounds the bytes that one batch of events looks at.
inline constexpr std::size_t links_per_batch_max = 256;
// Links that a step may touch before the list of them has to move: a watched node can have that many watchers. Address
// space only, until they are there.
inline constexpr std::size_t links_touched_expected = 1 << 17;
// A connection that is being closed after its last answer has so long to take it.
inline constexpr std::int64_t link_linger_ms = 10'000;
// At a stop all are closed together, and the process waits for them: a clean stop is to take less than two seconds.
inline constexpr std::int64_t link_linger_at_stop_ms = 500;
static_assert(link_linger_at_stop_ms < link_linger_ms);

// ---- proposals and the log ----

// Proposals that are on their way to the disk. Beyond it, new writes wait in the replica.
inline constexpr std::size_t log_inflight_bytes_max = 8 << 20;
// One batch of the log thread is at most all that may be in flight, plus one entry of the largest legal size
// (txn_bytes_max with the default jute.maxbuffer is 2 MiB). A torn tail is never longer than this.
inline constexpr std::size_t log_batch_bytes_max = 16 << 20;
static_assert(log_inflight_bytes_max + (2 << 20) <= log_batch_bytes_max);
// Log space that only the closing of sessions may use, so that expiry goes on when the disk is full.
inline constexpr std::size_t log_reserve_bytes = 1 << 20;
// The next extent of the log is allocated when less than this is left: more than can be in flight.
inline constexpr std::size_t log_room_low = 24 << 20;
static_assert(log_batch_bytes_max + log_reserve_bytes < log_room_low);
// The log keeps at least so many entries below the checkpoint, for learners that were away for a moment.
inline constexpr std::size_t log_entries_retained_min = 500;

// ---- checkpoints ----

// Bytes of changed state that one checkpoint batch may hold. With LevelDB's own buffers this stays below 16 MiB.
inline constexpr std::size_t checkpoint_batch_max = 4 << 20;
// A checkpoint is begun when this much has changed, or this much log was written since the last one.
inline constexpr std::size_t checkpoint_dirty_trigger = 2 << 20;
inline constexpr std::size_t checkpoint_log_trigger = 64 << 20;
static_assert(checkpoint_dirty_trigger < checkpoint_batch_max);
// Bytes of changed nodes encoded for a checkpoint between two batches of requests: keeps the replica's stall below 1
// ms.
inline constexpr std::size_t checkpoint_slice_bytes = 64 << 10;

// ---- links between servers ----

// A link that had so much outstanding when still more is written to it is closed.
inline constexpr std::size_t peer_output_max = 256 << 20;
// A learner that is fed from our disk is sent the next part when it has less than this to take.
inline constexpr std::size_t learner_feed_low = 1 << 20;
// About so much of a log or a snapshot is read, and of a snapshot put to the disk, at once.
inline constexpr std::size_t snapshot_part_bytes = 256 << 10;
// What a server keeps in memory for learners that are a little behind.
inline constexpr std::size_t history_entries_kept = 8192, history_bytes_kept = 4 << 20;

// ---- containers and TTL nodes ----

// So many are looked at between two batches of requests, in search of one that nobody needs any more: with every look a
// miss of the cache, well below 1 ms.
inline constexpr std::uint32_t expiry_looks_max = 4096;
// The next so many when none was found. A million are looked at within three seconds.
inline constexpr std::int64_t expiry_slice_spacing_ms = 10;

// ---- connections to the ports of servers ----

// Connections that were accepted there, those that are being closed included; one more is closed at once. Room
// for 255 servers on each port, and as many strangers.
inline constexpr std::uint32_t peer_links_accepted_max = 1024;

// ---- tables ----

// Flat hash tables grow by moving everything at once: only tables that stay below this use them.
inline constexpr std::size_t flat_table_max = 4096;

}  // namespace zabra::limits
