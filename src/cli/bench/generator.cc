#include "cli/bench/generator.h"

#include <algorithm>

#include "cli/bench/run.h"

namespace zabra::cli::bench {

Generator::Generator(std::size_t outstanding, std::int32_t session_timeout_ms)
    : outstanding_(outstanding), session_timeout_ms_(session_timeout_ms) {}

Outcome Generator::open_sessions(const std::vector<Endpoint>& servers, std::size_t connections) {
  connections_.reserve(connections);
  for (std::size_t number = 0; number < connections; ++number) {
    Result<Descriptor> socket = dial(servers[number % servers.size()]);
    if (!socket) return socket.fault();
    Connection& connection = connections_.emplace_back(number, outstanding_, std::move(*socket));
    connection.ask_for_session(session_timeout_ms_);
    if (!connection.stream().flush()) return system_fault("connection " + std::to_string(number));
    poller_.add(connection.stream().fd(), number);
  }
  return await_sessions();
}

Outcome Generator::await_sessions() {
  return collect("the connect request", [this](Connection& connection, std::string_view frame) -> Outcome {
    const Result<Session> session = decode_connect_response(frame);
    if (!session) return session.fault();
    if (connection.number() == 0) first_session_ = session->id;
    session_timeout_ms_ = std::min(session_timeout_ms_, session->timeout_ms);
    return Done{};
  });
}

Measured Generator::run(Workload& workload, Material& material, const Pace& pace, const Observer& observer) {
  return Run(*this, workload, material, pace, observer).drive();
}

Outcome Generator::close_sessions(Material& material) {
  for (Connection& connection : connections_) {
    connection.submit({Kind::close_session}, now(), material.layout, material.values);
    if (!connection.stream().flush()) return system_fault("closing a session");
  }
  return collect("closeSession", [&material](Connection& connection, std::string_view frame) -> Outcome {
    const Sent sent = connection.pop_oldest();
    const Verdict verdict = check_reply(sent, frame, connection.zxid_seen(), material.layout, material.values);
    if (verdict != Verdict::right) return Fault{describe(verdict, sent, frame, material.layout)};
    return Done{};
  });
}

Outcome Generator::collect(std::string_view asked,
                           const std::function<Outcome(Connection&, std::string_view)>& on_frame) {
  const Nanoseconds until = now() + silence_max;
  std::vector<bool> answered(connections_.size(), false);
  std::size_t left = connections_.size();
  Outcome outcome = Done{};
  while (left > 0) {
    const auto events = poller_.wait(until);
    if (events.empty() && now() >= until) return Fault{"no answer to " + std::string(asked)};
    for (const epoll_event& event : events) {
      Connection& connection = connections_[event.data.u64];
      if (answered[connection.number()]) continue;
      const bool open = connection.stream().receive(buffer_, says_hung_up(event), [&](std::string_view frame) {
        outcome = on_frame(connection, frame);
        answered[connection.number()] = true;
        --left;
        return outcome && left > 0;
      });
      if (!outcome) return outcome;
      if (!open && !answered[connection.number()]) return Fault{"closed by the server before it answered " + std::string(asked)};
    }
  }
  return Done{};
}

}  // namespace zabra::cli::bench
