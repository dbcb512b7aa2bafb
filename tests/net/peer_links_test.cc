// Links between servers, seen from real sockets.
#include "net/peer_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <set>
#include <thread>

#include "net/link_set.h"
#include "tests/net/peer.h"
#include "tests/net/peer_host.h"
#include "tests/net/silent_port.h"
#include "tests/support/seed.h"

namespace zabra::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr ServerId server_2{2};

std::string pump_bytes(PeerHost& host, Peer& peer, std::size_t bytes) {
  std::string got;
  host.pump_until([&] {
    got += peer.take();
    return got.size() >= bytes || peer.ended() || peer.failed();
  });
  return got;
}

bool pump_to_the_end(PeerHost& host, Peer& peer) {
  return host.pump_until([&] { return peer.take(), peer.ended() || peer.failed(); });
}

// What a dial that fails says.
std::string dial_fault(PeerHost& host, std::vector<wire::HostPort> addresses) {
  host.links.dial(PeerPort::quorum, server_2, std::move(addresses));
  host.pump_until_told(PeerTold::dial_failed);
  EXPECT_EQ(host.count(PeerTold::opened), 0U);
  return host.all(PeerTold::dial_failed).back().text;
}

// ---- listening ------------------------------------------------------------------------------------------------------

TEST(PeerLinks, WhoConnectsIsToldWithThePort) {
  PeerHost host;
  Peer to_quorum(host.listen(PeerPort::quorum));
  ASSERT_TRUE(host.pump_until_told(PeerTold::opened));
  Peer to_election(host.listen(PeerPort::election));
  ASSERT_TRUE(host.pump_until_told(PeerTold::opened, 2));
  const auto opened = host.all(PeerTold::opened);
  EXPECT_EQ(opened[0].port, PeerPort::quorum);
  EXPECT_EQ(opened[1].port, PeerPort::election);
  EXPECT_EQ(opened[0].server, std::nullopt);
  EXPECT_EQ(opened[0].text, "127.0.0.1");
}

TEST(PeerLinks, APortCanHaveSeveralAddresses) {
  PeerHost host;
  ASSERT_TRUE(host.links.listen(PeerPort::quorum, {{"127.0.0.1", 0}, {"localhost", 0}, {"", 0}}));
  const auto where = host.links.listens_on(PeerPort::quorum);
  ASSERT_EQ(where.size(), 3U);
  std::list<Peer> peers;
  for (const std::string& at : {where[0], where[2]}) {
    peers.emplace_back(static_cast<std::uint16_t>(std::stoi(at.substr(at.rfind(':') + 1))));
  }
  ASSERT_TRUE(host.pump_until_told(PeerTold::opened, 2));
  EXPECT_THAT(host.links.listens_on(PeerPort::election), IsEmpty());
}

TEST(PeerLinks, AnAddressThatIsTakenIsNamedAndNoneIsListenedOn) {
  PeerHost host, other;
  const std::uint16_t taken = other.listen(PeerPort::election);
  const Outcome listens = host.links.listen(PeerPort::election, {{"127.0.0.1", 0}, {"127.0.0.1", taken}});
  ASSERT_FALSE(listens);
  EXPECT_EQ(listens.fault().reason, "election port: cannot listen on 127.0.0.1 port " + std::to_string(taken) +
                                        ": Address already in use");
  EXPECT_THAT(host.links.listens_on(PeerPort::election), IsEmpty());
}

TEST(PeerLinks, APortThatIsNoLongerListenedOnRefuses) {
  PeerHost host;
  const std::uint16_t quorum = host.listen(PeerPort::quorum), election = host.listen(PeerPort::election);
  host.links.stop_listening(PeerPort::quorum);
  host.pump_once();
  EXPECT_THROW(Peer{quorum}, std::runtime_error);
  const Peer peer(election);
  ASSERT_TRUE(host.pump_until_told(PeerTold::opened));
}

