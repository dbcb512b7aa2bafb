#include "wire/path.h"

#include <gtest/gtest.h>

#include <set>

namespace zabra::wire {
namespace {

// UTF-8 by its definition, for any number: surrogates and what lies beyond Unicode are encoded alike.
std::string utf8(char32_t point) {
  const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 0x3f))};
  if (point < 0x10000) return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 0x3f)), byte(0x80 | (point & 0x3f))};
  return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 0x3f)), byte(0x80 | (point >> 6 & 0x3f)),
          byte(0x80 | (point & 0x3f))};
}

// The rule as the protocol's reference states it.
bool is_allowed(char32_t point) {
  return !(point <= 0x1f || (point >= 0x7f && point <= 0x9f) || (point >= 0xd800 && point <= 0xf8ff) ||
           (point >= 0xfff0 && point <= 0xffff) || point > 0xffff);
}

TEST(Path, OrdinaryPathsAreValid) {
  for (const char* path : {"/", "/a", "/a/b", "/zookeeper/quota", "/...", "/.x", "/..x", "/x.", "/a./b", "/ ", "/a b",
                           "/a/...", "/x/.y/..z", "/0123456789abcdef/0123456789abcdef"}) {
    EXPECT_TRUE(is_valid_path(path)) << path;
  }
}

TEST(Path, BrokenShapesAreNot) {
  for (const char* path : {"", "foo", "//", "/b/", "/b//x", "/.", "/..", "/b/.", "/b/..", "/./b", "/../b", "/b/./c",
                           "/b/../c", "///", "/a//", " /a", "/0123456789/.", "/0123456789abcdef//x",
                           "/0123456789abcdef/"}) {
    EXPECT_FALSE(is_valid_path(path)) << path;
  }
}

TEST(Path, ShapesAreSeenAtEveryPosition) {
  for (std::size_t size = 1; size < 40; ++size) {
    const std::string front = "/" + std::string(size, 'a');
    EXPECT_TRUE(is_valid_path(front)) << size;
    EXPECT_TRUE(is_valid_path(front + "/b")) << size;
    EXPECT_TRUE(is_valid_path(front + "/...")) << size;
    for (const char* tail : {"/", "//b", "/.", "/..", "/./b", "/../b", "/b/", "\x7f", "\x1f", "\x1f/b", "\xff"}) {
      EXPECT_FALSE(is_valid_path(front + tail)) << size << " " << tail;
    }
    EXPECT_FALSE(is_valid_path(front + std::string(1, '\0'))) << size;
  }
}

TEST(Path, EveryCodePointIsJudgedAsInZooKeeper) {
  for (char32_t point = 0; point <= 0x10ffff; ++point) {
    if (point == '/') continue;
    const std::string path = "/x" + utf8(point) + "y";
    ASSERT_EQ(is_valid_path(path), is_allowed(point)) << std::hex << static_cast<std::uint32_t>(point);
  }
}

TEST(Path, AllowedNeighboursOfForbiddenRangesAreAllowed) {
  for (const char32_t point : {U'\u0020', U'\u00a0', U'\ud7ff', U'\uf900', U'\uffef'}) {
    EXPECT_TRUE(is_valid_path("/" + utf8(point)));
  }
}

// Java reads a malformed sequence as U+FFFD, which is forbidden.
TEST(Path, MalformedTwoByteSequencesAreRefused) {
  std::set<std::string> well_formed;
  for (char32_t point = 0x80; point < 0x800; ++point) well_formed.insert(utf8(point));
  for (int first = 0x80; first <= 0xff; ++first) {
    for (int second = 0; second <= 0xff; ++second) {
      const std::string pair = {static_cast<char>(first), static_cast<char>(second)};
      if (well_formed.contains(pair)) continue;
      ASSERT_FALSE(is_valid_path("/" + pair + "x")) << first << " " << second;
    }
  }
}

TEST(Path, MalformedThreeByteSequencesAreRefused) {
  std::set<std::string> allowed;
  for (char32_t point = 0x800; point < 0x10000; ++point) {
    if (is_allowed(point)) allowed.insert(utf8(point));
  }
  for (int first = 0xe0; first <= 0xef; ++first) {
    for (int second = 0; second <= 0xff; ++second) {
      for (const int third : {0x00, 0x41, 0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xff}) {
        const std::string triple = {static_cast<char>(first), static_cast<char>(second), static_cast<char>(third)};
        ASSERT_EQ(is_valid_path("/" + triple), allowed.contains(triple)) << first << " " << second << " " << third;
      }
    }
  }
}

TEST(Path, SequencesCutOffByTheEndAreRefused) {
  for (const char* path : {"/\xc3", "/a\xe4\xb8", "/a\xe4", "/abcdefg\xc3", "/\xc3\xa9/\xe4\xb8"}) {
    EXPECT_FALSE(is_valid_path(path));
  }
}

TEST(Path, AMillionBytesAreNoTrouble) { EXPECT_TRUE(is_valid_path("/" + std::string(1'000'000, 'x'))); }

TEST(Path, ParentAndLastComponentSplitAtTheLastSlash) {
  EXPECT_EQ(parent_path("/a/b"), "/a");
  EXPECT_EQ(last_component("/a/b"), "b");
  EXPECT_EQ(parent_path("/a"), "");
  EXPECT_EQ(last_component("/a"), "a");
  EXPECT_EQ(parent_path("/"), "");
  EXPECT_EQ(last_component("/"), "");
  EXPECT_EQ(parent_path("/b/"), "/b");
}

TEST(SequentialPath, TheSuffixHasTenDigitsOfASignedNumber) {
  EXPECT_EQ(sequential_path("/a/s-", 1), "/a/s-0000000001");
  EXPECT_EQ(sequential_path("/b/", 6), "/b/0000000006");
  EXPECT_EQ(sequential_path("/b/", INT32_MAX), "/b/2147483647");
  EXPECT_EQ(sequential_path("/b/", -1), "/b/-000000001");
  EXPECT_EQ(sequential_path("/b/", INT32_MIN), "/b/-2147483648");
}

}  // namespace
}  // namespace zabra::wire
