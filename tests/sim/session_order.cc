#include "tests/sim/session_order.h"

#include <iterator>
#include <optional>

#include "base/log.h"
#include "tests/sim/checkers.h"
#include "wire/ids.h"

namespace zabra::sim {
namespace {

// When it happened, if anybody can tell: of an answer that was lost, what it wrote may have been seen.
std::optional<std::int64_t> zxid_of(const Operation& op, const SeenWrites& written) {
  if (op.is_ok()) return op.zxid;
  if (op.answered >= 0 || op.writes.empty()) return std::nullopt;
  const Written& first = op.writes.front();
  const auto path = written.find(first.path);
  if (path == written.end()) return std::nullopt;
  const auto seen = path->second.find(first.data);
  return seen == path->second.end() ? std::nullopt : std::optional(seen->second.mzxid);
}

}  // namespace

// A history has operations in the order in which they were asked for.
void check_session_order(const std::deque<Operation>& history, const SeenWrites& written,
                         const std::function<void(const std::string&)>& on_violation) {
  struct Last { std::int64_t zxid = 0; const Operation* op = nullptr; };
  std::map<std::int64_t, Last> last;
  for (const Operation& op : history) {
    if (!op.is_write()) continue;
    const std::optional<std::int64_t> zxid = zxid_of(op, written);
    if (!zxid) continue;
    Last& before = last[op.session];
    if (before.op != nullptr && *zxid <= before.zxid) {
      on_violation(text("a session's write, of ", to_hex(*zxid), ", overtook the one before, of ", to_hex(before.zxid), ": ",
                        to_string(op), " after ", to_string(*before.op)));
    }
    before = {*zxid, &op};
  }
}

void check_written_once(const SeenWrites& written, const std::function<void(const std::string&)>& on_violation) {
  for (const auto& [path, writes] : written) {
    for (auto write = writes.begin(); write != writes.end(); write = writes.upper_bound(write->first)) {
      if (writes.count(write->first) == 1) continue;
      const SeenWrite& once = write->second;
      const SeenWrite& again = std::next(write)->second;
      on_violation(text("\"", write->first, "\" was written to ", path, " more than once: as version ", once.version, " of ",
                        to_hex(once.mzxid), ", and as version ", again.version, " of ", to_hex(again.mzxid)));
    }
  }
}

// Not of those that were refused: what comes from a server that its session has left is logged as an error.
bool LoggedWrites::is_of_a_client(std::int32_t type) {
  return type == static_cast<std::int32_t>(Op::create) || type == static_cast<std::int32_t>(Op::remove) ||
         type == static_cast<std::int32_t>(Op::set_data) || type == static_cast<std::int32_t>(Op::multi);
}

void LoggedWrites::check(const std::set<std::int64_t>& sessions,
                         const std::function<void(const std::string&)>& on_violation) const {
  std::map<std::int64_t, std::int32_t> last;
  for (const auto& [zxid, write] : by_zxid_) {
    if (!sessions.contains(write.session)) continue;
    if (write.is_begin) {
      last.erase(write.session);
      continue;
    }
    const auto [before, is_first] = last.try_emplace(write.session, write.number);
    if (!is_first && write.number <= before->second) {
      on_violation(text("write ", write.number, " of session ", to_hex(write.session), " was logged as ", to_hex(zxid),
                        ", after its write ", before->second));
    }
    before->second = write.number;
  }
}

}  // namespace zabra::sim
