#include "state/quota_keeper.h"

#include <string>

namespace zabra::state {

void QuotaKeeper::added(std::string_view path, NodeRef ref) {
  account(path, 1, static_cast<std::int64_t>(store_.tree[ref].data_length()));
  const QuotaPath quota = parse_quota_path(path);
  if (quota.kind == QuotaNode::none) return;
  loaded(path, ref);
  recount(quota.covered, quotas_.at(quota.covered));
}

void QuotaKeeper::data_changed(std::string_view path, NodeRef ref, std::size_t length_before) {
  account(path, 0,
          static_cast<std::int64_t>(store_.tree[ref].data_length()) - static_cast<std::int64_t>(length_before));
  const QuotaPath quota = parse_quota_path(path);
  if (quota.kind == QuotaNode::limits) read_limits(quota.covered, ref);
  if (quota.kind == QuotaNode::stats) write_stats(quotas_.at(quota.covered));
}

void QuotaKeeper::removing(std::string_view path, NodeRef ref) {
  const QuotaPath quota = parse_quota_path(path);
  if (quota.kind == QuotaNode::limits) quotas_.remove_limits(quota.covered);
  if (quota.kind == QuotaNode::stats) quotas_.remove_stats(quota.covered);
  account(path, -1, -static_cast<std::int64_t>(store_.tree[ref].data_length()));
}

void QuotaKeeper::loaded(std::string_view path, NodeRef ref) {
  const QuotaPath quota = parse_quota_path(path);
  if (quota.kind == QuotaNode::limits) read_limits(quota.covered, ref);
  if (quota.kind == QuotaNode::stats) quotas_.at(quota.covered).stats_node = ref;
}

void QuotaKeeper::count_all() {
  quotas_.for_each([this](const std::string& covered, Quota& quota) { recount(covered, quota); });
}

void QuotaKeeper::account(std::string_view path, std::int64_t count, std::int64_t bytes) {
  Quota* quota = quotas_.covering(path);
  if (quota == nullptr || !quota->stats_node || (count == 0 && bytes == 0)) return;
  quota->usage.count += count;
  quota->usage.bytes += bytes;
  write_stats(*quota);
}

void QuotaKeeper::read_limits(std::string_view covered, NodeRef ref) {
  quotas_.set_limits(covered, ref, store_.tree[ref].data().value_or(std::string_view{}));
}

// The one step that looks at a whole subtree: a quota begins.
void QuotaKeeper::recount(std::string_view covered, Quota& quota) {
  if (!quota.stats_node) return;
  quota.usage = {};
  if (const NodeRef top = store_.tree.find(covered)) {
    store_.tree.for_each_below(top, [&](NodeRef, const Node& node) {
      ++quota.usage.count;
      quota.usage.bytes += static_cast<std::int64_t>(node.data_length());
    });
  }
  write_stats(quota);
}

// Below /zookeeper/quota no digest needs the path.
void QuotaKeeper::write_stats(const Quota& quota) {
  const std::string text = to_text(quota.usage);
  if (store_.tree[quota.stats_node].data() == text) return;
  store_.set_data(quota.stats_node, {}, text, [](NodeFacts&) {});
}

}  // namespace zabra::state
