// Links and what time brings. Connecting: client_connect.cc; requests: client_requests.cc; their answers: client_apply.cc;
// local sessions: client_local.cc.
#include "replica/client_side.h"

#include <algorithm>

namespace zabra::replica {

ClientSide::ClientSide(const Settings& settings, Log& log, state::StateMachine& state, SessionIds& ids, WritePath& writes,
                       Checkpointing& checkpoints, Upstream& upstream)
    : settings_(settings),
      log_(log),
      state_(state),
      writes_(writes),
      checkpoints_(checkpoints),
      upstream_(upstream),
      authentication_(settings),
      outbox_(connections_, state),
      sessions_(settings.tick_ms),
      ids_(ids) {}

void ClientSide::start(Now now, Service service, bool decides) {
  now_ = now;
  service_ = service;
  sessions_.decide(decides);
  sessions_.advance(now.monotonic);
  adopt_sessions();
  ids_.start(now.wall);
}

// Its writes that are on their way may be lost with the role: their clients hear of a lost connection, not of an outcome.
void ClientSide::take_role(Service service, bool decides, std::string_view why) {
  std::vector<Handle> served;
  connections_.for_each([&](Handle handle, const Connection& connection) {
    if (connection.phase != Connection::Phase::fresh) served.push_back(handle);
  });
  for (const Handle handle : served) drop(handle, why);
  opening_.clear();
  revalidating_.clear();
  syncing_.clear();
  expired_.clear();
  waiting_for_room_.clear();
  service_ = service;
  sessions_.keep_only([this](SessionId id) { return state_.is_open(id); });
  sessions_.decide(decides);
}

void ClientSide::adopt_sessions() {
  sessions_.clear();
  state_.for_each_session([this](SessionId id, std::int32_t timeout_ms) {
    ids_.seen(id);
    sessions_.open(id, timeout_ms, SessionKind::global);
  });
}

void ClientSide::begin_step(Now now, Effects& effects) {
  now_ = now;
  sessions_.advance(now.monotonic);
  outbox_.begin_step(effects);
}

void ClientSide::pass_time() {
  if (!stopping_) expire_sessions();
  close_expired();
  close_silent_links();
  begin_waiting();
}

void ClientSide::end_step() {
  for (const Handle handle : outbox_.end_step()) drop(handle, "it does not read what it is sent");
  if (outstanding_ > settings_.outstanding_max) return;
  for (const ConnectionRef& ref : paused_) {
    if (connections_.find(ref) != nullptr) outbox_.resume(ref.handle, Connection::for_outstanding);
  }
  paused_.clear();
}

std::optional<MonotonicTime> ClientSide::next_deadline() const {
  std::optional<MonotonicTime> next = sessions_.next_deadline();
  if (!silent_.empty() && (!next || silent_.front().deadline < *next)) next = silent_.front().deadline;
  return next;
}

// ---- links ----------------------------------------------------------------------------------------------------------

void ClientSide::opened(const Opened& event) {
  const Handle handle = connections_.add(event.link);
  Connection& connection = connections_[handle];
  connection.address = event.address;
  connection.port = event.port;
  connection.ids = std::make_shared<state::AuthIds>(state::AuthIds{{"ip", event.address}});
  if (stopping_) return drop(handle, "the server is stopping");
  silent_.push_back({now_.monotonic + settings_.sessionless_timeout_ms, connections_.ref(handle)});
}

void ClientSide::frame(const Frame& event) {
  const Handle handle = connections_.find(event.link);
  if (handle == state::no_handle || stopping_) return;
  switch (connections_[handle].phase) {
    case Connection::Phase::fresh: return connect(handle, event.body);
    case Connection::Phase::connecting: return hold(handle, {}, event.body);
    case Connection::Phase::attached: return receive(handle, event.body);
    case Connection::Phase::ending: return;
  }
}

// The host answers it and closes the link.
void ClientSide::word(const Word& event) {
  const Handle handle = connections_.find(event.link);
  if (handle == state::no_handle) return;
  ++outbox_.traffic.packets_received;
  outbox_.effects().words.push_back({event.link, event.word, std::string(event.rest)});
  forget(handle);
}

void ClientSide::bad_length(const BadLength& event) {
  const Handle handle = connections_.find(event.link);
  if (handle != state::no_handle) drop(handle, text("bad frame length ", event.length));
}

void ClientSide::drained(LinkId link) {
  const Handle handle = connections_.find(link);
  if (handle == state::no_handle) return;
  Connection& connection = connections_[handle];
  // While it is not read from its pings are not heard: that it takes what it is sent counts for them.
  const bool was_unheard = (connection.paused & Connection::for_output) != 0;
  if (was_unheard && connection.session_place != state::no_handle) sessions_.touch(connection.session_place);
  outbox_.drained(handle);
  if (!connection.stalled) return;
  connection.stalled = false;
  outstanding_ += connection.owed.size();
  drain(handle);
}

void ClientSide::half_closed(LinkId link) {
  const Handle handle = connections_.find(link);
  if (handle == state::no_handle) return;
  connections_[handle].half_closed = true;
  if (connections_[handle].owed.empty()) end_after_send(handle);
}

void ClientSide::closed(LinkId link) {
  if (const Handle handle = connections_.find(link); handle != state::no_handle) forget(handle);
}

void ClientSide::close_all() {
  std::vector<Handle> all;
  connections_.for_each([&](Handle handle, const Connection&) { all.push_back(handle); });
  for (const Handle handle : all) end_after_send(handle);
}

// ---- ending ---------------------------------------------------------------------------------------------------------

void ClientSide::expire_sessions() {
  for (const Handle handle : sessions_.expire()) {
    const LiveSession& session = sessions_[handle];
    log_.info(text("Expiring session ", to_string(session.id), ", timeout of ", session.timeout_ms, "ms exceeded"));
    session.kind == SessionKind::local ? end_local(handle) : expired_.push_back(session.id);
  }
}

void ClientSide::close_expired() {
  for (; !expired_.empty(); expired_.pop_front()) {
    const Admission admission = writes_.admit_close();
    if (admission == Admission::no_space && !no_room_to_expire_) {
      log_.error("no space left even for the closing of sessions: sessions do not expire until there is some");
    }
    no_room_to_expire_ = admission == Admission::no_space;
    if (admission != Admission::now) return;
    const Handle handle = sessions_.find(expired_.front());
    if (handle == state::no_handle) continue;
    sessions_[handle].last_write = writes_.propose_close_session(expired_.front(), 0);
  }
}

void ClientSide::close_silent_links() {
  for (; !silent_.empty() && silent_.front().deadline <= now_.monotonic; silent_.pop_front()) {
    const Connection* connection = connections_.find(silent_.front().who);
    if (connection != nullptr && connection->phase == Connection::Phase::fresh) {
      drop(silent_.front().who.handle, text("no session after ", settings_.sessionless_timeout_ms, " ms"));
    }
  }
}

void ClientSide::end_after_send(Handle handle) {
  outbox_.close_after_send(handle);
  forget(handle);
}

void ClientSide::drop(Handle handle, std::string_view why) {
  const Connection& connection = connections_[handle];
  log_.info(text("closing connection of ", connection.address, ":", connection.port, " session=",
                 to_string(connection.session), ": ", why));
  outbox_.close_now(handle);
  forget(handle);
}

// The link may still be sending; for us it is gone.
void ClientSide::forget(Handle handle) {
  Connection& connection = connections_[handle];
  if (connection.session_place != state::no_handle) leave(connection.session_place);
  if (!connection.stalled) outstanding_ -= connection.owed.size();
  state_.drop_watcher({handle});
  connections_.remove(handle);
}

std::vector<ConnectionFacts> ClientSide::connection_facts() const {
  std::vector<ConnectionFacts> all;
  all.reserve(connections_.size());
  connections_.for_each([&](Handle, const Connection& connection) {
    all.push_back({.address = connection.address,
                   .port = connection.port,
                   .session = connection.session,
                   .reading = connection.paused == 0,
                   .queued = connection.owed.size(),
                   .received = connection.received,
                   .sent = connection.sent});
  });
  return all;
}

}  // namespace zabra::replica
