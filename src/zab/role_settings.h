// What the roles of an ensemble's server are told once.
#pragma once

#include <cstdint>

namespace zabra::zab {

struct RoleSettings {
  std::int64_t tick_ms = 2000;
  std::int64_t init_limit_ms = 20000;  // initLimit x tickTime: discovery and synchronisation, each as a whole
  std::int64_t connect_limit_ms = 20000;  // connectToLearnerMasterLimit x tickTime: to reach the leader's port
  std::int64_t sync_limit_ms = 10000;  // syncLimit x tickTime: silence, or a proposal that is not acknowledged
  // The last counter that an epoch gives out. ZooKeeper never proposes 0xffffffff; tests take less.
  std::uint32_t counter_max = 0xfffffffe;
};

// Epochs are compared as signed numbers on the wire: a peer that names a higher one than this is not believed.
inline constexpr std::uint32_t epoch_max = 0x7ffffffe;

}  // namespace zabra::zab
