// Connections: which server, how long, what ends them. Requests and answers are in session_requests.cc.
#include "client/session.h"

#include <algorithm>

#include "client/limits.h"
#include "wire/check.h"
#include "wire/client_half.h"
#include "wire/frame.h"

namespace zabra::client {

Session::Session(Settings settings, Log& log)
    : settings_(std::move(settings)),
      log_(log),
      servers_(settings_.servers, settings_.seed),
      timeout_ms_(settings_.timeout_ms) {
  CHECK(!settings_.servers.empty());
  if (!settings_.resumed) return;
  credentials_ = *settings_.resumed;
  is_known_to_writers_ = true;
}

void Session::start(MonotonicTime now) {
  now_ = now;
  CHECK(std::holds_alternative<Idle>(phase_));
  try_next();
}

Session::Link* Session::link() {
  if (auto* dialling = std::get_if<Dialling>(&phase_)) return &dialling->link;
  if (auto* introducing = std::get_if<Introducing>(&phase_)) return &introducing->link;
  if (auto* serving = std::get_if<Serving>(&phase_)) return &serving->link;
  return nullptr;
}

ReadWriteSearch* Session::search_about(ConnectionId connection) {
  auto* serving = std::get_if<Serving>(&phase_);
  return serving && serving->search && serving->search->is_about(connection) ? &*serving->search : nullptr;
}

std::optional<wire::HostPort> Session::server() const {
  const auto* serving = std::get_if<Serving>(&phase_);
  return serving ? std::optional(serving->link.server) : std::nullopt;
}

// ---- from one server to the next ------------------------------------------------------------------------------------

std::int32_t Session::connect_patience_ms() const {
  return std::max(timeout_ms_ / static_cast<std::int32_t>(servers_.size()), limits::connect_timeout_min_ms);
}

void Session::try_next() {
  const std::int32_t pause_ms = servers_.pause_ms();
  if (pause_ms == 0) return dial();
  phase_ = Pausing{now_ + pause_ms};
}

void Session::dial() {
  Link link{new_connection(), servers_.next(), {}};
  effects_.emplace_back(Dial{link.connection, link.server});
  phase_ = Dialling{std::move(link), now_ + connect_patience_ms()};
}

void Session::opened(MonotonicTime now, ConnectionId connection) {
  now_ = now;
  if (ReadWriteSearch* search = search_about(connection)) return search->opened(effects_);
  auto* dialling = std::get_if<Dialling>(&phase_);
  if (dialling == nullptr || dialling->link.connection != connection) return;
  Link link = std::move(dialling->link);
  phase_ = Introducing{std::move(link), now_ + connect_patience_ms()};
  introduce();
}

void Session::introduce() {
  wire::ConnectRequest request;
  request.last_zxid_seen = seen_.to_wire();
  request.timeout_ms = settings_.timeout_ms;
  // A session that a read-only server made is unknown to all others.
  const Credentials known = is_known_to_writers_ ? credentials_ : Credentials{};
  request.session = known.session;
  request.password = std::string_view(known.password.data(), known.password.size());
  request.has_read_only = true;
  request.read_only = settings_.can_be_read_only;
  std::string frame;
  wire::append_connect_request(frame, request);
  send(frame);
}

void Session::dial_failed(MonotonicTime now, ConnectionId connection) {
  now_ = now;
  if (ReadWriteSearch* search = search_about(connection)) return search->failed(now_);
  if (is_current(connection)) lose("it can't be reached", false);
}

void Session::closed(MonotonicTime now, ConnectionId connection) {
  now_ = now;
  if (ReadWriteSearch* search = search_about(connection)) return search->failed(now_);
  if (is_current(connection)) lose("it has closed the connection", false);
}

// ---- ends -----------------------------------------------------------------------------------------------------------

// What was outstanding is given to the caller. `is_open`: we are the ones who end it.
std::deque<Session::Sent> Session::leave(bool is_open) {
  std::deque<Sent> outstanding;
  if (auto* serving = std::get_if<Serving>(&phase_)) {
    if (now_ - serving->since >= limits::proven_after_ms) servers_.begin_round();
    if (serving->search) serving->search->stop(effects_);
    outstanding = std::move(serving->outstanding);
  }
  if (is_open && link() != nullptr) effects_.emplace_back(Close{link()->connection});
  phase_ = Idle{};
  return outstanding;
}

void Session::lose(std::string_view reason, bool is_open) {
  const bool was_serving = std::holds_alternative<Serving>(phase_);
  log_.write(was_serving ? LogLevel::info : LogLevel::debug,
             text("client session=", to_string(id()), " leaves server=", to_string(link()->server), ": ", reason));
  const std::deque<Sent> outstanding = leave(is_open);
  if (is_closing_) return finish(State::closed, outstanding, connection_loss);
  become(State::disconnected);
  for (const Sent& sent : outstanding) complete(sent.asked, {connection_loss, {}, {}});
  try_next();
}

void Session::end(State state, ErrorCode error) { finish(state, leave(true), error); }

void Session::finish(State state, const std::deque<Sent>& outstanding, ErrorCode error) {
  phase_ = Ended{};
  become(state);
  for (const Sent& sent : outstanding) complete(sent.asked, {error, {}, {}});
  for (const Asked& asked : std::exchange(waiting_, {})) complete(asked, {error, {}, {}});
}

void Session::become(State state) {
  if (std::exchange(state_, state) == state) return;
  effects_.emplace_back(StateChanged{state});
  if (is_final(state)) log_.info(text("client session=", to_string(id()), " is over: ", name(state)));
}

// ---- time -----------------------------------------------------------------------------------------------------------

std::int32_t Session::ping_pause_ms() const { return std::min(timeout_ms_ / 3, limits::ping_pause_max_ms); }

std::optional<MonotonicTime> Session::phase_deadline() const {
  if (const auto* pausing = std::get_if<Pausing>(&phase_)) return pausing->until;
  if (const auto* dialling = std::get_if<Dialling>(&phase_)) return dialling->until;
  if (const auto* introducing = std::get_if<Introducing>(&phase_)) return introducing->until;
  const auto* serving = std::get_if<Serving>(&phase_);
  if (serving == nullptr) return std::nullopt;
  const MonotonicTime due = std::min(serving->heard + silence_max_ms(), serving->sent + ping_pause_ms());
  return serving->search ? std::min(due, serving->search->due()) : due;
}

std::optional<MonotonicTime> Session::next_deadline() const {
  const std::optional<MonotonicTime> due = phase_deadline();
  if (!due || waiting_.empty()) return due;
  return std::min(*due, waiting_.front().since + timeout_ms_);
}

void Session::pass(MonotonicTime now) {
  now_ = now;
  give_up_waiting();
  if (const auto due = phase_deadline(); !due || *due > now_) return;
  if (auto* serving = std::get_if<Serving>(&phase_)) return pass_serving(*serving);
  if (std::holds_alternative<Pausing>(phase_)) return dial();
  lose("it does not answer in time", true);
}

void Session::give_up_waiting() {
  while (!waiting_.empty() && waiting_.front().since + timeout_ms_ <= now_) {
    const Asked asked = std::move(waiting_.front());
    waiting_.pop_front();
    complete(asked, {connection_loss, {}, {}});
  }
}

void Session::pass_serving(Serving& serving) {
  if (serving.heard + silence_max_ms() <= now_) return lose("it is silent", true);
  if (serving.sent + ping_pause_ms() <= now_) {
    std::string frame;
    wire::append_request(frame, xid_ping, OpCode::ping, "");
    send(frame);
  }
  if (serving.search && serving.search->due() <= now_) pass_search(*serving.search);
}

void Session::pass_search(ReadWriteSearch& search) {
  if (search.is_asking()) return search.give_up(now_, effects_);
  search.ask(now_, {new_connection(), servers_.another()}, effects_);
}

// ---- bytes ----------------------------------------------------------------------------------------------------------

void Session::send(std::string_view frame) {
  if (auto* serving = std::get_if<Serving>(&phase_)) serving->sent = now_;
  const ConnectionId connection = link()->connection;
  auto* last = effects_.empty() ? nullptr : std::get_if<Send>(&effects_.back());
  if (last != nullptr && last->connection == connection) {
    last->bytes += frame;
  } else {
    effects_.emplace_back(Send{connection, std::string(frame)});
  }
}

void Session::received(MonotonicTime now, ConnectionId connection, std::string_view bytes) {
  now_ = now;
  if (ReadWriteSearch* search = search_about(connection)) {
    const auto found = search->received(now_, bytes, effects_);
    return found ? go_over_to(*found) : void();
  }
  if (!is_current(connection) || std::holds_alternative<Dialling>(phase_)) return;
  if (auto* serving = std::get_if<Serving>(&phase_)) serving->heard = now_;
  take_frames(connection, bytes);
}

void Session::go_over_to(const wire::HostPort& server) {
  servers_.begin_round();
  servers_.prefer(server);
  lose(text("server=", to_string(server), " takes writes"), true);
}

// The input is ours while its frames are taken: any of them may end the connection.
void Session::take_frames(ConnectionId connection, std::string_view bytes) {
  std::string held = std::move(link()->input);
  if (!held.empty()) held += bytes;
  const std::string_view all = held.empty() ? bytes : std::string_view(held);
  std::size_t taken = 0;
  while (is_current(connection)) {
    const wire::Cut cut = wire::cut(all.substr(taken), false, settings_.reply_bytes_max);
    if (std::holds_alternative<wire::BadFrameLength>(cut)) return lose("it sends a frame of a bad length", true);
    const auto* frame = std::get_if<wire::FrameCut>(&cut);
    if (frame == nullptr) break;
    taken += frame->consumed;
    take(frame->body);
  }
  if (!is_current(connection)) return;
  if (held.empty()) held = bytes.substr(taken);
  else held.erase(0, taken);
  link()->input = std::move(held);
}

void Session::take(std::string_view frame) {
  if (std::holds_alternative<Introducing>(phase_)) return take_connect_response(frame);
  take_reply(wire::Reader(frame));
}

void Session::take_connect_response(std::string_view frame) {
  const auto response = wire::decode_connect_response(frame);
  if (!response) return lose(response.fault().reason, true);
  if (response->timeout_ms <= 0) return end(State::expired, ErrorCode::session_expired);
  if (response->read_only && !settings_.can_be_read_only) return lose("it is read-only", true);
  credentials_ = {response->session, response->password};
  timeout_ms_ = response->timeout_ms;
  begin_serving(response->read_only);
}

void Session::begin_serving(bool is_read_only) {
  Link link = std::move(*this->link());
  log_.info(text("client session=", to_string(id()), " is served by server=", to_string(link.server),
                 " timeout_ms=", timeout_ms_, is_read_only ? " read-only" : ""));
  Serving& serving = phase_.emplace<Serving>(Serving{std::move(link), now_, now_, now_, {}, 0, std::nullopt});
  if (is_read_only) serving.search.emplace(now_);
  else is_known_to_writers_ = true;
  become(is_read_only ? State::connected_read_only : State::connected);
  for (const Proof& each : proofs_) send_auth(each);
  register_watches(serving);
  for (Asked& asked : std::exchange(waiting_, {})) send_request(serving, std::move(asked), next_xid());
}

}  // namespace zabra::client
