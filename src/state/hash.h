// Hashes for the tables of this folder: seeded, so that nobody outside can aim at one bucket, and the same on every run
// with the same seed. Nothing that is stored or sent depends on them.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace zabra::state {

__extension__ using WideProduct = unsigned __int128;

// Both halves of a 64 x 64 bit product, folded.
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const WideProduct product = static_cast<WideProduct>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

template <class Word>
std::uint64_t load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Up to 16 bytes as two words, which may overlap: the length goes into the hash as well.
struct Ends {
  std::uint64_t head = 0, tail = 0;
};
inline Ends load_ends(const char* at, std::size_t bytes) {
  if (bytes >= 8) return {load<std::uint64_t>(at), load<std::uint64_t>(at + bytes - 8)};
  if (bytes >= 4) return {load<std::uint32_t>(at), load<std::uint32_t>(at + bytes - 4)};
  if (bytes == 0) return {};
  return {load<std::uint8_t>(at) << 8 | load<std::uint8_t>(at + bytes / 2), load<std::uint8_t>(at + bytes - 1)};
}

inline std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  constexpr std::uint64_t odd_a = 0x9E3779B97F4A7C15ULL, odd_b = 0xD1B54A32D192ED03ULL;
  std::uint64_t hash = seed ^ odd_a;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left > 16; at += 16, left -= 16) {
    hash = mix(load<std::uint64_t>(at) ^ hash, load<std::uint64_t>(at + 8) ^ odd_b);
  }
  const Ends ends = load_ends(at, left);
  return mix(mix(ends.head ^ hash, ends.tail ^ odd_b), bytes.size() ^ odd_a);
}

}  // namespace zabra::state
