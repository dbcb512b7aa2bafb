// Percentiles out of buckets, against a sorted list.
#include "cli/bench/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/seed.h"

namespace zabra::cli::bench {
namespace {

constexpr double shares[] = {0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1};

LatencyHistogram histogram_of(const std::vector<std::uint64_t>& values) {
  LatencyHistogram histogram;
  for (const std::uint64_t value : values) histogram.record(value);
  return histogram;
}

// The smallest value that at least `share` of the sorted ones do not exceed.
std::uint64_t percentile_of(const std::vector<std::uint64_t>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

// A bucket is a 128th of its octave wide; nothing is rounded down.
void expect_percentiles_of(std::vector<std::uint64_t> values) {
  const LatencyHistogram histogram = histogram_of(values);
  std::sort(values.begin(), values.end());
  for (const double share : shares) {
    const std::uint64_t exact = percentile_of(values, share), found = histogram.percentile(share);
    ASSERT_GE(found, exact) << share;
    ASSERT_LE(static_cast<double>(found), static_cast<double>(exact) * (1 + 1.0 / 128)) << share;
  }
  ASSERT_EQ(histogram.percentile(1), values.back());
}

TEST(LatencyHistogram, AnEmptyOneSaysZero) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.mean(), 0);
  EXPECT_EQ(histogram.percentile(0.5), 0U);
}

TEST(LatencyHistogram, OneValueIsEveryPercentile) {
  const LatencyHistogram histogram = histogram_of({123'456'789});
  for (const double share : shares) EXPECT_EQ(histogram.percentile(share), 123'456'789U) << share;
}

TEST(LatencyHistogram, SmallValuesAreExact) {
  std::vector<std::uint64_t> values;
  for (std::uint64_t value = 0; value < 256; ++value) values.push_back(value);
  const LatencyHistogram histogram = histogram_of(values);
  for (std::size_t rank = 1; rank <= values.size(); ++rank) {
    ASSERT_EQ(histogram.percentile(static_cast<double>(rank) / 256), values[rank - 1]);
  }
}

TEST(LatencyHistogram, CountMeanAndMaximumAreExact) {
  const LatencyHistogram histogram = histogram_of({1'000'000, 3'000'000, 5'000'001});
  EXPECT_EQ(histogram.count(), 3U);
  EXPECT_DOUBLE_EQ(histogram.mean(), 9'000'001.0 / 3);
  EXPECT_EQ(histogram.max(), 5'000'001U);
}

TEST(LatencyHistogram, ValuesAtTheEdgesOfBucketsAreNotMixedUp) {
  for (unsigned bit = 7; bit < 42; ++bit) {
    const std::uint64_t edge = std::uint64_t{1} << bit;
    const LatencyHistogram histogram = histogram_of({edge - 1, edge});
    ASSERT_EQ(histogram.percentile(0.5), edge - 1) << bit;
    ASSERT_EQ(histogram.percentile(1), edge) << bit;
  }
}

TEST(LatencyHistogram, MoreThanAnHourStillCounts) {
  const std::uint64_t two_hours = 7'200'000'000'000;
  const LatencyHistogram histogram = histogram_of({5, two_hours});
  EXPECT_EQ(histogram.percentile(0.5), 5U);
  EXPECT_GE(histogram.percentile(1), (std::uint64_t{1} << 42) - 1);
  EXPECT_EQ(histogram.max(), two_hours);
}

TEST(LatencyHistogram, MergedOnesAreLikeOneThatHasSeenAll) {
  LatencyHistogram merged = histogram_of({1, 20'000, 300'000'000});
  merged.merge(histogram_of({7, 4'000'000'000}));
  const LatencyHistogram whole = histogram_of({1, 20'000, 300'000'000, 7, 4'000'000'000});
  EXPECT_EQ(merged.count(), whole.count());
  EXPECT_EQ(merged.max(), whole.max());
  EXPECT_EQ(merged.mean(), whole.mean());
  for (const double share : shares) EXPECT_EQ(merged.percentile(share), whole.percentile(share)) << share;
}

TEST(LatencyHistogram, AClearedOneIsEmpty) {
  LatencyHistogram histogram = histogram_of({1, 2, 3});
  histogram.clear();
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.percentile(1), 0U);
}

TEST(LatencyHistogramAtRandom, PercentilesAreThoseOfASortedList) {
  test::Seed seed(7202);
  std::mt19937_64 random = seed.engine();
  for (int round = 0; round < 60 && !testing::Test::HasFailure(); ++round) {
    std::vector<std::uint64_t> values(1 + test::pick(random, 3000));
    const std::size_t widest = 1 + test::pick(random, 41);
    for (std::uint64_t& value : values) value = random() & ((std::uint64_t{1} << (1 + test::pick(random, widest))) - 1);
    expect_percentiles_of(std::move(values));
  }
}

}  // namespace
}  // namespace zabra::cli::bench
