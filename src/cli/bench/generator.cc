#include "cli/bench/generator.h"

#include <algorithm>

#include "cli/bench/run.h"

namespace zabra::cli::bench {

namespace {

// A server closes what is beyond this limit without a word: who runs a bench has to hear of it from us.
constexpr std::string_view limit_hint =
    " (a server takes maxClientCnxns connections from one address, by default 60: raise it there, 0 is no limit, "
    "or ask for fewer --connections)";

std::string named(std::size_t number) { return "connection " + std::to_string(number); }

}  // namespace

Generator::Generator(std::size_t outstanding, std::int32_t session_timeout_ms)
    : outstanding_(outstanding), session_timeout_ms_(session_timeout_ms) {}

Outcome Generator::open_sessions(const std::vector<wire::HostPort>& servers, std::size_t connections) {
  connections_.reserve(connections);
  for (std::size_t number = 0; number < connections; ++number) {
    Result<Descriptor> socket = dial(servers[number % servers.size()]);
    if (!socket) return socket.fault();
    Connection& connection = connections_.emplace_back(number, outstanding_, std::move(*socket));
    connection.ask_for_session(session_timeout_ms_);
    if (!connection.stream().flush()) return Fault{system_fault(named(number)).reason + std::string(limit_hint)};
    poller_.add(connection.stream().fd(), number);
  }
  return await_sessions();
}

Outcome Generator::await_sessions() {
  return collect("the connect request", limit_hint, [this](Connection& connection, std::string_view frame) -> Outcome {
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
  return collect("closeSession", "", [&material](Connection& connection, std::string_view frame) -> Outcome {
    const Sent sent = connection.pop_oldest();
    const Verdict verdict = check_reply(sent, frame, connection.zxid_seen(), material.layout, material.values);
    if (verdict != Verdict::right) return Fault{describe(verdict, sent, frame, material.layout)};
    return Done{};
  });
}

Outcome Generator::collect(std::string_view asked, std::string_view closed_hint,
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
      if (open || answered[connection.number()]) continue;
      return Fault{named(connection.number()) + ": closed by the server before it answered " + std::string(asked) +
                   std::string(closed_hint)};
    }
  }
  return Done{};
}

}  // namespace zabra::cli::bench
