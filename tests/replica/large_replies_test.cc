// Many large replies to one connection: what it may cost the server, and that their order is kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "tests/replica/test_client.h"

namespace zabra::replica {
namespace {

using namespace test;
using state::test::create;
using state::test::set_data;
using testing::ElementsAre;
using testing::IsEmpty;

class LargeReplies : public testing::Test {
 protected:
  static constexpr std::size_t large = 500 << 10;
  LargeReplies() {
    ann.established();
    ann.send(create("/large", std::string(large, 'x')));
    ann.send(create("/small", "1"));
    host.settle();
    heard();
  }
  // With sizes in place of long data.
  std::vector<std::string> heard() {
    std::vector<std::string> lines = ann.heard();
    for (std::string& line : lines) {
      if (line.size() > 1000) line = line.substr(0, line.find('"')) + "large";
    }
    return lines;
  }
  std::vector<std::string> all_heard() {
    std::vector<std::string> all;
    for (std::vector<std::string> some = heard(); !some.empty(); some = heard()) {
      all.insert(all.end(), some.begin(), some.end());
      ann.drained();
      host.settle();
    }
    return all;
  }
  void ask(int times) {
    for (int i = 0; i < times; ++i) ann.send(get_data("/large"));
  }

  Disk disk;
  ReplicaHost host{disk};
  TestClient ann{host};
};

TEST_F(LargeReplies, OfOneBatchAreMadeAsThePeerTakesThem) {
  ask(100);
  host.step();
  EXPECT_LE(host.link(ann.link()).output.size(), limits::client_output_pause + 2 * large);
  std::size_t replies = 0;
  for (std::vector<std::string> some = heard(); !some.empty(); some = heard()) {
    EXPECT_LE(some.size(), 3U);
    replies += some.size();
    ann.drained();
    host.step();
  }
  EXPECT_EQ(replies, 100U);
  EXPECT_TRUE(ann.is_reading());
}

TEST_F(LargeReplies, AreFollowedByAWriteThatTheyDoNotShow) {
  ask(5);
  ann.send(get_data("/small"));
  ann.send(set_data("/small", "2"));
  ann.send(get_data("/small"));
  host.settle();
  EXPECT_EQ(disk.last(), (Zxid{0, 3})) << "the write waits for the reads before it";
  EXPECT_THAT(all_heard(), ElementsAre("3 ok @3 large", "4 ok @3 large", "5 ok @3 large", "6 ok @3 large",
                                       "7 ok @3 large", "8 ok @3 \"1\"", "9 ok @4", "10 ok @4 \"2\""));
}

TEST_F(LargeReplies, BetweenWritesThatAreUnderWayKeepTheirPlace) {
  ann.send(set_data("/small", "2"));
  ask(5);
  ann.send(get_data("/small"));
  ann.send(set_data("/small", "3"));
  host.step();
  EXPECT_EQ(host.appends_under_way(), 1U) << "both are in it";
  host.log_done();
  EXPECT_THAT(heard(), ElementsAre("3 ok @4", "4 ok @4 large", "5 ok @4 large", "6 ok @4 large", "7 ok @4 large",
                                   "8 ok @4 large", "9 ok @4 \"2\"", "10 ok @5"));
}

TEST_F(LargeReplies, BehindAWriteAreNotAllMadeForTheWriteBehindThem) {
  ann.send(set_data("/small", "2"));
  const int reads = static_cast<int>(limits::held_reads_before_write_max) + 1;
  ask(reads);
  ann.send(set_data("/small", "3"));
  host.step();
  host.log_done();
  EXPECT_LE(host.link(ann.link()).output.size(), limits::client_output_pause + 2 * large);
  EXPECT_EQ(host.appends_under_way(), 0U);
  const std::vector<std::string> all = all_heard();
  ASSERT_EQ(all.size(), static_cast<std::size_t>(reads) + 2);
  EXPECT_EQ(all.front(), "3 ok @4");
  EXPECT_EQ(all[1], "4 ok @4 large");
  EXPECT_EQ(all.back(), std::to_string(reads + 4) + " ok @5");
}

TEST_F(LargeReplies, ThatNobodyTakesKeepNoOtherClientWaiting) {
  ask(3000);
  TestClient bob(host);
  bob.established();
  for (int i = 0; i < 3; ++i) bob.send(create("/b" + std::to_string(i)));
  host.step();
  EXPECT_TRUE(bob.is_reading());
  EXPECT_FALSE(ann.is_reading());
  host.settle();
  EXPECT_THAT(bob.heard(), ElementsAre("1 ok @5 /b0", "2 ok @6 /b1", "3 ok @7 /b2"));
  ann.vanish();
  host.step();
  EXPECT_EQ(host.replica().status().outstanding_requests, 0U);
}

TEST_F(LargeReplies, AreStillMadeForAPeerThatSendsNothingMore) {
  ask(5);
  ann.half_close();
  host.settle();
  EXPECT_FALSE(ann.is_closed());
  EXPECT_EQ(all_heard().size(), 6U) << "five replies and the end";
  EXPECT_TRUE(ann.is_closed());
}

TEST_F(LargeReplies, ComeBeforeTheEndThatTheClientAskedFor) {
  ask(4);
  ann.send(close_session());
  host.settle();
  EXPECT_THAT(all_heard(), ElementsAre("3 ok @3 large", "4 ok @3 large", "5 ok @3 large", "6 ok @3 large",
                                       "7 ok @4", "closed after that"));
}

// Its pings are not read meanwhile.
TEST_F(LargeReplies, KeepTheSessionOfASlowReaderAliveAsLongAsItTakesThem) {
  ask(20);
  host.step();
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(ann.is_reading());
    host.pass(6000);
    ann.drained();
    host.step();
  }
  EXPECT_FALSE(ann.is_closed());
  host.pass(10'000 + 2000);
  host.settle();
  EXPECT_TRUE(ann.is_closed());
}

TEST_F(LargeReplies, OfASessionThatExpiresAreNotOwedAnyMore) {
  ask(4);
  ann.send(set_data("/small", "2"));
  host.step();
  host.pass(10'000 + 2 * 2000);
  host.settle();
  EXPECT_TRUE(ann.is_closed());
  EXPECT_EQ(disk.last(), (Zxid{0, 4})) << "the close alone";
}

}  // namespace
}  // namespace zabra::replica