TEST(PeerLinks, APortCanBeListenedOnAgainWhileOldConnectionsFade) {
  std::uint16_t port = 0;
  std::optional<Peer> peer;
  {
    PeerHost host;
    port = host.listen(PeerPort::quorum);
    peer.emplace(port);
    ASSERT_TRUE(host.pump_until_told(PeerTold::opened));
    host.links.close_now(host.opened(false));  // our side goes first: it is the one that must wait
  }
  PeerHost again;
  const Outcome listens = again.links.listen(PeerPort::quorum, {{"127.0.0.1", port}});
  EXPECT_TRUE(listens) << listens.fault().reason;
}

TEST(PeerLinks, NeverAddUpToMoreThanMayBeAccepted) {
  PeerHost host({.accepted_max = 2});
  const std::uint16_t port = host.listen(PeerPort::election);
  Peer first(port), second(port), third(port);
  ASSERT_TRUE(pump_to_the_end(host, third));
  EXPECT_THAT(host.log.lines, ElementsAre("Too many connections to the ports of servers, refused /127.0.0.1 on the "
                                          "election port - max is 2"));
  host.links.close_now(host.opened(false));
  Peer fourth(port);
  EXPECT_TRUE(host.pump_until_told(PeerTold::opened, 3));
}

TEST(PeerLinks, WhatIsDialledCountsForNoLimit) {
  PeerHost host({.accepted_max = 1}), other;
  const std::uint16_t port = other.listen(PeerPort::quorum);
  for (std::size_t i = 1; i <= 3; ++i) {
    host.links.dial(PeerPort::quorum, server_2, {{"127.0.0.1", port}});
    ASSERT_TRUE(host.pump_until_told(PeerTold::opened, i));
  }
  Peer peer(host.listen(PeerPort::quorum));
  EXPECT_TRUE(host.pump_until_told(PeerTold::opened, 4));
}

// ---- dialling -------------------------------------------------------------------------------------------------------

TEST(PeerLinks, ADialEndsWithALinkToTheServer) {
  PeerHost host;
  const std::uint16_t port = host.listen(PeerPort::election);
  host.links.dial(PeerPort::election, server_2, {{"127.0.0.1", port}});
  EXPECT_THAT(host.all(PeerTold::opened), IsEmpty());
  const LinkId dialled = host.opened(true), accepted = host.opened(false);
  EXPECT_NE(dialled, accepted);
  for (const PeerTold& told : host.all(PeerTold::opened)) {
    EXPECT_EQ(told.port, PeerPort::election);
    EXPECT_EQ(told.text, "127.0.0.1");
  }
  host.send(dialled, "greeting");
  host.send(accepted, "answer");
  ASSERT_TRUE(host.pump_until([&] { return !host.received(dialled).empty() && !host.received(accepted).empty(); }));
  EXPECT_EQ(host.received(accepted), "greeting");
  EXPECT_EQ(host.received(dialled), "answer");
}

// Where localhost stands for two addresses, only one of them is listened on.
TEST(PeerLinks, ANameIsLookedUpAndEachOfItsAddressesIsTried) {
  PeerHost host;
  const std::uint16_t port = host.listen(PeerPort::quorum);
  host.links.dial(PeerPort::quorum, server_2, {{"localhost", port}});
  host.opened(true);
  EXPECT_EQ(host.count(PeerTold::dial_failed), 0U);
}

TEST(PeerLinks, ANameThatDoesNotExistIsTold) {
  PeerHost host;
  const std::string name(64, 'x');  // no part of a name is so long: nobody has to be asked
  EXPECT_THAT(dial_fault(host, {{name, 2888}}), StartsWith(name + ":2888: "));
  EXPECT_EQ(host.all(PeerTold::dial_failed)[0].server, server_2);
  EXPECT_EQ(host.all(PeerTold::dial_failed)[0].port, PeerPort::quorum);
}

