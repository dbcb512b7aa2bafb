// How far a server has come in the one order of transactions.
//
//   checkpoint ≤ min(committed, own durable) ≤ durable ≤ logged        current epoch ≤ accepted epoch
//
// A zxid of zero means: nothing yet. Checked after every step of the replica.
#pragma once

#include <cstdint>

#include "wire/check.h"
#include "wire/ids.h"

namespace zabra::zab {

struct Positions {
  Zxid checkpoint;  // the state at this zxid is stored and synced outside the log
  Zxid applied;     // the tree shows it
  Zxid committed;   // a quorum has it on disk: nothing can take it back
  Zxid durable;     // our own log has it on disk
  Zxid logged;      // handed to our own log
  std::uint32_t accepted_epoch = 0, current_epoch = 0;

  void check() const {
    CHECK(checkpoint <= committed && checkpoint <= durable);
    CHECK(applied <= committed);
    CHECK(durable <= logged);
    CHECK(committed <= logged);
    CHECK(current_epoch <= accepted_epoch);
  }
};

}  // namespace zabra::zab
