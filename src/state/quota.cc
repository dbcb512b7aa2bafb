#include "state/quota.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "wire/check.h"
#include "wire/path.h"

namespace zabra::state {

namespace {

constexpr std::string_view quota_root = "/zookeeper/quota/";

// The component at the front of `rest`, which starts with '/', is cut off it.
std::string_view cut_component(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('/', 1), rest.size());
  const std::string_view component = rest.substr(1, end - 1);
  rest.remove_prefix(end);
  return component;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  if (text.empty()) return -1;
  if (text.front() == '+') text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Which limit a key means; nothing for a key that means none.
std::int64_t* limit_named(QuotaLimits& limits, std::string_view key) {
  if (key == "count") return &limits.count;
  if (key == "bytes") return &limits.bytes;
  if (key == "countHardLimit") return &limits.count_hard;
  if (key == "byteHardLimit") return &limits.bytes_hard;
  return nullptr;
}

// "key=number", and what follows a second '=' is nobody's.
bool parse_pair(std::string_view pair, QuotaLimits& limits) {
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view rest = pair.substr(equals + 1);
  const auto value = parse_number(rest.substr(0, rest.find('=')));
  if (!value) return false;
  if (std::int64_t* limit = limit_named(limits, pair.substr(0, equals))) *limit = *value;
  return true;
}

}  // namespace

std::optional<QuotaLimits> parse_quota_limits(std::string_view text) {
  QuotaLimits limits;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(",;"), text.size());
    if (end > 0 && !parse_pair(text.substr(0, end), limits)) return std::nullopt;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return limits;
}

std::string to_text(const QuotaUsage& usage) {
  return "count=" + std::to_string(usage.count) + ",bytes=" + std::to_string(usage.bytes);
}

QuotaPath parse_quota_path(std::string_view path) {
  if (!path.starts_with(quota_root)) return {};
  const std::string_view name = wire::last_component(path);
  const QuotaNode kind = name == "zookeeper_limits"  ? QuotaNode::limits
                         : name == "zookeeper_stats" ? QuotaNode::stats
                                                     : QuotaNode::none;
  std::string_view covered = wire::parent_path(path);
  covered.remove_prefix(std::min(covered.size(), quota_root.size() - 1));
  return kind == QuotaNode::none || covered.empty() ? QuotaPath{} : QuotaPath{kind, covered};
}

Quotas::Quotas() { levels_.emplace(0, Level{}); }

Quota* Quotas::find_covering(std::string_view path) {
  Quota* deepest = nullptr;
  std::uint32_t at = 0;
  while (path.size() > 1) {
    const auto step = steps_.find(StepView{at, cut_component(path)});
    if (step == steps_.end()) break;
    at = step->second;
    Quota& quota = levels_.find(at)->second.quota;
    if (quota.limits_node) deepest = &quota;
  }
  return deepest;
}

std::uint32_t Quotas::find(std::string_view covered) const {
  std::uint32_t at = 0;
  while (covered.size() > 1) {
    const auto step = steps_.find(StepView{at, cut_component(covered)});
    if (step == steps_.end()) return 0;
    at = step->second;
  }
  return at;
}

Quota& Quotas::at(std::string_view covered) {
  std::uint32_t at = 0;
  while (covered.size() > 1) {
    const std::string_view name = cut_component(covered);
    if (const auto step = steps_.find(StepView{at, name}); step != steps_.end()) {
      at = step->second;
      continue;
    }
    steps_.emplace(Step{at, std::string(name)}, next_level_);
    levels_.emplace(next_level_, Level{at, std::string(name), 0, {}});
    ++levels_[at].below;
    at = next_level_++;
  }
  CHECK(at != 0);
  return levels_[at].quota;
}

Quota& Quotas::set_limits(std::string_view covered, NodeRef limits_node, std::string_view text) {
  Quota& quota = at(covered);
  if (!quota.limits_node) ++in_force_;
  quota.limits_node = limits_node;
  quota.limits = parse_quota_limits(text);
  return quota;
}

void Quotas::remove_limits(std::string_view covered) {
  const std::uint32_t level = find(covered);
  if (level == 0 || !levels_[level].quota.limits_node) return;
  levels_[level].quota.limits_node = {};
  levels_[level].quota.limits.reset();
  --in_force_;
  prune(level);
}

void Quotas::remove_stats(std::string_view covered) {
  const std::uint32_t level = find(covered);
  if (level == 0) return;
  levels_[level].quota.stats_node = {};
  prune(level);
}

// Levels that neither are a quota nor lead to one go.
void Quotas::prune(std::uint32_t level) {
  while (level != 0 && levels_[level].below == 0 && !is_used(levels_[level].quota)) {
    const std::uint32_t parent = levels_[level].parent;
    steps_.erase(steps_.find(StepView{parent, levels_[level].name}));
    levels_.erase(level);
    --levels_[parent].below;
    level = parent;
  }
}

std::string Quotas::path_of(std::uint32_t level) const {
  std::vector<std::string_view> names;
  for (std::uint32_t at = level; at != 0; at = levels_.find(at)->second.parent) names.push_back(levels_.find(at)->second.name);
  std::string path;
  for (auto name = names.rbegin(); name != names.rend(); ++name) path.append("/").append(*name);
  return path;
}

}  // namespace zabra::state
