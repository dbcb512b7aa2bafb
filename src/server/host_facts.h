// What the operating system says about this process and its machine. Reads a handful of small files: for requests of people
// and probes, not for every batch.
#pragma once

#include "admin/words.h"

namespace zabra::server {

admin::HostFacts read_host_facts();  // all but the sizes of directories

}  // namespace zabra::server
