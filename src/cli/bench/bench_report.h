// The result of a run in words and as JSON, and the line that shows its progress.
#pragma once

#include <optional>
#include <string>

#include "cli/bench/bench_options.h"
#include "cli/bench/operation.h"
#include "cli/bench/tally.h"

namespace zabra::cli::bench {

struct BenchResult {
  Tally tally;
  double seconds = 0;  // measured
  double generator_cpu_seconds = 0;
  std::optional<double> server_cpu_seconds;
  std::optional<std::int64_t> server_anonymous_bytes;  // at the end
  std::optional<std::string> failure;                  // the run did not come to its end

  bool is_right() const { return !failure && tally.wrong() == 0; }
};

std::string report_text(const BenchOptions& options, const BenchResult& result);
std::string report_json(const BenchOptions& options, const BenchResult& result);
std::string progress_line(const Tally& interval, Nanoseconds since_begin, bool is_measured);

}  // namespace zabra::cli::bench
