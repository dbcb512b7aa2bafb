#include "wire/crc32.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>
#include <string_view>

#include "tests/support/seed.h"

namespace zabra::wire {
namespace {

std::uint32_t by_zlib(std::string_view bytes, std::uint32_t start) {
  return static_cast<std::uint32_t>(
      ::crc32_z(start, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

TEST(Crc32, KnownValues) {
  EXPECT_EQ(crc32("123456789"), 0xcbf43926U);
  EXPECT_EQ(crc32("The quick brown fox jumps over the lazy dog"), 0x414fa339U);
  EXPECT_EQ(crc32(""), 0U);
}

TEST(Crc32, NothingChangesNothing) {
  EXPECT_EQ(crc32({}, 0x12345678), 0x12345678U);
  EXPECT_EQ(crc32(std::string_view("", 0), 0x12345678), 0x12345678U);
}

TEST(Crc32, AgreesWithZlibForEveryLengthAndPlace) {
  zabra::test::Seed seed(32);
  std::mt19937_64 random = seed.engine();
  std::string bytes(1200, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (std::size_t length = 1; length < 1000; ++length) {
    // A copy of exactly this length, so that a sanitizer sees what is read beyond it.
    const std::string piece = bytes.substr(zabra::test::pick(random, 200), length);
    const auto start = static_cast<std::uint32_t>(random());
    ASSERT_EQ(crc32(piece, start), by_zlib(piece, start)) << length;
  }
}

TEST(Crc32, PiecesGiveTheSameAsTheWhole) {
  zabra::test::Seed seed(33);
  std::mt19937_64 random = seed.engine();
  std::string bytes(500, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(crc32(bytes.substr(cut), crc32(bytes.substr(0, cut))), crc32(bytes)) << cut;
  }
}

}  // namespace
}  // namespace zabra::wire
