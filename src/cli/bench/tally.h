// What came of a run's requests.
#pragma once

#include <array>
#include <cstdint>

#include "cli/bench/latency_histogram.h"
#include "cli/bench/operation.h"
#include "cli/bench/reply_check.h"

namespace zabra::cli::bench {

struct Tally {
  std::array<LatencyHistogram, measured_kinds> latency;  // by Kind; right replies only
  std::array<std::uint64_t, verdict_count> verdicts{};
  LatencyHistogram unsent;      // open loop: the wait of slots given up because the server was too far behind
  std::uint64_t completed = 0;  // right replies that came within the measured time

  void record(Kind kind, Verdict verdict, Nanoseconds taken) {
    ++verdicts[static_cast<std::size_t>(verdict)];
    if (verdict == Verdict::right) latency[static_cast<std::size_t>(kind)].record(static_cast<std::uint64_t>(taken));
  }
  std::uint64_t right() const { return verdicts[static_cast<std::size_t>(Verdict::right)]; }
  std::uint64_t wrong() const;
  LatencyHistogram all() const;  // of every kind, unsent ones included
  void clear() { *this = {}; }
};

}  // namespace zabra::cli::bench
