// While a client is served by a read-only server: asks the others in turn, each over a connection of its own, with the
// word `isro`, until one says that it takes writes. Ever longer pauses between two questions.
//
//   pass ─> Dial ─> opened ─> Send "isro" ─> received "rw" ─> found        "ro", an end, silence ─> a pause, the next one
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "client/effects.h"
#include "client/limits.h"

namespace zabra::client {

class ReadWriteSearch {
 public:
  explicit ReadWriteSearch(MonotonicTime now) : due_(now + limits::search_pause_min_ms) {}

  MonotonicTime due() const { return due_; }
  bool is_asking() const { return asked_.has_value(); }
  bool is_about(ConnectionId connection) const { return asked_ && asked_->connection == connection; }

  // When due and not asking.
  void ask(MonotonicTime now, const Dial& dial, Effects& effects) {
    asked_ = Asked{dial.connection, dial.to, {}};
    due_ = now + limits::search_patience_ms;
    effects.emplace_back(dial);
  }
  void opened(Effects& effects) { effects.emplace_back(Send{asked_->connection, "isro"}); }
  // The server that takes writes, if that is what it says.
  std::optional<wire::HostPort> received(MonotonicTime now, std::string_view bytes, Effects& effects) {
    asked_->answer += bytes;
    if (asked_->answer.size() < answer_bytes) return std::nullopt;
    const wire::HostPort server = asked_->server;
    const bool takes_writes = asked_->answer.starts_with("rw");
    give_up(now, effects);
    return takes_writes ? std::optional(server) : std::nullopt;
  }
  // It answers in no time, or with something else.
  void give_up(MonotonicTime now, Effects& effects) {
    stop(effects);
    pause(now);
  }
  // It has gone by itself.
  void failed(MonotonicTime now) {
    asked_.reset();
    pause(now);
  }
  void stop(Effects& effects) {
    if (asked_) effects.emplace_back(Close{asked_->connection});
    asked_.reset();
  }

 private:
  struct Asked {
    ConnectionId connection;
    wire::HostPort server;
    std::string answer;
  };
  static constexpr std::size_t answer_bytes = 2;

  void pause(MonotonicTime now) {
    pause_ms_ = std::min(2 * pause_ms_, limits::search_pause_max_ms);
    due_ = now + pause_ms_;
  }

  MonotonicTime due_;
  std::int32_t pause_ms_ = limits::search_pause_min_ms;
  std::optional<Asked> asked_;
};

}  // namespace zabra::client
