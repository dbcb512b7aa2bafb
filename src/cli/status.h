// `zabra status`: the servers of an ensemble as a table. Options: status.cc.
#pragma once

#include <string>
#include <vector>

namespace zabra::cli {

// Exit code: 0 there is a leader and every server serves; 1 not so (the table shows it); 2 bad options (one line on
// stderr).
int status_command(const std::vector<std::string>& arguments);

}  // namespace zabra::cli