TEST(PeerLinks, ARefusedDialSaysWhy) {
  PeerHost host;
  const RefusingPort refusing;
  EXPECT_EQ(dial_fault(host, {{"127.0.0.1", refusing.port()}}),
            "127.0.0.1:" + std::to_string(refusing.port()) + ": Connection refused");
}

TEST(PeerLinks, ADialToNoAddressFails) {
  PeerHost host;
  EXPECT_EQ(dial_fault(host, {}), "it has no address");
}

TEST(PeerLinks, AddressesAreTriedInTurnAndEachSaysWhyItFailed) {
  PeerHost host;
  const RefusingPort first, second;
  EXPECT_THAT(dial_fault(host, {{"127.0.0.1", first.port()}, {std::string(64, 'x'), 1}, {"::1", second.port()}}),
              AllOf(StartsWith("127.0.0.1:" + std::to_string(first.port()) + ": Connection refused; xxx"),
                    HasSubstr("; [::1]:" + std::to_string(second.port()) + ": ")));
}

TEST(PeerLinks, TheAddressThatAnswersIsTaken) {
  PeerHost host;
  const RefusingPort refusing;
  const std::uint16_t port = host.listen(PeerPort::quorum);
  host.links.dial(PeerPort::quorum, server_2, {{"127.0.0.1", refusing.port()}, {"localhost", port}});
  host.opened(true);
  EXPECT_EQ(host.count(PeerTold::dial_failed), 0U);
}

TEST(PeerLinks, ADialThatNobodyAnswersEndsInTime) {
  PeerHost host({.dial_timeout_ms = 100});
  const SilentPort silent;
  EXPECT_EQ(dial_fault(host, {{"127.0.0.1", silent.port()}}),
            "127.0.0.1:" + std::to_string(silent.port()) + ": no answer in time");
}

