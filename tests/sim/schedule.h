// Virtual time: what is to happen, and when. Nothing else moves the clock. Of what is due at the same moment the earlier
// asked for comes first, so that a run depends on its seed alone.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <utility>
#include <vector>

namespace zabra::sim {

using Micros = std::int64_t;
inline constexpr Micros ms = 1000, second = 1'000'000;

class Schedule {
 public:
  using Action = std::function<void()>;

  Micros now() const { return now_; }
  void after(Micros delay, Action action) {
    if (free_.empty()) {
      free_.push_back(actions_.size());
      actions_.emplace_back();
    }
    queue_.push({now_ + delay, ++asked_, free_.back()});
    actions_[free_.back()] = std::move(action);
    free_.pop_back();
  }
  // False when nothing is due until then; the clock stands at `end` afterwards.
  bool run_next(Micros end) {
    if (queue_.empty() || queue_.top().at > end) {
      now_ = end;
      return false;
    }
    const Entry next = queue_.top();
    queue_.pop();
    now_ = next.at;
    const Action action = std::exchange(actions_[next.place], nullptr);
    free_.push_back(next.place);
    action();
    return true;
  }

 private:
  struct Entry {
    Micros at;
    std::uint64_t asked;
    std::size_t place;  // of the action
    friend bool operator<(const Entry& a, const Entry& b) { return a.at != b.at ? a.at > b.at : a.asked > b.asked; }
  };
  Micros now_ = 0;
  std::uint64_t asked_ = 0;
  std::priority_queue<Entry> queue_;
  std::vector<Action> actions_;
  std::vector<std::size_t> free_;
};

// Draws that are the same with every standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t number() { return engine_(); }
  std::int64_t between(std::int64_t low, std::int64_t high) {  // both possible
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool one_in(std::int64_t n) { return between(1, n) == 1; }
  std::size_t pick(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
  // Mostly near `low`, now and then up to `high`.
  std::int64_t skewed(std::int64_t low, std::int64_t high) {
    return one_in(50) ? between(low, high) : between(low, low + (high - low) / 50);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace zabra::sim
