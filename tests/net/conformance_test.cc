// What every implementation of ClientLinks must do, seen from real sockets.
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <list>
#include <set>
#include <thread>

#include "base/limits.h"
#include "tests/net/link_host.h"
#include "tests/net/peer.h"
#include "tests/support/seed.h"

namespace zabra::test {
namespace {

class Links : public testing::TestWithParam<std::size_t> {
 protected:
  HostSettings settings() const { return {.threads = GetParam(), .links = {}, .limits = {0, 0}}; }
};

INSTANTIATE_TEST_SUITE_P(Everywhere, Links, testing::Values(0, 1, 3), [](const auto& place) {
  return place.param == 0 ? std::string("InTheThread") : "On" + std::to_string(place.param) + "Threads";
});

// Answers each frame with itself.
void echo(LinkHost& host) {
  host.core = [&host](const Told& told) {
    if (told.kind == Told::frame) host.send(told.link, framed(told.bytes));
  };
}

std::string pump_answer(LinkHost& host, Peer& peer, std::size_t bytes) {
  std::string got;
  host.pump_until([&] {
    got += peer.take();
    return got.size() >= bytes || peer.ended() || peer.failed();
  });
  return got;
}

std::string pump_to_the_end(LinkHost& host, Peer& peer) {
  return pump_answer(host, peer, std::string::npos);
}

TEST_P(Links, TellWhoOpened) {
  LinkHost host(settings());
  Peer peer(host.port());
  ASSERT_TRUE(host.pump_until_told(Told::opened));
  EXPECT_EQ(host.texts(Told::opened), std::vector<std::string>{"127.0.0.1"});
}

TEST_P(Links, AFrameSentByteByByteArrivesWhole) {
  LinkHost host(settings());
  Peer peer(host.port());
  const std::string bytes = framed("hello") + framed("");
  for (const char byte : bytes) {
    peer.send({&byte, 1});
    host.pump_once();
  }
  ASSERT_TRUE(host.pump_until_told(Told::frame, 2));
  EXPECT_EQ(host.texts(Told::frame), (std::vector<std::string>{"hello", ""}));
}

TEST_P(Links, FramesSentTogetherAreAnsweredInOrder) {
  LinkHost host(settings());
  echo(host);
  Peer peer(host.port());
  std::string sent;
  for (int i = 0; i < 1000; ++i) sent += framed("request " + std::to_string(i));
  peer.send(sent);
  EXPECT_EQ(pump_answer(host, peer, sent.size()), sent);
}

TEST_P(Links, AnyCutIntoSegmentsGivesTheSameFrames) {
  const Seed seed(7);
  auto random = seed.engine();
  LinkHost host(settings());
  echo(host);
  Peer peer(host.port());
  std::string sent, got;
  for (int i = 0; i < 300; ++i) {
    const std::size_t size = i % 50 == 0 ? random() % 300'000 : random() % 200;
    sent += framed(std::string(size, static_cast<char>('a' + i % 26)));
  }
  std::size_t at = 0;
  while (at < sent.size()) {
    const std::size_t size = std::min<std::size_t>(sent.size() - at, 1 + random() % (random() % 8 == 0 ? 100'000 : 50));
    peer.send(std::string_view(sent).substr(at, size));
    at += size;
    host.pump_once();
    got += peer.take();
  }
  got += pump_answer(host, peer, sent.size() - got.size());
  EXPECT_TRUE(got == sent);
}

TEST_P(Links, FramesStayInPlaceWhileTheStepLooksAtThem) {
  LinkHost host(settings());  // its step() compares
  Peer peer(host.port());
  host.end_of_step = [&] {
    if (host.count(Told::frame) == 1) peer.send(framed(std::string(5000, 'y')));
  };
  peer.send(framed(std::string(5000, 'x')));
  ASSERT_TRUE(host.pump_until_told(Told::frame, 2));
}

TEST_P(Links, AFrameOfTheLargestSizeIsServedAndOneMoreByteIsNot) {
  LinkHost host(settings());
  Peer peer(host.port());
  const std::string largest(0xfffff, 'm');
  std::thread sender([&] { peer.send(framed(largest) + std::string("\0\x10\0\0", 4)); });
  ASSERT_TRUE(host.pump_until_told(Told::bad_length));
  sender.join();
  EXPECT_TRUE(host.texts(Told::frame) == std::vector<std::string>{largest});
  EXPECT_EQ(host.texts(Told::bad_length), std::vector<std::string>{"1048576"});
}

TEST_P(Links, NothingIsToldAfterABadLength) {
  LinkHost host(settings());
  Peer peer(host.port());
  peer.send(framed("good") + std::string("\xff\xff\xff\xff", 4) + framed("never"));
  ASSERT_TRUE(host.pump_until_told(Told::bad_length));
  peer.send(framed("never"));
  host.links().close_after_send(host.history.back().link);
  EXPECT_EQ(pump_to_the_end(host, peer), "");
  EXPECT_EQ(host.texts(Told::frame), std::vector<std::string>{"good"});
  EXPECT_EQ(host.texts(Told::bad_length), std::vector<std::string>{"-1"});
}

TEST_P(Links, AWordIsKnownAtTheStartOnlyEvenInPieces) {
  LinkHost host(settings());
  Peer split(host.port()), later(host.port());
  for (const char letter : std::string("ruok")) {
    split.send({&letter, 1});
    host.pump_once();
  }
  ASSERT_TRUE(host.pump_until_told(Told::word));
  later.send(framed("first") + "ruok");
  ASSERT_TRUE(host.pump_until_told(Told::bad_length));
  EXPECT_EQ(host.texts(Told::word), std::vector<std::string>{"ruok|"});
}

TEST_P(Links, WhatStandsBehindAWordIsItsRest) {
  LinkHost host(settings());
  Peer peer(host.port());
  peer.send("stmk12345678\r\n");
  ASSERT_TRUE(host.pump_until_told(Told::word));
  EXPECT_EQ(host.texts(Told::word), std::vector<std::string>{"stmk|12345678\r\n"});
}

// `echo ruok | nc`: the probe closes its side, and bytes that nobody wants are still in the socket.
TEST_P(Links, AProbeThatHalfClosesGetsItsAnswer) {
  LinkHost host(settings());
  host.core = [&host](const Told& told) {
    if (told.kind != Told::word) return;
    host.send(told.link, "imok");
    host.links().close_after_send(told.link);
  };
  Peer peer(host.port());
  peer.send("ruok\n");
  peer.end_writing();
  EXPECT_EQ(pump_to_the_end(host, peer), "imok");
  EXPECT_TRUE(peer.ended());
  EXPECT_EQ(host.count(Told::half_closed), 0U);
}

TEST_P(Links, AnAnswerIsNotLostToBytesThatNobodyReads) {
  LinkHost host(settings());
  host.core = [&host](const Told& told) {
    if (told.kind != Told::word) return;
    host.send(told.link, std::string(100'000, 'a'));
    host.links().close_after_send(told.link);
  };
  Peer peer(host.port());
  peer.send("srvr" + std::string(300'000, 'x'));
  EXPECT_EQ(pump_to_the_end(host, peer).size(), 100'000U);
  EXPECT_TRUE(peer.ended());
  EXPECT_FALSE(peer.failed());
}

TEST_P(Links, AHalfClosedPeerIsReportedAndStillGetsItsAnswers) {
  LinkHost host(settings());
  Peer peer(host.port());
  peer.send(framed("slow"));
  peer.end_writing();
  ASSERT_TRUE(host.pump_until_told(Told::half_closed));
  EXPECT_EQ(host.texts(Told::frame), std::vector<std::string>{"slow"});
  host.send(host.history.back().link, framed("done"));
  host.links().close_after_send(host.history.back().link);
  EXPECT_EQ(pump_to_the_end(host, peer), framed("done"));
  EXPECT_EQ(host.count(Told::closed), 0U);
}

TEST_P(Links, AResetIsToldOnce) {
  LinkHost host(settings());
  Peer peer(host.port());
  ASSERT_TRUE(host.pump_until_told(Told::opened));
  peer.reset();
  ASSERT_TRUE(host.pump_until_told(Told::closed));
  host.send(host.history.back().link, "nobody");
  Peer other(host.port());
  ASSERT_TRUE(host.pump_until_told(Told::opened, 2));
  EXPECT_EQ(host.count(Told::closed), 1U);
}

TEST_P(Links, APausedLinkTellsNothingUntilItIsResumed) {
  LinkHost host(settings());
  Peer peer(host.port()), clock(host.port());
  ASSERT_TRUE(host.pump_until_told(Told::opened, 2));
  peer.send(framed("one"));
  host.core = [&host](const Told& told) {
    if (told.text == "one") host.links().pause_reading(told.link);
  };
  ASSERT_TRUE(host.pump_until_told(Told::frame));
  const LinkId paused = host.history.back().link;
  peer.send(framed("two"));
  clock.send(framed("tick"));
  ASSERT_TRUE(host.pump_until_told(Told::frame, 2));
  clock.send(framed("tock"));
  ASSERT_TRUE(host.pump_until_told(Told::frame, 3));
  EXPECT_EQ(host.texts(Told::frame), (std::vector<std::string>{"one", "tick", "tock"}));
  host.links().resume_reading(paused);
  ASSERT_TRUE(host.pump_until_told(Told::frame, 4));
  EXPECT_EQ(host.history.back().text, "two");
}

TEST_P(Links, APeerThatReadsLateGetsEverythingAndThenTheLinkIsDrained) {
  LinkHost host(settings());
  Peer peer(host.port(), 4096);
  ASSERT_TRUE(host.pump_until_told(Told::opened));
  const LinkId link = host.history.back().link;
  std::string sent;
  for (int i = 0; i < 64; ++i) {
    sent += std::string(256 << 10, static_cast<char>('a' + i % 26));
    host.send(link, std::string(256 << 10, static_cast<char>('a' + i % 26)));
  }
  host.links().step_done();
  EXPECT_TRUE(pump_answer(host, peer, sent.size()) == sent);
  ASSERT_TRUE(host.pump_until_told(Told::drained));
}

TEST_P(Links, SmallAnswersAreReportedAsDrainedNowAndThenOnly) {
  LinkHost host(settings());
  echo(host);
  Peer peer(host.port());
  const std::string frame = framed(std::string(1020, 'x'));
  constexpr std::size_t frames = 5 * limits::link_drained_report / 1024;
  for (std::size_t i = 0; i < frames; ++i) {
    peer.send(frame);
    ASSERT_EQ(pump_answer(host, peer, frame.size()).size(), frame.size());
  }
  ASSERT_TRUE(host.pump_until_told(Told::drained, 5));
  EXPECT_EQ(host.count(Told::drained), 5U);
}

TEST_P(Links, APeerThatNeverReadsDoesNotKeepAClosingLink) {
  HostSettings short_linger = settings();
  short_linger.links.linger_ms = 50;
  short_linger.limits.per_address = 1;
  LinkHost host(short_linger);
  Peer peer(host.port(), 4096);
  ASSERT_TRUE(host.pump_until_told(Told::opened));
  host.send(host.history.back().link, std::string(16 << 20, 'x'));
  host.links().close_after_send(host.history.back().link);
  host.links().step_done();
  // There is room for one: another is admitted only when the first is gone.
  std::list<Peer> tries;
  ASSERT_TRUE(host.pump_until([&] {
    tries.emplace_back(host.port());
    return host.count(Told::opened) == 2;
  }));
  EXPECT_EQ(host.count(Told::closed), 0U);
}

// A socket that is closed with unread bytes resets the connection, and may take the answer with it.
TEST_P(Links, AStopLeavesAnAnswerToAPeerThatGoesOnAsking) {
  HostSettings patient = settings();
  patient.links.linger_at_stop_ms = 60'000;
  LinkHost host(patient);
  Peer peer(host.port());
  ASSERT_TRUE(host.pump_until_told(Told::opened));
  const LinkId link = host.last(Told::opened).link;
  const std::string answer(1 << 20, 'x');  // more than the socket takes at once
  host.send(link, answer);
  host.links().step_done();
  peer.send(framed("what nobody will read"));
  std::string got;
  std::thread reads([&] {
    while (!peer.ended() && !peer.failed()) {
      peer.wait_for_input();
      got += peer.take();
    }
    peer.close();
  });
  host.links().stop();
  reads.join();
  EXPECT_TRUE(peer.ended());
  EXPECT_TRUE(got == answer);
  EXPECT_EQ(host.count(Told::frame) + host.count(Told::closed), 0U);
}

TEST_P(Links, APeerThatNeverClosesDoesNotKeepAStopFromItsEnd) {
  HostSettings short_linger = settings();
  short_linger.links.linger_at_stop_ms = 50;
  LinkHost host(short_linger);
  std::list<Peer> peers;
  for (int i = 0; i < 7; ++i) peers.emplace_back(host.port(), 4096);
  ASSERT_TRUE(host.pump_until_told(Told::opened, peers.size()));
  host.send(host.last(Told::opened).link, std::string(16 << 20, 'x'));
  host.links().step_done();
  const auto begun = std::chrono::steady_clock::now();
  host.links().stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(limits::link_linger_ms / 2));
}

TEST_P(Links, CloseNowClosesAtOnce) {
  LinkHost host(settings());
  Peer peer(host.port());
  ASSERT_TRUE(host.pump_until_told(Told::opened));
  host.links().close_now(host.history.back().link);
  host.links().step_done();
  pump_to_the_end(host, peer);
  EXPECT_TRUE(peer.ended());
  EXPECT_EQ(host.count(Told::closed), 0U);
}

TEST_P(Links, AreNamedOnceEvenWhenPlacesAreUsedAgain) {
  LinkHost host(settings());
  std::set<std::uint64_t> ids;
  for (std::size_t i = 1; i <= 50; ++i) {
    Peer peer(host.port());
    ASSERT_TRUE(host.pump_until_told(Told::opened, i));
    const LinkId link = host.last(Told::opened).link;
    ids.insert(link.value);
    host.links().close_now(link);
    host.send(link, "to nobody");
  }
  EXPECT_EQ(ids.size(), 50U);
}

TEST_P(Links, TwoThousandAreServed) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ASSERT_GE(files.rlim_cur, 4200U) << "not enough files for this test";

  LinkHost host(settings());
  echo(host);
  std::list<Peer> peers;
  for (int i = 0; i < 2000; ++i) {
    peers.emplace_back(host.port());
    peers.back().send(framed("request"));
    if (i % 100 == 99) host.pump_once();
  }
  for (Peer& peer : peers) ASSERT_EQ(pump_answer(host, peer, 11), framed("request"));
  peers.clear();
  ASSERT_TRUE(host.pump_until_told(Told::half_closed, 2000));
}

TEST_P(Links, NeverAddUpToMoreThanOneAddressMayHave) {
  HostSettings two = settings();
  two.limits.per_address = 2;
  LinkHost host(two);
  Peer first(host.port()), second(host.port()), third(host.port());
  EXPECT_EQ(pump_to_the_end(host, third), "");
  EXPECT_EQ(host.log.lines, std::vector<std::string>{"Too many connections from /127.0.0.1 - max is 2"});
  ASSERT_TRUE(host.pump_until_told(Told::opened, 2));
  host.links().close_now(host.history.back().link);
  host.links().step_done();
  // Which of the two was told of last is the threads' affair.
  ASSERT_TRUE(host.pump_until([&] {
    first.take(), second.take();
    return first.ended() || first.failed() || second.ended() || second.failed();
  }));
  Peer fourth(host.port());
  EXPECT_TRUE(host.pump_until_told(Told::opened, 3));
}

TEST_P(Links, NeverAddUpToMoreThanTheServerMayHave) {
  HostSettings one = settings();
  one.limits.total = 1;
  LinkHost host(one);
  Peer first(host.port()), second(host.port());
  EXPECT_EQ(pump_to_the_end(host, second), "");
  EXPECT_EQ(host.log.lines.size(), 1U);
  ASSERT_TRUE(host.pump_until_told(Told::opened));
}

}  // namespace
}  // namespace zabra::test
