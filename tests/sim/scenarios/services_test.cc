// What servers do for clients beyond the usual: local sessions, reads without a leader, a leader that serves nobody.
#include <gtest/gtest.h>

#include "tests/sim/scenarios/parts.h"

namespace zabra::sim {
namespace {

constexpr Services local_sessions{.local_sessions = true};
constexpr Services with_upgrading{.local_sessions = true, .upgrading = true};

bool owns(Caller& reader, Caller& owner, const std::string& path) {
  EXPECT_TRUE(reader.sync().is_ok());
  const Answer answer = reader.ask(Op::exists, path_body(path, false));
  if (!answer.is_ok()) return false;
  In in(answer.body);
  return NodeStat::read(in).owner == owner.session();
}

TEST(Services, ALocalSessionIsKnownToItsServerAlone) {
  Story story({.services = local_sessions});
  story.start_all();
  Caller caller(story, 1);
  EXPECT_TRUE(caller.create("/a", "mine").is_ok());
  EXPECT_TRUE(caller.create("/e", "", ephemeral_flag).is(ephemeral_on_local));
  EXPECT_TRUE(caller.connect(1));
  EXPECT_EQ(caller.data("/a"), "mine");
  EXPECT_FALSE(caller.connect(2));
  EXPECT_TRUE(caller.is_expired());
}

TEST(Services, ALocalSessionEndsWithItsServersRoleAndWhatItWroteStays) {
  Story story({.services = local_sessions});
  story.start_all();
  Caller caller(story, 1), other(story, 2);
  EXPECT_TRUE(caller.create("/a", "mine").is_ok());
  story.kill(1);
  story.start_all();
  EXPECT_FALSE(caller.connect(1));
  EXPECT_TRUE(caller.is_expired());
  EXPECT_TRUE(other.is_connected());
  story.expect_same_everywhere();
}

TEST(Services, TheFirstEphemeralMakesALocalSessionEverybodysUnderTheSameId) {
  Story story({.services = with_upgrading});
  story.start_all();
  Caller reader(story, 3), owner(story, 1);
  const std::int64_t id = owner.session();
  EXPECT_TRUE(owner.create("/e", "", ephemeral_flag).is_ok());
  EXPECT_TRUE(owns(reader, owner, "/e"));
  story.kill(1);
  ASSERT_TRUE(story.await([&] { return owner.connect(2, second); }));
  EXPECT_EQ(owner.session(), id);
  EXPECT_TRUE(owns(reader, owner, "/e"));
  EXPECT_TRUE(owner.close().is_ok());
  EXPECT_FALSE(owns(reader, owner, "/e"));
  story.start({1});
  story.expect_same_everywhere();
}

// The link to the leader ends before, in and behind each packet by which the session becomes everybody's: it has become so with
// its ephemeral, or neither is there.
TEST(Services, AnUpgradeThatIsCutShortLosesNoEphemeralThatWasAcknowledged) {
  at_every_packet([](std::uint64_t packet) {
    Story story({.services = with_upgrading});
    story.start_all();
    Caller owner(story, 1), reader(story, 2);
    std::uint64_t seen = 0;
    story.on_packet([&](Packet& its) {
      const bool is_it = its.kind != PacketKind::ping && (its.from == 1 || its.to == 1) && ++seen == packet;
      return is_it ? Fate::cut_after : Fate::deliver;
    });
    const bool was_told = owner.create("/e", "", ephemeral_flag).is_ok();
    story.on_packet(nullptr);
    story.await_service();
    EXPECT_TRUE(!was_told || owns(reader, owner, "/e"));
    EXPECT_TRUE(!owner.connect(2) || owner.sync().is_ok());
    EXPECT_TRUE(!was_told || !owner.is_expired());
    owner.vanish();
    story.run(20 * second);
    EXPECT_FALSE(owns(reader, owner, "/e"));
    story.expect_same_everywhere();
    return seen >= packet;
  });
}

TEST(Services, WhoIsCutOffReadsForThoseWhoWantThatAndSendsThemAwayForALeader) {
  Story story({.services = {.read_only_mode = true}});
  story.start_all();
  Caller writer(story, 2), reader(story), other(story);
  reader.accept_read_only();
  EXPECT_TRUE(writer.create("/a", "old").is_ok());
  story.await_service();
  story.cut_off(1);
  ASSERT_TRUE(story.await([&] { return reader.connect(1, second) && reader.is_read_only(); }));
  EXPECT_FALSE(other.connect(1));
  ASSERT_TRUE(story.await([&] { return story.leader() != 0 && (writer.is_connected() || writer.connect(2, second)); }));
  EXPECT_TRUE(writer.set("/a", "new").is_ok());
  EXPECT_EQ(reader.data("/a"), "old");
  EXPECT_TRUE(reader.create("/b").is(not_read_only));
  EXPECT_TRUE(reader.sync().is(not_read_only));
  EXPECT_TRUE(reader.is_connected());
  story.heal();
  EXPECT_TRUE(story.await([&] { return !reader.is_connected(); }));
  story.await_service();
  EXPECT_FALSE(reader.connect(1));
  EXPECT_TRUE(reader.is_expired());
  story.expect_same_everywhere();
}

// Who has seen more than a server that was cut off has, is not taken back by it.
TEST(Services, NobodyIsTakenBackByAServerThatReadsWithoutALeader) {
  Story story({.services = {.local_sessions = true, .read_only_mode = true}});
  story.start_all();
  Caller early(story), late(story);
  early.accept_read_only();
  late.accept_read_only();
  story.cut_off(1);
  ASSERT_TRUE(story.await([&] { return early.connect(1, second) && early.is_read_only(); }));
  ASSERT_TRUE(story.await([&] { return story.leader() != 0 && late.connect(2, second) && !late.is_read_only(); }));
  EXPECT_TRUE(late.create("/a").is_ok());
  EXPECT_TRUE(late.close().is_ok());
  EXPECT_FALSE(late.connect(1));
  EXPECT_FALSE(late.is_expired());
  EXPECT_FALSE(early.exists("/a"));
}

TEST(Services, ALeaderThatServesNobodyLeavesItsClientsToTheOthers) {
  Story story({.services = {.leader_serves = false}});
  story.start_all();
  const Node first = story.leader();
  Caller refused(story);
  EXPECT_FALSE(refused.connect(first));
  Caller caller(story, first == 1 ? 2 : 1);
  EXPECT_TRUE(caller.create("/e", "", ephemeral_flag).is_ok());
  story.kill(first);
  ASSERT_TRUE(story.await([&] { return story.leader() != 0; }));
  EXPECT_FALSE(refused.connect(story.leader()));
  const Node follower = 6 - first - story.leader();
  ASSERT_TRUE(story.await([&] { return caller.connect(follower, second); }));
  EXPECT_TRUE(caller.exists("/e"));
  EXPECT_TRUE(caller.create("/a").is_ok());
}

}  // namespace
}  // namespace zabra::sim
