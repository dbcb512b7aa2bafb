// CRC-32 of zlib's polynomial, as ZooKeeper's digests of the tree use it. A write needs half a dozen over some sixty
// bytes each, which zlib takes byte by byte: where the processor can multiply without carries, those are folded sixteen
// bytes at a time, with the same result.
#pragma once

#include <cstdint>
#include <string_view>

namespace zabra::wire {

// `start`: the result over what stands before `bytes`.
std::uint32_t crc32(std::string_view bytes, std::uint32_t start = 0);

}  // namespace zabra::wire
