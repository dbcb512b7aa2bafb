// The digest of the tree, version 2: the sum modulo 2^64 of one number per znode, so that it follows each change at the
// cost of the znodes that changed. A znode's number is a CRC-32 over path, data and the 60 bytes of its facts; znodes
// strictly below /zookeeper count 0. ACLs and the lists of children are not covered.
// Source: DigestCalculator of 3.8.
#pragma once

#include <cstdint>
#include <string_view>

#include "state/node.h"

namespace zabra::state {

// The root is "/" or "".
std::uint32_t content_crc(std::string_view path, wire::NullableView data);

// The number of a znode that counts (is_in_digest(path), or !node.reserved).
std::uint64_t node_digest(const NodeFacts& facts, std::uint32_t content_crc);

inline bool is_in_digest(std::string_view path) { return !path.starts_with("/zookeeper/"); }

}  // namespace zabra::state
