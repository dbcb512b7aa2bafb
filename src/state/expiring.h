// The znodes that the leader removes when nobody needs them any more: containers and TTL nodes. Found without looking
// at the rest of the tree. Source: ContainerManager of 3.8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "state/expiry_sweep.h"
#include "state/node.h"
#include "state/tree.h"

namespace zabra::state {

class Expiring {
 public:
  void add(Tree& tree, NodeRef ref);
  void remove(Tree& tree, NodeRef ref);

  // See StateMachine::next_removable().
  ExpirySweep begin_sweep() const { return ExpirySweep(nodes_.size()); }
  std::optional<std::string> next_removable(const Tree& tree, ExpirySweep& sweep, std::uint32_t looks_max, WallTime now,
                                            std::int64_t never_used_ms) const;

 private:
  RefList nodes_;  // places are in Node::owner_place
};

}  // namespace zabra::state
