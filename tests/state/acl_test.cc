#include "state/acl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "state/acl_fix_up.h"
#include "state/acl_schemes.h"
#include "tests/state/requests.h"
#include "wire/codes.h"

namespace zabra::state {
namespace {

using test::AclBytes;
using testing::ElementsAre;
using testing::IsEmpty;

const AuthIds from_home{{"ip", "127.0.0.1"}};
const AuthIds joe{{"ip", "127.0.0.1"}, {"digest", "joe:VAXy9ajBTglP5dEFbkRFkF33wJ4="}};
const AuthIds super{{"ip", "127.0.0.1"}, {"super", ""}};

bool matches(std::string_view scheme, std::string_view id, const AuthIds& proven) {
  return matches_any({.scheme = scheme, .id = id}, proven, true);
}
bool valid(std::string_view scheme, std::string_view id) { return is_valid_id({.scheme = scheme, .id = id}, true); }

// The stored form of a list, or the refusal.
struct FixedUp {
  ErrorCode code;
  std::string bytes;
};
FixedUp fix_up(const AclBytes& asked, const AuthIds& ids, const Settings& settings = {}) {
  FixedUp result;
  wire::Writer out(result.bytes);
  result.code = fix_up_acl(asked.view(), ids, settings, settings.txn_bytes_max, out);
  return result;
}

// ---- interning ----

TEST(AclTable, OpenListIsNumberZeroAndNeverCounted) {
  AclTable acls{Settings{}};
  EXPECT_EQ(acls.acquire(AclBytes::open().view()), open_acl);
  acls.release(open_acl);
  EXPECT_EQ(acls.size(), 0U);
  EXPECT_EQ(acls.list(open_acl).entries(), wire::open_acl_entries());
  EXPECT_THAT(acls.take_changes().made, IsEmpty());
}

TEST(AclTable, EqualListsShareAnIdUntilTheLastIsReleased) {
  AclTable acls{Settings{}};
  const AclBytes list{{1, "world", "anyone"}};
  const AclId first = acls.acquire(list.view());
  EXPECT_EQ(acls.acquire(AclBytes{{1, "world", "anyone"}}.view()), first);
  EXPECT_NE(acls.acquire(AclBytes{{2, "world", "anyone"}}.view()), first);
  acls.release(first);
  EXPECT_EQ(acls.list(first).entries(), list.view().entries());
  acls.release(first);
  EXPECT_FALSE(acls.has(first));
}

TEST(AclTable, IdsAreNotUsedAgain) {
  AclTable acls{Settings{}};
  const AclBytes list{{1, "world", "anyone"}};
  const AclId first = acls.acquire(list.view());
  acls.release(first);
  EXPECT_GT(acls.acquire(list.view()), first);
}

TEST(AclTable, EmptyListIsNotTheOpenOne) {
  AclTable acls{Settings{}};
  const AclId empty = acls.acquire(wire::AclListView{});
  EXPECT_NE(empty, open_acl);
  EXPECT_TRUE(acls.permits(empty, perm::admin, from_home));
  EXPECT_EQ(acls.list(empty).size(), 0U);
}

TEST(AclTable, ReportsWhatACheckpointLacks) {
  AclTable acls{Settings{}};
  const AclId kept = acls.acquire(AclBytes{{1, "world", "anyone"}}.view());
  const AclId dropped_later = acls.acquire(AclBytes{{2, "world", "anyone"}}.view());
  acls.release(acls.acquire(AclBytes{{3, "world", "anyone"}}.view()));
  EXPECT_GT(acls.changed_bytes(), 0U);
  const AclTable::Changes first = acls.take_changes();
  EXPECT_THAT(first.made, ElementsAre(kept, dropped_later));
  EXPECT_THAT(first.dropped, IsEmpty());
  EXPECT_EQ(acls.changed_bytes(), 0U);
  acls.release(dropped_later);
  const AclTable::Changes second = acls.take_changes();
  EXPECT_THAT(second.made, IsEmpty());
  EXPECT_THAT(second.dropped, ElementsAre(dropped_later));
}

TEST(AclTable, LoadedListsKeepTheirIdsAndUnusedOnesAreDropped) {
  AclTable acls{Settings{}};
  const AclBytes list{{1, "world", "anyone"}};
  ASSERT_TRUE(acls.load(7, list.bytes()));
  ASSERT_TRUE(acls.load(9, AclBytes({{2, "world", "anyone"}}).bytes()));
  acls.acquire(AclId{7});
  ASSERT_TRUE(acls.finish_load(12));
  EXPECT_EQ(acls.acquire(list.view()), AclId{7});
  EXPECT_FALSE(acls.has(AclId{9}));
  EXPECT_EQ(acls.acquire(AclBytes{{4, "world", "anyone"}}.view()), AclId{12});
  EXPECT_THAT(acls.take_changes().dropped, ElementsAre(AclId{9}));
}

TEST(AclTable, RefusesCheckpointsThatContradictThemselves) {
  AclTable acls{Settings{}};
  const std::string list = AclBytes({{1, "world", "anyone"}}).bytes();
  EXPECT_FALSE(acls.load(0, list)) << "the open list is never stored";
  ASSERT_TRUE(acls.load(3, list));
  EXPECT_FALSE(acls.load(3, list)) << "twice the same id";
  EXPECT_FALSE(acls.load(4, list.substr(0, 9))) << "cut off";
  EXPECT_FALSE(acls.load(5, list + "x")) << "bytes left over";
  EXPECT_FALSE(acls.finish_load(3)) << "an id that was not given out yet";
}

TEST(AclTable, ManyListsAreFoundAndReleased) {
  AclTable acls{Settings{}};
  std::vector<AclId> ids;
  for (int i = 0; i < 5000; ++i)
    ids.push_back(acls.acquire(AclBytes({{1, "digest", "u:" + std::to_string(i)}}).view()));
  for (int i = 0; i < 5000; ++i) {
    EXPECT_EQ(acls.acquire(AclBytes({{1, "digest", "u:" + std::to_string(i)}}).view()),
              ids[static_cast<std::size_t>(i)]);
  }
  for (const AclId id : ids) acls.release(id);
  EXPECT_EQ(acls.size(), 5000U);
  for (const AclId id : ids) acls.release(id);
  EXPECT_EQ(acls.size(), 0U);
}

// ---- the rule ----

struct Ruling {
  AclBytes list;
  AuthIds ids;
  std::int32_t wanted;
  bool permitted;
};

class AclRule : public testing::TestWithParam<Ruling> {};

TEST_P(AclRule, DecidesAsZooKeeperDoes) {
  const Ruling& ruling = GetParam();
  AclTable acls{Settings{}};
  const AclId id = acls.acquire(ruling.list.view());
  EXPECT_EQ(acls.permits(id, ruling.wanted, ruling.ids), ruling.permitted);
  EXPECT_TRUE(acls.permits(id, ruling.wanted, super));
  EXPECT_TRUE(ruling.permitted || !acls.anyone_may(id, ruling.wanted));

  AclTable skipping{Settings{.skip_acl = true}};
  EXPECT_TRUE(skipping.permits(skipping.acquire(ruling.list.view()), ruling.wanted, ruling.ids));
}

INSTANTIATE_TEST_SUITE_P(
    Lists, AclRule,
    testing::Values(Ruling{{{31, "world", "anyone"}}, from_home, perm::admin, true},
                    Ruling{{{1, "world", "anyone"}}, from_home, perm::write, false},
                    Ruling{{{1, "world", "anyone"}}, from_home, perm::read | perm::admin, true},
                    Ruling{{{32, "world", "anyone"}}, from_home, perm::all, false},
                    Ruling{{{-1, "world", "anyone"}}, from_home, perm::create, true},
                    Ruling{{{1, "world", "anyone"}, {2, "digest", joe[1].id}}, joe, perm::write, true},
                    Ruling{{{1, "world", "anyone"}, {2, "digest", joe[1].id}}, from_home, perm::write, false},
                    Ruling{{{2, "digest", "joe:x"}}, joe, perm::write, false},
                    Ruling{{{31, "ip", "127.0.0.0/8"}}, from_home, perm::read, true},
                    Ruling{{{31, "ip", "10.1.2.3"}}, from_home, perm::read, false},
                    Ruling{{{31, "sasl", "joe"}}, {{"sasl", "joe"}}, perm::read, false},
                    Ruling{{{0, "world", "anyone"}}, from_home, perm::read, false}));

TEST(AclRule, DigestIdsCountForNothingWhenTheSchemeIsOff) {
  AclTable acls{Settings{.digest_scheme = false}};
  EXPECT_FALSE(acls.permits(acls.acquire(AclBytes{{31, "digest", joe[1].id}}.view()), perm::read, joe));
}

// ---- schemes ----

TEST(AclSchemes, DigestIdsAreTwoPartsAsJavaSplitsThem) {
  for (const char* id : {"u:x", ":x", "u:x:", "u:x::"}) EXPECT_TRUE(valid("digest", id)) << id;
  for (const char* id : {"u", "u:", "u::", "u:x:y", "u::x", "", ":", "::"}) EXPECT_FALSE(valid("digest", id)) << id;
}

TEST(AclSchemes, IpIdsAreAddressesWithBits) {
  for (const char* id : {"127.0.0.1", "127.0.0.0/8", "1.2.3.4/0", "+1.2.3.4", "1.2.3.4/32", "1.2.3.4/+8", "::1",
                         "::", "fe80::1/64", "1:2:3:4:5:6:7:8", "2001:DB8::/128", "::/0", "1::"}) {
    EXPECT_TRUE(valid("ip", id)) << id;
  }
  for (const char* id : {"127.0.0.0/33",
                         "300.0.0.1",
                         "1.2.3",
                         "1.2.3.4/x",
                         "1.2.3.4/",
                         "1.2.3.4.5",
                         "1.2.3.",
                         "-1.2.3.4",
                         "1.2.3.4/-1",
                         "",
                         "/",
                         ":",
                         ":::",
                         "1::2::3",
                         "1:2:3:4:5:6:7",
                         "1:2:3:4:5:6:7:8:9",
                         "::12345",
                         "1:2:3:4:5:6:7::8",
                         "g::",
                         "::1/129",
                         "::ffff:1.2.3.4",
                         "1:2:",
                         "++1.2.3.4"}) {
    EXPECT_FALSE(valid("ip", id)) << id;
  }
}

TEST(AclSchemes, IpMatchesByLeadingBits) {
  const auto from = [](const char* address) { return AuthIds{{"digest", "127.0.0.1"}, {"ip", address}}; };
  EXPECT_TRUE(matches("ip", "10.1.2.3/8", from("10.9.9.9")));
  EXPECT_FALSE(matches("ip", "10.1.2.3/16", from("10.9.9.9")));
  EXPECT_TRUE(matches("ip", "10.128.0.0/9", from("10.255.0.1")));
  EXPECT_FALSE(matches("ip", "10.128.0.0/9", from("10.127.0.1")));
  EXPECT_TRUE(matches("ip", "1.2.3.4/0", from("99.0.0.1")));
  EXPECT_FALSE(matches("ip", "10.1.2.3", from("10.1.2.4")));
  EXPECT_TRUE(matches("ip", "fe80::/10", from("fe80:0:0:0:1:2:3:4")));
  EXPECT_TRUE(matches("ip", "::1", from("0:0:0:0:0:0:0:1")));
  EXPECT_FALSE(matches("ip", "::/0", from("1.2.3.4"))) << "the two kinds never match each other";
  EXPECT_FALSE(matches("ip", "0.0.0.0/0", from("0:0:0:0:0:0:0:1")));
  EXPECT_FALSE(matches("ip", "10.1.2.3/8", {{"ip", "nowhere"}}));
}

TEST(AclSchemes, OnlySchemesWithAProviderAreValid) {
  EXPECT_TRUE(valid("world", "anyone"));
  EXPECT_FALSE(valid("world", "everyone"));
  for (const char* scheme : {"sasl", "x509", "super", "auth", "key", "", "World"})
    EXPECT_FALSE(valid(scheme, "a")) << scheme;
  EXPECT_FALSE(is_valid_id({.scheme = std::nullopt, .id = "anyone"}, true));
  EXPECT_FALSE(is_valid_id({.scheme = "world", .id = std::nullopt}, true));
  EXPECT_FALSE(is_valid_id({.scheme = "digest", .id = "u:x"}, false));
}

// ---- fix-up ----

TEST(AclFixUp, EmptyAndInvalidListsAreRefusedAsAWhole) {
  EXPECT_EQ(fix_up(AclBytes{}, joe).code, ErrorCode::invalid_acl);
  EXPECT_EQ(fix_up({{31, "world", "anyone"}, {31, "nobody", "x"}}, joe).code, ErrorCode::invalid_acl);
  EXPECT_EQ(fix_up(AclBytes::with_null_id(31, "world"), joe).code, ErrorCode::invalid_acl);
  EXPECT_EQ(fix_up(AclBytes::with_null_id(31, "digest"), joe).code, ErrorCode::invalid_acl);
}

TEST(AclFixUp, ExactDuplicatesGoAndTheFirstStays) {
  const AclBytes asked{
      {1, "world", "anyone"}, {2, "ip", "::1"}, {1, "world", "anyone"}, {4, "ip", "::1"}, {2, "ip", "::1"}};
  const FixedUp fixed = fix_up(asked, joe);
  EXPECT_EQ(fixed.code, ErrorCode::ok);
  EXPECT_EQ(fixed.bytes, AclBytes({{1, "world", "anyone"}, {2, "ip", "::1"}, {4, "ip", "::1"}}).bytes());
}

TEST(AclFixUp, DuplicatesAreFoundInLongListsToo) {
  std::vector<AclBytes::Entry> entries, once;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 200; ++i) entries.push_back({1, "digest", "u:" + std::to_string(i)});
  }
  once.assign(entries.begin(), entries.begin() + 200);
  EXPECT_EQ(fix_up(AclBytes(entries), joe).bytes, AclBytes(once).bytes());
}

