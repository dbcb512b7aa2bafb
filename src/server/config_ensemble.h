// What the operator has decided about an ensemble, as a value, checked: any two of its parts agree.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/peer_port.h"
#include "wire/ensemble_format.h"
#include "wire/host_port.h"
#include "zab/ensemble.h"

namespace zabra::server {

struct EnsembleConfig {
  // server.N, group.N, weight.N. Its version is the end of dynamicConfigFile's name where that is hexadecimal, or 0.
  wire::EnsembleText text;
  zab::Members members;  // of the text; zab::fault_in() finds none

  // Where this server listens for the others. No host: on all addresses.
  std::vector<wire::HostPort> quorum_listen, election_listen;

  std::int32_t init_limit_ticks = 10;         // initLimit
  std::int32_t sync_limit_ticks = 5;          // syncLimit
  std::int32_t connect_limit_ticks = 10;      // connectToLearnerMasterLimit; initLimit where that is 0 or not given
  std::int32_t dial_timeout_ms = 5'000;       // cnxTimeout
  std::int32_t bind_tries = 3;                // electionPortBindRetry; 0: without end
  bool leader_serves = true;                  // leaderServes
  bool multi_address = false;                 // multiAddress.enabled: greetings on election ports name all addresses
  bool read_only_mode = false;                // readonlymode.enabled, which read_ensemble() leaves to others
  bool local_sessions = false;                // localSessionsEnabled
  bool local_sessions_upgrading = false;      // localSessionsUpgradingEnabled
};

// Where others reach one of a member's ports.
std::vector<wire::HostPort> addresses_of(const wire::Member& member, PeerPort port);

class Reading;
struct Membership;

// Of a membership that is an ensemble; otherwise says that keys of ensembles have no effect. `own`: the line of this
// server, null where it is not known which one that is.
std::optional<EnsembleConfig> read_ensemble(Reading& in, const Membership& membership, const wire::Member* own);

}  // namespace zabra::server
