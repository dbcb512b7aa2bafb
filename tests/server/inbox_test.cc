// What waits for the next step, and how the loop is woken for it.
#include "server/inbox.h"

#include <gtest/gtest.h>

#include <thread>

#include "server/link_events.h"

namespace zabra::server {
namespace {

Zxid zxid(std::uint32_t counter) {
  return {0, counter};
}

replica::Event durable(std::uint32_t counter) {
  return replica::Durable{LogGeneration{}, zxid(counter), LogRoom{}};
}

std::vector<Zxid> taken(Inbox& inbox) {
  std::vector<replica::Event> events;
  inbox.collect();
  inbox.take(events);
  std::vector<Zxid> found;
  for (const replica::Event& event : events) found.push_back(std::get<replica::Durable>(event).last);
  return found;
}

TEST(Inbox, ABurstFromAnotherThreadWakesTheLoopOnce) {
  asio::io_context context;
  Inbox inbox(context);
  std::thread([&inbox] {
    for (std::uint32_t i = 1; i <= 3; ++i) inbox.post(durable(i));
  }).join();
  EXPECT_EQ(context.poll(), 1u);
  EXPECT_EQ(taken(inbox), (std::vector{zxid(1), zxid(2), zxid(3)}));
}

TEST(Inbox, WhatComesAfterCollectingWakesAgain) {
  asio::io_context context;
  Inbox inbox(context);
  inbox.post(durable(1));
  EXPECT_EQ(taken(inbox), std::vector{zxid(1)});
  inbox.post(durable(2));
  EXPECT_EQ(context.poll(), 2u);
  EXPECT_EQ(taken(inbox), std::vector{zxid(2)});
  EXPECT_EQ(taken(inbox), std::vector<Zxid>{});
}

TEST(Inbox, BuffersOfTheLogComeBackOnce) {
  asio::io_context context;
  Inbox inbox(context);
  std::string written(4096, 'x');
  const char* memory = written.data();
  written.clear();
  inbox.post(durable(1), std::move(written));
  inbox.collect();
  EXPECT_EQ(inbox.spare_buffer().data(), memory);
  EXPECT_EQ(inbox.spare_buffer().capacity(), std::string().capacity());
}

TEST(Inbox, AGiantBufferIsNotKept) {
  asio::io_context context;
  Inbox inbox(context);
  std::string written;
  written.reserve(64 << 20);
  inbox.post(durable(1), std::move(written));
  inbox.collect();
  EXPECT_EQ(inbox.spare_buffer().capacity(), std::string().capacity());
}

TEST(LinkEvents, OfTheLoopsThreadAreInTheInboxAtOnce) {
  asio::io_context context;
  Inbox inbox(context);
  LinkEvents links(inbox, LinkEvents::Where::loop_thread);
  links.on_frame(LinkId{7}, "body");
  ASSERT_EQ(inbox.told().size(), 1u);
  EXPECT_EQ(std::get<replica::Frame>(inbox.told()[0]).body, "body");
  EXPECT_FALSE(links.hand_over());
}

TEST(LinkEvents, OfAnotherThreadArriveWithTheirBatch) {
  asio::io_context context;
  Inbox inbox(context);
  LinkEvents links(inbox, LinkEvents::Where::own_thread);
  EXPECT_FALSE(links.hand_over());
  links.on_opened(LinkId{7}, {"127.0.0.1", 5});
  EXPECT_TRUE(links.hand_over());
  links.on_closed(LinkId{7});  // of the next batch
  EXPECT_TRUE(inbox.told().empty());
  links.deliver();
  ASSERT_EQ(inbox.told().size(), 1u);
  EXPECT_EQ(std::get<replica::Opened>(inbox.told()[0]).port, 5);
  EXPECT_TRUE(links.hand_over());
  links.deliver();
  ASSERT_EQ(inbox.told().size(), 2u);
  EXPECT_TRUE(std::holds_alternative<replica::Closed>(inbox.told()[1]));
}

}  // namespace
}  // namespace zabra::server
