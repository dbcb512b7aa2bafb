// A transaction with its place in the one order of all. Opaque here.
#pragma once

#include <cstdint>
#include <string>

#include "wire/ids.h"

namespace zabra::zab {

struct Proposal {
  Zxid zxid;
  std::string entry;
  std::uint32_t checksum = 0;  // Adler-32 of the entry
};

}  // namespace zabra::zab
