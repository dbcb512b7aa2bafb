// What a session may rely on: its writes happen in the order in which it asked for them, and each of them once, also those
// whose answer was lost with a connection, or with a leader.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "tests/sim/history.h"

namespace zabra::sim {

// `written`: by path and data, each of which is written once, where it was ever seen.
struct SeenWrite { std::int32_t version = 0; std::int64_t mzxid = 0; };
using SeenWrites = std::map<std::string, std::multimap<std::string, SeenWrite>>;

void check_session_order(const std::deque<Operation>& history, const SeenWrites& written,
                         const std::function<void(const std::string&)>& on_violation);
void check_written_once(const SeenWrites& written, const std::function<void(const std::string&)>& on_violation);

// The same by what was logged: every transaction says whose it is, and by which number its session has asked for it.
class LoggedWrites {
 public:
  void logged(std::int64_t session, std::int32_t number, std::int64_t zxid, std::int32_t type) {
    if (is_begin(type) || is_of_a_client(type)) by_zxid_[zxid] = {session, number, is_begin(type)};
  }
  // `sessions`: those that never begin to count anew.
  void check(const std::set<std::int64_t>& sessions, const std::function<void(const std::string&)>& on_violation) const;

 private:
  static bool is_begin(std::int32_t type) { return type == -10; }  // of a session: an id may be given out again
  static bool is_of_a_client(std::int32_t type);
  struct Write {
    std::int64_t session = 0;
    std::int32_t number = 0;
    bool is_begin = false;
  };
  std::map<std::int64_t, Write> by_zxid_;
};

}  // namespace zabra::sim