TEST(PeerLinks, AnAddressThatDoesNotAnswerLeavesTimeForTheNext) {
  PeerHost host({.dial_timeout_ms = 2'000});
  const SilentPort silent;
  const std::uint16_t port = host.listen(PeerPort::quorum);
  host.links.dial(PeerPort::quorum, server_2, {{"127.0.0.1", silent.port()}, {"127.0.0.1", port}});
  host.opened(true);
  EXPECT_EQ(host.count(PeerTold::dial_failed), 0U);
}

TEST(PeerLinks, DialsRunAtTheSameTime) {
  PeerHost host({.dial_timeout_ms = 60'000});
  const SilentPort silent;
  const std::uint16_t port = host.listen(PeerPort::quorum);
  host.links.dial(PeerPort::quorum, ServerId{3}, {{"127.0.0.1", silent.port()}});
  host.links.dial(PeerPort::quorum, server_2, {{"localhost", port}});
  host.opened(true);
  EXPECT_EQ(host.count(PeerTold::dial_failed), 0U);
}

TEST(PeerLinks, DialsThatAreUnderWayEndQuietlyAtAStop) {
  PeerHost host({.dial_timeout_ms = 1});
  const SilentPort silent;
  const std::uint16_t port = host.listen(PeerPort::quorum);
  host.links.dial(PeerPort::quorum, server_2, {{"127.0.0.1", silent.port()}});
  host.links.dial(PeerPort::quorum, server_2, {{"localhost", port}});
  host.links.dial(PeerPort::quorum, server_2, {});
  host.links.stop();
  host.context.run();  // until nothing waits any more
  host.pump_once();
  EXPECT_TRUE(host.history.empty());
}

// ---- bytes ----------------------------------------------------------------------------------------------------------

TEST(PeerLinks, MegabytesGoBothWaysAtOnce) {
  const Seed seed(11);
  auto random = seed.engine();
  PeerHost host;
  const std::uint16_t port = host.listen(PeerPort::quorum);
  host.links.dial(PeerPort::quorum, server_2, {{"127.0.0.1", port}});
  const LinkId ends[] = {host.opened(true), host.opened(false)};
  std::string sent[2];
  for (int i = 0; i < 400; ++i) {
    const std::size_t end = random() % 2;
    const std::string part(random() % 20'000, static_cast<char>('a' + i % 26));
    sent[end] += part;
    host.send(ends[end], part);
    if (i % 10 == 0) host.pump_once();
  }
  std::string got[2];
  host.pump_until([&] {
    got[0] = host.received(ends[0]), got[1] = host.received(ends[1]);
    return got[0].size() >= sent[1].size() && got[1].size() >= sent[0].size();
  });
  EXPECT_TRUE(got[0] == sent[1]);
  EXPECT_TRUE(got[1] == sent[0]);
}

TEST(PeerLinks, ALinkIsReadFromOnceInAStep) {
  PeerHost host;
  Peer peer(host.listen(PeerPort::quorum));
  const LinkId link = host.opened(false);
  std::size_t chunks_in_step = 0, chunks_max = 0;
  host.core = [&](const PeerTold& told) { chunks_max = std::max(chunks_max, chunks_in_step += told.link == link); };
  const std::string sent(1 << 20, 'x');
  std::thread sender([&] { peer.send(sent); });
  host.pump_until([&] { return chunks_in_step = 0, host.received(link).size() == sent.size(); });
  sender.join();
  EXPECT_EQ(chunks_max, 1U);
  for (const PeerTold& told : host.all(PeerTold::chunk)) EXPECT_LE(told.text.size(), limits::client_read_chunk);
}

TEST(PeerLinks, APausedLinkIsNotReadFromAndItsPeerHasToWait) {
  PeerHost host;
  Peer peer(host.listen(PeerPort::quorum));
  const LinkId link = host.opened(false);
  host.links.pause_reading(link);
  std::thread sender([&] { peer.send(std::string(32 << 20, 'x')); });
  Peer clock(host.listen(PeerPort::election));
  ASSERT_TRUE(host.pump_until_told(PeerTold::opened, 2));
  clock.send("tick");
  ASSERT_TRUE(host.pump_until_told(PeerTold::chunk));
  EXPECT_EQ(host.received(link).size(), 0U);
  host.links.resume_reading(link);
  std::size_t got = 0;
  host.core = [&](const PeerTold& told) { got += told.link == link ? told.text.size() : 0; };
  host.pump_until([&] { return host.history.clear(), got == 32U << 20; });
  sender.join();
}

TEST(PeerLinks, APeerThatReadsLateGetsEverythingAndThenTheLinkIsDrained) {
  PeerHost host;
  Peer peer(host.listen(PeerPort::quorum), 4096);
  const LinkId link = host.opened(false);
  std::string sent;
  for (int i = 0; i < 64; ++i) {
    sent += std::string(256 << 10, static_cast<char>('a' + i % 26));
    host.send(link, std::string(256 << 10, static_cast<char>('a' + i % 26)));
  }
  host.pump_once();
  const std::size_t drained_before = host.count(PeerTold::drained);
  EXPECT_TRUE(pump_bytes(host, peer, sent.size()) == sent);
  ASSERT_TRUE(host.pump_until_told(PeerTold::drained, drained_before + 1));
}

// ---- the end --------------------------------------------------------------------------------------------------------

TEST(PeerLinks, WhatWasSentBeforeTheEndIsToldBeforeIt) {
  PeerHost host;
  Peer peer(host.listen(PeerPort::election));
  const LinkId link = host.opened(false);
  peer.send("dial me");
  peer.close();
  ASSERT_TRUE(host.pump_until_told(PeerTold::closed));
  EXPECT_EQ(host.received(link), "dial me");
  EXPECT_EQ(host.history.back().kind, PeerTold::closed);
  host.send(link, "nobody");
  host.links.close_now(link);
}

TEST(PeerLinks, AHalfClosedLinkIsClosed) {
  PeerHost host;
  Peer peer(host.listen(PeerPort::quorum));
  host.opened(false);
  peer.end_writing();
  ASSERT_TRUE(host.pump_until_told(PeerTold::closed));
  ASSERT_TRUE(pump_to_the_end(host, peer));
  EXPECT_EQ(host.count(PeerTold::closed), 1U);
}

TEST(PeerLinks, AResetIsToldOnce) {
  PeerHost host;
  const std::uint16_t port = host.listen(PeerPort::quorum);
  Peer peer(port);
  const LinkId link = host.opened(false);
  peer.reset();
  ASSERT_TRUE(host.pump_until_told(PeerTold::closed));
  host.send(link, "nobody");
  Peer other(port);
  ASSERT_TRUE(host.pump_until_told(PeerTold::opened, 2));
  EXPECT_EQ(host.count(PeerTold::closed), 1U);
}

// The writer finds out, in the middle of a step that looks at a chunk of the same link.
TEST(PeerLinks, ALinkThatFailsWhileItIsWrittenToIsTold) {
  PeerHost host;
  Peer peer(host.listen(PeerPort::quorum));
  const LinkId link = host.opened(false);
  host.core = [&](const PeerTold& told) {
    if (told.kind != PeerTold::chunk) return;
    peer.reset();
    for (int i = 0; i < 3; ++i) host.send(link, std::string(1000, 'x'));
  };
  peer.send("request");
  ASSERT_TRUE(host.pump_until_told(PeerTold::closed));
  EXPECT_EQ(host.received(link), "request");
}

TEST(PeerLinks, CloseAfterSendDeliversAllAndTellsNothing) {
  PeerHost host;
  Peer peer(host.listen(PeerPort::quorum), 4096);
  const LinkId link = host.opened(false);
  const std::string answer(8 << 20, 'x');
  peer.send("what nobody will read");
  host.send(link, answer);
  host.links.close_after_send(link);
  host.send(link, "too late");
  EXPECT_TRUE(pump_bytes(host, peer, std::string::npos) == answer);
  EXPECT_TRUE(peer.ended());
  EXPECT_FALSE(peer.failed());
  EXPECT_EQ(host.count(PeerTold::chunk) + host.count(PeerTold::closed), 0U);
}

TEST(PeerLinks, CloseNowClosesAtOnce) {
  PeerHost host;
  Peer peer(host.listen(PeerPort::quorum));
  host.links.close_now(host.opened(false));
  ASSERT_TRUE(pump_to_the_end(host, peer));
  EXPECT_EQ(host.count(PeerTold::closed), 0U);
}

TEST(PeerLinks, AStopDeliversWhatWasSentAndDoesNotWaitForASilentPeer) {
  PeerHost host({.linger_at_stop_ms = 50});
  const std::uint16_t port = host.listen(PeerPort::quorum);
  Peer stuck(port, 4096), reads(port);
  ASSERT_TRUE(host.pump_until_told(PeerTold::opened, 2));
  const auto opened = host.all(PeerTold::opened);
  host.send(opened[0].link, std::string(16 << 20, 'x'));
  host.send(opened[1].link, "goodbye");
  const auto begun = std::chrono::steady_clock::now();
  host.links.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(limits::link_linger_ms / 2));
  reads.wait_for_input();
  EXPECT_EQ(reads.take(), "goodbye");
  EXPECT_EQ(host.count(PeerTold::closed), 0U);
}

// ---- names ----------------------------------------------------------------------------------------------------------

TEST(PeerLinks, HaveIdsThatNoClientLinkHas) {
  PeerHost host;
  const std::uint16_t port = host.listen(PeerPort::quorum);
  std::set<std::uint64_t> ids;
  for (std::size_t i = 1; i <= 20; ++i) {
    const Peer peer(port);
    ASSERT_TRUE(host.pump_until_told(PeerTold::opened, i));
    const LinkId link = host.all(PeerTold::opened).back().link;
    EXPECT_GE(net::LinkSet::thread_of(link), net::LinkSet::threads_max);
    ids.insert(link.value);
    host.links.close_now(link);
  }
  EXPECT_EQ(ids.size(), 20U);
}

}  // namespace
}  // namespace zabra::test
