// Vectors marked 10.n are the quorum protocol's reference; the others stand in captured_quorum.h. ZooKeeper 3.8.0 all.
#include "wire/election_packets.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "tests/support/seed.h"
#include "tests/wire/captured_quorum.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;
using Kind = NotificationFault::Kind;

constexpr const char* greeting_of_server_1 =
    "version=ffffffffffff0000 sid=0000000000000001 length=0000000f 3132372e302e302e313a3233333031";  // 10.1

std::string written(const ElectionGreeting& greeting) {
  std::string out;
  append_greeting(out, greeting);
  return out;
}

GreetingFound greeting_in(std::string_view bytes) {
  const GreetingCut front = cut_greeting(bytes);
  EXPECT_TRUE(std::holds_alternative<GreetingFound>(front)) << hex_of(bytes);
  return std::holds_alternative<GreetingFound>(front) ? std::get<GreetingFound>(front) : GreetingFound{};
}

std::string fault_in_greeting(std::string_view bytes) {
  const GreetingCut front = cut_greeting(bytes);
  return std::holds_alternative<Fault>(front) ? std::get<Fault>(front).reason : "";
}

std::string first_version(std::string_view addresses) {
  std::string out = hex("ffffffffffff0000 0000000000000001");
  Writer(out).write_string(addresses);
  return out;
}

TEST(ElectionGreeting, IsReadAndWrittenAsCaptured) {
  const std::string bytes = hex(greeting_of_server_1);
  const GreetingFound found = greeting_in(bytes + "behind");
  EXPECT_EQ(found.greeting.server, ServerId{1});
  EXPECT_EQ(found.greeting.addresses, (std::vector<HostPort>{{"127.0.0.1", 23301}}));
  EXPECT_EQ(found.consumed, bytes.size());
  EXPECT_EQ(hex_of(written(found.greeting)), hex_of(bytes));
}

TEST(ElectionGreeting, WithSeveralAddressesIsTheSecondVersion) {
  const ElectionGreeting greeting{ServerId{5}, {{"a.example", 3888}, {"::1", 3889}}};
  const std::string bytes = hex("ffffffffffff0001 0000000000000005 00000019") + "a.example:3888|[::1]:3889";
  EXPECT_EQ(hex_of(written(greeting)), hex_of(bytes));
  const GreetingFound found = greeting_in(bytes);
  EXPECT_EQ(found.greeting.server, ServerId{5});
  EXPECT_EQ(found.greeting.addresses, greeting.addresses);
}

TEST(ElectionGreeting, OfAnOldServerIsItsIdAlone) {
  const GreetingFound found = greeting_in(hex("0000000000000003") + "behind");
  EXPECT_EQ(found.greeting.server, ServerId{3});
  EXPECT_TRUE(found.greeting.addresses.empty());
  EXPECT_EQ(found.consumed, 8U);
  EXPECT_EQ(greeting_in(hex("7fffffffffffffff")).greeting.server, anonymous_server);
}

TEST(ElectionGreeting, EveryPrefixNeedsMoreButNeverMoreThanThereIs) {
  const std::string bytes = hex(greeting_of_server_1);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const GreetingCut front = cut_greeting(std::string_view(bytes).substr(0, size));
    ASSERT_TRUE(std::holds_alternative<NeedMore>(front)) << size;
    EXPECT_GE(std::get<NeedMore>(front).bytes, 1U);
    EXPECT_LE(size + std::get<NeedMore>(front).bytes, bytes.size()) << size;
  }
}

TEST(ElectionGreeting, ThatIsNoneIsAFault) {
  EXPECT_EQ(fault_in_greeting(hex("fffffffffffeffff")), "election greeting: no version -65537");
  EXPECT_EQ(fault_in_greeting(hex("ffffffffffffffff")), "election greeting: no version -1");
  const std::string front = hex("ffffffffffff0000 0000000000000001");
  EXPECT_EQ(fault_in_greeting(front + hex("00000000")), "election greeting: length of the addresses out of range: 0");
  EXPECT_EQ(fault_in_greeting(front + hex("ffffffff")), "election greeting: length of the addresses out of range: -1");
  EXPECT_EQ(fault_in_greeting(front + hex("00000801")),
            "election greeting: length of the addresses out of range: 2049");
  EXPECT_EQ(fault_in_greeting(front + hex("00000800")), "");
}

