// The two ports on which servers of an ensemble talk to each other.
#pragma once

#include <cstdint>
#include <string_view>

namespace zabra {

enum class PeerPort : std::uint8_t { quorum, election };

constexpr std::string_view to_string(PeerPort port) {
  return port == PeerPort::quorum ? "quorum" : "election";
}

}  // namespace zabra
