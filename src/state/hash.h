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

inline std::uint64_t load_word(const char* at, std::size_t bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, bytes);
  return word;
}

inline std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  constexpr std::uint64_t odd_a = 0x9E3779B97F4A7C15ULL, odd_b = 0xD1B54A32D192ED03ULL;
  const std::uint64_t key = mix(seed ^ odd_b, odd_a);  // secret too: no input may make a factor zero at will
  std::uint64_t hash = seed ^ odd_a;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 16; at += 16, left -= 16) hash = mix(load_word(at, 8) ^ hash, load_word(at + 8, 8) ^ key);
  const std::uint64_t head = load_word(at, left < 8 ? left : 8);
  const std::uint64_t tail = left > 8 ? load_word(at + 8, left - 8) : 0;
  return mix(mix(head ^ hash, tail ^ key), bytes.size() ^ odd_a);
}

}  // namespace zabra::state
