// A client of the test's own: one session after the other, on whatever server it gets, with a few requests under way.
// It keeps its history, and checks at once what a client sees: answers in order, zxids that never go back, watches that
// fire before what they promise is seen, its ephemerals while its session lives.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/checkers.h"
#include "tests/sim/client_session.h"
#include "tests/sim/history.h"
#include "tests/sim/network.h"
#include "tests/sim/schedule.h"

namespace zabra::sim {

struct ClientCounts {
  std::uint64_t invoked = 0, answered = 0, events = 0, sessions = 0, moved = 0, expired = 0, refused_links = 0;
  std::uint64_t sessions_moved = 0;  // and went on at another server
  std::uint64_t upgraded = 0, refused_ephemerals = 0, refused_elsewhere = 0;  // local sessions
  std::uint64_t read_only = 0, refused_writes = 0, went_on_to_write = 0;      // read-only sessions
};

class Client final : private SessionUser {
 public:
  struct Setting {
    int number = 0;
    std::int64_t servers = 3;
    std::int32_t timeout_ms = 4000;
    bool by_core = false;  // speaks through the session core that ships, not by hand
    bool can_be_read_only = false;
    Services services{};
    Micros unreported_max = 0;  // so long a server may have heard of a session, and its leader not
    Micros think_max = 100 * ms;
    std::size_t depth = 3;            // requests under way
    std::size_t data_bytes_max = 20;  // some are long
  };
  struct World {
    Schedule& schedule;
    Network& network;
    Checkers& checkers;
    std::deque<Operation>& history;
    ClientCounts& counts;
    std::function<void(int client, const std::string& line)> says;
    std::function<ServerRole(Node server)> role_of;
    std::function<bool(Node server)> refuses_all;  // one that has just refused a client, without a word
    bool is_traced = false;
  };

  Client(World world, std::uint64_t seed, const Setting& setting);

  void start();
  // From now on every server serves whoever comes, at once; who waits or is sent away time and again has found a fault.
  void expect_service() { expects_service_since_ = world_.schedule.now(); }
  void calm_down() { is_calm_ = true; }  // asks for nothing more, keeps its session
  // Whoever serves has applied all there is, the tree: what a watch was to tell was told.
  void check_end(const SeenTree& tree);
  void end();  // it asks and hears nothing any more
  bool is_at_rest() const { return speech_->is_connected() && !speech_->is_read_only() && outstanding_.empty(); }
  // Whose server it is, if it may be one of those that only that server knows.
  bool may_be_local_at(Node server) const { return kind_.kind() != SessionKind::Kind::global && session_at_ == server; }
  std::int64_t session() const { return session_; }
  Node node() const { return 100 + setting_.number; }

  // ---- from the network ----
  void on_opened(LinkId link, Node server);
  void on_dial_failed(Node server) { speech_->on_dial_failed(server); }
  void on_bytes(LinkId link, std::string_view bytes) { speech_->on_bytes(link, bytes); }
  void on_closed(LinkId link);

 private:
  void act();
  void act_connected();
  bool is_restless() const { return expects_service_since_ || world_.schedule.now() < restless_until_; }
  Micros waited() const;
  void check_service();
  void note_refusal(Node server);
  void leave(bool keep_session);
  void forget_session();
  void begin_session(const Granted& granted);
  std::uint64_t role_given_by(Node server) const;

  // ---- what the session says ----
  void on_connected(const Granted& granted) override;
  void on_lost() override;
  void on_expired(Node server) override;
  void on_left() override;
  void on_answer(const Answer& answer) override;
  void on_pong(std::int64_t zxid) override;
  void on_event(const std::string& path) override;
  void on_fault(const std::string& what) override { violation(what); }

  // ---- requests ----
  void invoke_something();
  void invoke(Operation operation);
  void set_up();
  void write_register();
  void read_register(Op op);
  void create_something();
  void look_at_ephemeral();
  void remove_own();
  void multi();
  void close_session();
  std::string fresh_data();
  std::string any_register() { return "/r" + std::to_string(random_.pick(4)); }

  // ---- answers ----
  static void fill_in(Operation& operation, const Answer& answer);
  void learn(const Operation& operation);
  void check_watches(const Operation& operation);
  void learn_kind(const Operation& operation);
  void check_role(const Operation& operation);
  void check_expiry(Node server);
  void check_zxid(std::int64_t zxid, const Operation& operation);
  void violation(const std::string& what) { world_.checkers.violation("client " + std::to_string(setting_.number) + ": " + what); }

  const World world_;
  Random random_;
  const Setting setting_;
  bool is_over_ = false, is_calm_ = false, is_set_up_ = false, is_closing_ = false;
  bool has_asked_to_close_ = false;  // this session, on whatever connection
  std::uint64_t made_ = 0;
  Micros restless_until_ = 0;  // it moves after a few requests
  std::optional<Micros> expects_service_since_;
  struct Refusals { int count = 0; Micros since = 0, last = 0; };
  std::map<Node, Refusals> refusals_;  // since it last had a word of that server, while it expects service

  // ---- the session ----
  std::int64_t session_ = 0, last_zxid_ = 0, synced_ = 0;
  SessionKind kind_;
  bool was_answered_ = false;  // in this session
  std::vector<std::string> ephemerals_, persistent_;  // ours, acknowledged, not to be deleted by others
  std::map<std::string, std::int32_t> versions_;      // as last seen

  Micros session_began_ = 0;
  Node session_at_ = 0;  // who had it last
  std::map<Node, std::uint64_t> roles_at_open_;  // in which each was when a link to it was opened
  ServerRole role_;      // that it had when it took us
  Micros alive_ = 0;     // when the last that was answered was asked for: a server has heard of the session since

  std::unique_ptr<ClientSession> speech_;
  std::deque<std::size_t> outstanding_;  // in the history
  std::map<std::string, std::int64_t> watches_;  // mzxid as of when it was left; 0: no node
};

}  // namespace zabra::sim
