// Of what kind a client's session is, as far as its client can tell, and what it may rely on then.
//
//   read-only      of a server without a leader, which reads for it; over when that server's role is
//   local          known to its server alone; over when that server's role is, or its own time
//   maybe global   local, and has asked for an ephemeral where that makes a session everybody's
//   global         everybody's
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/sim/history.h"
#include "tests/sim/network.h"
#include "tests/sim/services.h"

namespace zabra::sim {

// A server's role: it begins with a start, an election, or a leader's loss, and whom it served before is sent away.
struct ServerRole {
  std::uint64_t number = 0;
  Micros since = 0, life_began = 0;
};

// A server's answer to a ConnectRequest.
struct Granted {
  std::int64_t session = 0;
  Node server = 0;
  Micros dialled = 0;  // when; the server has heard of the session since
  bool is_read_only = false;
};

class SessionKind {
 public:
  enum class Kind : std::uint8_t { read_only, local, maybe_global, global };

  SessionKind(const Services& services, std::function<void(const std::string&)> on_violation)
      : services_(services), on_violation_(std::move(on_violation)) {}

  Kind kind() const { return kind_; }
  bool is_of_one_server() const { return kind_ == Kind::read_only || kind_ == Kind::local; }

  // `role`: in which the server gave it; 0: nobody can tell.
  void begins(const Granted& granted, std::uint64_t role);
  void is_taken_up_again(const Granted& granted) const;
  void asks_for(const Operation& operation);
  void is_answered(const Operation& operation);
  // Of one server's: this one knows it no more, in this role, though it has heard of it not long ago.
  void is_refused_in_time(Node server, std::uint64_t role) const;

 private:
  void check_error(const Operation& operation) const;
  void violation(const std::string& what) const;

  const Services services_;
  const std::function<void(const std::string&)> on_violation_;
  Kind kind_ = Kind::global;
  Granted begun_;
  std::uint64_t role_ = 0;
};

}  // namespace zabra::sim
