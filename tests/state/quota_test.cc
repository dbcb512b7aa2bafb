// What quota nodes say, and which quota covers a path.
#include "state/quota.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/seed.h"
#include "wire/path.h"

namespace zabra::state {
namespace {

// "count bytes count_hard bytes_hard", or "none".
std::string limits_of(std::string_view text) {
  const auto limits = parse_quota_limits(text);
  if (!limits) return "none";
  return std::to_string(limits->count) + " " + std::to_string(limits->bytes) + " " +
         std::to_string(limits->count_hard) + " " + std::to_string(limits->bytes_hard);
}

TEST(QuotaLimits, AreReadFromTheirText) {
  EXPECT_EQ(limits_of("count=10,bytes=-1"), "10 -1 -1 -1");
  EXPECT_EQ(limits_of("count=10,bytes=-1=;byteHardLimit=4;countHardLimit=5"), "10 -1 5 4");
  EXPECT_EQ(limits_of("bytes=+7"), "-1 7 -1 -1");
  EXPECT_EQ(limits_of("count=9223372036854775807"), "9223372036854775807 -1 -1 -1");
}

TEST(QuotaLimits, WhatIsNotSaidIsNotLimited) {
  EXPECT_EQ(limits_of(""), "-1 -1 -1 -1");
  EXPECT_EQ(limits_of("count="), "-1 -1 -1 -1");
  EXPECT_EQ(limits_of("colour=3,,;"), "-1 -1 -1 -1");
}

TEST(QuotaLimits, TheLastOfAKeyCounts) {
  EXPECT_EQ(limits_of("count=1,count=2"), "2 -1 -1 -1");
}

TEST(QuotaLimits, TextThatIsNoneGivesNone) {
  for (const char* text :
       {"count", "count=x", "count=1 ", "count=1x", "colour=red", "bytes=9223372036854775808", "1,2"}) {
    EXPECT_EQ(limits_of(text), "none") << text;
  }
}

TEST(QuotaUsage, IsWrittenAsTheStatisticsSayIt) {
  EXPECT_EQ(to_text(QuotaUsage{.count = 3, .bytes = 42}), "count=3,bytes=42");
}

TEST(QuotaPath, NamesWhatIsCoveredAndHow) {
  const auto is = [](std::string_view path, QuotaNode kind, std::string_view covered) {
    const QuotaPath parsed = parse_quota_path(path);
    EXPECT_EQ(parsed.kind, kind) << path;
    EXPECT_EQ(parsed.covered, covered) << path;
  };
  is("/zookeeper/quota/a/zookeeper_limits", QuotaNode::limits, "/a");
  is("/zookeeper/quota/a/b/zookeeper_stats", QuotaNode::stats, "/a/b");
  is("/zookeeper/quota/a", QuotaNode::none, "");
  is("/zookeeper/quota/a/other", QuotaNode::none, "");
  is("/zookeeper/quota/zookeeper_limits", QuotaNode::none, "");  // the root has none
  is("/a/zookeeper_limits", QuotaNode::none, "");
  is("/zookeeper/quotas/a/zookeeper_limits", QuotaNode::none, "");
}

class QuotasTest : public testing::Test {
 protected:
  void limit(const std::string& path) { quotas.set_limits(path, NodeRef{next_++}, "count=5"); }
  // Of the quota that covers the path, 0: none does.
  std::uint32_t covering(const std::string& path) const {
    const Quota* quota = std::as_const(quotas).covering(path);
    return quota == nullptr ? 0 : quota->limits_node.value;
  }
  std::vector<std::string> names() {
    std::vector<std::string> paths;
    quotas.for_each([&](const std::string& covered, Quota&) { paths.push_back(covered); });
    return paths;
  }

  Quotas quotas;

