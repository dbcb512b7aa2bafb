// The measured server seen from outside: what /proc says of its process.
#pragma once

#include <cstdint>
#include <optional>

namespace zabra::cli::bench {

struct ProcessSample {
  double cpu_seconds = 0;                 // user and system, all threads
  std::int64_t anonymous_bytes = 0;       // RssAnon: memory that only this process holds
};

// Nothing: no such process, or it is another user's.
std::optional<ProcessSample> sample_process(std::int32_t pid);
// This process.
double own_cpu_seconds();

}  // namespace zabra::cli::bench
