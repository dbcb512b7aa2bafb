// `zabra bench`: a load generator for any server that speaks ZooKeeper's client protocol. Options:
// bench/bench_options.cc.
#pragma once

#include <string>
#include <vector>

namespace zabra::cli {

// Exit code: 0; 1 a reply was wrong or the server failed; 2 bad options (one line on stderr).
int bench_command(const std::vector<std::string>& arguments);

}  // namespace zabra::cli
