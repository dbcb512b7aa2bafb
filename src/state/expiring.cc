#include "state/expiring.h"

#include <algorithm>

namespace zabra::state {

namespace {

bool container_is_over(const Node& node, WallTime now, std::int64_t never_used_ms) {
  const bool was_used = node.facts.cversion > 0;
  return was_used || (never_used_ms != 0 && now.ms - node.facts.mtime > never_used_ms);
}

bool is_over(const Node& node, WallTime now, std::int64_t never_used_ms) {
  if (node.child_count() != 0) return false;
  if (node.facts.owner.is_container()) return container_is_over(node, now, never_used_ms);
  return now.ms - node.facts.mtime > node.facts.owner.ttl_ms();
}

}  // namespace

void Expiring::add(Tree& tree, NodeRef ref) { tree.marks(ref).set_owner_place(nodes_.add(ref.value)); }

void Expiring::remove(Tree& tree, NodeRef ref) {
  const std::uint32_t place = tree[ref].owner_place;
  const std::uint32_t moved = nodes_.remove(place);
  if (moved != 0) tree.marks({moved}).set_owner_place(place);
}

std::optional<std::string> Expiring::next_removable(const Tree& tree, ExpirySweep& sweep, std::uint32_t looks_max,
                                                    WallTime now, std::int64_t never_used_ms) const {
  sweep.left_ = std::min(sweep.left_, nodes_.size());
  for (std::uint32_t looks = std::min(looks_max, sweep.left_); looks > 0; --looks) {
    const NodeRef ref{nodes_[--sweep.left_]};
    if (is_over(tree[ref], now, never_used_ms)) return tree.path_of(ref);
  }
  return std::nullopt;
}

}  // namespace zabra::state
