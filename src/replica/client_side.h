// What clients ask for, in their order: from frames on a link to answers on it.
//
// A connection's answers leave in the order of its requests. A write is proposed at once, whatever waits before it; a
// read behind a write of the same connection waits until that is applied, and sees it. What waits stands in the
// connection's OwedQueue; so does a read whose peer has client_output_pause bytes to take first, and a write behind it.
// Auth and SASL packets are answered at once, as ZooKeeper does.
//
//   frame ──> write? ──> room? ──> proposed ······> applied() ──> reply, then what waits behind it
//         │            └─ no ──> held until there is ──┘
//         └─> read ──> nothing owed? ──> reply
//                    └─ else ──> held
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "replica/authentication.h"
#include "replica/checkpointing.h"
#include "replica/connections.h"
#include "replica/event.h"
#include "replica/live_sessions.h"
#include "replica/outbox.h"
#include "replica/session_ids.h"
#include "replica/settings.h"
#include "replica/write_path.h"
#include "state/state_machine.h"
#include "wire/client_packets.h"

namespace zabra::replica {

// What clients get of this server. Read-only: it has no leader, and serves reads to those who said that they want them
// even then.
enum class Service : std::uint8_t { none, read_only, full };

// What clients need of other servers.
class Upstream {
 public:
  virtual ~Upstream() = default;
  // Nobody leads but who led when this was called, once the ticket is passed: barrier_passed(). None: alone, at once.
  virtual std::optional<std::uint64_t> begin_sync(SessionId session, std::int32_t cxid, std::string_view body) = 0;
  // Whether a session of another server's is alive: revalidated() follows. False: this server knows itself.
  virtual bool revalidate(SessionId session, std::int32_t timeout_ms) = 0;
};

class ClientSide {
 public:
  ClientSide(const Settings& settings, Log& log, state::StateMachine& state, SessionIds& ids, WritePath& writes,
             Checkpointing& checkpoints, Upstream& upstream);

  // The sessions that the recovered state has get their whole timeout.
  void start(Now now, Service service, bool decides);
  // What this server is to its clients from now on; whoever it served before is sent away, and local sessions are over.
  void take_role(Service service, bool decides, std::string_view why);
  // Another state has taken the place of ours.
  void adopt_sessions();
  void begin_step(Now now, Effects& effects);
  // What time alone brings: sessions and connections whose time is over; requests for which there is room now.
  void pass_time();
  void end_step();

  // ---- links ----
  void opened(const Opened& event);
  void frame(const Frame& event);
  void word(const Word& event);
  void bad_length(const BadLength& event);
  void drained(LinkId link);
  void half_closed(LinkId link);
  void closed(LinkId link);

  // ---- the log ----
  // Applies a committed transaction, tells the watchers, answers who waits for it.
  void apply(const zab::Proposal& committed);

  // ---- between servers ----
  // All syncs up to this ticket may be answered.
  void barrier_passed(std::uint64_t ticket);
  // Of a learner's client that has come from another server.
  void revalidated(SessionId session, bool is_valid);
  LiveSessions& sessions() { return sessions_; }
  // Its close is proposed, for a client of another server.
  void closing(SessionId session, Zxid zxid);
  // The session has gone on to another server.
  void moved_away(SessionId session);

  // ---- stopping ----
  void stop() { stopping_ = true; }  // nothing new is begun
  void close_all();

  std::optional<MonotonicTime> next_deadline() const;
  const Traffic& traffic() const { return outbox_.traffic; }
  std::uint64_t connection_count() const { return connections_.size(); }
  std::uint64_t outstanding() const { return outstanding_; }
  std::uint64_t auth_failures() const { return auth_failures_; }
  std::uint64_t local_sessions() const { return sessions_.local_count(); }
  std::vector<ConnectionFacts> connection_facts() const;

 private:
  using Handle = state::Handle;

  // connecting
  void connect(Handle handle, std::string_view body);
  void open_session(Handle handle, std::string_view body);
  void reattach(Handle handle, const wire::ConnectRequest& request);
  void reattach_to_local(Handle handle, const wire::ConnectRequest& request, Handle session);
  bool is_rightful(const wire::ConnectRequest& request, Handle session);
  void leave_former(Handle session);
  void take_over(Handle handle, Handle session);
  void receive_held(Handle handle);
  void attach(Handle handle, Handle session);
  void refuse(Handle handle, SessionId session);
  void session_created(Handle handle, Handle session);
  void say_established(Handle handle, Handle session);
  std::int32_t negotiate(std::int32_t wanted_ms) const;

