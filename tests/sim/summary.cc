#include "tests/sim/summary.h"

#include <array>
#include <istream>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace zabra::sim {
namespace {

constexpr std::array reach{"DIFF from memory",
                           "DIFF from disk",
                           "TRUNC",
                           "TRUNC refused",
                           "SNAP",
                           "SNAP abandoned",
                           "leader lost in discovery: killed",
                           "leader lost in discovery: power lost",
                           "leader lost in discovery: cut off",
                           "leader lost in discovery: stopped process",
                           "leader lost in discovery: clean stop",
                           "leader lost in synchronisation: killed",
                           "leader lost in synchronisation: power lost",
                           "leader lost in synchronisation: cut off",
                           "leader lost in synchronisation: stopped process",
                           "leader lost in synchronisation: clean stop",
                           "leader lost in broadcast: killed",
                           "leader lost in broadcast: power lost",
                           "leader lost in broadcast: cut off",
                           "leader lost in broadcast: stopped process",
                           "leader lost in broadcast: clean stop",
                           "counter full and handed over",
                           "completion of an old generation",
                           "session moved",
                           "REVALIDATE of a session at the leader",
                           "expiry by a new leader",
                           "full disk on the leader",
                           "full disk on a follower",
                           "work on a disk waited for space",
                           "start refused for want of space",
                           "process ended by a failing disk",
                           "7 voters",
                           "weighted quorums",
                           "local session upgraded",
                           "ephemeral refused to a local session",
                           "local session refused by another server",
                           "read-only session",
                           "write refused as read-only",
                           "read-only client went on to a leader",
                           "client refused by a leader that serves nobody"};

// A pair of steps that is so rare need not have been cut.
std::uint64_t pair_seen_min(const Summary& summary) { return std::max<std::uint64_t>(20, summary.runs); }

std::uint64_t count_of(const Summary& summary, const std::string& name) {
  const auto found = summary.counts.find(name);
  return found == summary.counts.end() ? 0 : found->second;
}

std::string listed(const Summary& summary, std::string_view kind) {
  std::string all;
  for (auto at = summary.counts.lower_bound(std::string(kind)); at != summary.counts.end(); ++at) {
    if (!at->first.starts_with(kind)) break;
    all += text("\n  ", at->second, " ", at->first.substr(kind.size()));
  }
  return all;
}

}  // namespace

void Summary::add(const Summary& other) {
  runs += other.runs;
  violations += other.violations;
  for (const auto& [name, count] : other.counts) counts[name] += count;
}

void Summary::add(const DiskCounts& disk) {
  counts["disk: appends"] += disk.appends;
  counts["disk: truncations"] += disk.truncations;
  counts["disk: snapshots adopted"] += disk.snapshots_adopted;
  counts["disk: log reads"] += disk.log_reads;
  counts["disk: snapshot reads"] += disk.snapshot_reads;
  counts["disk: reads in vain"] += disk.read_faults;
  counts["disk: checkpoints"] += disk.checkpoints;
  counts["disk: log files purged"] += disk.logs_purged;
  counts["reach: SNAP abandoned"] += disk.snapshots_abandoned;
  counts["reach: completion of an old generation"] += disk.old_completions;
  counts["reach: work on a disk waited for space"] += disk.waits_for_space;
}

void Summary::add(const ClientCounts& clients) {
  counts["client: operations"] += clients.invoked;
  counts["client: answers"] += clients.answered;
  counts["client: watch events"] += clients.events;
  counts["client: sessions"] += clients.sessions;
  counts["client: links left to move"] += clients.moved;
  counts["client: sessions found expired"] += clients.expired;
  counts["client: links refused"] += clients.refused_links;
  counts["reach: session moved"] += clients.sessions_moved;
  counts["reach: local session upgraded"] += clients.upgraded;
  counts["reach: ephemeral refused to a local session"] += clients.refused_ephemerals;
  counts["reach: local session refused by another server"] += clients.refused_elsewhere;
  counts["reach: read-only session"] += clients.read_only;
  counts["reach: write refused as read-only"] += clients.refused_writes;
  counts["reach: read-only client went on to a leader"] += clients.went_on_to_write;
}

void Summary::add(const StepPairs& steps) {
  for (const auto& [name, count] : steps.counts()) {
    counts["step: " + name] += count.seen;
    counts["step cut: " + name] += count.cut;
  }
}

std::string Summary::lines() const {
  using zabra::text;
  std::string all = text(runs, " runs\n", violations, " violations\n");
  for (const auto& [name, count] : counts) all += text(count, " ", name, "\n");
  return all;
}

Summary read_summary(std::istream& in) {
  Summary summary;
  std::uint64_t count = 0;
  for (std::string name; in >> count && std::getline(in >> std::ws, name);) {
    if (name == "runs") summary.runs = count;
    else if (name == "violations") summary.violations = count;
    else summary.counts[name] = count;
  }
  return summary;
}

std::vector<std::string> never_reached(const Summary& summary) {
  std::vector<std::string> missing;
  for (const char* name : reach) {
    if (count_of(summary, std::string("reach: ") + name) == 0) missing.push_back(name);
  }
  for (const auto& [name, count] : summary.counts) {
    if (!name.starts_with("step: ") || count < pair_seen_min(summary)) continue;
    const std::string pair = name.substr(6);
    if (count_of(summary, "step cut: " + pair) == 0) missing.push_back(text("a crash between ", pair, " (", count, " times)"));
  }
  return missing;
}

std::string Summary::text() const {
  using zabra::text;
  std::uint64_t pairs = 0, cut = 0;
  for (const auto& [name, count] : counts) {
    if (name.starts_with("step: ")) ++pairs;
    if (name.starts_with("step cut: ") && count > 0) ++cut;
  }
  std::string all = text(runs, " runs, ", count_of(*this, "server seconds") / 60, " server-minutes, ",
                         count_of(*this, "elections"), " elections, ", count_of(*this, "log entries"), " log entries");
  for (const char* kind : {"client: ", "disk: ", "fault: ", "reach: "}) {
    all += text("\n", std::string_view(kind).substr(0, std::string_view(kind).find(':')), ":", listed(*this, kind));
  }
  return all + text("\npairs of durable steps: ", pairs, ", cut between: ", cut, "\nviolations: ", violations);
}

}  // namespace zabra::sim