TEST(AclFixUp, AuthBecomesEveryAuthenticatedIdInOrder) {
  AuthIds ids = joe;
  ids.push_back({"digest", "ann:hash"});
  ids.push_back({"super", ""});
  const FixedUp fixed = fix_up({{31, "auth", "whatever"}, {1, "auth", ""}}, ids);
  EXPECT_EQ(fixed.code, ErrorCode::ok);
  EXPECT_EQ(
      fixed.bytes,
      AclBytes(
          {{31, "digest", joe[1].id}, {31, "digest", "ann:hash"}, {1, "digest", joe[1].id}, {1, "digest", "ann:hash"}})
          .bytes());
}

TEST(AclFixUp, AuthWithoutAnAuthenticatedIdIsRefused) {
  EXPECT_EQ(fix_up({{31, "auth", ""}}, from_home).code, ErrorCode::invalid_acl);
  EXPECT_EQ(fix_up({{31, "auth", ""}}, super).code, ErrorCode::invalid_acl);
}

TEST(AclFixUp, AListThatGrowsBeyondAnEntryIsRefused) {
  std::vector<AclBytes::Entry> asked;
  for (int i = 0; i < 2000; ++i) asked.push_back({i, "auth", ""});
  AuthIds ids;
  for (int i = 0; i < 100; ++i) ids.push_back({"digest", "user" + std::to_string(i) + ":hash"});
  EXPECT_EQ(fix_up(AclBytes(asked), ids).code, ErrorCode::bad_arguments);
}

TEST(AclFixUp, RedactionHidesDigestsOnly) {
  const AclBytes list{{31, "digest", "joe:VAXy9a="}, {1, "ip", "::1"}, {2, "digest", "nocolon"}};
  std::string bytes;
  wire::Writer out(bytes);
  write_redacted_acl(list.view(), out);
  EXPECT_EQ(bytes, AclBytes({{31, "digest", "joe:x"}, {1, "ip", "::1"}, {2, "digest", "nocolon:x"}}).bytes());
}

}  // namespace
}  // namespace zabra::state