  // local sessions
  bool opens_local() const;
  void open_local(Handle handle);
  void upgrade_for(Handle handle, OpCode op, std::string_view body);
  bool closes_here(Handle handle, OpCode op);
  void close_local(Handle handle, wire::RequestHeader header);
  void end_local(Handle session);
  void leave(Handle session);

  // requests
  void receive(Handle handle, std::string_view frame);
  void begin(Handle handle, wire::RequestHeader header, std::string_view frame);
  void begin_write(Handle handle, wire::RequestHeader header, std::string_view frame);
  void begin_read(Handle handle, wire::RequestHeader header, std::string_view frame);
  void refuse_unknown(Handle handle, wire::RequestHeader header);
  void answer_in_turn(Handle handle, wire::RequestHeader header, ErrorCode error, bool close_after = false);
  void authenticate(Handle handle, wire::RequestHeader header, std::string_view body);
  void answer_sasl(Handle handle, wire::RequestHeader header, std::string_view body);
  void answer_read(Handle handle, wire::RequestHeader header, std::string_view body, const SharedIds& ids,
                   std::int64_t arrived_ms);
  void read_from_state(Handle handle, wire::RequestHeader header, std::string_view body, const state::AuthIds& ids);
  void set_watches(Handle handle, wire::RequestHeader header, std::string_view body, const state::AuthIds& ids);
  void sync(Handle handle, wire::RequestHeader header, std::string_view body);
  bool begin_sync(Handle handle, wire::RequestHeader header, std::string_view frame);
  bool begin_held_sync(Handle handle);

  // waiting
  Admission admit(OpCode op) const;
  Zxid propose(Handle handle, OpCode op, std::int32_t xid, std::string_view frame, const SharedIds& ids);
  void owe_proposed(Handle handle, wire::RequestHeader header, std::string_view frame, Zxid zxid);
  void owe(Handle handle, Owed item);
  void hold(Handle handle, wire::RequestHeader header, std::string_view frame);
  void wait_for_room(Handle handle);
  void begin_waiting();
  bool begin_held_writes(Handle handle);
  bool begin_held_opening(Handle handle);
  bool begin_held_write(Handle handle, std::size_t place);
  void drain(Handle handle);
  bool answer_front(Handle handle);
  bool begin_front(Handle handle);
  void stall(Handle handle);
  Owed pop_owed(Handle handle);

  // applying
  Handle asked_by(const wire::TxnHeader& header, Handle session);
  void answer_before_write(Handle handle);
  void session_moved(Handle session, Handle asked_by);
  void answer_applied(Handle handle, Zxid zxid, ErrorCode code);
  void session_closed(SessionId id, Handle session, Handle asked_by, Zxid zxid, ErrorCode code);

  // ending
  void expire_sessions();
  void close_expired();
  void close_silent_links();
  void end_after_send(Handle handle);
  void drop(Handle handle, std::string_view why);
  void forget(Handle handle);

  const Settings& settings_;
  Log& log_;
  state::StateMachine& state_;
  WritePath& writes_;
  Checkpointing& checkpoints_;
  Upstream& upstream_;
  Authentication authentication_;
  Connections connections_;
  Outbox outbox_;
  LiveSessions sessions_;
  SessionIds& ids_;

  Now now_;
  bool stopping_ = false;
  Service service_ = Service::none;
  std::map<SessionId, ConnectionRef> opening_;       // whose creation is on its way
  struct Revalidation {
    ConnectionRef by;              // who asked last
    std::uint32_t under_way = 0;   // questions that the leader has not answered
  };
  std::map<SessionId, Revalidation> revalidating_;
  std::deque<std::pair<std::uint64_t, ConnectionRef>> syncing_;  // by ticket
  std::uint64_t sync_passed_ = 0;
  std::uint64_t outstanding_ = 0;                 // owed on all connections but the stalled: those wait for their peers
  std::vector<ConnectionRef> paused_;             // for_outstanding
  std::deque<ConnectionRef> waiting_for_room_;
  std::deque<SessionId> expired_;                 // their close is not proposed yet
  bool no_room_to_expire_ = false;                // said once
  struct Silent { MonotonicTime deadline; ConnectionRef who; };
  std::deque<Silent> silent_;                     // links without a session, in the order of their deadlines
  std::uint64_t auth_failures_ = 0;
  std::string reply_body_;                        // scratch
};

}  // namespace zabra::replica
