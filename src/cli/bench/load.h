// A whole bench: open sessions, make what the load needs, load, clean up, close.
#pragma once

#include <functional>
#include <string>

#include "cli/bench/bench_options.h"
#include "cli/bench/bench_report.h"

namespace zabra::cli::bench {

// `tell`: takes whole lines for people (progress, the first wrong replies).
BenchResult run_load(const BenchOptions& options, const std::function<void(const std::string&)>& tell);

}  // namespace zabra::cli::bench
