// Thousands of requests, nothing applied, against a model that applies each transaction by the book: whatever is
// proposed can be applied, and every digest is right.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "tests/state/model_tree.h"
#include "tests/state/preparing.h"
#include "tests/state/random_requests.h"
#include "tests/support/seed.h"

namespace zabra::state {
namespace {

using namespace test;

void expect_agreement(const Preparing& server, const ModelTree& model, const std::string& path) {
  const Pending::Place place = server.preparer.pending().find(path);
  const auto found = model.nodes.find(path);
  ASSERT_EQ(place.exists(), found != model.nodes.end()) << path;
  if (!place.exists()) return;
  EXPECT_EQ(place.child_count(), model.children_of(path)) << path;
  EXPECT_EQ(place.data_length(), found->second.data.value_or("").size()) << path;
  EXPECT_EQ(place.facts().owner.value, found->second.owner) << path;
  EXPECT_EQ(place.facts().cversion, found->second.cversion) << path;
}

TEST(PrepareAtRandom, WhatIsProposedCanBeAppliedAndDigestsAreRight) {
  zabra::test::Seed seed(7001);
  std::mt19937_64 random = seed.engine();
  Preparing server{Settings{.extended_types = true}};
  ModelTree model;
  RandomRequests requests(random);
  std::map<OpCode, int> made;
  std::set<std::int64_t> closed;
  int failed_multis = 0;
  for (int step = 0; step < 6000 && !testing::Test::HasFailure(); ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    server.time_ms += static_cast<std::int64_t>(zabra::test::pick(random, 100));
    const SessionId session{1 +
                            static_cast<std::int64_t>(step / 400 * 4 + static_cast<int>(zabra::test::pick(random, 4)))};
    if (!closed.contains(session.value) && !server.preparer.is_open(session)) server.sessions.open(session, 4000);
    const std::string path = requests.path();
    const std::size_t kind = zabra::test::pick(random, 60);
    const Prepared prepared = kind == 0   ? server.close(session)
                              : kind == 1 ? server.delete_container(path)
                                          : server.prepare(requests.next(), from_home, session);
    if (kind == 0) closed.insert(session.value);
    model.apply(prepared.txn());
    ASSERT_EQ(prepared.txn().digest.has_value(), prepared.type() != OpCode::error);
    if (prepared.txn().digest) {
      ASSERT_EQ(prepared.digest(), model.digest()) << static_cast<int>(prepared.type());
    }
    expect_agreement(server, model, path);
    ++made[prepared.type()];
    if (prepared.type() == OpCode::multi && prepared.body<wire::MultiTxn>().failed()) ++failed_multis;
  }
  for (const OpCode type : {OpCode::create, OpCode::create2, OpCode::create_container, OpCode::create_ttl,
                            OpCode::remove, OpCode::delete_container, OpCode::set_data, OpCode::set_acl, OpCode::multi,
                            OpCode::close_session, OpCode::error}) {
    EXPECT_GT(made[type], 5) << static_cast<int>(type);
  }
  EXPECT_GT(failed_multis, 100);
  EXPECT_GT(made[OpCode::multi] - failed_multis, 100);
}

}  // namespace
}  // namespace zabra::state
