#include "wire/frame.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"

namespace zabra::wire {
namespace {

using test::hex;

constexpr std::size_t frame_max = 0xfffff;

TEST(Cut, TakesOneFrameAndLeavesTheNext) {
  const std::string bytes = hex("00000002 6869 00000001 21");
  const auto frame = std::get<FrameCut>(cut(bytes, false, frame_max));
  EXPECT_EQ(frame.body, "hi");
  EXPECT_EQ(frame.consumed, 6U);
  const auto next = std::get<FrameCut>(cut(std::string_view(bytes).substr(frame.consumed), false, frame_max));
  EXPECT_EQ(next.body, "!");
}

TEST(Cut, AnEmptyFrameIsAFrame) {
  const auto frame = std::get<FrameCut>(cut(hex("00000000"), false, frame_max));
  EXPECT_EQ(frame.body, "");
  EXPECT_EQ(frame.consumed, 4U);
}

TEST(Cut, SaysHowMuchIsMissing) {
  EXPECT_EQ(std::get<NeedMore>(cut("", true, frame_max)).bytes, 4U);
  EXPECT_EQ(std::get<NeedMore>(cut(hex("0000"), false, frame_max)).bytes, 2U);
  EXPECT_EQ(std::get<NeedMore>(cut(hex("00000005 68"), false, frame_max)).bytes, 4U);
}

TEST(Cut, EveryPrefixOfAFrameNeedsMore) {
  const std::string bytes = hex("00000003 616263");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Cut front = cut(std::string_view(bytes).substr(0, size), false, frame_max);
    ASSERT_TRUE(std::holds_alternative<NeedMore>(front)) << size;
    EXPECT_LE(size + std::get<NeedMore>(front).bytes, bytes.size()) << size;
  }
}

// Seen on ZooKeeper 3.8.0: 0xfffff is waited for; 0x100000, -1 and 0x7fffffff close the connection before any payload.
TEST(Cut, LengthsBeyondTheLimitAreBadAtOnce) {
  EXPECT_TRUE(std::holds_alternative<NeedMore>(cut(hex("000fffff"), false, frame_max)));
  EXPECT_EQ(std::get<BadFrameLength>(cut(hex("00100000"), false, frame_max)).length, 0x100000);
  EXPECT_EQ(std::get<BadFrameLength>(cut(hex("ffffffff"), false, frame_max)).length, -1);
  EXPECT_EQ(std::get<BadFrameLength>(cut(hex("7fffffff"), true, frame_max)).length, 0x7fffffff);
}

TEST(Cut, AWordIsAWordOnlyAtTheStartOfAConnection) {
  EXPECT_EQ(std::get<WordCut>(cut("ruok", true, frame_max)).word, "ruok");
  EXPECT_EQ(std::get<WordCut>(cut("srvr\r\n", true, frame_max)).word, "srvr");
  EXPECT_TRUE(std::holds_alternative<BadFrameLength>(cut("ruok", false, frame_max)));
}

TEST(Cut, UnknownLettersAreALength) {
  EXPECT_TRUE(std::holds_alternative<BadFrameLength>(cut("abcd", true, frame_max)));
  EXPECT_TRUE(std::holds_alternative<BadFrameLength>(cut("RUOK", true, frame_max)));
  EXPECT_TRUE(std::holds_alternative<NeedMore>(cut("ruo", true, frame_max)));
}

TEST(FourLetterWords, AreThoseOfZooKeeperAndRole) {
  for (const char* word : {"conf", "cons", "crst", "dirs", "dump", "envi", "gtmk", "hash", "isro", "lead",
                           "mntr", "role", "ruok", "srst", "srvr", "stat", "stmk", "wchc", "wchp", "wchs"}) {
    EXPECT_TRUE(is_four_letter_word(word)) << word;
  }
  EXPECT_FALSE(is_four_letter_word("kill"));
  EXPECT_FALSE(is_four_letter_word(""));
}

}  // namespace
}  // namespace zabra::wire
