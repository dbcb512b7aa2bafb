// The only place where a server's clocks are read: once for each batch.
#pragma once

#include "base/time.h"

namespace zabra::server {

MonotonicTime read_monotonic();  // CLOCK_BOOTTIME
WallTime read_wall();
inline Now read_clocks() { return {read_monotonic(), read_wall()}; }

}  // namespace zabra::server
