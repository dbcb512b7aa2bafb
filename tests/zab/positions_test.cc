// What must hold between the positions of a server is checked, each of them.
#include "zab/positions.h"

#include <gtest/gtest.h>

namespace zabra::zab {
namespace {

Positions good() {
  return {.checkpoint = {0, 1},
          .applied = {0, 3},
          .committed = {0, 3},
          .durable = {0, 4},
          .logged = {0, 5},
          .accepted_epoch = 2,
          .current_epoch = 1};
}

TEST(PositionsDeathTest, EachBrokenOrderIsFound) {
  good().check();
  Positions{}.check();
  const auto broken = [](auto&& change) {
    Positions positions = good();
    change(positions);
    EXPECT_DEATH(positions.check(), "broken promise");
  };
  broken([](Positions& p) { p.checkpoint = {0, 4}; });
  broken([](Positions& p) { p.durable = {0, 0}; });
  broken([](Positions& p) { p.applied = {0, 4}; });
  broken([](Positions& p) { p.durable = {0, 6}; });
  broken([](Positions& p) { p.committed = {0, 6}; });
  broken([](Positions& p) { p.current_epoch = 3; });
}

}  // namespace
}  // namespace zabra::zab
