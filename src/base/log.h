// Logging to an injected sink. Whoever decides, logs: only changes of state, one line each, key=value, ids as 0x… in
// the form that ZooKeeper's users grep for. The simulator collects the same lines that production prints.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

namespace zabra {

enum class LogLevel { debug, info, warning, error };

class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view line) = 0;

  void debug(std::string_view line) { write(LogLevel::debug, line); }
  void info(std::string_view line) { write(LogLevel::info, line); }
  void warning(std::string_view line) { write(LogLevel::warning, line); }
  void error(std::string_view line) { write(LogLevel::error, line); }
};

// Drops everything.
class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

// One line out of pieces: text("session=", to_string(id), " timeout_ms=", 4000).
template <class... Pieces>
std::string text(const Pieces&... pieces) {
  std::string line;
  const auto add = [&line](const auto& piece) {
    using Piece = std::decay_t<decltype(piece)>;
    if constexpr (std::is_arithmetic_v<Piece>) {
      line += std::to_string(piece);
    } else {
      line += piece;
    }
  };
  (add(pieces), ...);
  return line;
}

}  // namespace zabra
