// The links of the election ports as stories of one server among others: what it dials, writes and closes.
#include "zab/election_links.h"

#include <gtest/gtest.h>

namespace zabra::zab {
namespace {

constexpr ServerId one{1}, two{2}, three{3}, stranger{9};
constexpr std::int64_t greeting_limit = 500;
using Actions = std::vector<LinkAction>;

LinkAction dial(ServerId server, std::string address = "") {
  return DialPeer{server, std::move(address)};
}
LinkAction write(std::uint64_t link, std::string bytes) {
  return WriteLink{{link}, std::move(bytes)};
}
LinkAction close(std::uint64_t link) {
  return CloseLink{{link}};
}

class Story {
 public:
  explicit Story(ServerId self) : links(self, "I am " + std::to_string(self.value), greeting_limit) {}

  Story& want(ServerSet servers) {
    return act([&] { links.want(servers, now); });
  }
  Story& opened(std::uint64_t link, std::optional<ServerId> dialled = std::nullopt) {
    return act([&] { links.opened({link}, dialled, now); });
  }
  Story& handshake(std::uint64_t link, ServerId from, std::string address = "") {
    return act([&] { links.handshake({link}, from, std::move(address), now); });
  }
  Story& closed(std::uint64_t link) {
    return act([&] { links.closed({link}, now); });
  }
  Story& dial_failed(ServerId server) {
    return act([&] { links.dial_failed(server, now); });
  }
  Story& send(ServerId to, std::string message) {
    return act([&] { links.send(to, std::move(message)); });
  }
  // Until the next deadline, and no longer than that.
  Story& wait(std::int64_t ms) {
    now = now + ms;
    return act([&] { links.tick(now); });
  }
  Actions done() { return std::exchange(actions, {}); }

