#include "tests/sim/core_session.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace zabra::sim {
namespace {

client::Settings settings_of(const SessionSetting& setting, std::uint64_t seed) {
  client::Settings settings;
  for (std::int64_t id = 1; id <= setting.servers; ++id) settings.servers.push_back({std::to_string(id), 2181});
  settings.timeout_ms = setting.timeout_ms;
  settings.seed = seed;
  settings.can_be_read_only = setting.can_be_read_only;
  return settings;
}

std::optional<client::WatcherId> watcher_of(const Operation& operation) {
  return operation.watch ? std::optional(client::WatcherId{1}) : std::nullopt;
}

client::Create create_of(const Operation& operation) {
  client::Create create{.path = operation.path, .data = operation.data};
  create.mode = static_cast<CreateMode>((operation.ephemeral ? 1 : 0) + (operation.sequential ? 2 : 0));
  return create;
}

client::Multi multi_of(const Operation& operation) {
  client::Multi multi;
  if (operation.expected_version >= 0) {
    multi.items.emplace_back(client::Check{operation.path, operation.expected_version});
  }
  for (const Written& write : operation.writes) multi.items.emplace_back(client::SetData{write.path, write.data});
  return multi;
}

client::Request request_of(const Operation& operation) {
  switch (operation.op) {
    case Op::create: return create_of(operation);
    case Op::remove: return client::Remove{operation.path};
    case Op::set_data: return client::SetData{operation.path, operation.data, operation.expected_version};
    case Op::exists: return client::Exists{operation.path, watcher_of(operation)};
    case Op::get_data: return client::GetData{operation.path, watcher_of(operation)};
    case Op::get_children: return client::GetChildren{operation.path, watcher_of(operation)};
    case Op::multi: return multi_of(operation);
    default: return client::Sync{operation.path};
  }
}

// ---- answers, in the checkers' own terms ----

NodeStat seen(const client::Stat& stat) {
  return {.czxid = stat.czxid.to_wire(), .mzxid = stat.mzxid.to_wire(), .version = stat.version,
          .cversion = stat.cversion, .aversion = stat.aversion, .owner = stat.ephemeral_owner,
          .children = stat.num_children, .pzxid = stat.pzxid.to_wire(), .ctime = stat.ctime, .mtime = stat.mtime};
}

Answer seen(const client::Reply& reply) {
  Answer answer{.zxid = reply.zxid.to_wire(), .error = static_cast<std::int32_t>(reply.error)};
  if (const auto* created = std::get_if<client::Created>(&reply.body)) answer.result = created->path;
  if (const auto* stat = std::get_if<client::Stat>(&reply.body)) answer.stat = seen(*stat);
  if (const auto* data = std::get_if<client::NodeData>(&reply.body)) {
    answer.result = data->data.value_or("");
    answer.stat = seen(data->stat);
  }
  if (const auto* results = std::get_if<client::MultiResults>(&reply.body)) {
    for (const client::MultiResult& each : results->results) {
      if (const auto* stat = std::get_if<client::Stat>(&each.body)) answer.writes.push_back(seen(*stat));
    }
  }
  return answer;
}

}  // namespace

// ---- from the client ------------------------------------------------------------------------------------------------

void CoreSession::act() {
  if (!core_) begin();
}

void CoreSession::begin() {
  ++cores_;
  core_ = std::make_unique<client::Session>(settings_of(setting_, random_.number()), log_);
  core_->start(now());
  carry_out();
}

void CoreSession::ask(const Operation& operation) {
  const client::RequestId id{++last_request_};
  outstanding_.push_back(id);
  if (operation.op == Op::close) core_->close(now(), id);
  else core_->submit(now(), id, request_of(operation));
  carry_out();
}

// A session that is kept only loses its connection, as if the network had cut it.
void CoreSession::leave(bool keep_session) {
  outstanding_.clear();
  if (keep_session) return lose_quietly();
  for (const Stream& stream : std::exchange(streams_, {})) {
    if (stream.link) network_.close(*stream.link, setting_.node, true);
  }
  core_.reset();
  wakes_.reset();
}

void CoreSession::lose_quietly() {
  if (!is_connected()) return;
  const Stream lost = speaking();
  network_.close(*lost.link, setting_.node, true);
  streams_.erase(stream(lost.connection));
  core_->closed(now(), lost.connection);
  for (const client::Effect& effect : core_->take_effects()) {
    if (const auto* close = std::get_if<client::Close>(&effect)) carry_out(*close);
    if (const auto* dial = std::get_if<client::Dial>(&effect)) carry_out(*dial);
  }
  plan_to_wake();
}

// ---- streams --------------------------------------------------------------------------------------------------------

