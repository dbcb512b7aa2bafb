#include "replica/outbox.h"

#include <algorithm>

#include "wire/client_packets.h"

namespace zabra::replica {

void Traffic::replied(std::int64_t ms, std::size_t bytes) {
  latency.min = latency.count == 0 ? ms : std::min(latency.min, ms);
  latency.max = std::max(latency.max, ms);
  latency.sum += ms;
  ++latency.count;
  ++packets_sent;
  response_bytes.note(bytes);
}

void Outbox::begin_step(Effects& effects) {
  effects_ = &effects;
  touched_.clear();
  ++step_;
}

LinkEffects& Outbox::place_of(state::Handle handle) {
  Connection& connection = connections_[handle];
  if (connection.touched_step != step_) {
    connection.touched_step = step_;
    connection.effects_place = effects_->touch(connection.link);
    touched_.push_back(handle);
  }
  return effects_->at(connection.effects_place);
}

std::vector<state::Handle> Outbox::end_step() {
  std::vector<state::Handle> stuck;
  for (std::size_t place = 0; place < touched_.size(); ++place) {
    const state::Handle handle = touched_[place];
    const LinkEffects& effects = effects_->touched()[place];
    Connection* connection = connections_.find(ConnectionRef{handle, effects.link});
    const std::size_t written = effects.output.size();
    if (connection == nullptr || written == 0) continue;
    const std::uint64_t before = connection->unsent_bytes;
    connection->unsent_bytes += written;
    if (before >= limits::client_output_max) stuck.push_back(handle);
    if (connection->unsent_bytes >= limits::client_output_pause) pause(handle, Connection::for_output);
  }
  return stuck;
}

void Outbox::replied(state::Handle handle, std::size_t begin, std::int64_t waited_ms) {
  ++connections_[handle].sent;
  traffic.replied(waited_ms, output(handle).size() - begin);
}

void Outbox::close_after_send(state::Handle handle) {
  LinkEffects& effects = place_of(handle);
  if (effects.closing == Closing::no) effects.closing = Closing::after_send;
}

void Outbox::pause(state::Handle handle, Connection::Pause why) {
  Connection& connection = connections_[handle];
  if (connection.paused == 0) place_of(handle).reading = Reading::pause;
  connection.paused = static_cast<std::uint8_t>(connection.paused | why);
}

void Outbox::resume(state::Handle handle, Connection::Pause why) {
  Connection& connection = connections_[handle];
  if ((connection.paused & why) == 0) return;
  connection.paused = static_cast<std::uint8_t>(connection.paused & ~why);
  if (connection.paused == 0) place_of(handle).reading = Reading::resume;
}

void Outbox::drained(state::Handle handle) {
  connections_[handle].unsent_bytes = 0;
  resume(handle, Connection::for_output);
}

bool Outbox::is_full(state::Handle handle) {
  const Connection& connection = connections_[handle];
  const bool touched = connection.touched_step == step_;
  const std::size_t written = touched ? effects_->at(connection.effects_place).output.size() : 0;
  return connection.unsent_bytes + written >= limits::client_output_pause;
}

// A watch that is used up without being seen, since the node may not be read, stays used up: as in ZooKeeper.
void Outbox::fire(state::WatcherId watcher, const state::WatchEvent& event) {
  const state::Handle handle = watcher.value;
  Connection& connection = connections_[handle];
  if (!event.checked && !state_.may_read(event.acl, *connection.ids)) return;
  wire::append_watch_event(output(handle), event.type, event.path, event.zxid);
  ++connection.sent;
  ++traffic.packets_sent;
}

}  // namespace zabra::replica
