// When a server without a leader serves reads (readonlymode.enabled): once it has been looking for one for so long that it
// counts as cut off; an election alone makes nobody read-only. It is over as soon as a leader is found, before this server
// has taken over its history.
//
// Source: the grace time of QuorumPeer.run() in ZooKeeper 3.8.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "replica/settings.h"

namespace zabra::replica {

class ReadOnlyMode {
 public:
  explicit ReadOnlyMode(const Settings& settings)
      : is_wanted_(settings.ensemble && settings.ensemble->read_only_mode),
        grace_ms_(std::max<std::int64_t>(grace_ms_min, settings.tick_ms)) {}

  void note(bool is_looking, MonotonicTime now) {
    now_ = now;
    if (!is_looking || !is_wanted_) since_.reset();
    else if (!since_) since_ = now;
  }
  bool is_on() const { return since_ && now_ - *since_ >= grace_ms_; }
  // When it begins.
  std::optional<MonotonicTime> next_deadline() const {
    return since_ && !is_on() ? std::optional(*since_ + grace_ms_) : std::nullopt;
  }

 private:
  static constexpr std::int64_t grace_ms_min = 2000;

  bool is_wanted_;
  std::int64_t grace_ms_;
  MonotonicTime now_;
  std::optional<MonotonicTime> since_;  // looking, and it is wanted
};

}  // namespace zabra::replica
