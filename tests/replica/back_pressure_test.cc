// Whom a server stops reading from, until when, and whom it gives up.
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

class BackPressure : public testing::Test {
 protected:
  static Settings few_outstanding() {
    Settings settings;
    settings.outstanding_max = 4;
    return settings;
  }
  Disk disk;
};

TEST_F(BackPressure, AClientThatDoesNotTakeItsRepliesIsNotReadFromUntilItHas) {
  ReplicaHost host(disk);
  TestClient ann(host);
  ann.established();
  ann.send(create("/a", std::string(300 << 10, 'x')));
  host.settle();
  for (int i = 0; i < 3; ++i) ann.send(get_data("/a"));
  host.step();
  EXPECT_TRUE(ann.is_reading());
  ann.send(get_data("/a"));
  host.step();
  EXPECT_FALSE(ann.is_reading());
  ann.drained();
  host.step();
  EXPECT_TRUE(ann.is_reading());
}

// Events can't wait: they pile up until the limit.
TEST_F(BackPressure, AClientThatNeverTakesItsEventsIsClosed) {
  ReplicaHost host(disk);
  TestClient ann(host), bob(host);
  ann.established(), bob.established();
  const std::string path = "/" + std::string(900 << 10, 'p');
  ann.send(create(path));
  bob.send(watch_for_ever(path));
  host.settle();
  std::size_t told = 0;
  for (; !bob.is_closed() && told < 2 * limits::client_output_max; told += path.size()) {
    ann.send(set_data(path, ""));
    host.settle();
    host.take_output(bob.link());
  }
  EXPECT_TRUE(bob.is_closed());
  EXPECT_GE(told, limits::client_output_max);
  EXPECT_EQ(host.said.count("it does not read what it is sent"), 1U);
  EXPECT_FALSE(ann.is_closed());
}

TEST_F(BackPressure, WatchEventsThatAreNotTakenCountToo) {
  ReplicaHost host(disk);
  TestClient ann(host), bob(host);
  ann.established(), bob.established();
  const std::string path = "/" + std::string(300 << 10, 'p');
  ann.send(create(path));
  host.settle();
  for (int i = 0; i < 4; ++i) {
    bob.send(exists(path, true));
    host.step();
    ann.send(set_data(path, ""));
    host.settle();
  }
  EXPECT_FALSE(bob.is_reading());
  EXPECT_TRUE(ann.is_reading());
}

TEST_F(BackPressure, AConnectionWithMuchHeldIsNotReadFromUntilItIsAnswered) {
  ReplicaHost host(disk);
  TestClient ann(host);
  ann.established();
  ann.send(create("/a"));
  ann.send(exists("/" + std::string(limits::client_read_chunk, 'p')));
  host.step();
  EXPECT_FALSE(ann.is_reading());
  host.log_done();
  EXPECT_TRUE(ann.is_reading());
  EXPECT_THAT(ann.heard(), ElementsAre("1 ok @2 /a", "2 NoNode @2"));
}

TEST_F(BackPressure, WhatIsPipelinedBehindAConnectIsHeldWithinTheSameBound) {
  ReplicaHost host(disk);
  TestClient ann(host);
  ann.connect();
  ann.send(exists("/" + std::string(limits::client_read_chunk, 'p')));
  host.step();
  EXPECT_FALSE(ann.is_reading());
  host.settle();
  EXPECT_TRUE(ann.is_reading());
}

TEST_F(BackPressure, WhileTooManyRequestsAreOutstandingThoseWhoSendMoreAreNotReadFrom) {
  ReplicaHost host(disk, few_outstanding());
  TestClient ann(host), bob(host), quiet(host);
  ann.established(), bob.established(), quiet.established();
  for (int i = 0; i < 4; ++i) ann.send(create("/a" + std::to_string(i)));
  host.step();
  EXPECT_TRUE(ann.is_reading());
  bob.send(create("/b"));
  host.step();
  EXPECT_FALSE(bob.is_reading());
  EXPECT_TRUE(quiet.is_reading());
  quiet.send(ping());
  host.step();
  EXPECT_THAT(quiet.heard(), ElementsAre("ping ok @3")) << "nothing is refused";
  host.log_done();
  EXPECT_TRUE(bob.is_reading());
  host.settle();
  EXPECT_THAT(bob.heard(), ElementsAre("1 ok @8 /b"));
}

