// Bugs that other servers had with what stands, or does not stand, on their disks.
#include <gtest/gtest.h>

#include "tests/sim/scenarios/parts.h"

namespace zabra::sim {
namespace {

const std::string data_directory = "/data/version-2", log_directory = "/log/version-2";

std::string content_of(test::SimFiles& files, const std::string& path) {
  const auto size = files.size(path);
  const auto file = files.open(path, storage::OpenMode::read);
  if (!size || !file) return {};
  std::string bytes(*size, '\0');
  const auto read = (*file)->read(0, bytes.data(), bytes.size());
  bytes.resize(read ? *read : 0);
  return bytes;
}

// The paths of all files below.
std::vector<std::string> files_below(test::SimFiles& files, const std::string& directory) {
  std::vector<std::string> found;
  const auto names = files.list(directory);
  if (!names) return found;
  for (const std::string& name : *names) {
    const std::string path = directory + "/" + name;
    const std::vector<std::string> below = files_below(files, path);
    found.insert(found.end(), below.begin(), below.end());
    if (below.empty() && files.size(path)) found.push_back(path);
  }
  return found;
}

// Server 3 leads and has one transaction more on its disk than anybody else, when its links end.
void strand_the_leader(Story& story, const std::string& path) {
  story.start_all();
  {
    Caller caller(story, 3);
    story.await_service();
    story.silence(3);
    caller.send(Op::create, create_body(path, "", 0));
    story.run(100 * ms);
  }
  ASSERT_EQ(story.log_of(3).size(), story.log_of(1).size() + 1);
  story.cut_off(3);
  ASSERT_TRUE(story.await([&] { return story.leads(2) && !story.leads(3); }));
  Caller caller(story, 2);
  EXPECT_TRUE(caller.create("/next").is_ok());
}

// What waits for the leader's, or a follower's, disk when a leadership ends reaches the disk before the next begins.
TEST(KnownBugs, Zookeeper4712_WhatWaitsForTheDiskWhenALeadershipEndsIsNoPartOfTheNext) {
  for (const Node slow : {3, 1}) {
    SCOPED_TRACE(slow);
    Story story;
    story.start_all();
    Caller caller(story, 3);
    story.await_service();
    story.server(slow).hold_disk(true);
    story.silence(3, 2);
    story.silence(3, slow == 3 ? 1 : 2);
    caller.send(Op::create, create_body("/late", "", 0));
    story.run(50 * ms);
    story.cut_off(3);
    if (slow == 3) {
      ASSERT_TRUE(story.await([&] { return story.leads(2); }));
      Caller next(story, 2);
      EXPECT_TRUE(next.create("/next").is_ok());
    } else {
      story.run(100 * ms);
    }
    story.heal();
    story.run(100 * ms);
    story.server(slow).hold_disk(false);
    const SeenTree tree = story.expect_same_everywhere();
    EXPECT_TRUE(slow == 1 || !tree.contains("/late")) << "nobody else had it";
    story.lose_power_everywhere();
    story.start_all();
    EXPECT_EQ(story.expect_same_everywhere().contains("/late"), tree.contains("/late"));
  }
}

// A log that can't be cut is no log to serve with.
TEST(KnownBugs, Zookeeper3701_AServerThatCannotCutItsLogDoesNotJoin) {
  for (const auto kind : {storage::FileFault::Kind::no_space, storage::FileFault::Kind::io}) {
    Story story;
    strand_the_leader(story, "/tail");
    story.server(3).files().fail_when([kind](const std::string&, const std::string& path) {
      return path.starts_with(log_directory) ? std::optional(kind) : std::nullopt;
    });
    story.heal();
    EXPECT_FALSE(story.await([&] { return story.serves(3); }, 5 * second));
    EXPECT_EQ(story.take_end(3).has_value(), !story.is_up(3));
    story.server(3).files().fail_when(nullptr);
    story.start({3});
    EXPECT_FALSE(story.expect_same_everywhere().contains("/tail"));
  }
}

enum class Harm { removed, emptied, half, damaged };

void harm(test::SimFiles& files, const std::string& path, Harm how) {
  if (how == Harm::removed) return void(files.remove(path));
  const std::string content = content_of(files, path);
  const std::size_t half = content.size() / 2;
  const auto file = files.open(path, storage::OpenMode::modify);
  ASSERT_TRUE(file);
  const auto done = how == Harm::damaged
                        ? (*file)->write(half, half < content.size() && content[half] == 'Z' ? "Y" : "Z")
                        : (*file)->truncate(how == Harm::emptied ? 0 : half);
  ASSERT_TRUE(done && (*file)->sync());
}

// Whatever file of a server's disk is missing, empty, cut or damaged: it refuses to start, or it comes to serve all
// that it must. It never serves less.
TEST(KnownBugs, Zookeeper3644_2325_RaftKeeper363_240_ADiskThatIsNotWholeIsNeverServedAsIfItWere) {
  std::size_t files_harmed = 0, refused = 0;
  for (std::size_t which = 0;; ++which) {
    bool was_there = false;
    for (const Harm how : {Harm::removed, Harm::emptied, Harm::half, Harm::damaged}) {
      Story story;
      story.start_all();
      story.outgrow_the_log();
      story.stop(1);
      test::SimFiles& disk = story.server(1).files();
      std::vector<std::string> paths = files_below(disk, data_directory);
      for (std::string& path : files_below(disk, log_directory)) paths.push_back(std::move(path));
      if (which >= paths.size()) break;
      was_there = true;
      ++files_harmed;
      SCOPED_TRACE(testing::Message() << paths[which] << ", harm " << static_cast<int>(how));
      harm(disk, paths[which], how);
      story.start({1});
      if (!story.is_up(1)) {
        ++refused;
        EXPECT_TRUE(story.take_end(1).value_or("").starts_with("start refused: "));
      }
      story.expect_same_trees();
    }
    if (!was_there) break;
  }
  EXPECT_GE(files_harmed, 16U);
  EXPECT_GE(refused, 8U);
}

// A check is a part of a multi. Alone it is refused, and nothing of it is logged.
TEST(KnownBugs, Zookeeper2623_ACheckOutsideAMultiIsRefusedAndNotLogged) {
  Story story;
  story.start_all();
  for (const Node server : {1, 3}) {
    Caller caller(story, server);
    EXPECT_EQ(caller.ask(Op::check, Out().text("/").i32(0).bytes()).error, -6);
    EXPECT_TRUE(story.await([&] { return !caller.is_connected(); }));
  }
  story.expect_same_everywhere();
  story.lose_power_everywhere();
  story.start_all();
  story.expect_same_everywhere();
}

// After its log was cut a server acknowledges what is on its disk, not what once was.
TEST(KnownBugs, ClickHouse102629_WhatWasDurableBeforeACutIsNotDurableBehindIt) {
  Story story;
  strand_the_leader(story, "/tail");
  CountedPackets cuts(story, PacketKind::trunc, 3);
  story.heal();
  EXPECT_FALSE(story.expect_same_everywhere().contains("/tail"));
  ASSERT_EQ(cuts.count(), 1);
  Caller caller(story, 2);
  story.kill(1);
  story.server(3).hold_disk(true);
  const std::size_t write = caller.send(Op::create, create_body("/needs-two-disks", "", 0));
  story.run(300 * ms);
  EXPECT_FALSE(caller.has_answer(write));
  story.server(3).hold_disk(false);
  EXPECT_TRUE(caller.answer(write).is_ok());
  story.lose_power(2);
  story.start({1});
  EXPECT_TRUE(story.expect_same_everywhere().contains("/needs-two-disks"));
}

std::int64_t epoch_on_disk(Story& story, Node id, const std::string& name) {
  const std::string text = content_of(story.server(id).files(), data_directory + "/" + name);
  return text.empty() ? 0 : std::stoll(text);
}

// The epoch that a server has promised to others is on its disk after any crash; so it promises none twice.
TEST(KnownBugs, ClickHouse113654_AnEpochThatWasPromisedIsThereAfterAnyCrash) {
  for (const Node who : {1, 3}) {
    at_every_step([who](std::uint64_t step) {
      Story story({.seed = step});
      story.start_all();
      story.lose_power_everywhere();
      std::int64_t told = 0, promised = 0;
      story.on_packet([&](Packet& packet) {
        if (packet.is(PacketKind::leader_info, who)) told = packet.zxid >> 32;
        if (packet.from != who) return Fate::deliver;
        if (packet.kind == PacketKind::ack_epoch) promised = std::max(promised, told);
        if (packet.kind == PacketKind::leader_info) promised = std::max(promised, packet.zxid >> 32);
        return Fate::deliver;
      });
      story.server(who).crash_at_disk_step(step);
      story.start({1, 2, 3});
      story.await([&] { return !story.is_up(who) || story.serves(who); });
      const bool was_cut = !story.is_up(who);
      story.server(who).crash_at_disk_step(0);
      if (was_cut) {
        EXPECT_GE(epoch_on_disk(story, who, "acceptedEpoch"), promised);
        EXPECT_GE(epoch_on_disk(story, who, "acceptedEpoch"), epoch_on_disk(story, who, "currentEpoch"));
      }
      story.start({who});
      story.expect_same_everywhere();
      return was_cut;
    });
  }
}

// The state and the zxid that it stands for are one: nothing is applied twice, nothing is left out, wherever a stop and
// its checkpoint are cut.
TEST(KnownBugs, Etcd13766_ACheckpointAndItsZxidAreStoredAsOne) {
  at_every_step([](std::uint64_t step) {
    Story story({.seed = step});
    story.start_all();
    {
      Caller caller(story, 1);
      EXPECT_TRUE(caller.create("/counted").is_ok());
      for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(caller.set("/counted", std::to_string(i)).is_ok());
        EXPECT_TRUE(caller.ask(Op::create, create_body("/counted/", "", sequential_flag)).is_ok());
      }
      EXPECT_TRUE(caller.close().is_ok());
    }
    story.await_service();
    story.server(1).crash_at_disk_step(step);
    story.server(1).stop();
    EXPECT_TRUE(story.await([&] { return !story.is_up(1); }));
    const bool was_cut = story.was_cut(1);
    story.start({1});
    const SeenTree tree = story.expect_same_everywhere();
    EXPECT_EQ(tree.at("/counted").stat.version, 3);
    EXPECT_EQ(tree.at("/counted").stat.cversion, 3);
    return was_cut;
  });
}

// One server alone, too, answers what is on its disk.
TEST(KnownBugs, Etcd14370_OneServerAloneAnswersNothingThatIsNotOnItsDisk) {
  Story story({.voters = 1});
  story.start_all();
  Caller caller(story, 1);
  story.server(1).hold_disk(true);
  const std::size_t write = caller.send(Op::create, create_body("/a", "", 0));
  story.run(300 * ms);
  EXPECT_FALSE(caller.has_answer(write));
  story.server(1).hold_disk(false);
  EXPECT_TRUE(caller.answer(write).is_ok());
  story.lose_power(1);
  story.start_all();
  EXPECT_TRUE(story.expect_same_everywhere().contains("/a"));
}

}  // namespace
}  // namespace zabra::sim
