// The fixed limits and times of a client, with their reasons. What the user sets is in settings.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zabra::client::limits {

// Watches are registered anew in requests of about so many bytes of paths: a server refuses a frame above its
// jute.maxbuffer (1 MiB by default). The last path of a piece may go beyond, as with ZooKeeper's client.
inline constexpr std::size_t set_watches_bytes_max = 128 << 10;
static_assert(set_watches_bytes_max < (std::size_t{1} << 20) / 2);

// A server that is silent while we connect is left for the next one after timeout / servers, but not before this.
inline constexpr std::int32_t connect_timeout_min_ms = 100;

// When all servers were tried in vain, the client waits before the next round: so long at first, then twice as long.
inline constexpr std::int32_t back_off_min_ms = 50, back_off_max_ms = 1000;
static_assert(back_off_min_ms < back_off_max_ms);
// A connection that was lost earlier than this after it was served counts as a try in vain.
inline constexpr std::int32_t proven_after_ms = 1000;

// A client of a read-only server asks the others so often whether one of them serves writes, then half as often, ….
inline constexpr std::int32_t search_pause_min_ms = 100, search_pause_max_ms = 60'000;
// One of them has so long to answer.
inline constexpr std::int32_t search_patience_ms = 1000;

// An idle session is pinged at least so often, whatever its timeout.
inline constexpr std::int32_t ping_pause_max_ms = 10'000;

}  // namespace zabra::client::limits
