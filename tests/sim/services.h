// What the servers of an ensemble do for clients beyond the usual; all of them the same.
#pragma once

#include <cstdint>

#include "tests/sim/schedule.h"

namespace zabra::sim {

struct Services {
  bool local_sessions = false, upgrading = false;
  bool read_only_mode = false;
  bool leader_serves = true;
};

// From numbers of their own: a run without any of them is what it was when there were none.
inline Services draw_services(std::uint64_t seed) {
  Random random(seed ^ 0x5e55'1075);
  Services services;
  services.local_sessions = random.one_in(4);
  services.upgrading = services.local_sessions && random.one_in(2);
  services.read_only_mode = random.one_in(4);
  services.leader_serves = !random.one_in(5);
  return services;
}

}  // namespace zabra::sim
