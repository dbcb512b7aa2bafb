// Random requests on several connections, a disk that completes in random pieces, connections that break and come back:
// every reply is what a sequential model says of its zxid.
//
// The model keeps the tree after each zxid. A write is given its zxid when it arrives, so the model runs it then; a
// read may show any zxid that the connection has not gone behind, and then has to show exactly that state. With local
// sessions their opening takes none, and the first request for an ephemeral two.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <random>

#include "tests/replica/test_client.h"
#include "tests/support/seed.h"

namespace zabra::replica {
namespace {

using namespace test;
using state::test::create;
using state::test::remove;
using state::test::set_data;
using zabra::test::pick;
using zabra::test::Seed;

// A flat tree: data by path.
class Model {
 public:
  using Tree = std::map<std::string, std::string>;

  // `base`: the zxid before the first of the model's; what is read before that one may show a lower one.
  explicit Model(std::size_t base) : base_(base) {}

  // Each takes the next zxid, and gives the answer's line without the xid.
  std::string create(const std::string& path, const std::string& data) {
    const bool done = now_.try_emplace(path, data).second;
    return next(done ? "ok" : "NodeExists", done ? " " + path : "");
  }
  std::string set(const std::string& path, const std::string& data) {
    const auto found = now_.find(path);
    if (found != now_.end()) found->second = data;
    return next(found != now_.end() ? "ok" : "NoNode", "");
  }
  std::string remove(const std::string& path) { return next(now_.erase(path) == 1 ? "ok" : "NoNode", ""); }
  void session() { next("", ""); }

  std::string get(const std::string& path, std::size_t zxid) const {
    const Tree& tree = after_.at(zxid < base_ ? 0 : zxid - base_);
    const auto found = tree.find(path);
    const std::string at = " @" + std::to_string(zxid);
    return found == tree.end() ? "NoNode" + at : "ok" + at + " \"" + found->second + "\"";
  }
  std::size_t last() const { return base_ + after_.size() - 1; }

