// The pool of bytes: what stays where it is, what is used again, and what goes back.
#include "state/byte_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/seed.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace zabra::state {
namespace {

// Bytes of a pool with what they should say; gives them back at its end.
class Block {
 public:
  Block(BytePool& pool, std::string content) : pool_(&pool), content_(std::move(content)) {
    at_ = pool.take(content_.size());
    std::memcpy(at_, content_.data(), content_.size());
  }
  Block(Block&& other) noexcept
      : pool_(other.pool_), at_(std::exchange(other.at_, nullptr)), content_(std::move(other.content_)) {}
  Block& operator=(Block&& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(content_, other.content_);
    return *this;
  }
  ~Block() {
    if (at_ != nullptr) BytePool::give_back(at_, content_.size());
  }

  const char* at() const { return at_; }
  bool is_intact() const { return std::equal(content_.begin(), content_.end(), at_); }
  std::size_t size() const { return content_.size(); }
  // New bytes have this value.
  void resize(std::size_t to, char fill) {
    const std::size_t from = content_.size();
    at_ = pool_->resize(at_, from, to);
    content_.resize(to, fill);
    if (to > from) std::memset(at_ + from, fill, to - from);
  }

 private:
  BytePool* pool_;
  char* at_ = nullptr;
  std::string content_;
};

std::vector<Block> filled(BytePool& pool, std::size_t count, std::size_t bytes) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < count; ++i) blocks.emplace_back(pool, std::string(bytes, static_cast<char>(i)));
  return blocks;
}
bool all_intact(const std::vector<Block>& blocks) { return std::ranges::all_of(blocks, &Block::is_intact); }

// Enough of any size for several segments.
constexpr std::size_t many = 1000;

TEST(BytePool, BytesStayWhileOthersOfTheirSizeComeAndGo) {
  BytePool pool;
  const Block first(pool, "first");
  const char* const before = first.at();
  filled(pool, many, first.size());
  EXPECT_EQ(first.at(), before);
  EXPECT_TRUE(first.is_intact());
}

TEST(BytePool, SizesOfAllKindsDoNotOverlap) {
  BytePool pool;
  std::vector<Block> blocks;
  for (std::size_t size = 0; size < 2 * BytePool::pooled_max; ++size) {
    blocks.emplace_back(pool, std::string(size, static_cast<char>(size)));
    blocks.emplace_back(pool, std::string(size, static_cast<char>(~size)));
  }
  EXPECT_TRUE(all_intact(blocks));
}

TEST(BytePool, WhatIsGivenBackIsUsedAgain) {
  BytePool pool;
  std::vector<Block> blocks = filled(pool, many, 100);
  const std::size_t segments = pool.segment_count();
  for (std::size_t i = 0; i < many; i += 2) blocks[i] = Block(pool, "elsewhere");
  const std::size_t with_elsewhere = pool.segment_count();
  const std::vector<Block> again = filled(pool, many / 2, 100);
  EXPECT_GT(segments, 3U);
  EXPECT_EQ(pool.segment_count(), with_elsewhere);
  EXPECT_TRUE(all_intact(again) && all_intact(blocks));
}

TEST(BytePool, ASizeClassThatIsEmptiedKeepsOneSegment) {
  BytePool pool;
  filled(pool, many, 100);
  EXPECT_EQ(pool.segment_count(), 1U);
  filled(pool, many, 500);
  EXPECT_EQ(pool.segment_count(), 2U);
}

TEST(BytePool, ASegmentGoesBackAsSoonAsItIsEmpty) {
  BytePool pool;
  std::vector<Block> blocks = filled(pool, many, 100);
  std::size_t before = pool.segment_count();
  while (blocks.size() > 10) {
    blocks.erase(blocks.end() - 10, blocks.end());
    EXPECT_LE(before - pool.segment_count(), 1U);
    before = pool.segment_count();
  }
  EXPECT_LE(before, 2U);
  EXPECT_TRUE(all_intact(blocks));
}

