#include "cli/bench/latency_histogram.h"

#include <cmath>

namespace zabra::cli::bench {

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

std::uint64_t LatencyHistogram::last_value_of(std::size_t bucket) {
  if (bucket < 2 * linear) return bucket;
  const std::size_t shift = bucket / linear - 1;
  return ((bucket % linear + linear + 1) << shift) - 1;
}

std::uint64_t LatencyHistogram::percentile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  const std::uint64_t rank = std::clamp<std::uint64_t>(wanted, 1, std::max<std::uint64_t>(count_, 1));
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    passed += counts_[i];
    if (passed >= rank) return std::min(last_value_of(i), max_);
  }
  return max_;
}

}  // namespace zabra::cli::bench
