// The digest of one znode, against numbers that Python's zlib and struct give for the same bytes.
#include "state/digest.h"

#include <gtest/gtest.h>

namespace zabra::state {
namespace {

// Every field has a value of its own.
NodeFacts some_facts() {
  NodeFacts facts;
  facts.czxid = {1, 2};
  facts.mzxid = {1, 5};
  facts.pzxid = {1, 9};
  facts.ctime = 1'700'000'000'000;
  facts.mtime = 1'700'000'000'500;
  facts.version = 3;
  facts.cversion = 2;
  facts.aversion = -1;
  facts.owner = Owner::session({0x100001f8b200000});
  return facts;
}

TEST(Digest, ContentIsTheChecksumOfPathAndData) {
  EXPECT_EQ(content_crc("/zabra", "hello"), 0x0e33a1ebU);
  EXPECT_EQ(content_crc("/zabra", ""), 0x1b2f2bbcU);
}

TEST(Digest, NullDataCountsLikeEmptyData) {
  EXPECT_EQ(content_crc("/zabra", std::nullopt), content_crc("/zabra", ""));
}

TEST(Digest, TheRootHasAnEmptyPath) {
  EXPECT_EQ(content_crc("/", ""), 0U);
  EXPECT_EQ(content_crc("", "x"), content_crc("/", "x"));
}

TEST(Digest, ANodeIsTheChecksumOfContentThenFacts) {
  EXPECT_EQ(node_digest(some_facts(), content_crc("/zabra", "hello")), 0x363a957cU);
  EXPECT_EQ(node_digest({}, content_crc("/", "")), 0x04128908U);
}

TEST(Digest, EveryFactCountsButTheAcl) {
  const std::uint64_t before = node_digest(some_facts(), 7);
  const auto with = [](auto change) {
    NodeFacts facts = some_facts();
    change(facts);
    return node_digest(facts, 7);
  };
  EXPECT_NE(with([](NodeFacts& facts) { facts.czxid = facts.czxid.next(); }), before);
  EXPECT_NE(with([](NodeFacts& facts) { facts.mzxid = facts.mzxid.next(); }), before);
  EXPECT_NE(with([](NodeFacts& facts) { facts.pzxid = facts.pzxid.next(); }), before);
  EXPECT_NE(with([](NodeFacts& facts) { ++facts.ctime; }), before);
  EXPECT_NE(with([](NodeFacts& facts) { ++facts.mtime; }), before);
  EXPECT_NE(with([](NodeFacts& facts) { ++facts.version; }), before);
  EXPECT_NE(with([](NodeFacts& facts) { ++facts.cversion; }), before);
  EXPECT_NE(with([](NodeFacts& facts) { ++facts.aversion; }), before);
  EXPECT_NE(with([](NodeFacts& facts) { facts.owner = Owner::container(); }), before);
  EXPECT_EQ(with([](NodeFacts& facts) { facts.acl = AclId{77}; }), before);
}

TEST(Digest, WhatStandsBelowZookeeperDoesNotCount) {
  EXPECT_FALSE(is_in_digest("/zookeeper/quota"));
  EXPECT_FALSE(is_in_digest("/zookeeper/config"));
  EXPECT_TRUE(is_in_digest("/zookeeper"));
  EXPECT_TRUE(is_in_digest("/zookeepers/a"));
  EXPECT_TRUE(is_in_digest("/a/zookeeper/b"));
}

}  // namespace
}  // namespace zabra::state