TEST(ElectionGreeting, WithoutAnAddressInItIsAFault) {
  for (const char* text : {"a", "a:", ":1", "a:0", "a:65536", "a:x", "a:1:2", "a:1|", "|", "[::1", "[::1]", "[::1]1",
                           "::1:1"}) {
    EXPECT_EQ(fault_in_greeting(first_version(text)).substr(0, 29), "election greeting: no address") << text;
  }
}

// ---- notifications --------------------------------------------------------------------------------------------------

const std::string captured_config =
    "server.1=127.0.0.1:23201:23301:participant\nserver.2=127.0.0.1:23202:23302:participant\n"
    "server.3=127.0.0.1:23203:23303:participant\nversion=0";

std::string leading_server_2() {  // 10.2
  return hex("000000b6 state=00000002 leader=0000000000000002 zxid=0000000000000000 round=0000000000000001 "
             "peerEpoch=0000000000000001 version=00000002 config=0000008a") +
         captured_config;
}

TEST(Notification, IsReadAndWrittenAsCaptured) {
  const std::string bytes = leading_server_2();
  const std::string stream = bytes + "behind";
  const auto frame = std::get<FrameCut>(cut_election_message(stream));
  EXPECT_EQ(frame.consumed, bytes.size());
  const auto notification = decode_notification(frame.body);
  ASSERT_TRUE(notification);
  EXPECT_EQ(notification->state, PeerState::leading);
  EXPECT_EQ(notification->leader, 2);
  EXPECT_EQ(notification->zxid, 0);
  EXPECT_EQ(notification->round, 1);
  EXPECT_EQ(notification->peer_epoch, 1);
  EXPECT_EQ(notification->version, 2);
  EXPECT_EQ(notification->config, NullableView(captured_config));
  std::string again;
  append_notification(again, *notification);
  EXPECT_EQ(hex_of(again), hex_of(bytes));
}

// Greeting and messages of one connection, written again.
std::string written_again(std::string_view stream, std::vector<Notification>& notifications) {
  const GreetingFound greeting = greeting_in(stream);
  std::string out = written(greeting.greeting);
  stream.remove_prefix(greeting.consumed);
  while (!stream.empty()) {
    const auto frame = std::get<FrameCut>(cut_election_message(stream));
    notifications.push_back(*decode_notification(frame.body));
    append_notification(out, notifications.back());
    stream.remove_prefix(frame.consumed);
  }
  return out;
}

TEST(ElectionStream, OfAVoterStartsWithAVoteForItself) {
  const std::string bytes = hex(captured_election_dialer);
  std::vector<Notification> notifications;
  EXPECT_EQ(hex_of(written_again(bytes, notifications)), hex_of(bytes));
  ASSERT_EQ(notifications.size(), 1U);
  EXPECT_EQ(notifications[0].state, PeerState::looking);
  EXPECT_EQ(notifications[0].leader, 3);
  EXPECT_EQ(notifications[0].round, 1);
}

TEST(ElectionStream, OfAnObserverVotesForNobody) {
  const std::string bytes = hex(captured_election_observer);
  std::vector<Notification> notifications;
  EXPECT_EQ(hex_of(written_again(bytes, notifications)), hex_of(bytes));
  ASSERT_EQ(notifications.size(), 1U);
  EXPECT_EQ(notifications[0].state, PeerState::looking);
  EXPECT_EQ(notifications[0].leader, not_voting);
  EXPECT_EQ(notifications[0].zxid, not_voting);
  EXPECT_EQ(notifications[0].peer_epoch, not_voting);
}

TEST(ElectionStream, TheAnswerToAnObserverNamesTheLeader) {
  const std::string bytes = hex(captured_election_answer);
  const auto frame = std::get<FrameCut>(cut_election_message(bytes));
  const auto answer = decode_notification(frame.body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->state, PeerState::leading);
  EXPECT_EQ(answer->leader, 3);
  EXPECT_EQ(answer->peer_epoch, 1);
}

const std::string message_front = hex("00000000 0000000000000002 0000000700000003 0000000000000005");  // 28 bytes

TEST(Notification, OfTwentyEightBytesHasTheEpochOfItsZxid) {
  const auto old = decode_notification(message_front);
  ASSERT_TRUE(old);
  EXPECT_EQ(old->peer_epoch, 7);
  EXPECT_EQ(old->version, 0);
  EXPECT_EQ(old->config, std::nullopt);
  const auto observer = decode_notification(hex("00000000 8000000000000000 ffffffffffffffff 0000000000000005"));
  ASSERT_TRUE(observer);
  EXPECT_EQ(observer->peer_epoch, -1);
}