TEST(BytePool, ACountAtTheEdgeOfASegmentTakesOneSegmentOnce) {
  BytePool pool;
  std::vector<Block> blocks;
  while (pool.segment_count() < 3) blocks.emplace_back(pool, std::string(100, 'e'));
  for (int i = 0; i < 5; ++i) {
    blocks.pop_back();
    EXPECT_EQ(pool.segment_count(), 3U);
    blocks.emplace_back(pool, std::string(100, 'f'));
    EXPECT_EQ(pool.segment_count(), 3U);
  }
}

TEST(BytePool, LargeBytesTakeNoSegment) {
  BytePool pool;
  const Block large(pool, std::string(BytePool::pooled_max + 1, 'l'));
  EXPECT_EQ(pool.segment_count(), 0U);
  const Block largest_in_a_slot(pool, std::string(BytePool::pooled_max, 's'));
  EXPECT_EQ(pool.segment_count(), 1U);
}

TEST(BytePool, BytesMoveOnlyToAnotherSizeClassAndTakeTheirContentAlong) {
  BytePool pool;
  Block block(pool, "grows");
  const char* const before = block.at();
  block.resize(7, 'x');
  EXPECT_EQ(block.at(), before);
  block.resize(8, 'y');
  EXPECT_NE(block.at(), before);
  for (const std::size_t size : {200U, 1023U, 1024U, 100'000U, 2000U, 1023U, 3U}) {
    block.resize(size, static_cast<char>(size));
    EXPECT_TRUE(block.is_intact()) << size;
  }
}

TEST(BytePoolDeathTest, AllMustHaveBeenGivenBack) {
  EXPECT_DEATH(
      {
        BytePool pool;
        pool.take(10);
      },
      "broken promise");
}

TEST(BytePoolDeathTest, TheSizeMustBeTheOneThatWasTaken) {
  BytePool pool;
  char* const at = pool.take(10);
  EXPECT_DEATH(BytePool::give_back(at, 100), "broken promise");
  BytePool::give_back(at, 10);
}

#if defined(__SANITIZE_ADDRESS__)
TEST(BytePool, AddressSanitizerKnowsWhatIsNotInUse) {
  BytePool pool;
  char* const kept = pool.take(10);
  char* const at = pool.take(10);
  EXPECT_EQ(__asan_region_is_poisoned(at, 10), nullptr);
  EXPECT_TRUE(__asan_address_is_poisoned(at + 10));
  EXPECT_EQ(pool.resize(at, 10, 12), at);
  EXPECT_EQ(__asan_region_is_poisoned(at, 12), nullptr);
  BytePool::give_back(at, 12);
  for (int i = 0; i < 15; ++i) EXPECT_TRUE(__asan_address_is_poisoned(at + i)) << i;
  BytePool::give_back(kept, 10);
}
#endif

// Few sizes, so that they meet in the same segments; some of any size up to those that are malloc's.
std::size_t some_size(std::mt19937_64& random) {
  constexpr std::size_t often[] = {0, 7, 8, 100, 105, 1023, 1024};
  return test::pick(random, 4) != 0 ? often[test::pick(random, std::size(often))] : test::pick(random, 3000);
}
std::string some_bytes(std::mt19937_64& random) {
  return std::string(some_size(random), static_cast<char>(test::pick(random, 256)));
}

TEST(BytePoolAtRandom, HoldsWhatStringsHold) {
  test::Seed seed(7102);
  std::mt19937_64 random = seed.engine();
  BytePool pool;
  std::vector<Block> blocks;
  for (int step = 1; step <= 20'000; ++step) {
    const bool grows = test::pick(random, 100) < (step % 4000 < 2000 ? 70U : 30U);
    if (blocks.empty() || grows) {
      blocks.emplace_back(pool, some_bytes(random));
    } else if (Block& chosen = blocks[test::pick(random, blocks.size())]; test::pick(random, 2) == 0) {
      chosen.resize(some_size(random), static_cast<char>(test::pick(random, 256)));
      ASSERT_TRUE(chosen.is_intact());
    } else {
      ASSERT_TRUE(chosen.is_intact());
      std::swap(chosen, blocks.back());
      blocks.pop_back();
    }
    if (step % 500 != 0) continue;
    ASSERT_TRUE(all_intact(blocks));
  }
}

}  // namespace
}  // namespace zabra::state