CoreSession::Streams::iterator CoreSession::dialling(Node server) {
  return std::ranges::find_if(streams_, [server](const Stream& its) { return its.server == server && !its.link; });
}

CoreSession::Streams::iterator CoreSession::opened(LinkId link) {
  return std::ranges::find_if(streams_, [link](const Stream& its) { return its.link == link; });
}

CoreSession::Streams::iterator CoreSession::stream(client::ConnectionId connection) {
  return std::ranges::find_if(streams_, [connection](const Stream& its) { return its.connection == connection; });
}

// The first that was dialled: it looks for another server only while it has one.
const CoreSession::Stream& CoreSession::speaking() const { return streams_.front(); }

// ---- from the network -----------------------------------------------------------------------------------------------

// A dial that was given up may still open; which of two to the same server did so is all the same.
void CoreSession::on_opened(LinkId link, Node server) {
  const auto its = dialling(server);
  if (its == streams_.end()) return network_.close(link, setting_.node, true);
  its->link = link;
  core_->opened(now(), its->connection);
  carry_out();
}

void CoreSession::on_dial_failed(Node server) {
  const auto its = dialling(server);
  if (its == streams_.end()) return;
  const client::ConnectionId connection = its->connection;
  streams_.erase(its);
  core_->dial_failed(now(), connection);
  carry_out();
}

void CoreSession::on_bytes(LinkId link, std::string_view bytes) {
  const auto its = opened(link);
  if (its == streams_.end()) return;
  last_heard_ = its->server;
  core_->received(now(), its->connection, bytes);
  carry_out();
}

void CoreSession::on_closed(LinkId link) {
  const auto its = opened(link);
  if (its == streams_.end()) return;
  const client::ConnectionId connection = its->connection;
  streams_.erase(its);
  core_->closed(now(), connection);
  carry_out();
}

// ---- effects --------------------------------------------------------------------------------------------------------

void CoreSession::carry_out() {
  const std::uint64_t core = cores_;
  for (const client::Effect& effect : core_->take_effects()) {
    std::visit([this](const auto& it) { carry_out(it); }, effect);
    if (!core_ || core != cores_) return;  // the client has left
  }
  plan_to_wake();
}

void CoreSession::plan_to_wake() {
  const auto due = core_->next_deadline();
  if (!due || (wakes_ && *wakes_ <= *due)) return;
  wakes_ = due;
  schedule_.after(std::max<Micros>(0, due->ms * ms - schedule_.now()), [this, core = cores_] { wake(core); });
}

void CoreSession::wake(std::uint64_t core) {
  if (!core_ || core != cores_) return;
  if (wakes_ && *wakes_ <= now()) wakes_.reset();
  core_->pass(now());
  carry_out();
}

void CoreSession::carry_out(const client::Dial& dial) {
  streams_.push_back({dial.connection, std::stoll(dial.to.host), schedule_.now()});
  network_.dial(setting_.node, streams_.back().server, Port::client);
}

void CoreSession::carry_out(const client::Send& send) {
  const auto its = stream(send.connection);
  if (its != streams_.end() && its->link) network_.send(*its->link, setting_.node, send.bytes);
}

void CoreSession::carry_out(const client::Close& close) {
  const auto its = stream(close.connection);
  if (its == streams_.end()) return;
  if (its->link) network_.close(*its->link, setting_.node, false);
  streams_.erase(its);
}

void CoreSession::carry_out(const client::Completed& completed) {
  if (outstanding_.empty() || outstanding_.front() != completed.request) {
    return user_.on_fault(text("request ", completed.request.value, " ends out of order, or twice"));
  }
  outstanding_.pop_front();
  if (completed.reply.error != client::connection_loss) user_.on_answer(seen(completed.reply));
}

void CoreSession::carry_out(const client::Fired& fired) { user_.on_event(fired.path); }

void CoreSession::carry_out(const client::StateChanged& changed) {
  switch (changed.state) {
    case client::State::connected:
    case client::State::connected_read_only: return is_served(changed.state);
    case client::State::expired: return is_expired();
    case client::State::disconnected: return user_.on_lost();
    case client::State::closed:  // before the server's answer to that
      leave(false);
      return user_.on_left();
    default: user_.on_fault(text("a state that should not be: ", client::name(changed.state)));
  }
}

void CoreSession::is_served(client::State how) {
  const Stream& its = speaking();
  user_.on_connected({core_->id().value, its.server, its.dialled, how == client::State::connected_read_only});
}

// It has said so itself, and closed the connection to who told it.
void CoreSession::is_expired() {
  leave(false);
  user_.on_expired(last_heard_);
}

}  // namespace zabra::sim