TEST_F(BackPressure, AConnectionThatGoesTakesItsOutstandingRequestsWithIt) {
  ReplicaHost host(disk, few_outstanding());
  TestClient ann(host), bob(host);
  ann.established(), bob.established();
  for (int i = 0; i < 4; ++i) ann.send(create("/a" + std::to_string(i)));
  bob.send(create("/b"));
  host.step();
  EXPECT_FALSE(bob.is_reading());
  EXPECT_EQ(host.replica().status().outstanding_requests, 5U);
  ann.vanish();
  host.step();
  EXPECT_TRUE(bob.is_reading());
  EXPECT_EQ(host.replica().status().outstanding_requests, 1U);
}

TEST_F(BackPressure, ALinkIsReadFromAgainOnlyWhenNoReasonIsLeft) {
  ReplicaHost host(disk, few_outstanding());
  TestClient ann(host);
  ann.established();
  ann.send(create("/big", std::string(1000 << 10, 'x')));
  host.settle();
  for (int i = 0; i < 2; ++i) ann.send(get_data("/big"));
  host.step();
  EXPECT_FALSE(ann.is_reading());
  for (int i = 0; i < 5; ++i) ann.send(create("/a" + std::to_string(i)));
  host.step();
  ann.drained();
  host.step();
  EXPECT_FALSE(ann.is_reading()) << "too much is outstanding still";
  host.settle();
  EXPECT_TRUE(ann.is_reading());
}

// A connection whose reads wait for its peer must be left out of the count once, whatever else happens to it meanwhile:
// a count that runs below zero would stop everybody.
class WaitingForItsPeer : public BackPressure {
 protected:
  WaitingForItsPeer() {
    ann.established(), bob.established();
    ann.send(create("/large", std::string(700 << 10, 'x')));
    host.settle();
    ann.heard();
  }
  void expect_nobody_else_suffers() {
    EXPECT_LE(host.replica().status().outstanding_requests, 10U);
    bob.send(create("/b"));
    host.settle();
    EXPECT_TRUE(bob.is_reading());
    EXPECT_THAT(bob.heard(), testing::SizeIs(1));
  }
  // The peer takes everything, until nothing more comes.
  std::size_t take_all() {
    std::size_t frames = 0;
    for (std::size_t some = 1; some > 0; frames += some) {
      some = ann.heard().size();
      if (!ann.is_closed()) ann.drained();
      host.settle();
    }
    return frames;
  }

  ReplicaHost host{disk};
  TestClient ann{host}, bob{host};
};

TEST_F(WaitingForItsPeer, AnUnknownOperationBehindTheReads) {
  for (int i = 0; i < 4; ++i) ann.send(get_data("/large"));
  ann.send({static_cast<OpCode>(999), ""});
  host.step();
  expect_nobody_else_suffers();
  EXPECT_EQ(take_all(), 6U) << "four replies, the refusal, the end";
  EXPECT_EQ(host.replica().status().outstanding_requests, 0U);
}

TEST_F(WaitingForItsPeer, AWriteBehindTheReadsThatWaitsForRoom) {
  ann.send(set_data("/large", std::string(700 << 10, 'y')));
  host.step();
  const LogRoom plenty = disk.room;
  disk.room = {.ordinary = 0, .reserve = 0, .full = false};
  host.tell(Room{disk.room});
  for (int i = 0; i < 4; ++i) ann.send(get_data("/large"));
  ann.send(set_data("/large", "z"));
  host.step();
  host.log_done();
  disk.room = plenty;
  host.tell(Room{disk.room});
  host.step();
  expect_nobody_else_suffers();
  EXPECT_EQ(take_all(), 6U);
  EXPECT_EQ(host.replica().status().outstanding_requests, 0U);
}

TEST_F(WaitingForItsPeer, ThePeerGoes) {
  for (int i = 0; i < 4; ++i) ann.send(get_data("/large"));
  ann.send(create("/a"));
  host.step();
  ann.vanish();
  host.settle();
  expect_nobody_else_suffers();
  EXPECT_EQ(host.replica().status().outstanding_requests, 0U);
}

TEST_F(WaitingForItsPeer, TheSessionComesBackOverAnotherLink) {
  ann.send(create("/a"));
  for (int i = 0; i < 4; ++i) ann.send(get_data("/large"));
  host.settle();
  TestClient again(host);
  again.connect(ann.again());
  for (int i = 0; i < 4; ++i) again.send(get_data("/large"));
  host.settle();
  expect_nobody_else_suffers();
  std::size_t replies = 0;
  for (std::size_t some = 1; some > 0; replies += some) {
    some = again.heard().size();
    again.drained();
    host.settle();
  }
  EXPECT_EQ(replies, 5U);
  EXPECT_EQ(host.replica().status().outstanding_requests, 0U);
}

}  // namespace
}  // namespace zabra::replica
