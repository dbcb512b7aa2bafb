// A Log that keeps its lines, so that a test can ask whether something was said.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace zabra::test {

class CollectedLog final : public Log {
 public:
  void write(LogLevel, std::string_view line) override {
    const std::lock_guard hold(mutex_);
    lines_.emplace_back(line);
    changed_.notify_all();
  }
  // Until it is said; the test's own limit of time ends a wait for what never is.
  void await(std::string_view part) const {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [&] { return is_in_lines(part); });
  }
  bool said(std::string_view part) const { return count(part) > 0; }
  std::size_t count(std::string_view part) const {
    const std::lock_guard hold(mutex_);
    return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), [&](const std::string& line) {
      return line.find(part) != std::string::npos;
    }));
  }

 private:
  bool is_in_lines(std::string_view part) const {
    return std::ranges::any_of(lines_, [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> lines_;
};

}  // namespace zabra::test
