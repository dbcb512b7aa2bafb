// The servers that a command is to talk to, as an argument names them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/connect_string.h"

namespace zabra::cli {

// As clients take it, but strict: no place between two commas is empty, and there is no path at the end, for the commands
// name paths of their own, or none.
inline Result<std::vector<wire::HostPort>> parse_servers(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return Fault{"'" + std::string(text) + "' has a path in it"};
  for (const std::string_view part : wire::split_at(text, ',')) {
    if (part.empty()) return Fault{"'" + std::string(text) + "' has an empty place where host:port should be"};
  }
  Result<client::ConnectString> parsed = client::parse_connect_string(text);
  if (!parsed) return parsed.fault();
  return std::move(parsed->servers);
}

}  // namespace zabra::cli
