// What concerns the process as a whole.
#pragma once

#include <cstdint>

#include "base/log.h"
#include "storage/files.h"

namespace zabra::server {

// Once, before any thread: as many open files as the system grants, memory that is freed goes back to the system, a
// peer that has gone is an error of a call rather than a signal, and so is a terminal that hangs up.
void prepare_process();

// The disk failed, or nobody knows any more what is on it: nothing may be answered from now on. Says so, and ends the
// process in the same moment.
[[noreturn]] void end_after_disk_failure(Log& log, const storage::FileFault& fault);

// From the system's source of randomness.
std::uint64_t random_seed();

}  // namespace zabra::server