 private:
  std::uint32_t next_ = 1;
};

TEST_F(QuotasTest, ANewTableCoversNothing) {
  EXPECT_TRUE(quotas.empty());
  EXPECT_EQ(covering("/a"), 0U);
  EXPECT_EQ(covering("/"), 0U);
}

TEST_F(QuotasTest, AQuotaCoversItsPathAndWhatIsBelow) {
  limit("/a/b");
  EXPECT_FALSE(quotas.empty());
  EXPECT_EQ(covering("/a/b"), 1U);
  EXPECT_EQ(covering("/a/b/c/d"), 1U);
  for (const char* path : {"/a", "/a/bb", "/b", "/", "/a/c/b"}) EXPECT_EQ(covering(path), 0U) << path;
}

TEST_F(QuotasTest, TheDeepestCounts) {
  limit("/a");
  limit("/a/b/c");
  EXPECT_EQ(covering("/a/b"), 1U);
  EXPECT_EQ(covering("/a/b/c"), 2U);
  EXPECT_EQ(covering("/a/b/c/d"), 2U);
}

TEST_F(QuotasTest, StatisticsAloneCoverNothing) {
  limit("/elsewhere");
  quotas.at("/a").stats_node = NodeRef{9};
  EXPECT_EQ(covering("/a"), 0U);
  EXPECT_THAT(names(), testing::ElementsAre("/elsewhere", "/a"));
}

TEST_F(QuotasTest, NewLimitsReplaceTheOldAndKeepTheUsage) {
  limit("/a");
  quotas.at("/a").usage = {.count = 3, .bytes = 7};
  Quota& quota = quotas.set_limits("/a", NodeRef{8}, "bytes=9");
  EXPECT_EQ(quota.limits_node.value, 8U);
  EXPECT_EQ(quota.limits->bytes, 9);
  EXPECT_EQ(quota.limits->count, -1);
  EXPECT_EQ(quota.usage.count, 3);
  EXPECT_THAT(names(), testing::ElementsAre("/a"));
}

TEST_F(QuotasTest, LimitsThatCannotBeReadAreInForceWithoutNumbers) {
  EXPECT_FALSE(quotas.set_limits("/a", NodeRef{1}, "nonsense").limits.has_value());
  EXPECT_EQ(covering("/a"), 1U);
}

TEST_F(QuotasTest, WithoutLimitsTheOneAboveCoversAgain) {
  limit("/a");
  limit("/a/b");
  quotas.remove_limits("/a/b");
  EXPECT_EQ(covering("/a/b"), 1U);
  quotas.remove_limits("/a");
  EXPECT_TRUE(quotas.empty());
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(QuotasTest, WhatIsNotThereCanBeRemoved) {
  limit("/a/b");
  quotas.remove_limits("/a");
  quotas.remove_limits("/x/y");
  quotas.remove_stats("/a/b/c");
  EXPECT_EQ(covering("/a/b"), 1U);
}

TEST_F(QuotasTest, AQuotaStaysWhileOneOfItsNodesDoes) {
  limit("/a");
  quotas.at("/a").stats_node = NodeRef{9};
  quotas.remove_limits("/a");
  EXPECT_THAT(names(), testing::ElementsAre("/a"));
  quotas.remove_stats("/a");
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(QuotasTest, AVeryDeepPathIsOneQuota) {
  std::string path;
  for (int depth = 0; depth < 100'000; ++depth) path += "/d";
  limit(path);
  EXPECT_EQ(covering(path + "/x"), 1U);
  quotas.remove_limits(path);
  EXPECT_TRUE(quotas.empty());
}

// The deepest of a map's paths at or above `path`.
std::uint32_t deepest(const std::map<std::string, std::uint32_t>& model, std::string path) {
  for (; !path.empty(); path = wire::parent_path(path)) {
    if (const auto found = model.find(path); found != model.end()) return found->second;
  }
  return 0;
}

TEST_F(QuotasTest, AtRandomTheDeepestInAMapIsFound) {
  test::Seed seed(7107);
  std::mt19937_64 random = seed.engine();
  std::map<std::string, std::uint32_t> model;
  const auto some_path = [&] {
    std::string path;
    for (std::size_t left = 1 + test::pick(random, 4); left > 0; --left)
      path.append("/").append(1, "abc"[test::pick(random, 3)]);
    return path;
  };
  for (std::uint32_t step = 1; step <= 5000; ++step) {
    const std::string path = some_path();
    if (test::pick(random, 3) != 0) {
      quotas.remove_limits(path);
      model.erase(path);
    } else {
      quotas.set_limits(path, NodeRef{step}, "");
      model[path] = step;
    }
    const std::string asked = some_path();
    ASSERT_EQ(covering(asked), deepest(model, asked)) << asked;
    ASSERT_EQ(quotas.empty(), model.empty());
    ASSERT_EQ(names().size(), model.size());
  }
}

}  // namespace
}  // namespace zabra::state
