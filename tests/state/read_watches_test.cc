// The watches that reads leave, and the requests that are about watches alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/state/reading.h"
#include "tests/support/hex.h"

namespace zabra::state::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using zabra::test::hex;
using namespace std::string_literals;
using enum EventType;

constexpr std::int32_t persistent = 0, persistent_recursive = 1;
constexpr std::int32_t children_type = 1, data_type = 2, any_type = 3, persistent_type = 4, recursive_type = 5;

// ---- left by a read ----

TEST_F(ReadTest, ExistsAndGetDataLeaveADataWatch) {
  add("/w");
  for (const OpCode op : {OpCode::exists, OpCode::get_data}) {
    EXPECT_EQ(code_of(path_watch(op, "/w", true)), ErrorCode::ok);
    EXPECT_THAT(create("/w/c"), IsEmpty());
    EXPECT_THAT(set_data("/w"), ElementsAre(fired(data_changed, "/w")));
    EXPECT_THAT(set_data("/w"), IsEmpty());
  }
}

TEST_F(ReadTest, BothGetChildrenLeaveAChildWatch) {
  add("/w");
  for (const OpCode op : {OpCode::get_children, OpCode::get_children2}) {
    EXPECT_EQ(code_of(path_watch(op, "/w", true)), ErrorCode::ok);
    EXPECT_THAT(set_data("/w"), IsEmpty());
    EXPECT_THAT(create("/w/c"), ElementsAre(fired(children_changed, "/w")));
    EXPECT_THAT(create("/w/d"), IsEmpty());
  }
}

TEST_F(ReadTest, AWatchBelongsToTheConnectionThatAsked) {
  add("/w");
  ask(path_watch(OpCode::get_data, "/w", true), from_home, bob);
  EXPECT_THAT(set_data("/w"), ElementsAre(Event{bob, data_changed, "/w", now.to_wire()}));
}

TEST_F(ReadTest, NoFlagNoWatch) {
  add("/w");
  for (const OpCode op : {OpCode::exists, OpCode::get_data, OpCode::get_children, OpCode::get_children2}) {
    EXPECT_EQ(code_of(path_watch(op, "/w", false)), ErrorCode::ok);
  }
  for (const OpCode op : {OpCode::get_acl, OpCode::get_all_children_number, OpCode::get_ephemerals}) {
    Request request = path_watch(op, "/w", true);
    EXPECT_EQ(code_of(request), ErrorCode::ok);
  }
  EXPECT_EQ(watch_count(), 0U);
}

TEST_F(ReadTest, OnlyExistsLeavesAWatchOnAMissingNode) {
  for (const OpCode op : {OpCode::get_data, OpCode::get_children, OpCode::get_children2}) {
    EXPECT_EQ(code_of(path_watch(op, "/w", true)), ErrorCode::no_node);
  }
  EXPECT_EQ(watch_count(), 0U);
  EXPECT_EQ(code_of(path_watch(OpCode::exists, "/w", true)), ErrorCode::no_node);
  EXPECT_THAT(create("/w"), ElementsAre(fired(created, "/w")));
}

TEST_F(ReadTest, ARefusedReadLeavesNoWatch) {
  add("/joes", joes_alone);
  for (const OpCode op : {OpCode::exists, OpCode::get_data, OpCode::get_children, OpCode::get_children2}) {
    EXPECT_EQ(code_of(path_watch(op, "/joes", true)), ErrorCode::no_auth);
  }
  EXPECT_EQ(code_of(path_watch(OpCode::exists, "/a\0"s, true)), ErrorCode::bad_arguments);
  EXPECT_EQ(watch_count(), 0U);
}

TEST_F(ReadTest, AWatchOnTheEmptyPathNeverFires) {
  for (const OpCode op : {OpCode::exists, OpCode::get_data, OpCode::get_children}) {
    EXPECT_EQ(code_of(path_watch(op, "", true)), ErrorCode::ok);
  }
  EXPECT_EQ(code_of(path_and(OpCode::add_watch, "", persistent_recursive)), ErrorCode::ok);
  EXPECT_THAT(set_data("/"), IsEmpty());
  EXPECT_THAT(create("/a"), IsEmpty());
  EXPECT_EQ(watch_count(), 3U);
}

// ---- addWatch ----

TEST_F(ReadTest, AddWatchNeedsNeitherNodeNorPermission) {
  const ReadAnswer added{ErrorCode::ok, hex("00000000")};
  add("/joes", joes_alone);
  EXPECT_EQ(ask(path_and(OpCode::add_watch, "/joes", persistent)), added);
  EXPECT_EQ(ask(path_and(OpCode::add_watch, "/r", persistent_recursive)), added);
  EXPECT_THAT(set_data("/joes"), ElementsAre(fired(data_changed, "/joes")));
  EXPECT_THAT(create("/joes/c"), ElementsAre(fired(children_changed, "/joes")));
  EXPECT_THAT(remove("/joes"), ElementsAre(fired(deleted, "/joes")));
  EXPECT_THAT(create("/r"), ElementsAre(fired(created, "/r")));
  EXPECT_THAT(create("/r/x/y"), ElementsAre(fired(created, "/r/x/y")));
}

