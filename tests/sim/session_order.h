// What a session may rely on: its writes happen in the order in which it asked for them, and each of them once, also those
// whose answer was lost with a connection, or with a leader.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "tests/sim/history.h"

namespace zabra::sim {

// `written`: by path and data, each of which is written once, where it was ever seen.
struct SeenWrite { std::int32_t version = 0; std::int64_t mzxid = 0; };
using SeenWrites = std::map<std::string, std::multimap<std::string, SeenWrite>>;

void check_session_order(const std::deque<Operation>& history, const SeenWrites& written,
                         const std::function<void(const std::string&)>& on_violation);
void check_written_once(const SeenWrites& written, const std::function<void(const std::string&)>& on_violation);

}  // namespace zabra::sim
