// `zabra server [CONF]`
#pragma once

#include <string>
#include <vector>

namespace zabra::server {

// Runs a server until it is told to end; the process's exit code (README.md).
int server_command(const std::vector<std::string>& arguments);

}  // namespace zabra::server
