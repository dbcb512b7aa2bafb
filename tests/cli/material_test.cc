// The nodes of a run: their paths, and values that can be checked by their number alone.
#include <gtest/gtest.h>

#include <string>

#include "cli/bench/tree_layout.h"
#include "cli/bench/values.h"

namespace zabra::cli::bench {
namespace {

std::string value_of(const Values& values, std::uint32_t number, std::uint32_t stamp = 0) {
  std::string value;
  values.append(value, number, stamp);
  return value;
}

TEST(TreeLayout, NamesDirectoriesParentsAndLeaves) {
  TreeLayout layout("/bench/0x1", 1000);
  EXPECT_EQ(layout.directory_count(), 2U);
  EXPECT_EQ(layout.path(Level::directory, 0), "/bench");
  EXPECT_EQ(layout.path(Level::directory, 1), "/bench/0x1");
  EXPECT_EQ(layout.path(Level::parent, 12), "/bench/0x1/p00000012");
  EXPECT_EQ(layout.path(Level::leaf, 12'345), "/bench/0x1/p00000012/n0000345");
}

TEST(TreeLayout, ALaterPathKeepsNothingOfAnEarlierOne) {
  TreeLayout layout("/b", 1000);
  EXPECT_EQ(layout.path(Level::leaf, 99'999'999), "/b/p00099999/n0000999");
  EXPECT_EQ(layout.path(Level::leaf, 0), "/b/p00000000/n0000000");
}

TEST(TreeLayout, ALeafsNumberCanBeReadFromItsPath) {
  for (const std::uint32_t children : {1U, 7U, 1000U, children_max}) {
    TreeLayout layout("/bench", children);
    for (const std::uint32_t number : {0U, 1U, 6U, 999U, 1000U, 12'345'678U}) {
      EXPECT_EQ(leaf_number(layout.path(Level::leaf, number), children), number) << children;
    }
  }
}

TEST(TreeLayout, OtherPathsAreNoLeaves) {
  for (const char* path : {"", "/", "/bench", "/bench/p00000012", "/b/q00000012/n0000345", "/b/p00000012/m0000345",
                           "/b/p0000001x/n0000345", "/b/p00000012/n000034 "}) {
    EXPECT_EQ(leaf_number(path, 1000), std::nullopt) << path;
  }
}

TEST(Values, HoldWhatWasWrittenToTheLeaf) {
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 100U, 1'000'000U}) {
    const Values values(size);
    EXPECT_EQ(value_of(values, 12).size(), size);
    EXPECT_TRUE(values.holds(value_of(values, 12), 12)) << size;
    EXPECT_TRUE(values.holds(value_of(values, 0xffffffffU, size < 8 ? 0 : 77), 0xffffffffU)) << size;
  }
}

TEST(Values, AnotherLeafsValueIsNotHeld) {
  const Values values(8);
  EXPECT_FALSE(values.holds(value_of(values, 12), 13));
}

TEST(Values, AValueOfAnotherLengthIsNotHeld) {
  const Values values(100);
  const std::string value = value_of(values, 12);
  EXPECT_FALSE(values.holds(value.substr(1), 12));
  EXPECT_FALSE(values.holds(value + "x", 12));
  EXPECT_FALSE(values.holds("", 12));
}

TEST(Values, EveryByteCounts) {
  for (const std::size_t size : {5U, 8U, 100U}) {
    const Values values(size);
    for (std::size_t at = 0; at < size; ++at) {
      std::string value = value_of(values, 12, size < 8 ? 0 : 3);
      value[at] = static_cast<char>(value[at] ^ 1);
      // In a value of 8 bytes any stamp may have been written.
      EXPECT_EQ(values.holds(value, 12), size == 8 && at >= 4) << "size " << size << ", byte " << at;
    }
  }
}

TEST(Values, StampsGiveDifferentValues) {
  const Values values(100);
  EXPECT_NE(value_of(values, 12, 1), value_of(values, 12, 2));
  EXPECT_TRUE(values.holds(value_of(values, 12, 2), 12));
}

}  // namespace
}  // namespace zabra::cli::bench
