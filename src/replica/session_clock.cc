#include "replica/session_clock.h"

namespace zabra::replica {

void SessionClock::advance(MonotonicTime now) {
  if (started_ && now - now_ > tick_ms_) stalled_ms_ += now - now_ - tick_ms_;
  now_ = now;
  started_ = true;
}

void SessionClock::touch(SessionId session, std::int32_t timeout_ms, Place& place) {
  const std::int64_t bucket = ((session_time() + timeout_ms) / tick_ms_ + 1) * tick_ms_;
  if (bucket == place.bucket) return;
  std::list<SessionId>& target = buckets_[bucket];
  if (place.bucket == 0) {
    target.push_back(session);
    place.entry = std::prev(target.end());
  } else {
    const auto source = buckets_.find(place.bucket);
    target.splice(target.end(), source->second, place.entry);
    if (source->second.empty()) buckets_.erase(source);
  }
  place.bucket = bucket;
}

void SessionClock::forget(Place& place) {
  if (place.bucket == 0) return;
  const auto bucket = buckets_.find(place.bucket);
  bucket->second.erase(place.entry);
  if (bucket->second.empty()) buckets_.erase(bucket);
  place.bucket = 0;
}

std::vector<SessionId> SessionClock::expired() {
  std::vector<SessionId> sessions;
  while (!buckets_.empty() && buckets_.begin()->first <= session_time()) {
    sessions.insert(sessions.end(), buckets_.begin()->second.begin(), buckets_.begin()->second.end());
    buckets_.erase(buckets_.begin());
  }
  return sessions;
}

std::optional<MonotonicTime> SessionClock::next_deadline() const {
  if (buckets_.empty()) return std::nullopt;
  return MonotonicTime{buckets_.begin()->first + stalled_ms_};
}

}  // namespace zabra::replica
