// Containers and TTL nodes that nobody needs any more go at the interval, at a bounded rate.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "tests/replica/test_client.h"

namespace zabra::replica {
namespace {

using namespace test;
using state::test::create;
using state::test::remove;
using testing::ElementsAre;

Request container(std::string_view path) {
  return Create{.op = OpCode::create_container, .path = path, .flags = 4};
}
Request ttl_node(std::string_view path, std::int64_t ms) {
  return Create{.op = OpCode::create_ttl, .path = path, .flags = 5, .ttl_ms = ms};
}

class Sweep : public testing::Test {
 protected:
  static Settings settings() {
    Settings chosen;
    chosen.session_timeout_max_ms = 10'000'000;
    chosen.state.extended_types = true;
    return chosen;
  }
  Sweep() { ann.established(10'000'000); }
  void empty_container(const std::string& path) {
    ann.send(container(path));
    ann.send(create(path + "/child"));
    ann.send(remove(path + "/child"));
    host.settle();
    ann.heard();
  }
  std::uint64_t znodes() { return host.replica().status().znodes; }

  Disk disk;
  ReplicaHost host{disk, settings()};
  TestClient ann{host};
};

TEST_F(Sweep, AnEmptiedContainerGoesAtTheNextLookAndItsWatchersHear) {
  empty_container("/c");
  ann.send(exists("/c", true));
  host.settle();
  ann.heard();
  host.pass(59'000);
  EXPECT_EQ(host.appends_under_way(), 0U);
  host.pass(1'000);
  host.settle();
  EXPECT_THAT(ann.heard(), ElementsAre("event deleted /c @5"));
}

TEST_F(Sweep, AContainerThatWasNeverUsedOrHasAChildStays) {
  ann.send(container("/new"));
  ann.send(container("/used"));
  ann.send(create("/used/child"));
  host.settle();
  host.pass(200'000);
  EXPECT_EQ(host.appends_under_way(), 0U);
}

TEST_F(Sweep, ATtlNodeGoesWhenItsTimeIsOver) {
  ann.send(ttl_node("/t", 90'000));
  host.settle();
  const std::uint64_t before = znodes();
  host.pass(60'000);
  host.settle();
  EXPECT_EQ(znodes(), before);
  host.pass(60'000);
  host.settle();
  EXPECT_EQ(znodes(), before - 1);
}

TEST_F(Sweep, AContainerThatIsUsedAgainBeforeItsTurnStays) {
  empty_container("/c");
  ann.send(create("/c/again"));
  host.pass(60'000);
  host.settle();
  ann.send(exists("/c/again"));
  host.settle();
  EXPECT_EQ(ann.heard().back(), "5 ok @6") << "the removal was tried, and refused since the child was on its way";
}

TEST_F(Sweep, RemovesNoFasterThanItIsAllowedTo) {
  Disk other_disk;
  Settings slow = settings();
  slow.container_per_minute_max = 60;
  ReplicaHost other(other_disk, slow);
  TestClient client(other);
  client.established(10'000'000);
  for (int i = 0; i < 5; ++i) client.send(ttl_node("/t" + std::to_string(i), 1));
  other.settle();
  other.pass(60'000);
  EXPECT_EQ(other.replica().status().last_applied.counter, 6U);
  EXPECT_EQ(other.appends_under_way(), 1U);
  other.pass(3'000);
  EXPECT_EQ(other.appends_under_way(), 4U) << "one a second";
}

TEST_F(Sweep, LooksAtAFewOfManyInOneStep) {
  ann.send(ttl_node("/over", 1));
  for (std::uint32_t i = 0; i < 3 * limits::expiry_looks_max; ++i) {
    ann.send(ttl_node("/stays" + std::to_string(i), 1'000'000));
    if (i % 1000 == 999) host.settle();
  }
  host.settle();
  host.pass(60'000);
  EXPECT_EQ(host.appends_under_way(), 0U) << "the one that is over comes last";
  for (int slice = 1; slice < 3; ++slice) {
    host.pass(limits::expiry_slice_spacing_ms);
    EXPECT_EQ(host.appends_under_way(), 0U);
  }
  host.pass(limits::expiry_slice_spacing_ms);
  EXPECT_EQ(host.appends_under_way(), 1U);
}

TEST_F(Sweep, WaitsOnAFullDisk) {
  empty_container("/c");
  host.tell(Room{{.ordinary = 0, .reserve = 1 << 20, .full = true}});
  host.pass(120'000);
  EXPECT_EQ(host.appends_under_way(), 0U);
  host.tell(Room{disk.room});
  host.step();
  EXPECT_EQ(host.appends_under_way(), 1U);
}

}  // namespace
}  // namespace zabra::replica
