// What goes out to client links: replies and watch events into each link's output of this step, orders to pause, resume
// and close, and the count of what a peer has not taken yet.
//
// A link with client_output_pause bytes outstanding is not read from until it has drained; one that already had
// client_output_max outstanding when still more is written to it is closed (watch events can't wait).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/limits.h"
#include "replica/connections.h"
#include "replica/effects.h"
#include "replica/status.h"
#include "state/event_sink.h"
#include "state/state_machine.h"

namespace zabra::replica {

// Counted since the start or the last reset.
struct Traffic {
  Latency latency;
  std::uint64_t packets_received = 0, packets_sent = 0;
  Sizes response_bytes;

  void replied(std::int64_t ms, std::size_t bytes);
};

class Outbox final : public state::EventSink {
 public:
  Outbox(Connections& connections, const state::StateMachine& state) : connections_(connections), state_(state) {
    touched_.reserve(limits::links_touched_expected);
  }

  void begin_step(Effects& effects);
  // Counts what was written. The connections that must be closed: they do not take what they are sent.
  std::vector<state::Handle> end_step();
  Effects& effects() { return *effects_; }

  // Where the connection's next bytes go. The reference is void when another link is touched.
  std::string& output(state::Handle handle) { return place_of(handle).output; }
  // A reply was appended behind `begin`; it answers what arrived `waited_ms` ago.
  void replied(state::Handle handle, std::size_t begin, std::int64_t waited_ms);

  void close_now(state::Handle handle) { place_of(handle).closing = Closing::now; }
  void close_after_send(state::Handle handle);
  void pause(state::Handle handle, Connection::Pause why);
  void resume(state::Handle handle, Connection::Pause why);
  void drained(state::Handle handle);
  // So much has been written that the peer should take some of it before it is given more.
  bool is_full(state::Handle handle);

  void fire(state::WatcherId watcher, const state::WatchEvent& event) override;

  Traffic traffic;

 private:
  LinkEffects& place_of(state::Handle handle);

  Connections& connections_;
  const state::StateMachine& state_;
  Effects* effects_ = nullptr;
  std::uint64_t step_ = 0;
  std::vector<state::Handle> touched_;  // beside effects_->touched()
};

}  // namespace zabra::replica
