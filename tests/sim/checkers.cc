#include "tests/sim/checkers.h"

#include <functional>

#include "base/log.h"
#include "wire/ids.h"

namespace zabra::sim {
namespace {

const char* name_of(Op op) {
  switch (op) {
    case Op::create: return "create";
    case Op::remove: return "delete";
    case Op::exists: return "exists";
    case Op::get_data: return "getData";
    case Op::set_data: return "setData";
    case Op::get_children: return "getChildren";
    case Op::sync: return "sync";
    case Op::ping: return "ping";
    case Op::check: return "check";
    case Op::multi: return "multi";
    case Op::close: return "closeSession";
  }
  return "?";
}

// An error that is a transaction of its own, with its zxid.
bool has_own_zxid(const Operation& operation) {
  return operation.is_write() && (operation.error == ok || operation.error == no_node || operation.error == bad_version ||
                                  operation.error == node_exists || operation.error == ephemeral_on_local);
}

}  // namespace

std::string to_string(const Operation& op) {
  std::string line = text("client=", op.client, " session=", to_hex(op.session), " ", name_of(op.op), " ", op.path,
                          op.data.empty() ? "" : " \"" + op.data.substr(0, 20) + "\"");
  if (op.expected_version >= 0) line += text(" if version ", op.expected_version);
  line += text(" invoked=", op.invoked / ms, " floor=", to_hex(op.floor));
  if (op.answered < 0) return line + " no answer";
  line += text(" answered=", op.answered / ms, " error=", op.error, " zxid=", to_hex(op.zxid));
  if (!op.result.empty()) line += " \"" + op.result.substr(0, 20) + "\"";
  if (op.stat.mzxid != 0) line += text(" mzxid=", to_hex(op.stat.mzxid), " version=", op.stat.version);
  return line;
}

// ---- while it runs --------------------------------------------------------------------------------------------------

void Checkers::leads(std::int64_t server, std::uint32_t epoch) {
  const auto [leader, is_new] = leaders_.try_emplace(epoch, server);
  if (leader->second != server) {
    violation(text("servers ", leader->second, " and ", server, " both lead in epoch ", epoch));
  }
}

void Checkers::appends(std::int64_t server, std::string_view records) {
  for_each_entry(records, [&](const EntryHead& head, std::string_view entry) {
    KnownEntry& known = entries_.at(head.zxid);
    const std::uint64_t hash = std::hash<std::string_view>()(entry) | 1;
    if (known.hash == 0) {
      known.hash = hash;
      known.proposer = server;
      logged_.logged(head.session, head.cxid, head.zxid, head.type);
    } else if (known.hash != hash) {
      violation(text("server ", server, " appends another transaction than was appended before as ", to_hex(head.zxid)));
    }
  });
}

void Checkers::answered(const Operation& op) {
  const bool is_shown = op.op != Op::ping && (op.error == ok || has_own_zxid(op));
  if (!is_shown) return;
  const bool is_late = has_own_zxid(op) ? op.zxid <= op.floor : op.zxid < op.floor;
  if (is_late) violation("an answer goes behind what had been acknowledged: " + to_string(op));
  if (!op.is_write() || op.error != ok) return;
  acknowledged_ = std::max(acknowledged_, op.zxid);
  for (const Written& write : op.writes) {
    see_value(write.path, write.version, write.mzxid, write.data);
    acknowledged_values_[write.path].emplace(write.mzxid, write.version);
    if (write.mzxid != op.zxid) violation("a write says another mzxid than its own: " + to_string(op));
  }
  if (op.op == Op::set_data && op.expected_version >= 0 && op.stat.version != op.expected_version + 1) {
    violation("a write came on another version than it asked for: " + to_string(op));
  }
}

void Checkers::opened_or_closed(std::int64_t session) {
  if (may_be_global_.contains(session)) return;
  violation(text("session ", to_hex(session), " is local, and everybody is told of it"));
}

void Checkers::see_value(const std::string& path, std::int32_t version, std::int64_t mzxid, const std::string& data) {
  const auto [known, is_new] = values_[path].try_emplace(version, Value{mzxid, data});
  if (!is_new && (known->second.mzxid != mzxid || known->second.data != data)) {
    violation(text("version ", version, " of ", path, " is both \"", known->second.data, "\" of ",
                   to_hex(known->second.mzxid), " and \"", data, "\" of ", to_hex(mzxid)));
  }
}

// ---- at the end -----------------------------------------------------------------------------------------------------

void Checkers::check_end(const std::deque<Operation>& history, const std::map<std::int64_t, SeenTree>& trees,
                         const std::map<std::int64_t, std::set<std::int64_t>>& logs,
                         const std::set<std::int64_t>& living) {
  check_reads(history);
  check_values(history);
  check_sessions(history);
  check_sequential(history);
  check_logs(history, logs);
  const auto& [first, tree] = *trees.begin();
  for (const auto& [server, other] : trees) {
    if (other == tree) continue;
    violation(text("servers ", first, " and ", server, " have different trees"));
    for (const auto& [path, node] : tree) {
      const auto there = other.find(path);
      if (there == other.end()) violation(text("  only on ", first, ": ", path));
      else if (!(there->second == node)) violation("  different: " + path);
    }
    for (const auto& [path, node] : other) {
      if (!tree.contains(path)) violation(text("  only on ", server, ": ", path));
    }
  }
  check_survival(history, tree);
  check_ephemerals(history, tree, living);
}

// Each read shows the last write that is not behind the zxid that it stands at; and nothing that failed.
void Checkers::check_reads(const std::deque<Operation>& history) {
  for (const Operation& op : history) {
    if (!op.is_ok() || (op.op != Op::get_data && op.op != Op::exists)) continue;
    if (op.stat.mzxid > op.zxid) violation("a read shows what came behind its zxid: " + to_string(op));
    if (op.op == Op::get_data) see_value(op.path, op.stat.version, op.stat.mzxid, op.result);
    const auto values = acknowledged_values_.find(op.path);
    if (values == acknowledged_values_.end()) continue;
    const auto behind = values->second.upper_bound(op.zxid);
    if (behind == values->second.begin()) continue;
    if (std::prev(behind)->first > op.stat.mzxid) {
      violation(text("a read misses the write of ", to_hex(std::prev(behind)->first), ": ", to_string(op)));
    }
  }
}

// Versions grow with their zxids; what was refused is never seen.
void Checkers::check_values(const std::deque<Operation>& history) {
  std::map<std::string, const Operation*> by_data;
  for (const Operation& op : history) {
    for (const Written& write : op.writes) by_data[write.path + "=" + write.data] = &op;
  }
  for (const auto& [path, values] : values_) {
    std::int64_t before = 0;
    for (const auto& [version, value] : values) {
      if (value.mzxid <= before) violation(text("version ", version, " of ", path, " is older than the one before"));
      before = value.mzxid;
      const auto writer = by_data.find(path + "=" + value.data);
      if (version == 0) continue;
      if (writer == by_data.end()) violation(text(path, " showed \"", value.data, "\", which nobody wrote"));
      else if (writer->second->answered >= 0 && writer->second->error != ok) {
        violation("a write that failed was seen: " + to_string(*writer->second));
      }
    }
  }
}

void Checkers::check_sessions(const std::deque<Operation>& history) {
  SeenWrites written;
  for (const auto& [path, values] : values_) {
    for (const auto& [version, value] : values) {
      if (version > 0) written[path].emplace(value.data, SeenWrite{version, value.mzxid});
    }
  }
  const auto tell = [this](const std::string& what) { violation(what); };
  check_session_order(history, written, tell);
  check_written_once(written, tell);
  std::set<std::int64_t> counting_on;  // of every other client
  for (const Operation& op : history) {
    if (op.client % 2 == 0) counting_on.insert(op.session);
  }
  for (const Operation& op : history) {
    if (op.client % 2 == 1 || begun_[op.session] > 1) counting_on.erase(op.session);
  }
  logged_.check(counting_on, tell);
}

void Checkers::check_sequential(const std::deque<Operation>& history) {
  std::map<std::int64_t, std::string> by_zxid;
  std::set<std::string> names;
  for (const Operation& op : history) {
    if (!op.is_ok() || !op.sequential) continue;
    by_zxid[op.zxid] = op.result;
    if (!names.insert(op.result).second) violation("a sequential name was given twice: " + to_string(op));
  }
  std::map<std::string, std::string> last;  // by parent: the number
  for (const auto& [zxid, path] : by_zxid) {
    std::string& number = last[path.substr(0, path.rfind('/'))];
    const std::string its = path.substr(path.size() - 10);
    if (!number.empty() && its <= number) violation(text("sequential names go back at ", to_hex(zxid), ": ", path));
    number = its;
  }
}

void Checkers::check_survival(const std::deque<Operation>& history, const SeenTree& tree) {
  std::map<std::string, const Operation*> removed;
  for (const Operation& op : history) {
    if (op.op == Op::remove) removed[op.path] = &op;
  }
  for (const Operation& op : history) {
    if (!op.is_ok()) continue;
    for (const Written& write : op.writes) {
      const auto node = tree.find(write.path);
      if (node == tree.end() || node->second.stat.mzxid < write.mzxid) violation("a write is lost: " + to_string(op));
    }
    if (op.op == Op::create && !op.ephemeral && !removed.contains(op.result) && !tree.contains(op.result)) {
      violation("a creation is lost: " + to_string(op));
    }
    if (op.op == Op::remove && tree.contains(op.path)) violation("a deletion is lost: " + to_string(op));
  }
}

void Checkers::check_ephemerals(const std::deque<Operation>& history, const SeenTree& tree,
                                const std::set<std::int64_t>& living) {
  for (const auto& [path, node] : tree) {
    if (node.stat.owner != 0 && !living.contains(node.stat.owner)) {
      violation(text(path, " is still there, without its session ", to_hex(node.stat.owner)));
    }
  }
  std::set<std::string> removed;
  for (const Operation& op : history) {
    if (op.op == Op::remove) removed.insert(op.path);
  }
  for (const Operation& op : history) {
    // A server whose disk and clock went back may give out an id again that has been over for long.
    const auto forgotten = forgotten_.find(op.session);
    if (forgotten != forgotten_.end() && op.invoked <= forgotten->second) continue;
    if (!op.is_ok() || !op.ephemeral || !living.contains(op.session) || removed.contains(op.result)) continue;
    if (!tree.contains(op.result)) violation("an ephemeral has gone before its session: " + to_string(op));
  }
}

void Checkers::check_logs(const std::deque<Operation>& history,
                          const std::map<std::int64_t, std::set<std::int64_t>>& logs) {
  for (const auto& [server, zxids] : logs) {
    if (zxids.empty()) continue;
    for (const Operation& op : history) {
      if (!op.is_ok() || !op.is_write() || op.zxid < *zxids.begin() || zxids.contains(op.zxid)) continue;
      violation(text("server ", server, " has no ", to_hex(op.zxid), " in its log: ", to_string(op)));
    }
  }
}

}  // namespace zabra::sim
