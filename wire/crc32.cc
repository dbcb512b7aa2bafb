#include "wire/crc32.h"

#include <zlib.h>

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace zabra::wire {

namespace {

std::uint32_t crc32_by_zlib(std::string_view bytes, std::uint32_t start) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  return static_cast<std::uint32_t>(::crc32_z(start, data, bytes.size()));
}

#if defined(__x86_64__)

constexpr std::size_t block_bytes = 16;
constexpr std::size_t folded_bytes_min = 4;  // the start value covers as many

// Powers of x modulo the polynomial, bits reflected. After: Gopal et al., "Fast CRC Computation for Generic Polynomials
// Using PCLMULQDQ Instruction", 2009.
struct Powers {
  long long low, high;
};
constexpr Powers over_512_bits{0x154442bd4, 0x1c6e41596};
constexpr Powers over_128_bits{0x1751997d0, 0x0ccaa009e};
constexpr Powers over_64_bits{0x163cd6124, 0};
constexpr Powers polynomial_and_its_inverse{0x1db710641, 0x1f7011641};

[[gnu::target("pclmul,sse4.1")]] __m128i vector_of(Powers powers) { return _mm_set_epi64x(powers.high, powers.low); }
[[gnu::target("pclmul,sse4.1")]] __m128i load(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

// `block`, moved ahead by as many bits as the powers are for.
[[gnu::target("pclmul,sse4.1")]] __m128i fold(__m128i block, __m128i powers) {
  return _mm_xor_si128(_mm_clmulepi64_si128(block, powers, 0x00), _mm_clmulepi64_si128(block, powers, 0x11));
}

// Bytes of `block` moved towards its front (by < 0: towards its end), zeros behind them.
[[gnu::target("pclmul,sse4.1")]] __m128i shift_bytes(__m128i block, int by) {
  const __m128i places = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m128i from = _mm_add_epi8(places, _mm_set1_epi8(static_cast<char>(by)));
  const __m128i outside = _mm_cmpgt_epi8(from, _mm_set1_epi8(15));
  return _mm_shuffle_epi8(block, _mm_or_si128(from, outside));  // a place below 0 has its top bit set already: zero
}

// 128 bits down to 32: two folds, then Barrett's reduction.
[[gnu::target("pclmul,sse4.1")]] std::uint32_t reduce(__m128i block) {
  const __m128i low_halves = _mm_setr_epi32(-1, 0, -1, 0);
  block = _mm_xor_si128(_mm_srli_si128(block, 8), _mm_clmulepi64_si128(block, vector_of(over_128_bits), 0x10));
  block = _mm_xor_si128(_mm_srli_si128(block, 4),
                        _mm_clmulepi64_si128(_mm_and_si128(block, low_halves), vector_of(over_64_bits), 0x00));
  const __m128i constants = vector_of(polynomial_and_its_inverse);
  __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(block, low_halves), constants, 0x10);
  quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, low_halves), constants, 0x00);
  return static_cast<std::uint32_t>(_mm_extract_epi32(_mm_xor_si128(block, quotient), 1));
}

// Fewer bytes than a block: they stand at its end, and the zeros before them change nothing.
[[gnu::target("pclmul,sse4.1")]] std::uint32_t crc32_of_few(std::string_view bytes, std::uint32_t state) {
  char padded[block_bytes] = {};
  char* front = padded + block_bytes - bytes.size();
  std::memcpy(front, bytes.data(), bytes.size());
  std::uint32_t word;
  std::memcpy(&word, front, sizeof word);
  word ^= state;
  std::memcpy(front, &word, sizeof word);
  return reduce(load(padded));
}

// Four blocks side by side, as long as there are four more.
[[gnu::target("pclmul,sse4.1")]] __m128i fold_long(std::string_view& bytes, std::uint32_t state) {
  __m128i lanes[4];
  for (std::size_t i = 0; i < 4; ++i) lanes[i] = load(bytes.data() + i * block_bytes);
  lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128(static_cast<int>(state)));
  bytes.remove_prefix(sizeof lanes);
  const __m128i powers = vector_of(over_512_bits);
  for (; bytes.size() >= sizeof lanes; bytes.remove_prefix(sizeof lanes)) {
    for (std::size_t i = 0; i < 4; ++i) {
      lanes[i] = _mm_xor_si128(fold(lanes[i], powers), load(bytes.data() + i * block_bytes));
    }
  }
  __m128i block = lanes[0];
  for (std::size_t i = 1; i < 4; ++i) block = _mm_xor_si128(fold(block, vector_of(over_128_bits)), lanes[i]);
  return block;
}

[[gnu::target("pclmul,sse4.1")]] std::uint32_t crc32_by_folding(std::string_view bytes, std::uint32_t start) {
  const std::uint32_t state = ~start;
  if (bytes.size() < block_bytes) return ~crc32_of_few(bytes, state);
  const char* end = bytes.data() + bytes.size();
  __m128i block;
  if (bytes.size() >= 8 * block_bytes) {
    block = fold_long(bytes, state);
  } else {
    block = _mm_xor_si128(load(bytes.data()), _mm_cvtsi32_si128(static_cast<int>(state)));
    bytes.remove_prefix(block_bytes);
  }
  const __m128i powers = vector_of(over_128_bits);
  for (; bytes.size() >= block_bytes; bytes.remove_prefix(block_bytes)) {
    block = _mm_xor_si128(fold(block, powers), load(bytes.data()));
  }
  // What is left goes behind the block, whose first bytes make room: they are folded by themselves.
  if (const int left = static_cast<int>(bytes.size()); left > 0) {
    const __m128i leaving = shift_bytes(block, left - static_cast<int>(block_bytes));
    const __m128i tail = shift_bytes(shift_bytes(load(end - block_bytes), 16 - left), left - 16);
    block = _mm_xor_si128(fold(leaving, powers), _mm_or_si128(shift_bytes(block, left), tail));
  }
  return ~reduce(block);
}

const bool can_fold = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");

#endif

}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t start) {
  if (bytes.empty()) return start;  // zlib takes a null pointer for the wish to begin
#if defined(__x86_64__)
  if (can_fold && bytes.size() >= folded_bytes_min) return crc32_by_folding(bytes, start);
#endif
  return crc32_by_zlib(bytes, start);
}

}  // namespace zabra::wire
