#include "cli/bench/tally.h"

#include <numeric>

namespace zabra::cli::bench {

std::uint64_t Tally::wrong() const {
  return std::accumulate(verdicts.begin(), verdicts.end(), std::uint64_t{0}) - right();
}

LatencyHistogram Tally::all() const {
  LatencyHistogram sum = unsent;
  for (const LatencyHistogram& one : latency) sum.merge(one);
  return sum;
}

}  // namespace zabra::cli::bench
