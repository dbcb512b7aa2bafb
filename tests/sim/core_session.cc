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
  if (link_) network_.close(*link_, setting_.node, true);
  link_.reset();
  outstanding_.clear();
  if (keep_session) return lose_quietly();
  core_.reset();
  wakes_.reset();
  dialling_.reset();
  dialled_.reset();
}

void CoreSession::lose_quietly() {
  if (!dialled_) return;
  core_->closed(now(), std::exchange(dialled_, std::nullopt)->connection);
  for (const client::Effect& effect : core_->take_effects()) {
    if (const auto* dial = std::get_if<client::Dial>(&effect)) carry_out(*dial);
  }
  plan_to_wake();
}

// ---- from the network -----------------------------------------------------------------------------------------------

// A dial that was given up may still open; which of two to the same server did so is all the same.
void CoreSession::on_opened(LinkId link, Node server) {
  if (!dialling_ || dialling_->server != server) return network_.close(link, setting_.node, true);
  dialled_ = std::exchange(dialling_, std::nullopt);
  link_ = link;
  core_->opened(now(), dialled_->connection);
  carry_out();
}

void CoreSession::on_dial_failed(Node server) {
  if (!dialling_ || dialling_->server != server) return;
  core_->dial_failed(now(), std::exchange(dialling_, std::nullopt)->connection);
  carry_out();
}

void CoreSession::on_bytes(LinkId link, std::string_view bytes) {
  if (link_ != link) return;
  core_->received(now(), dialled_->connection, bytes);
  carry_out();
}

void CoreSession::on_closed(LinkId link) {
  if (link_ != link) return;
  link_.reset();
  core_->closed(now(), std::exchange(dialled_, std::nullopt)->connection);
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
  dialling_ = Dialled{dial.connection, std::stoll(dial.to.host), schedule_.now()};
  network_.dial(setting_.node, dialling_->server, Port::client);
}

void CoreSession::carry_out(const client::Send& send) {
  if (link_ && dialled_->connection == send.connection) network_.send(*link_, setting_.node, send.bytes);
}

void CoreSession::carry_out(const client::Close& close) {
  if (dialling_ && dialling_->connection == close.connection) dialling_.reset();
  if (!dialled_ || dialled_->connection != close.connection) return;
  network_.close(*link_, setting_.node, false);
  link_.reset();
  dialled_.reset();
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
      return user_.on_connected(core_->id().value, dialled_->server, dialled_->when);
    case client::State::expired:
      leave(false);
      return user_.on_expired();
    case client::State::disconnected: return user_.on_lost();
    case client::State::closed:  // before the server's answer to that
      leave(false);
      return user_.on_left();
    default: user_.on_fault(text("a state that should not be: ", client::name(changed.state)));
  }
}

}  // namespace zabra::sim
