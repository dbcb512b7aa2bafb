// Which server is next, and whether to wait before it: one after the other in an order drawn once, so that the clients of an
// ensemble spread over it; a pause only when all have been tried in vain, longer from round to round.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "client/chance.h"
#include "client/limits.h"
#include "wire/host_port.h"

namespace zabra::client {

class ServerList {
 public:
  ServerList(std::vector<wire::HostPort> servers, std::uint64_t seed) : servers_(std::move(servers)), chance_(seed) {
    for (std::size_t left = servers_.size(); left > 1; --left) std::swap(servers_[left - 1], servers_[chance_.pick(left)]);
  }

  std::size_t size() const { return servers_.size(); }

  // To be waited before next().
  std::int32_t pause_ms() {
    if (tried_ < servers_.size()) return 0;
    tried_ = 0;
    const std::int32_t longest = back_off_ms_;
    back_off_ms_ = std::min(2 * back_off_ms_, limits::back_off_max_ms);
    return static_cast<std::int32_t>(chance_.between(longest / 2, longest));
  }
  wire::HostPort next() {
    ++tried_;
    if (preferred_) return *std::exchange(preferred_, std::nullopt);
    return another();
  }
  // The next one without counting it as a try: to ask it something.
  wire::HostPort another() {
    at_ = (at_ + 1) % servers_.size();
    return servers_[at_];
  }
  void prefer(wire::HostPort server) { preferred_ = std::move(server); }

  // One of them has proved that it serves.
  void begin_round() {
    tried_ = 0;
    back_off_ms_ = limits::back_off_min_ms;
  }

 private:
  std::vector<wire::HostPort> servers_;
  Chance chance_;
  std::size_t at_ = servers_.size() - 1, tried_ = 0;
  std::int32_t back_off_ms_ = limits::back_off_min_ms;
  std::optional<wire::HostPort> preferred_;
};

}  // namespace zabra::client