TEST_F(ReadTest, AddWatchTakesAnyPathAndTwoModes) {
  for (const wire::NullableView path : {wire::NullableView{}, {""}, {"nope"}, {"/nope/"}}) {
    EXPECT_EQ(code_of(path_and(OpCode::add_watch, path, persistent)), ErrorCode::ok);
    EXPECT_EQ(code_of(path_and(OpCode::add_watch, path, persistent_recursive)), ErrorCode::ok);
  }
  for (const std::int32_t mode : {-1, 2, 77}) {
    EXPECT_EQ(ask(path_and(OpCode::add_watch, "/m", mode)), (ReadAnswer{ErrorCode::marshalling_error, ""}));
  }
  EXPECT_EQ(code_of(path_and(OpCode::check_watches, "/m", any_type)), ErrorCode::no_watcher);
  EXPECT_EQ(code_of(path_request(OpCode::add_watch, "/m")), ErrorCode::marshalling_error);
}

// ---- checkWatches, removeWatches ----

TEST_F(ReadTest, CheckFindsAndRemoveTakesWatchesByTheirType) {
  const struct {
    Request leave;
    std::vector<std::int32_t> found_as;
  } rows[] = {
      {path_watch(OpCode::exists, "/w", true), {data_type, any_type}},
      {path_watch(OpCode::get_children, "/w", true), {children_type, any_type}},
      {path_and(OpCode::add_watch, "/w", persistent), {any_type, persistent_type}},
      {path_and(OpCode::add_watch, "/w", persistent_recursive), {any_type, recursive_type}},
  };
  add("/w");
  for (const auto& row : rows) {
    for (const std::int32_t type : {children_type, data_type, any_type, persistent_type, recursive_type}) {
      const bool found = std::ranges::find(row.found_as, type) != row.found_as.end();
      ask(row.leave);
      EXPECT_EQ(code_of(path_and(OpCode::check_watches, "/w", type)), found ? ErrorCode::ok : ErrorCode::no_watcher);
      EXPECT_EQ(code_of(path_and(OpCode::remove_watches, "/w", type), from_home, bob), ErrorCode::no_watcher);
      EXPECT_EQ(ask(path_and(OpCode::remove_watches, "/w", type)),
                (ReadAnswer{found ? ErrorCode::ok : ErrorCode::no_watcher, ""}));
      EXPECT_EQ(watch_count() == 0, found) << "type " << type;
      EXPECT_EQ(code_of(path_and(OpCode::remove_watches, "/w", type)), ErrorCode::no_watcher);
      ask(path_and(OpCode::remove_watches, "/w", any_type));
    }
  }
  EXPECT_THAT(events.take(), IsEmpty());
}

TEST_F(ReadTest, UnknownTypesOfWatchesComeBeforeMissingOnes) {
  for (const OpCode op : {OpCode::check_watches, OpCode::remove_watches}) {
    EXPECT_EQ(code_of(path_and(op, "/w", 0)), ErrorCode::marshalling_error);
    EXPECT_EQ(code_of(path_and(op, "/w", 6)), ErrorCode::marshalling_error);
    EXPECT_EQ(code_of(path_request(op, "/w")), ErrorCode::marshalling_error);
    EXPECT_EQ(code_of(path_and(op, std::nullopt, any_type)), ErrorCode::no_watcher);
  }
}

// ---- setWatches: the table of client-protocol 21.1, line by line ----

class SetWatchesTest : public ReadTest {
 protected:
  // A node whose data last changed at 5, its children at 9.
  void SetUp() override {
    add("/w", "",
        {.czxid = {0, 3},
         .mzxid = {0, 5},
         .pzxid = {0, 9},
         .ctime = 0,
         .mtime = 0,
         .owner = {},
         .version = 0,
         .cversion = 0,
         .aversion = 0,
         .acl = {}});
  }
  // Every immediate event stands in place of a watch.
  std::vector<Event> set(const Request& request, const AuthIds& ids = from_home) {
    EXPECT_EQ(ask(request, ids), (ReadAnswer{ErrorCode::ok, ""}));
    EXPECT_TRUE(events.all_checked());
    return events.take();
  }
};

TEST_F(SetWatchesTest, DataListTellsOfDeletionAndOfNewerData) {
  EXPECT_THAT(set(SetWatches{.since = 100, .data = {"/no"}}), ElementsAre(missed(deleted, "/no")));
  EXPECT_THAT(set(SetWatches{.since = 4, .data = {"/w"}}), ElementsAre(missed(data_changed, "/w")));
  EXPECT_EQ(watch_count(), 0U);
  EXPECT_THAT(set(SetWatches{.since = 5, .data = {"/w"}}), IsEmpty());
  EXPECT_THAT(create("/w/c"), IsEmpty());
  EXPECT_THAT(set_data("/w"), ElementsAre(fired(data_changed, "/w")));
  EXPECT_THAT(set_data("/w"), IsEmpty());
}

