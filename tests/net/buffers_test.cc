#include <gtest/gtest.h>

#include <arpa/inet.h>

#include <cstring>

#include "net/address.h"
#include "net/read_buffer.h"
#include "net/write_queue.h"

namespace zabra::net {
namespace {

// Reads `bytes` as a socket would give them: as much as there is room for at a time. Returns how often it read.
int receive(ReadBuffer& buffer, ChunkPool& pool, std::string_view bytes) {
  int reads = 0;
  for (; !bytes.empty(); ++reads) {
    const std::span<char> room = buffer.room(pool);
    const std::size_t size = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), size);
    buffer.received(size);
    bytes.remove_prefix(size);
    buffer.settle(pool);
  }
  return reads;
}

TEST(ReadBuffer, HoldsNoMemoryWhenNothingIsUnread) {
  ChunkPool pool;
  ReadBuffer buffer;
  EXPECT_EQ(buffer.capacity(), 0U);
  buffer.room(pool);
  buffer.received(10);
  buffer.consume(10);
  buffer.settle(pool);
  EXPECT_EQ(buffer.capacity(), 0U);
}

TEST(ReadBuffer, KeepsAFewUnreadBytesInAsMuchMemory) {
  ChunkPool pool;
  ReadBuffer buffer;
  receive(buffer, pool, "abcdefg");
  EXPECT_EQ(buffer.unread(), "abcdefg");
  EXPECT_EQ(buffer.capacity(), 7U);
  receive(buffer, pool, "hij");
  EXPECT_EQ(buffer.unread(), "abcdefghij");
}

TEST(ReadBuffer, GrowsWithTheBytesThatArrivedAndNoFaster) {
  ChunkPool pool;
  ReadBuffer buffer;
  const std::string megabyte(1 << 20, 'z');
  std::string_view rest = megabyte;
  while (!rest.empty()) {
    receive(buffer, pool, rest.substr(0, 10'000));
    rest.remove_prefix(std::min<std::size_t>(rest.size(), 10'000));
    ASSERT_LE(buffer.capacity(), std::max<std::size_t>(ChunkPool::chunk_bytes, 2 * buffer.unread().size()));
  }
  EXPECT_EQ(buffer.unread(), megabyte);
  buffer.consume(megabyte.size());
  buffer.settle(pool);
  EXPECT_EQ(buffer.capacity(), 0U);
}

TEST(ReadBuffer, UnreadBytesMoveToTheFrontWhenTheStepIsOver) {
  ChunkPool pool;
  ReadBuffer buffer;
  receive(buffer, pool, std::string(60'000, 'a') + std::string(5'000, 'b'));
  buffer.consume(60'000);
  buffer.settle(pool);
  EXPECT_EQ(buffer.unread(), std::string(5'000, 'b'));
  EXPECT_EQ(buffer.room(pool).size(), ChunkPool::chunk_bytes - 5'000);
}

TEST(WriteQueue, GivesBackWhatWasAddedInOrder) {
  WriteQueue queue;
  std::string first = "abcdef", second = "ghi", large(100'000, 'x');
  queue.add(first, 2);
  queue.add(second, 0);
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(queue.front(), "cdefghi");
  queue.taken(4);
  queue.add(large, 0);
  EXPECT_EQ(queue.front().substr(0, 4), "ghix");
  EXPECT_EQ(queue.size(), 100'003U);
  queue.taken(100'003);
  EXPECT_TRUE(queue.empty());
}

TEST(WriteQueue, ForgetsWhatWasTakenEvenWhenItIsNeverEmpty) {
  WriteQueue queue;
  std::string start(1000, 'x');
  queue.add(start, 0);
  for (int i = 0; i < 10'000; ++i) {
    std::string more(1000, 'y');
    queue.add(more, 0);
    queue.taken(1000);
    ASSERT_EQ(queue.size(), 1000U);
  }
}

PeerAddress v6(const char* text) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(2181);
  ::inet_pton(AF_INET6, text, &address.sin6_addr);
  sockaddr_storage raw{};
  std::memcpy(&raw, &address, sizeof address);
  return peer_address(raw);
}

TEST(PeerAddress, IsWrittenAsJavaDoes) {
  EXPECT_EQ(v6("::1").text, "0:0:0:0:0:0:0:1");
  EXPECT_EQ(v6("2001:db8::ff00:42:8329").text, "2001:db8:0:0:0:ff00:42:8329");
  EXPECT_EQ(v6("::ffff:10.1.2.3").text, "10.1.2.3");
  EXPECT_EQ(v6("::1").port, 2181);
}

}  // namespace
}  // namespace zabra::net