 private:
  std::string next(const std::string& answer, const std::string& shown) {
    after_.push_back(now_);
    return answer + " @" + std::to_string(last()) + shown;
  }
  const std::size_t base_;
  Tree now_;
  std::vector<Tree> after_{Tree{}};  // by zxid, from the base on
};

// What a connection has asked and not heard yet.
struct Expected {
  std::int32_t xid = 0;
  std::string line{};       // of a write
  std::string read_path{};  // of a read; a ping has neither
  bool is_ping = false;
  std::size_t at_least = 0;  // the session's last write when it was asked
};

struct Caller {
  std::unique_ptr<TestClient> client;
  std::deque<Expected> expected;
  std::size_t seen = 0;       // zxid
  std::size_t own_write = 0;  // zxid of the session's last write
  bool is_local = false;
  std::size_t answered = 0;
};

std::size_t zxid_of(const std::string& line) {
  return static_cast<std::size_t>(std::stoull(line.substr(line.find('@') + 1)));
}

enum class Sessions { global, local };

// Local ones need an ensemble; one server is enough.
Settings settings_for(Sessions kind) {
  Settings settings;
  if (kind == Sessions::global) return settings;
  EnsembleSettings& ensemble = settings.ensemble.emplace();
  ensemble.members.voters = {settings.server};
  ensemble.addresses[settings.server] = {{{"1", 2888}}, {{"1", 3888}}};
  ensemble.local_sessions = ensemble.local_sessions_upgrading = true;
  return settings;
}

class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed, Sessions kind = Sessions::global)
      : random_(seed), host_(disk_, settings_for(kind)), model_(serve()) {
    host_.keep_transcript = true;
    for (Caller& caller : callers_) {
      caller.client = std::make_unique<TestClient>(host_);
      caller.client->established(40'000);
      caller.is_local = kind == Sessions::local;
      if (!caller.is_local) model_.session();
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      act();
      host_.step();
      listen_to_all();
    }
    host_.settle();
    listen_to_all();
    for (const Caller& caller : callers_) EXPECT_TRUE(caller.expected.empty()) << "a request was never answered";
    EXPECT_EQ(host_.replica().status().local_sessions, local_ones());
    EXPECT_EQ(host_.replica().status().sessions, std::size(callers_) - local_ones());
  }

  std::size_t local_ones() const {
    return static_cast<std::size_t>(
        std::count_if(std::begin(callers_), std::end(callers_), [](const Caller& caller) { return caller.is_local; }));
  }

  std::size_t answered() const {
    std::size_t sum = 0;
    for (const Caller& caller : callers_) sum += caller.answered;
    return sum;
  }
  std::size_t returns() const { return returns_; }
  const std::string& transcript() const { return host_.transcript; }

 private:
  // Gives the zxid before the first that it will give out.
  std::size_t serve() {
    while (host_.replica().status().mode == Mode::not_serving) {
      host_.pass(100);
      host_.settle();
    }
    return static_cast<std::size_t>(Zxid{host_.replica().status().epoch, 0}.to_wire());
  }

  void act() {
    for (std::size_t requests = pick(random_, 6); requests > 0; --requests) ask(callers_[pick(random_, 4)]);
    if (host_.appends_under_way() > 0 && pick(random_, 2) == 0) {
      host_.log_done(1 + pick(random_, host_.appends_under_way()));
    }
    if (pick(random_, 25) == 0) come_back(callers_[pick(random_, 4)]);
    if (pick(random_, 10) == 0) host_.pass(1 + static_cast<std::int64_t>(pick(random_, 500)));
  }

  void ask(Caller& caller) {
    TestClient& client = *caller.client;
    if (caller.is_local && pick(random_, 40) == 0) return own_something(caller);
    const std::string path = "/" + std::to_string(pick(random_, 5)), data = std::to_string(pick(random_, 1000));
    switch (pick(random_, 6)) {
      case 0:
        return expect_write(caller, client.send(create(path, data)), model_.create(path, data));
      case 1:
        return expect_write(caller, client.send(set_data(path, data)), model_.set(path, data));
      case 2:
        return expect_write(caller, client.send(remove(path)), model_.remove(path));
      case 3:
        caller.expected.push_back({.xid = client.send(ping()), .is_ping = true, .at_least = caller.own_write});
        return;
      default:
        caller.expected.push_back(
            {.xid = client.send(get_data(path)), .read_path = path, .at_least = caller.own_write});
    }
  }
  void own_something(Caller& caller) {
    const std::string path = "/own-" + std::to_string(model_.last());
    caller.is_local = false;
    model_.session();
    expect_write(caller, caller.client->send(create(path, CreateMode::ephemeral)), model_.create(path, ""));
  }
  void expect_write(Caller& caller, std::int32_t xid, std::string line) {
    caller.own_write = model_.last();
    caller.expected.push_back({.xid = xid, .line = std::to_string(xid) + " " + std::move(line)});
  }

  // The session goes on over another link; what the old one was owed is lost, but not what it wrote.
  void come_back(Caller& caller) {
    auto renewed = std::make_unique<TestClient>(host_);
    renewed->connect(caller.client->again());
    if (pick(random_, 2) == 0) caller.client->vanish();
    host_.step();
    EXPECT_EQ(renewed->heard(), std::vector<std::string>{"connected 10000"});
    caller.client = std::move(renewed);
    caller.expected.clear();
    ++returns_;
  }

  void listen_to_all() {
    for (Caller& caller : callers_) {
      for (const std::string& line : caller.client->heard()) listen(caller, line);
    }
  }
  void listen(Caller& caller, const std::string& line) {
    ASSERT_FALSE(caller.expected.empty()) << "nobody asked for: " << line;
    const Expected asked = caller.expected.front();
    caller.expected.pop_front();
    ++caller.answered;
    const std::size_t zxid = zxid_of(line);
    EXPECT_GE(zxid, caller.seen) << "a zxid goes back: " << line;
    EXPECT_GE(zxid, asked.at_least) << "the session's own write is not seen: " << line;
    caller.seen = zxid;
    if (!asked.line.empty()) {
      EXPECT_EQ(line, asked.line);
    } else if (asked.is_ping) {
      EXPECT_EQ(line, "ping ok @" + std::to_string(zxid));
    } else {
      EXPECT_EQ(line, std::to_string(asked.xid) + " " + model_.get(asked.read_path, zxid));
    }
  }

  std::mt19937_64 random_;
  Disk disk_;
  ReplicaHost host_;
  Model model_;
  Caller callers_[4];
  std::size_t returns_ = 0;
};

TEST(RandomRequests, AreAnsweredOnceInOrderAndAsTheModelSays) {
  const Seed seed(1);
  for (std::uint64_t round = 0; round < 20 && !testing::Test::HasFailure(); ++round) {
    RandomRun run(seed.value() + round);
    run.run(500);
    EXPECT_GT(run.answered(), 500U);
    EXPECT_GT(run.returns(), 2U);
  }
}

TEST(RandomRequests, TheSameEventsHaveTheSameEffectsByteForByte) {
  const Seed seed(2);
  RandomRun first(seed.value()), second(seed.value());
  first.run(500);
  second.run(500);
  EXPECT_GT(first.transcript().size(), 10'000U);
  EXPECT_TRUE(first.transcript() == second.transcript());
}

TEST(RandomRequests, OfLocalSessionsThatBecomeGlobalAreAnsweredAsTheModelSays) {
  const Seed seed(3);
  std::size_t still_local = 0;
  for (std::uint64_t round = 0; round < 10 && !testing::Test::HasFailure(); ++round) {
    RandomRun run(seed.value() + round, Sessions::local);
    run.run(20 + 50 * static_cast<int>(round));
    still_local += run.local_ones();
  }
  EXPECT_GT(still_local, 0U);
  EXPECT_LT(still_local, 40U);
}

}  // namespace
}  // namespace zabra::replica
