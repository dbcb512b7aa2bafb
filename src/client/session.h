// One session with a ZooKeeper ensemble, over as many connections as it takes: a state machine without sockets, clocks,
// threads or chance. Bytes and time go in; bytes, dials and answers come out, in order, as Effects.
//
//   Session session(settings, log);             host's duties, after every call:
//   session.start(now);                          1. take_effects() and carry them out in order
//   session.submit(now, RequestId{1}, …);        2. tell opened / dial_failed / received / closed of each connection
//                                                3. call pass() at next_deadline(), after bytes that have come till then
//
//             all tried in vain                      granted
//   Pausing <──────────────────  Dialling ──> Introducing ──> Serving            expired, refused auth, close: Ended
//      └──────────────────────────> ↑ <─────────────┴────────────┘ lost: the next server at once
//
// What a session keeps over its connections: the id and its password, the last zxid seen (a server that is behind it is
// never taken), proofs of identity, watches, and requests that were not sent yet. A request that was sent and not answered
// when its connection is lost ends with ConnectionLoss; one that was asked for meanwhile waits, at most one timeout.
//
// Facts: client-protocol notes in README.md; ClientCnxn of ZooKeeper 3.8.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "client/effects.h"
#include "client/read_write_search.h"
#include "client/request_encoding.h"
#include "client/server_list.h"
#include "client/settings.h"
#include "client/watches.h"
#include "wire/client_half.h"

namespace zabra::client {

class Session {
 public:
  Session(Settings settings, Log& log);

  void start(MonotonicTime now);

  // ---- from the connections; what belongs to an earlier one is ignored ----
  void opened(MonotonicTime now, ConnectionId connection);
  void dial_failed(MonotonicTime now, ConnectionId connection);
  void received(MonotonicTime now, ConnectionId connection, std::string_view bytes);
  void closed(MonotonicTime now, ConnectionId connection);

  std::optional<MonotonicTime> next_deadline() const;
  void pass(MonotonicTime now);

  // ---- from the user ----
  void submit(MonotonicTime now, RequestId id, const Request& request);
  // Proved to this server now, and to every later one. A proof that is refused ends the session's use: AuthFailed.
  void add_auth(MonotonicTime now, std::string scheme, std::string proof);
  // Ends the session at the server and is the last request. Without a connection the session is left to its timeout, and
  // the answer is ConnectionLoss.
  void close(MonotonicTime now, RequestId id);

  Effects take_effects() { return std::exchange(effects_, {}); }

  // ---- facts ----
  State state() const { return state_; }
  SessionId id() const { return credentials_.session; }
  const Credentials& credentials() const { return credentials_; }
  std::int32_t timeout_ms() const { return timeout_ms_; }  // as granted
  Zxid last_zxid_seen() const { return seen_; }
  std::optional<wire::HostPort> server() const;  // that serves us
  const Watches& watches() const { return watches_; }

 private:
  struct Link {
    ConnectionId connection;
    wire::HostPort server;
    std::string input;  // an incomplete frame
  };
  struct Asked {
    std::optional<RequestId> id;  // none: asked by the session itself
    Encoded encoded;              // once sent, without its body
    MonotonicTime since;
  };
  struct Sent { std::int32_t xid; Asked asked; };

  struct Idle {};
  struct Pausing { MonotonicTime until; };
  struct Dialling { Link link; MonotonicTime until; };
  struct Introducing { Link link; MonotonicTime until; };
  struct Serving {
    Link link;
    MonotonicTime since, heard, sent;
    std::deque<Sent> outstanding;
    std::size_t watch_pieces_left = 0;  // of those outstanding
    std::optional<ReadWriteSearch> search;
  };
  struct Ended {};
  using Phase = std::variant<Idle, Pausing, Dialling, Introducing, Serving, Ended>;

  // ---- connections ----
  Link* link();
  const Link* link() const { return const_cast<Session*>(this)->link(); }
  ReadWriteSearch* search_about(ConnectionId connection);
  bool is_current(ConnectionId connection) const { return link() != nullptr && link()->connection == connection; }
  ConnectionId new_connection() { return {++last_connection_}; }
  std::int32_t connect_patience_ms() const;
  void try_next();
  void dial();
  void introduce();
  void go_over_to(const wire::HostPort& server);
  void send(std::string_view frame);

  // ---- ends ----
  std::deque<Sent> leave(bool is_open);
  void lose(std::string_view reason, bool is_open);
  void end(State state, ErrorCode error);
  void finish(State state, const std::deque<Sent>& outstanding, ErrorCode error);
  void become(State state);

  // ---- time ----
  std::optional<MonotonicTime> phase_deadline() const;
  std::int32_t ping_pause_ms() const;
  std::int32_t silence_max_ms() const { return timeout_ms_ / 3 * 2; }
  void give_up_waiting();
  void pass_serving(Serving& serving);
  void pass_search(ReadWriteSearch& search);

  // ---- frames ----
  void take_frames(ConnectionId connection, std::string_view bytes);
  void take(std::string_view frame);
  void take_connect_response(std::string_view frame);
  void begin_serving(bool is_read_only);
  void take_reply(wire::Reader in);
  void take_event(wire::Reader in, std::int64_t zxid);
  void take_auth_reply(ErrorCode error);
  void take_answer(Serving& serving, const wire::ReplyHeader& header, wire::Reader body);
  void learn_zxid(const Serving& serving, Zxid zxid);

  // ---- requests ----
  struct Proof { std::string scheme, proof; };
  void refuse(RequestId id);
  void ask(Asked asked);
  void send_request(Serving& serving, Asked asked, std::int32_t xid);
  void send_auth(const Proof& its);
  void register_watches(Serving& serving);
  void complete(const Asked& asked, Reply reply);
  void settle(const WatchWish& wish, OpCode op, ErrorCode error);
  ErrorCode settle(const UnwatchWish& wish, ErrorCode error);
  std::int32_t next_xid();

  const Settings settings_;
  Log& log_;
  ServerList servers_;
  MonotonicTime now_;
  Phase phase_ = Idle{};
  State state_ = State::disconnected;
  Effects effects_;

  Credentials credentials_;
  bool is_known_to_writers_ = false;  // the session is more than a read-only server's own
  std::int32_t timeout_ms_;
  Zxid seen_;  // no server that is behind this may serve us
  Zxid told_;  // all events up to here have been seen: those of one transaction may come in several, before its answer
  std::vector<Proof> proofs_;
  Watches watches_;
  std::deque<Asked> waiting_;  // not sent yet; none while there is a connection
  bool is_closing_ = false;    // the request to close is outstanding
  std::uint64_t last_connection_ = 0;
  std::int32_t last_xid_ = 0;
};

}  // namespace zabra::client