TEST(Notification, OfFortyBytesHasNoVersion) {
  const auto old = decode_notification(message_front + hex("0000000000000009 00000001"));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->peer_epoch, 9);
  EXPECT_EQ(old->version, 0);
  EXPECT_EQ(old->config, std::nullopt);
}

TEST(Notification, OfTheFirstVersionHasNoConfig) {
  const auto first = decode_notification(message_front + hex("0000000000000009 00000001 00000000"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->version, 1);
  EXPECT_EQ(first->config, std::nullopt);
}

TEST(Notification, MayHaveAnEmptyConfigOrBytesBehindIt) {
  const std::string without = message_front + hex("0000000000000009 00000002 00000000");
  const auto empty = decode_notification(without);
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->config, NullableView(""));
  const std::string with_more = message_front + hex("0000000000000009 00000003 00000001 78") + "more";
  const auto newer = decode_notification(with_more);
  ASSERT_TRUE(newer);
  EXPECT_EQ(newer->version, 3);
  EXPECT_EQ(newer->config, NullableView("x"));
}

Kind kind_of_fault(std::string_view message) {
  const auto notification = decode_notification(message);
  EXPECT_FALSE(notification) << hex_of(message);
  return notification ? Kind{-1} : notification.fault().kind;
}

TEST(Notification, OfAnUnknownStateIsDropped) {
  const std::string rest = message_front.substr(4);
  EXPECT_EQ(kind_of_fault(hex("00000004") + rest), Kind::unknown_state);
  EXPECT_EQ(kind_of_fault(hex("ffffffff") + rest), Kind::unknown_state);
  EXPECT_TRUE(decode_notification(hex("00000003") + rest));
}

TEST(Notification, OfAnyOtherSizeIsAFault) {
  const std::string whole = leading_server_2().substr(4);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size == 28 || size == 40) continue;
    const Kind expected = size < 28 ? Kind::too_short : Kind::malformed;
    EXPECT_EQ(kind_of_fault(std::string_view(whole).substr(0, size)), expected) << size;
  }
  const std::string front = message_front + hex("0000000000000009 00000002");
  EXPECT_EQ(kind_of_fault(front + hex("ffffffff")), Kind::malformed);
  EXPECT_EQ(kind_of_fault(front + hex("fffffffe 0000")), Kind::malformed);
  EXPECT_EQ(kind_of_fault(front + hex("7fffffff 0000")), Kind::malformed);
}

TEST(ElectionMessage, EveryPrefixNeedsMoreAndABadLengthIsAFault) {
  const std::string bytes = leading_server_2();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const MessageCut front = cut_election_message(std::string_view(bytes).substr(0, size));
    ASSERT_TRUE(std::holds_alternative<NeedMore>(front)) << size;
    EXPECT_LE(size + std::get<NeedMore>(front).bytes, bytes.size()) << size;
  }
  EXPECT_TRUE(std::holds_alternative<NeedMore>(cut_election_message(hex("00080000"))));
  for (const char* length : {"00000000", "ffffffff", "00080001", "7fffffff"}) {
    EXPECT_TRUE(std::holds_alternative<Fault>(cut_election_message(hex(length)))) << length;
  }
}

TEST(ElectionPort, RandomBytesAreValuesOrFaults) {
  test::Seed seed(13);
  auto random = seed.engine();
  const std::string good_greeting = hex(greeting_of_server_1), good_message = leading_server_2().substr(4);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = round % 2 == 0 ? good_greeting : good_message;
    for (std::size_t hits = 1 + test::pick(random, 4); hits > 0; --hits) {
      bytes[test::pick(random, bytes.size())] = static_cast<char>(random());
    }
    bytes.resize(test::pick(random, bytes.size() + 1));
    const GreetingCut greeting = cut_greeting(bytes);
    if (const auto* found = std::get_if<GreetingFound>(&greeting)) { ASSERT_LE(found->consumed, bytes.size()); }
    const auto notification = decode_notification(bytes);
    if (notification && notification->config) { ASSERT_LE(notification->config->size(), bytes.size()); }
  }
}

}  // namespace
}  // namespace zabra::wire