TEST_F(SetWatchesTest, ExistListTellsOfANodeWhateverItsAge) {
  EXPECT_THAT(set(SetWatches{.since = std::int64_t{1} << 62, .exist = {"/w"}}), ElementsAre(missed(created, "/w")));
  EXPECT_EQ(watch_count(), 0U);
  EXPECT_THAT(set(SetWatches{.since = 0, .exist = {"/no"}}), IsEmpty());
  EXPECT_THAT(create("/no"), ElementsAre(fired(created, "/no")));
}

TEST_F(SetWatchesTest, ChildListTellsOfDeletionAndOfNewerChildren) {
  EXPECT_THAT(set(SetWatches{.since = 100, .child = {"/no"}}), ElementsAre(missed(deleted, "/no")));
  EXPECT_THAT(set(SetWatches{.since = 8, .child = {"/w"}}), ElementsAre(missed(children_changed, "/w")));
  EXPECT_EQ(watch_count(), 0U);
  EXPECT_THAT(set(SetWatches{.since = 9, .child = {"/w"}}), IsEmpty());
  EXPECT_THAT(set_data("/w"), IsEmpty());
  EXPECT_THAT(create("/w/c"), ElementsAre(fired(children_changed, "/w")));
}

TEST_F(SetWatchesTest, PersistentListsAreRegisteredAndNeverTell) {
  EXPECT_THAT(set(SetWatches{.since = 0, .persistent = {"/w", "/no"}, .recursive = {"/r"}}), IsEmpty());
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_THAT(set_data("/w"), ElementsAre(fired(data_changed, "/w")));
    EXPECT_THAT(create("/w/c"), ElementsAre(fired(children_changed, "/w")));
    EXPECT_THAT(create("/no"), ElementsAre(fired(created, "/no")));
    EXPECT_THAT(create("/r/x"), ElementsAre(fired(created, "/r/x")));
  }
}

TEST_F(SetWatchesTest, ListsAreTakenInTheirOrder) {
  EXPECT_THAT(set(SetWatches{.since = 0,
                             .data = {"/no", "/w"},
                             .exist = {"/w"},
                             .child = {"/w", "/gone"},
                             .persistent = {"/w"},
                             .recursive = {}}),
              ElementsAre(missed(deleted, "/no"), missed(data_changed, "/w"), missed(created, "/w"),
                          missed(children_changed, "/w"), missed(deleted, "/gone")));
}

TEST_F(SetWatchesTest, OddPathsAreMissingAndTheEmptyOneIsTheRoot) {
  EXPECT_THAT(set(SetWatches{.since = 0, .data = {"bad", "/a//b", "/a\0"s}}),
              ElementsAre(missed(deleted, "bad"), missed(deleted, "/a//b"), missed(deleted, "/a\0"s)));
  EXPECT_THAT(set(SetWatches{.since = -1, .data = {""}}), ElementsAre(missed(data_changed, "")));
}

TEST_F(SetWatchesTest, ZxidsAreComparedAsSignedNumbers) {
  const std::vector<std::string> both{"/w"};
  EXPECT_THAT(set(SetWatches{.since = -1, .data = both, .child = both}),
              ElementsAre(missed(data_changed, "/w"), missed(children_changed, "/w")));
  EXPECT_THAT(set(SetWatches{.since = std::int64_t{1} << 40, .data = both, .child = both}), IsEmpty());
}

// The deviation: Apache ZooKeeper would send all three events.
TEST_F(SetWatchesTest, ANodeThatMayNotBeReadIsWatchedInSilence) {
  add("/joes", joes_alone,
      {.czxid = {0, 3},
       .mzxid = {0, 5},
       .pzxid = {0, 9},
       .ctime = 0,
       .mtime = 0,
       .owner = {},
       .version = 0,
       .cversion = 0,
       .aversion = 0,
       .acl = {}});
  const SetWatches request{.since = 0, .data = {"/joes"}, .exist = {"/joes"}, .child = {"/joes"}};
  EXPECT_THAT(set(request), IsEmpty());
  EXPECT_EQ(watches.data_watches(), 1U);
  EXPECT_EQ(watches.child_watches(), 1U);
  EXPECT_THAT(set(request, joe),
              ElementsAre(missed(data_changed, "/joes"), missed(created, "/joes"), missed(children_changed, "/joes")));
}

TEST_F(SetWatchesTest, WhatCanNotBeDecodedDoesNothing) {
  const Request whole = SetWatches{.since = 0, .data = {"/no"}, .persistent = {"/w"}};
  for (std::size_t length = 0; length < whole.body.size(); ++length) {
    EXPECT_EQ(code_of({whole.op, whole.body.substr(0, length)}), ErrorCode::marshalling_error);
  }
  const std::string null_list = detail::body_of(std::int64_t{0}, std::int32_t{-1}, std::int32_t{0}, std::int32_t{0});
  EXPECT_EQ(code_of({OpCode::set_watches, null_list}), ErrorCode::marshalling_error);
  EXPECT_THAT(events.take(), IsEmpty());
  EXPECT_EQ(watch_count(), 0U);
}

}  // namespace
}  // namespace zabra::state::test
