// The servers that a configuration file names: `server.N`, `group.N`, `weight.N`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/config.h"
#include "server/config_reading.h"
#include "wire/ensemble_format.h"
#include "wire/ids.h"
#include "zab/ensemble.h"

namespace zabra::server {

struct Membership {
  wire::EnsembleText text;
  zab::Members members;
  // Two voters or more, or one with standaloneEnabled=false. Else the one server that may be named runs standalone.
  bool is_ensemble = false;
  bool multi_address = false;  // multiAddress.enabled
  bool is_sound = true;  // nothing of it was refused

  const wire::Member* find(ServerId server) const;
  std::string ids() const;  // "1, 2, 3"
};

// Refuses what is no server's line, and what makes no ensemble.
Membership read_membership(Reading& in, std::int64_t id_max);

// All addresses of the machine, of both families, have one form: no host.
std::string listening_host(std::string_view host);

// clientPort and clientPortAddress, from their own keys or from the server's line. `own`: null where there is none, or
// where it is not known which one that is.
void read_client_address(Reading& in, const wire::Member* own, bool is_own_known, Config& config);

}  // namespace zabra::server
