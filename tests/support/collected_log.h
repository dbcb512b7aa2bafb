// A Log that keeps its lines, so that a test can ask whether something was said.
#pragma once

#include <algorithm>
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
  }
  bool said(std::string_view part) const { return count(part) > 0; }
  std::size_t count(std::string_view part) const {
    const std::lock_guard hold(mutex_);
    return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), [&](const std::string& line) {
      return line.find(part) != std::string::npos;
    }));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace zabra::test
