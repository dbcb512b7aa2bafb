// Quotas follow their nodes, and their statistics follow the tree.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/state/applying.h"

namespace zabra::state {
namespace {

using namespace test;
using testing::IsEmpty;

const std::int32_t persistent_watch = 0;

class ApplyQuota : public testing::Test {
 protected:
  ApplyQuota() {
    server.open(Applying::alice);
    for (const char* path : {"/q", "/q/x", "/zookeeper/quota/q"}) server.run(create(path, path));
  }
  void limit(const char* text = "count=5,bytes=-1") { server.run(create(limits, text)); }
  void count() { server.run(create(stats, "count=0,bytes=0")); }

  static constexpr const char* limits = "/zookeeper/quota/q/zookeeper_limits";
  static constexpr const char* stats = "/zookeeper/quota/q/zookeeper_stats";
  Applying server{{.enforce_quota = true}};
};

TEST_F(ApplyQuota, StatisticsFollowEveryChangeOfNodesAndBytes) {
  limit();
  count();
  EXPECT_EQ(server.data(stats), "count=2,bytes=6");
  server.run(create("/q/y", "12345"));
  EXPECT_EQ(server.data(stats), "count=3,bytes=11");
  server.run(set_data("/q/y", "1"));
  EXPECT_EQ(server.data(stats), "count=3,bytes=7");
  server.run(remove("/q/x"));
  EXPECT_EQ(server.data(stats), "count=2,bytes=3");
  server.run(create("/elsewhere", "12345"));
  EXPECT_EQ(server.data(stats), "count=2,bytes=3");
}

TEST_F(ApplyQuota, StatisticsAreRewrittenInPlaceAndSilently) {
  limit();
  count();
  server.watch_always(1, stats, persistent_watch);
  const std::string before = to_text(server.stat(stats));
  server.run(create("/q/y", ""));
  EXPECT_EQ(server.data(stats), "count=3,bytes=6");
  EXPECT_EQ(to_text(server.stat(stats)), before);
  EXPECT_THAT(server.events.take(), IsEmpty());
}

TEST_F(ApplyQuota, AQuotaBeginsWithItsLimitsWhicheverNodeComesFirst) {
  count();
  server.run(create("/q/y", ""));
  limit();
  EXPECT_EQ(server.data(stats), "count=3,bytes=6");
}

TEST_F(ApplyQuota, WhatAClientWritesIntoTheStatisticsIsWrittenOver) {
  limit();
  count();
  server.run(set_data(stats, "nonsense"));
  EXPECT_EQ(server.data(stats), "count=2,bytes=6");
}

TEST_F(ApplyQuota, LimitsTakeEffectAtOnceAndEndWithTheirNode) {
  limit("count=-1,bytes=-1=;countHardLimit=3");
  count();
  EXPECT_EQ(server.run(create("/q/y")).code, ErrorCode::ok);
  EXPECT_EQ(server.run(create("/q/z")).code, ErrorCode::quota_exceeded);
  server.run(set_data(limits, "count=-1,bytes=-1=;countHardLimit=4"));
  EXPECT_EQ(server.run(create("/q/z")).code, ErrorCode::ok);
  EXPECT_EQ(server.run(create("/q/more")).code, ErrorCode::quota_exceeded);
  server.run(remove(limits));
  EXPECT_EQ(server.run(create("/q/more")).code, ErrorCode::ok);
  EXPECT_EQ(server.data(stats), "count=4,bytes=6");
}

TEST_F(ApplyQuota, OnlyTheDeepestQuotaCounts) {
  limit();
  count();
  for (const char* path : {"/zookeeper/quota/q/x", "/zookeeper/quota/q/x/zookeeper_limits"})
    server.run(create(path, "count=9"));
  server.run(create("/zookeeper/quota/q/x/zookeeper_stats", ""));
  server.run(create("/q/x/deep", "1"));
  EXPECT_EQ(server.data("/zookeeper/quota/q/x/zookeeper_stats"), "count=2,bytes=5");
  EXPECT_EQ(server.data(stats), "count=2,bytes=6");
}

}  // namespace
}  // namespace zabra::state
