// What the operating system says about this process and its machine. Reads a handful of small files: for the words'
// thread, not for the replica's.
#pragma once

#include "admin/words.h"

namespace zabra::server {

admin::HostFacts read_host_facts();  // all but the sizes of directories

}  // namespace zabra::server
