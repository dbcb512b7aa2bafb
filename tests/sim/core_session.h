// A session spoken by the core that ships (src/client), over the simulated network. It is held to more than one by hand: each
// request ends exactly once and in order, and watches outlive their connections.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "client/session.h"
#include "tests/sim/client_session.h"
#include "tests/sim/network.h"
#include "tests/sim/schedule.h"

namespace zabra::sim {

class CoreSession final : public ClientSession {
 public:
  CoreSession(Schedule& schedule, Network& network, SessionUser& user, std::uint64_t seed, const SessionSetting& setting)
      : schedule_(schedule), network_(network), user_(user), random_(seed), setting_(setting) {}

  bool is_connected() const override {
    return is_read_only() || (core_ && core_->state() == client::State::connected);
  }
  bool is_read_only() const override { return core_ && core_->state() == client::State::connected_read_only; }
  Node server() const override { return streams_.empty() ? 0 : speaking().server; }
  bool keeps_watches() const override { return true; }
  bool goes_on_with_zxid() const override { return false; }
  void act() override;
  void ask(const Operation& operation) override;
  void leave(bool keep_session) override;

  void on_opened(LinkId link, Node server) override;
  void on_dial_failed(Node server) override;
  void on_bytes(LinkId link, std::string_view bytes) override;
  void on_closed(LinkId link) override;

 private:
  // One that it speaks on, and one more on which it looks for a server that takes writes.
  struct Stream {
    client::ConnectionId connection;
    Node server = 0;
    Micros dialled = 0;
    std::optional<LinkId> link{};
  };
  using Streams = std::deque<Stream>;

  MonotonicTime now() const { return {schedule_.now() / ms}; }
  void begin();
  void lose_quietly();
  Streams::iterator dialling(Node server);
  Streams::iterator opened(LinkId link);
  Streams::iterator stream(client::ConnectionId connection);
  const Stream& speaking() const;
  void wake(std::uint64_t core);
  void carry_out();
  void plan_to_wake();
  void is_served(client::State how);
  void is_expired();

  // ---- effects ----
  void carry_out(const client::Dial& dial);
  void carry_out(const client::Send& send);
  void carry_out(const client::Close& close);
  void carry_out(const client::Completed& completed);
  void carry_out(const client::Fired& fired);
  void carry_out(const client::StateChanged& changed);

  Schedule& schedule_;
  Network& network_;
  SessionUser& user_;
  Random random_;
  const SessionSetting setting_;

  NoLog log_;
  std::unique_ptr<client::Session> core_;
  std::uint64_t cores_ = 0;  // so many were made: what belongs to an earlier one is ignored
  std::optional<MonotonicTime> wakes_;
  Streams streams_;  // not given up; dialled in this order
  Node last_heard_ = 0;
  std::uint64_t last_request_ = 0;
  std::deque<client::RequestId> outstanding_;
};

}  // namespace zabra::sim