  MonotonicTime now{1'000};
  ElectionLinks links;
  Actions actions;

 private:
  template <typename Act>
  Story& act(Act&& it) {
    it();
    for (LinkAction& action : links.take_actions()) actions.push_back(std::move(action));
    return *this;
  }
};

// ---- which link of a pair survives ----

TEST(ElectionLinks, TheLargerDialsGreetsAndKeepsTheLink) {
  Story story(two);
  EXPECT_EQ(story.want({one, two}).done(), Actions{dial(one)}) << "not itself";
  EXPECT_EQ(story.opened(7, one).done(), Actions{write(7, "I am 2")});
  EXPECT_EQ(story.links.live(), ServerSet{one});
  EXPECT_EQ(story.links.sender_of({7}), one);
}

TEST(ElectionLinks, TheSmallerWaitsThenDialsGreetsAndClosesToBeDialledBack) {
  Story story(two);
  EXPECT_EQ(story.want({three}).done(), Actions{});
  EXPECT_EQ(story.links.next_deadline(), story.now + dial_smaller_waits_ms);
  EXPECT_EQ(story.wait(dial_smaller_waits_ms).done(), Actions{dial(three)});
  EXPECT_EQ(story.opened(7, three).done(), (Actions{write(7, "I am 2"), close(7)}));
  EXPECT_EQ(story.links.live(), ServerSet{});
  EXPECT_EQ(story.opened(8).handshake(8, three).done(), Actions{});
  EXPECT_EQ(story.links.live(), ServerSet{three});
  EXPECT_EQ(story.links.next_deadline(), std::nullopt) << "no more dials";
}

TEST(ElectionLinks, TheSmallerAsksAgainWhenItIsNotDialledBack) {
  Story story(two);
  story.want({three}).wait(dial_smaller_waits_ms).opened(7, three).done();
  EXPECT_EQ(story.wait(dial_retry_min_ms).done(), Actions{dial(three)});
}

TEST(ElectionLinks, ASmallersGreetingIsAnsweredByDialingWhereItSays) {
  Story story(two);
  story.want({one}).dial_failed(one).done();
  EXPECT_EQ(story.opened(7).handshake(7, one, "host:1").done(), (Actions{close(7), dial(one, "host:1")}));
  EXPECT_EQ(story.opened(8).handshake(8, one, "host:1").done(), Actions{close(8)}) << "the dial is under way";
  story.dial_failed(one);
  EXPECT_EQ(story.wait(dial_retry_max_ms).done(), Actions{dial(one)}) << "where the configuration says";
}

TEST(ElectionLinks, ASmallerThatDialsHasLostTheLinkThatWeStillHave) {
  Story story(two);
  story.want({one}).opened(7, one).done();
  EXPECT_EQ(story.opened(8).handshake(8, one, "").done(), (Actions{close(7), close(8), dial(one)}));
  EXPECT_EQ(story.links.live(), ServerSet{});
  EXPECT_EQ(story.closed(7).done(), Actions{}) << "the end of the old one is no news";
  EXPECT_EQ(story.opened(9, one).done(), Actions{write(9, "I am 2")});
}

TEST(ElectionLinks, ANewerLinkOfTheLargerReplacesTheOlder) {
  Story story(two);
  story.want({three}).opened(7).handshake(7, three).done();
  EXPECT_EQ(story.opened(8).handshake(8, three).done(), Actions{close(7)});
  EXPECT_EQ(story.closed(7).links.live(), ServerSet{three});
  EXPECT_EQ(story.links.sender_of({7}), std::nullopt) << "what was said over it is no longer heard";
  EXPECT_EQ(story.links.sender_of({8}), three);
}

TEST(ElectionLinks, WhereTheLargerHasDialledMeanwhileOurOwnDialIsDropped) {
  Story story(two);
  story.want({three}).wait(dial_smaller_waits_ms).opened(8).handshake(8, three).done();
  EXPECT_EQ(story.opened(7, three).done(), Actions{close(7)}) << "without a greeting, which would end link 8";
  EXPECT_EQ(story.links.live(), ServerSet{three});
}

TEST(ElectionLinks, NobodyIsItsOwnPeer) {
  Story story(two);
  EXPECT_EQ(story.opened(7).handshake(7, two).done(), Actions{close(7)});
}

// ---- when to dial ----

TEST(ElectionLinks, AFailedDialIsTriedAgainLessAndLessOften) {
  Story story(two);
  story.want({one}).done();
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 7; ++i) {
    story.dial_failed(one);
    waits.push_back(story.links.next_deadline().value() - story.now);
    EXPECT_EQ(story.wait(waits.back() - 1).done(), Actions{});
    EXPECT_EQ(story.wait(1).done(), Actions{dial(one)});
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{100, 200, 400, 800, 1'600, 2'000, 2'000}));
}

TEST(ElectionLinks, ALinkThatLastedIsDialledAgainAtOnceOneThatDidNotLater) {
  Story story(two);
  story.want({one}).opened(7, one).wait(dial_retry_max_ms).done();
  EXPECT_EQ(story.closed(7).done(), Actions{dial(one)});
  EXPECT_EQ(story.opened(8, one).done(), Actions{write(8, "I am 2")});
  EXPECT_EQ(story.closed(8).done(), Actions{});
  EXPECT_EQ(story.wait(dial_retry_min_ms).done(), Actions{dial(one)});
}

TEST(ElectionLinks, WhoIsWantedNoMoreIsDroppedAndDialledNoMore) {
  Story story(three);
  story.want({one, two}).opened(7, one).done();
  EXPECT_EQ(story.want({}).done(), Actions{close(7)});
  EXPECT_EQ(story.opened(8, two).done(), Actions{close(8)}) << "dialled before";
  EXPECT_EQ(story.closed(7).wait(60'000).done(), Actions{});
  EXPECT_EQ(story.links.next_deadline(), std::nullopt);
}

TEST(ElectionLinks, WantingTheSameAgainChangesNothing) {
  Story story(two);
  story.want({one}).opened(7, one).done();
  EXPECT_EQ(story.want({one}).done(), Actions{});
  EXPECT_EQ(story.links.live(), ServerSet{one});
}

// ---- strangers ----

TEST(ElectionLinks, AJoinerIsDialledBackAndForgottenWhenItGoes) {
  Story story(three);
  EXPECT_EQ(story.opened(7).handshake(7, one, "new:1").done(), (Actions{close(7), dial(one, "new:1")}));
  EXPECT_EQ(story.opened(8, one).send(one, "vote").done(), (Actions{write(8, "I am 3"), write(8, "vote")}));
  EXPECT_EQ(story.closed(8).wait(60'000).done(), Actions{}) << "it asks when it wants to";
  EXPECT_EQ(story.send(one, "vote").done(), Actions{});
}

TEST(ElectionLinks, ALargerJoinersLinkIsKept) {
  Story story(two);
  EXPECT_EQ(story.opened(7).handshake(7, stranger).send(stranger, "vote").done(), Actions{write(7, "vote")});
  EXPECT_EQ(story.want({one, stranger}).done(), Actions{dial(one)}) << "and serves when it becomes a member";
}

TEST(ElectionLinks, OnlySoManyStrangersAreAnswered) {
  Story story(ServerId{1'000});
  for (std::uint64_t i = 0; i < strangers_max; ++i) story.opened(i).handshake(i, ServerId{2'000 + static_cast<int>(i)});
  EXPECT_EQ(story.done(), Actions{});
  EXPECT_EQ(story.opened(9'999).handshake(9'999, ServerId{9'999}).done(), Actions{close(9'999)});
  story.closed(0);
  EXPECT_EQ(story.opened(9'998).handshake(9'998, ServerId{9'999}).done(), Actions{}) << "there is room again";
}

TEST(ElectionLinks, AnAcceptedLinkThatDoesNotGreetIsClosed) {
  Story story(two);
  story.opened(7).wait(greeting_limit - 1);
  EXPECT_EQ(story.done(), Actions{});
  EXPECT_EQ(story.wait(1).done(), Actions{close(7)});
  EXPECT_EQ(story.handshake(7, three).done(), Actions{}) << "too late";
  EXPECT_EQ(story.links.live(), ServerSet{});
}

TEST(ElectionLinks, OnlySoManyLinksMayBeSilent) {
  Story story(two);
  for (std::uint64_t i = 0; i < links_ungreeted_max; ++i) story.opened(i);
  EXPECT_EQ(story.done(), Actions{});
  EXPECT_EQ(story.opened(9'999).done(), Actions{close(9'999)});
}

// ---- messages ----

TEST(ElectionLinks, TheNewestMessageWaitsForTheLink) {
  Story story(two);
  EXPECT_EQ(story.want({one}).send(one, "first").send(one, "second").done(), Actions{dial(one)});
  EXPECT_EQ(story.opened(7, one).done(), (Actions{write(7, "I am 2"), write(7, "second")}));
  EXPECT_EQ(story.send(one, "third").done(), Actions{write(7, "third")});
}

TEST(ElectionLinks, TheLastMessageIsWrittenAgainOnEveryNewLink) {
  Story story(two);
  story.want({one, three})
      .opened(7, one)
      .opened(8)
      .handshake(8, three)
      .send(one, "to one")
      .send(three, "to three")
      .done();
  EXPECT_EQ(story.closed(7).wait(dial_retry_min_ms).opened(9, one).done(),
            (Actions{dial(one), write(9, "I am 2"), write(9, "to one")}));
  EXPECT_EQ(story.opened(10).handshake(10, three).done(), (Actions{close(8), write(10, "to three")}));
}

}  // namespace
}  // namespace zabra::zab
