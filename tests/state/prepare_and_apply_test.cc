// Random requests, prepared ahead and applied later, against a model that applies each transaction by the book: the
// tree after each transaction is the one whose digest the transaction carries, however much was on its way between the
// two.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "state/state_machine.h"
#include "tests/state/model_tree.h"
#include "tests/state/random_requests.h"
#include "tests/support/seed.h"
#include "wire/records.h"
#include "wire/txn.h"

namespace zabra::state {
namespace {

using namespace test;

const AuthIds from_home{{"ip", "127.0.0.1"}};
const AuthIds super{{"super", ""}};

class PrepareAndApply {
 public:
  explicit PrepareAndApply(std::mt19937_64& random) : random_(random), requests_(random) {}

  void prepare_one() {
    const SessionId session{1 + static_cast<std::int64_t>(sessions_made_ + zabra::test::pick(random_, 5)) - 2};
    const Proposal proposal = next(session);
    std::string entry;
    if (!machine.is_open(session)) {
      open_or_refuse(proposal, entry);
    } else if (zabra::test::pick(random_, 60) == 0) {
      machine.prepare_close_session(proposal, entry);
    } else if (zabra::test::pick(random_, 30) == 0) {
      machine.prepare_delete_container(next({}), requests_.path(), entry);
    } else {
      const Request request = requests_.next();
      machine.prepare(proposal, request.op, request.body, {session, from_home, {}}, entry);
    }
    const auto txn = wire::decode_txn(entry);
    ASSERT_TRUE(txn) << txn.fault().reason;
    ahead.apply(*txn);
    if (txn->digest) {
      ASSERT_EQ(txn->digest->tree, ahead.digest());
    }
    ++made[txn->header.type];
    queue_.push_back(std::move(entry));
  }

  void apply_one() {
    const auto txn = wire::decode_txn(queue_.front());
    ASSERT_TRUE(txn);
    NoEvents events;
    machine.apply(*txn, 0, events);
    behind.apply(*txn);
    if (txn->digest) {
      ASSERT_EQ(machine.tree_digest(), txn->digest->tree);
    }
    queue_.pop_front();
  }

  // As a leader that steps down: what is not applied was never so.
  void forget() {
    machine.forget_prepared();
    queue_.clear();
    ahead = behind;
  }

  bool idle() const { return queue_.empty(); }

  StateMachine machine{Settings{.extended_types = true, .hash_seed = 99}};
  ModelTree ahead, behind;  // with everything prepared, and with everything applied
  std::map<OpCode, int> made;

 private:
  // A session that was never there, or is gone.
  void open_or_refuse(const Proposal& proposal, std::string& entry) {
    if (opened_[proposal.session.value]) {
      const Request request = requests_.next();
      machine.prepare(proposal, request.op, request.body, {proposal.session, from_home, {}}, entry);
      if (zabra::test::pick(random_, 10) == 0) ++sessions_made_;
      return;
    }
    opened_[proposal.session.value] = true;
    machine.prepare_create_session(proposal, 4000, entry);
  }
  Proposal next(SessionId session) {
    zxid_ = zxid_.next();
    time_ms_ += static_cast<std::int64_t>(zabra::test::pick(random_, 100));
    return {.session = session, .cxid = 1, .zxid = zxid_, .time_ms = time_ms_};
  }

  std::mt19937_64& random_;
  RandomRequests requests_;
  std::deque<std::string> queue_;
  std::map<std::int64_t, bool> opened_;
  std::size_t sessions_made_ = 2;
  Zxid zxid_;
  std::int64_t time_ms_ = 1000;
};

// What clients would read, for every path.
void expect_same(StateMachine& machine, const ModelTree& model) {
  NoEvents events;
  for (const auto& [path, node] : model.nodes) {
    std::string body, reply;
    wire::Writer request(body), out(reply);
    request.write_string(path);
    request.write_bool(false);
    ASSERT_EQ(machine.read(OpCode::get_data, body, {{}, super, {}}, out, events), ErrorCode::ok) << path;
    wire::Reader in(reply);
    const wire::NullableView data = in.read_nullable();
    const wire::Stat stat = wire::read_stat(in);
    EXPECT_EQ(data.has_value(), node.data.has_value()) << path;
    EXPECT_EQ(data.value_or(""), node.data.value_or("")) << path;
    EXPECT_EQ(stat.pzxid.to_wire(), node.pzxid) << path;
    EXPECT_EQ(stat.mzxid.to_wire(), node.mzxid) << path;
    EXPECT_EQ(stat.version, node.version) << path;
    EXPECT_EQ(stat.aversion, node.aversion) << path;
    EXPECT_EQ(stat.ephemeral_owner, Owner{node.owner}.client_view()) << path;
    const auto children = static_cast<std::int32_t>(model.children_of(path));
    EXPECT_EQ(stat.num_children, children) << path;
    EXPECT_EQ(stat.cversion, 2 * node.cversion - children) << path;
  }
  EXPECT_EQ(machine.facts().znodes, model.nodes.size());
  EXPECT_EQ(machine.facts().digest_mismatches, 0U);
}

TEST(PrepareAndApply, TreeFollowsTheDigestsHoweverMuchIsOnItsWay) {
  zabra::test::Seed seed(7002);
  std::mt19937_64 random = seed.engine();
  PrepareAndApply run(random);
  int forgotten = 0;
  for (int step = 0; step < 12000 && !testing::Test::HasFatalFailure(); ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    const std::size_t kind = zabra::test::pick(random, 500);
    if (kind == 0) {
      run.forget();
      ++forgotten;
    } else if (kind == 1) {
      while (!run.idle() && !testing::Test::HasFatalFailure()) run.apply_one();
    } else if (kind % 2 == 0 || run.idle()) {
      run.prepare_one();
    } else {
      run.apply_one();
    }
  }
  while (!run.idle() && !testing::Test::HasFatalFailure()) run.apply_one();
  expect_same(run.machine, run.ahead);
  EXPECT_GT(forgotten, 5);
  for (const OpCode type : {OpCode::create_session, OpCode::close_session, OpCode::multi, OpCode::delete_container}) {
    EXPECT_GT(run.made[type], 5) << static_cast<int>(type);
  }
}

}  // namespace
}  // namespace zabra::state
