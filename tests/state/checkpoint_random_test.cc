// A server that works, checkpoints and restarts at random, with replays that begin too early: after each restart it is
// what it was before, and what is on the disk is what was there when its last checkpoint was begun.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/state/applying.h"
#include "tests/state/disk.h"
#include "tests/state/random_requests.h"
#include "tests/support/seed.h"

namespace zabra::state {
namespace {

using namespace test;

class Life {
 public:
  explicit Life(std::mt19937_64& random) : random_(random), requests_(random) {
    open(Applying::alice);
    for (const char* path : {"/zookeeper/quota/a", "/zookeeper/quota/b"}) {
      run(create(path));
      run(create(std::string(path) + "/zookeeper_limits", "count=7,bytes=100"));
      run(create(std::string(path) + "/zookeeper_stats", ""));
    }
  }

  void step() {
    const std::size_t kind = zabra::test::pick(random_, 100);
    if (kind < 3) return open(any_session());
    if (kind < 5) return close(any_session());
    if (kind < 6) return delete_container(requests_.path());
    run(requests_.next());
  }
  void begin() {
    at_begin_ = picture_of(server_->machine);
    server_->machine.begin_checkpoint();
    tail_at_begin_ = server_->entries.size();
  }
  // True when it is on the disk.
  bool encode_some() {
    if (!server_->machine.encode_checkpoint_slice(zabra::test::pick(random_, 2000))) return false;
    disk_.write(server_->machine.take_checkpoint());
    server_->entries.erase(server_->entries.begin(), server_->entries.begin() + static_cast<long>(tail_at_begin_));
    EXPECT_EQ(loaded_picture(disk_), at_begin_);
    disk_.expect_no_idle_list();
    return true;
  }
  bool begun() const { return server_->machine.checkpoint_begun(); }

  // The process ends, in the middle of a checkpoint perhaps; the next one has the disk and the log.
  void restart() {
    const Picture before = picture_of(server_->machine);
    auto next = std::make_unique<Applying>();
    if (!disk_.entries.empty()) {
      const Outcome loaded = disk_.load_into(next->machine);
      ASSERT_TRUE(loaded) << loaded.fault().reason;
    }
    for (const std::string& entry : server_->entries) next->apply_entry(entry, {});
    next->zxid = server_->zxid;
    server_ = std::move(next);
    EXPECT_EQ(picture_of(server_->machine), before);
  }

  // The log's tail once more, from anywhere: as a replay that begins too early.
  void replay_some() {
    const Picture before = picture_of(server_->machine);
    NoEvents events;
    const std::vector<std::string>& log = server_->entries;
    for (std::size_t i = zabra::test::pick(random_, log.size() + 1); i < log.size(); ++i) {
      server_->machine.apply(*wire::decode_txn(log[i]), server_->checksum, events);
    }
    EXPECT_EQ(picture_of(server_->machine), before);
  }

  void expect_counted_quotas() {
    for (const std::string top : {"/a", "/b"}) {
      std::size_t count = 0, bytes = 0;
      for (const auto& [key, reply] : picture_of(server_->machine)) {
        if (key != "data " + top && !key.starts_with("data " + top + "/")) continue;
        ++count;
        bytes += wire::Reader(reply).read_nullable().value_or("").size();
      }
      EXPECT_EQ(server_->data("/zookeeper/quota" + top + "/zookeeper_stats"),
                "count=" + std::to_string(count) + ",bytes=" + std::to_string(bytes));
    }
  }

 private:
  SessionId any_session() { return {1 + static_cast<std::int64_t>(zabra::test::pick(random_, 6))}; }
  void open(SessionId session) {
    if (!server_->machine.is_open(session)) server_->open(session, 4000);
  }
  void close(SessionId session) {
    if (server_->machine.is_open(session)) server_->close(session);
  }
  void run(const Request& request) {
    const SessionId session = any_session();
    server_->run(request, server_->machine.is_open(session) ? session : Applying::alice);
  }
  void delete_container(const std::string& path) {
    std::string entry;
    server_->machine.prepare_delete_container(server_->next({}), path, entry);
    server_->apply_entry(entry, {});
  }

  std::mt19937_64& random_;
  RandomRequests requests_;
  std::unique_ptr<Applying> server_ = std::make_unique<Applying>();
  Disk disk_;
  Picture at_begin_;
  std::size_t tail_at_begin_ = 0;
};

TEST(CheckpointAtRandom, WhatIsLoadedIsWhatWasThereWhenItBegan) {
  zabra::test::Seed seed(7003);
  std::mt19937_64 random = seed.engine();
  Life life(random);
  int written = 0, restarts = 0;
  for (int step = 0; step < 2500 && !testing::Test::HasFailure(); ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    life.step();
    const std::size_t kind = zabra::test::pick(random, 100);
    if (kind < 5 && !life.begun()) {
      life.begin();
    } else if (kind < 30 && life.begun()) {
      written += life.encode_some() ? 1 : 0;
    } else if (kind == 99) {
      life.restart();
      ++restarts;
    } else if (kind == 98) {
      life.replay_some();
    } else if (kind == 97) {
      life.expect_counted_quotas();
    }
  }
  EXPECT_GT(written, 20);
  EXPECT_GT(restarts, 5);
}

}  // namespace
}  // namespace zabra::state
