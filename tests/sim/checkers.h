// What must hold whatever happens. Looks at what clients were told, at what servers appended to their logs, who led, and
// the trees at the end; knows nothing of the code that did it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sim/entries.h"
#include "tests/sim/history.h"
#include "tests/sim/session_order.h"
#include "wire/ids.h"

namespace zabra::sim {

struct SeenNode {
  std::string data;
  NodeStat stat;
  friend bool operator==(const SeenNode&, const SeenNode&) = default;
};
using SeenTree = std::map<std::string, SeenNode>;

class Checkers {
 public:
  // Called once for each broken promise; a run goes on after it.
  explicit Checkers(std::function<void(const std::string&)> on_violation) : on_violation_(std::move(on_violation)) {}
  void violation(const std::string& what) {
    ++violations_;
    on_violation_(what);
  }
  std::uint64_t violations() const { return violations_; }

  // ---- while it runs ----
  void leads(std::int64_t server, std::uint32_t epoch);  // one leader an epoch
  void appends(std::int64_t server, std::string_view records);  // one transaction a zxid
  // What is acknowledged by now: the floor of whatever is asked for from now on.
  std::int64_t acknowledged() const { return acknowledged_; }
  // The answer stands in `operation`.
  void answered(const Operation& operation);
  // A client has done with it.
  void session_forgotten(std::int64_t session, Micros now) { forgotten_[session] = now; }
  void session_ended(std::int64_t session) { ended_.insert(session); }
  // Where sessions are local: it may have become everybody's. All others are opened and closed without a transaction.
  void may_be_global(std::int64_t session) { may_be_global_.insert(session); }
  void opened_or_closed(std::int64_t session);
  // Its client has it from now on. What was given out twice need not count on.
  void session_begun(std::int64_t session) { ++begun_[session]; }
  std::size_t elections() const { return leaders_.size(); }
  std::int64_t leader_of(std::uint32_t epoch) const {
    const auto found = leaders_.find(epoch);
    return found == leaders_.end() ? 0 : found->second;
  }
  Entries& entries() { return entries_; }

  // ---- at the end, when everybody serves and no session is left but the `living` ----
  // `logs`: the zxids of each server's log, from its first on.
  void check_end(const std::deque<Operation>& history, const std::map<std::int64_t, SeenTree>& trees,
                 const std::map<std::int64_t, std::set<std::int64_t>>& logs, const std::set<std::int64_t>& living);

 private:
  void check_values(const std::deque<Operation>& history);
  void check_reads(const std::deque<Operation>& history);
  void check_sessions(const std::deque<Operation>& history);
  void check_sequential(const std::deque<Operation>& history);
  void check_survival(const std::deque<Operation>& history, const SeenTree& tree);
  void check_ephemerals(const std::deque<Operation>& history, const SeenTree& tree, const std::set<std::int64_t>& living);
  void check_logs(const std::deque<Operation>& history, const std::map<std::int64_t, std::set<std::int64_t>>& logs);
  void see_value(const std::string& path, std::int32_t version, std::int64_t mzxid, const std::string& data);

  const std::function<void(const std::string&)> on_violation_;
  std::uint64_t violations_ = 0;
  std::map<std::uint32_t, std::int64_t> leaders_;
  Entries entries_;
  LoggedWrites logged_;
  std::int64_t acknowledged_ = 0;
  std::set<std::int64_t> ended_, may_be_global_;
  std::map<std::int64_t, int> begun_;
  std::map<std::int64_t, Micros> forgotten_;
  struct Value { std::int64_t mzxid = 0; std::string data; };
  std::map<std::string, std::map<std::int32_t, Value>> values_;  // of each path, by version
  std::map<std::string, std::map<std::int64_t, std::int32_t>> acknowledged_values_;  // by zxid: the version
};

std::string to_string(const Operation& operation);

}  // namespace zabra::sim
