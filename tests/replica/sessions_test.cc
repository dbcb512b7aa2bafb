// How long sessions live, what they leave, and what a restart gives back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replica/test_client.h"

namespace zabra::replica {
namespace {

using namespace test;
using state::test::create;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t tick = 2000;

class LifeOfASession : public testing::Test {
 protected:
  std::uint64_t sessions() { return host.replica().status().sessions; }
  // Time passes, and the disk is quick.
  void pass(std::int64_t ms) {
    host.pass(ms);
    host.settle();
  }

  Disk disk;
  ReplicaHost host{disk};
};

TEST_F(LifeOfASession, EndsBetweenItsTimeoutAndATickLater) {
  for (std::int64_t phase = 0; phase < tick; phase += 300) {
    pass(300);
    TestClient client(host);
    client.established(5000);
    const std::int64_t heard_of = host.now().monotonic.ms;
    while (!client.is_closed()) pass(100);
    const std::int64_t lived = host.now().monotonic.ms - heard_of;
    EXPECT_GE(lived, 5000);
    EXPECT_LE(lived, 5000 + tick);
    EXPECT_THAT(client.heard(), ElementsAre("closed")) << "there is no message";
  }
}

TEST_F(LifeOfASession, IsProlongedByEveryRequest) {
  TestClient client(host);
  client.established(4000);
  for (int i = 0; i < 10; ++i) {
    pass(3900);
    client.send(i % 2 == 0 ? ping() : exists("/"));
    host.settle();
  }
  EXPECT_FALSE(client.is_closed());
  pass(4000 + tick);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(LifeOfASession, TakesItsEphemeralsWithIt) {
  TestClient client(host), watcher(host);
  client.established(4000);
  watcher.established(40'000);
  client.send(create("/e", CreateMode::ephemeral));
  client.vanish();
  host.settle();
  watcher.send(exists("/e", true));
  host.settle();
  watcher.heard();
  pass(4000 + tick);
  EXPECT_THAT(watcher.heard(), ElementsAre("event deleted /e @4"));
  EXPECT_EQ(host.said.count("Expiring session " + to_string(client.session())), 1U);
}

TEST_F(LifeOfASession, IsNotShortenedByOurOwnSleep) {
  TestClient client(host);
  client.established(4000);
  host.sleep(100'000);
  host.settle();
  EXPECT_EQ(sessions(), 1U);
  pass(1900);
  EXPECT_EQ(sessions(), 1U) << "of the sleep one tick counts, the rest does not";
  pass(4000);
  EXPECT_EQ(sessions(), 0U);
}

TEST_F(LifeOfASession, GoesOnWhenWhatWasSentDuringASleepIsFoundAfterIt) {
  TestClient client(host);
  client.established(4000);
  pass(3900);
  client.send(ping());
  host.sleep(50'000);
  host.settle();
  pass(3900);
  EXPECT_FALSE(client.is_closed());
}

TEST_F(LifeOfASession, FollowsTheTimeoutOfTheLastConnect) {
  TestClient old(host), renewed(host);
  old.established(4000);
  Connecting again = old.again();
  again.timeout_ms = 20'000;
  renewed.connect(again);
  host.settle();
  pass(19'900);
  EXPECT_EQ(sessions(), 1U);
  pass(100 + tick);
  EXPECT_EQ(sessions(), 0U);
}

TEST_F(LifeOfASession, CannotBeTakenUpAgainAfterItsEnd) {
  TestClient old(host), late(host);
  old.established(4000);
  pass(4000 + tick);
  late.connect(old.again());
  host.settle();
  EXPECT_THAT(late.heard(), ElementsAre("refused", "closed after that"));
}

TEST_F(LifeOfASession, TheHostIsToldWhenTheNextOneEnds) {
  TestClient client(host);
  client.established(4000);
  const MonotonicTime due = *host.replica().next_deadline();
  EXPECT_GE(due - host.now().monotonic, 4000);
  EXPECT_LE(due - host.now().monotonic, 4000 + tick);
}

TEST_F(LifeOfASession, AnExpiryWhoseCloseIsUnderWayAnswersTheWritesBeforeItOnly) {
  TestClient client(host);
  client.established(4000);
  client.send(create("/a"));
  host.step();
  host.pass(4000 + tick);
  EXPECT_EQ(host.appends_under_way(), 2U);
  client.send(ping());
  host.step();
  host.settle();
  EXPECT_THAT(client.heard(), ElementsAre("1 ok @2 /a", "closed"));
}

// The client's close waits for room while its session expires: one close of the two is made.
TEST_F(LifeOfASession, IsClosedOnceAlthoughItsCloseWaitsWhileItExpires) {
  for (const bool full : {false, true}) {
    TestClient client(host);
    client.established(4000);
    const Zxid before = disk.last();
    host.tell(Room{{.ordinary = 0, .reserve = 0, .full = full}});
    client.send(close_session());
    host.step();
    host.pass(4000 + tick);
    EXPECT_EQ(host.appends_under_way(), 0U);
    EXPECT_THAT(client.heard(), IsEmpty());
    host.tell(Room{disk.room});
    host.settle();
    EXPECT_EQ(sessions(), 0U);
    EXPECT_EQ(disk.last(), before.next());
    EXPECT_TRUE(client.is_closed());
  }
}

TEST_F(LifeOfASession, IsClosedOnceAlthoughItExpiresWhileItsCloseIsUnderWay) {
  TestClient client(host);
  client.established(4000);
  client.send(close_session());
  host.step();
  host.pass(4000 + tick);
  host.settle();
  EXPECT_THAT(client.heard(), ElementsAre("1 ok @2", "closed after that"));
  EXPECT_EQ(disk.last(), (Zxid{0, 2}));
}

// ---- restarts ----

TEST_F(LifeOfASession, SurvivesARestartWithItsWholeTimeout) {
  TestClient client(host);
  client.established(4000);
  client.send(create("/e", CreateMode::ephemeral));
  host.settle();
  pass(3900);

  ReplicaHost restarted(disk);
  restarted.pass(3900);
  restarted.settle();
  TestClient again(restarted), watcher(restarted);
  again.connect(client.again());
  again.send(exists("/e"));
  restarted.settle();
  EXPECT_THAT(again.heard(), ElementsAre("connected 10000", "1 ok @2"));
}

TEST_F(LifeOfASession, EndsAfterARestartWhenNobodyComesBack) {
  TestClient client(host);
  client.established(4000);
  client.send(create("/e", CreateMode::ephemeral));
  host.settle();

  ReplicaHost restarted(disk);
  restarted.pass(4000 + tick);
  restarted.settle();
  EXPECT_EQ(restarted.replica().status().sessions, 0U);
  EXPECT_EQ(restarted.replica().status().ephemerals, 0U);
}

TEST_F(LifeOfASession, AWriteThatDidNotReachTheDiskIsGoneAndWasNotAnswered) {
  TestClient client(host);
  client.established();
  client.send(create("/a"));
  host.step();
  EXPECT_THAT(client.heard(), IsEmpty());

  ReplicaHost restarted(disk);
  TestClient again(restarted);
  again.connect(client.again());
  again.send(exists("/a"));
  restarted.settle();
  EXPECT_THAT(again.heard(), ElementsAre("connected 10000", "1 NoNode @1"));
}

TEST_F(LifeOfASession, IdsAreNotGivenOutAgainAlthoughTheClockWentBack) {
  TestClient kept(host), closed(host);
  kept.established();
  closed.established();
  closed.send(close_session());
  host.settle();

  ReplicaHost restarted(disk, {}, {1'000'000'000});
  TestClient next(restarted);
  next.established();
  EXPECT_GT(next.session(), closed.session());
  EXPECT_GT(closed.session(), kept.session());
}

TEST_F(LifeOfASession, IdsBeginWithTheServersNumber) {
  Disk other_disk;
  Settings settings;
  settings.server = ServerId{7};
  ReplicaHost other(other_disk, settings);
  TestClient client(other);
  client.established();
  EXPECT_EQ(client.session().value >> 56, 7);
  EXPECT_EQ(client.session().value & 0xffff, 0);
}

}  // namespace
}  // namespace zabra::replica
