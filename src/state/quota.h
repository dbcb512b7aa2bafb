// Quotas: limits on the number of znodes and bytes of data at and below a path.
//
//   /zookeeper/quota<path>/zookeeper_limits   "count=10,bytes=-1=;byteHardLimit=4"   written by clients: the quota exists
//   /zookeeper/quota<path>/zookeeper_stats    "count=3,bytes=42"                    rewritten here as usage changes
//
// Only the deepest quota at or above a path counts. The root can't have one. Where no quota exists, nothing is looked up.
// Source: ZooKeeper's quota documentation and client-visible behaviour of 3.8.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "state/node.h"

namespace zabra::state {

struct QuotaLimits {  // -1: no limit
  std::int64_t count = -1, bytes = -1, count_hard = -1, bytes_hard = -1;
};
// Nothing for text that is none.
std::optional<QuotaLimits> parse_quota_limits(std::string_view text);

struct QuotaUsage {
  std::int64_t count = 0, bytes = 0;
};
std::string to_text(const QuotaUsage& usage);  // "count=3,bytes=42"

struct Quota {
  NodeRef limits_node, stats_node;    // a quota is in force with a limits node, enforced only if it has both
  std::optional<QuotaLimits> limits;  // nothing: the text could not be read
  QuotaUsage usage;
};

// What a path below /zookeeper/quota means.
enum class QuotaNode { none, limits, stats };
struct QuotaPath {
  QuotaNode kind = QuotaNode::none;
  std::string_view covered;  // the path that the quota is for
};
QuotaPath parse_quota_path(std::string_view path);

class Quotas {
 public:
  Quotas();
  bool empty() const { return in_force_ == 0; }
  // The deepest quota with limits at `path` or above it.
  const Quota* covering(std::string_view path) const {
    return empty() ? nullptr : const_cast<Quotas*>(this)->find_covering(path);
  }
  Quota* covering(std::string_view path) { return empty() ? nullptr : find_covering(path); }

  // The quota of exactly this path, made if need be.
  Quota& at(std::string_view covered);
  Quota& set_limits(std::string_view covered, NodeRef limits_node, std::string_view text);
  void remove_limits(std::string_view covered);
  void remove_stats(std::string_view covered);
  // visit(const std::string& covered, Quota&), in the order in which they were first named.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (auto& [id, level] : levels_) {
      if (is_used(level.quota)) visit(path_of(id), level.quota);
    }
  }

 private:
  // A tree of path components, kept flat: a client can make paths of any depth, so nothing here recurses.
  struct Level {
    std::uint32_t parent = 0;
    std::string name;
    std::uint32_t below = 0;  // levels under this one
    Quota quota;
  };
  struct Step {
    std::uint32_t from = 0;
    std::string name;
  };
  struct StepView {
    std::uint32_t from = 0;
    std::string_view name;
  };
  struct StepLess {
    using is_transparent = void;
    static StepView view(const Step& step) { return {step.from, step.name}; }
    static StepView view(StepView step) { return step; }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return view(a).from != view(b).from ? view(a).from < view(b).from : view(a).name < view(b).name;
    }
  };
  static bool is_used(const Quota& quota) { return quota.limits_node || quota.stats_node; }
  std::string path_of(std::uint32_t level) const;
  Quota* find_covering(std::string_view path);
  std::uint32_t find(std::string_view covered) const;  // 0 if there is no such level
  void prune(std::uint32_t level);

  std::map<std::uint32_t, Level> levels_;  // 0 is the root's, always there and never a quota
  std::map<Step, std::uint32_t, StepLess> steps_;
  std::uint32_t next_level_ = 1;
  std::uint64_t in_force_ = 0;
};

}  // namespace zabra::state
