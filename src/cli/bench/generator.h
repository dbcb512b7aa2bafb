// The load generator: sessions on many connections, one thread, one epoll.
//
// One turn: wait for events; for each connection that has some: read, check the replies, encode the next requests,
// write once. At a fixed rate the slots that have come due are sent at each turn too. Nothing is allocated for a
// request.
//
// Closed loop: `outstanding` requests are kept under way on each connection; latency counts from the sending.
// Open loop: requests leave by a Schedule; latency counts from the intended time (schedule.h).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/bench/connection.h"
#include "cli/bench/endpoint.h"
#include "cli/bench/operation.h"
#include "cli/bench/poller.h"
#include "cli/bench/tally.h"
#include "cli/bench/tree_layout.h"
#include "cli/bench/values.h"
#include "cli/bench/workload.h"
#include "wire/result.h"

namespace zabra::cli::bench {

// A server that owes a reply for so long has failed the run.
inline constexpr Nanoseconds silence_max = 30'000'000'000;
// At a fixed rate: how long after the end late slots are still sent before they are given up.
inline constexpr Nanoseconds catch_up_max = 10'000'000'000;
// At a fixed rate: a wake-up costs more than a request, and the server may need the core. Rates above 20,000/s share
// them.
inline constexpr Nanoseconds between_wake_ups = 50'000;

// The nodes of a run and what is in them.
struct Material {
  TreeLayout layout;
  Values values;
};

struct Pace {
  bool timed = false;           // else until the workload has no more; everything is measured
  Nanoseconds warm_up = 0;      // timed: not measured
  Nanoseconds duration = 0;     // timed: measured
  double per_second = 0;        // timed: 0 is the closed loop
};

// Called from the loop.
struct Observer {
  std::function<void()> on_measure_begin, on_measure_end;
  // Once a second; `interval`: what came since the last call.
  std::function<void(const Tally& interval, Nanoseconds since_begin, bool is_measured)> on_second;
  std::function<void(const std::string& line)> on_wrong;  // the first few only
};

struct Measured {
  Tally tally;
  Nanoseconds elapsed = 0;     // of the measured part
  std::optional<Fault> fault;  // a connection broke or the server fell silent: what stands above is until then
};

class Generator {
 public:
  Generator(std::size_t outstanding, std::int32_t session_timeout_ms);

  // Opens `connections` sessions, spread over the servers in turn.
  Outcome open_sessions(const std::vector<wire::HostPort>& servers, std::size_t connections);
  SessionId first_session() const { return first_session_; }

  Measured run(Workload& workload, Material& material, const Pace& pace, const Observer& observer);

  Outcome close_sessions(Material& material);

 private:
  friend class Run;
  Outcome await_sessions();
  // Awaits one frame on each connection: the answer to what was asked on all of them. `closed_hint`: what may be behind
  // a connection that is closed instead.
  Outcome collect(std::string_view asked, std::string_view closed_hint,
                  const std::function<Outcome(Connection&, std::string_view)>& on_frame);

  std::size_t outstanding_;
  std::int32_t session_timeout_ms_;
  SessionId first_session_;
  Poller poller_;
  ReadBuffer buffer_;
  std::vector<Connection> connections_;
};

}  // namespace zabra::cli::bench
