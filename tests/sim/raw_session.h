// A session spoken by hand: shares no code with the server's codec, nor with the client that ships.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "tests/sim/client_session.h"
#include "tests/sim/codec.h"
#include "tests/sim/network.h"
#include "tests/sim/schedule.h"

namespace zabra::sim {

class RawSession final : public ClientSession {
 public:
  RawSession(Schedule& schedule, Network& network, SessionUser& user, std::uint64_t seed, const SessionSetting& setting)
      : schedule_(schedule), network_(network), user_(user), random_(seed), setting_(setting) {}

  bool is_connected() const override { return is_connected_; }
  bool is_read_only() const override { return is_connected_ && is_read_only_; }
  Node server() const override { return server_; }
  bool keeps_watches() const override { return false; }
  bool goes_on_with_zxid() const override { return true; }
  void act() override;
  void ask(const Operation& operation) override;
  void leave(bool keep_session) override;

  void on_opened(LinkId link, Node server) override;
  void on_dial_failed(Node server) override;
  void on_bytes(LinkId link, std::string_view bytes) override;
  void on_closed(LinkId link) override;

 private:
  struct Asked { std::int32_t xid; Op op; };

  void lose();
  void dial();
  void ping();
  void take(const std::string& frame);
  void take_connected(const std::string& frame);
  void take_event(In& in);
  static void read_answer(Op op, In& in, Answer& answer);
  static void read_multi(In& in, Answer& answer);

  Schedule& schedule_;
  Network& network_;
  SessionUser& user_;
  Random random_;
  const SessionSetting setting_;

  // ---- the session ----
  std::int64_t session_ = 0, last_zxid_ = 0;
  std::string password_ = std::string(16, '\0');

  // ---- the link ----
  std::optional<LinkId> link_;
  bool is_dialling_ = false, is_connected_ = false, is_read_only_ = false;
  Node server_ = 0;  // whom we have dialled
  Node before_ = 0;  // where it was before that
  Micros dialled_ = 0, heard_ = 0, sent_ = 0;
  std::string bytes_;
  std::int32_t last_xid_ = 0;
  std::deque<Asked> outstanding_;
};

}  // namespace zabra::sim
