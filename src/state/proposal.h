// Who asks for a write, and the position in the order of all transactions that it gets.
#pragma once

#include <cstdint>

#include "wire/ids.h"

namespace zabra::state {

struct Proposal {
  SessionId session;  // none: the server itself
  std::int32_t cxid = 0;
  Zxid zxid;
  std::int64_t time_ms = 0;  // wall clock
};

}  // namespace zabra::state
