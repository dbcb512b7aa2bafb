// The znodes that the leader removes when nobody needs them any more: containers and TTL nodes. Found without looking at
// the rest of the tree. Source: ContainerManager of 3.8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "state/node.h"
#include "state/tree.h"

namespace zabra::state {

class Expiring {
 public:
  void add(Tree& tree, NodeRef ref);
  void remove(Tree& tree, NodeRef ref);

  // See StateMachine::removable().
  std::vector<std::string> removable(const Tree& tree, WallTime now, std::int64_t never_used_ms, std::size_t max) const;

 private:
  RefList nodes_;  // places are in Node::owner_place
};

}  // namespace zabra::state
