// The znodes alone: found by path, walked, counted, with the digest kept.
#include "state/tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "state/digest.h"
#include "tests/support/seed.h"
#include "wire/path.h"

namespace zabra::state {
namespace {

NodeFacts facts_of(std::uint32_t counter) {
  NodeFacts facts;
  facts.czxid = facts.mzxid = facts.pzxid = {0, counter};
  return facts;
}

NodeRef add(Tree& tree, std::string_view path, wire::NullableView data = "", const NodeFacts& facts = {}) {
  const NodeRef parent = tree.find(wire::parent_path(path));
  EXPECT_TRUE(parent) << path;
  return tree.add(parent, path, data, facts);
}

std::vector<std::string> below(const Tree& tree, std::string_view top) {
  std::vector<std::string> paths;
  tree.for_each_below(tree.find(top), [&](NodeRef ref, const Node&) { paths.push_back(tree.path_of(ref)); });
  return paths;
}

std::vector<std::string> child_names(const Tree& tree, std::string_view parent) {
  std::vector<std::string> names;
  tree.for_each_child(tree.find(parent), [&](NodeRef, const Node& node) { names.emplace_back(node.name()); });
  return names;
}

std::uint64_t number_of(std::string_view path, wire::NullableView data, const NodeFacts& facts) {
  return node_digest(facts, content_crc(path, data));
}

TEST(Tree, ANewOneIsTheRootWithEmptyData) {
  const Tree tree(1);
  EXPECT_EQ(tree.node_count(), 1U);
  EXPECT_EQ(tree.content_bytes(), 0U);
  EXPECT_EQ(tree.find("/"), tree.root());
  EXPECT_EQ(tree.find(""), tree.root());
  EXPECT_EQ(tree.path_of(tree.root()), "/");
  EXPECT_EQ(tree[tree.root()].data(), wire::NullableView(""));
  EXPECT_EQ(tree.digest(), number_of("/", "", {}));
}

TEST(Tree, FindsByTheWholePathOnly) {
  Tree tree(1);
  for (const char* path : {"/a", "/a/b", "/a/b/c", "/b"}) add(tree, path);
  EXPECT_EQ(tree.path_of(tree.find("/a/b/c")), "/a/b/c");
  for (const char* path : {"/a/", "//a", "a", "/a//b", "/c", "/b/c", "/a/b/c/d", "/A", "/a/b/", "b", "/a/c"}) {
    EXPECT_FALSE(tree.find(path)) << path;
  }
}

TEST(Tree, PathsOfAnyLengthAndDepthAreFound) {
  Tree tree(1);
  std::string path;
  for (int depth = 0; depth < 300; ++depth) {
    path += "/" + std::string(static_cast<std::size_t>(depth) + 1, 'x');
    add(tree, path);
  }
  const NodeRef deepest = tree.find(path);
  ASSERT_TRUE(deepest);
  EXPECT_EQ(tree.path_of(deepest), path);
  EXPECT_EQ(tree.path_length(deepest), path.size());
  EXPECT_EQ(tree[deepest].name().size(), 300U);
}

TEST(Tree, PathsAreAppended) {
  Tree tree(1);
  std::string text = "at ";
  tree.append_path(add(tree, "/a"), text);
  text += " and ";
  tree.append_path(tree.root(), text);
  EXPECT_EQ(text, "at /a and /");
}

TEST(Tree, NullAndEmptyDataStayApart) {
  Tree tree(1);
  EXPECT_EQ(tree[add(tree, "/null", std::nullopt)].data(), std::nullopt);
  EXPECT_EQ(tree[add(tree, "/empty", "")].data(), wire::NullableView(""));
  const NodeRef ref = add(tree, "/some", "bytes");
  tree.set_data(ref, "/some", std::nullopt, [](NodeFacts&) {});
  EXPECT_EQ(tree[ref].data(), std::nullopt);
  EXPECT_EQ(tree[ref].data_length(), 0U);
}

// Around what one byte says of a name, two of data, and a slot holds of both.
TEST(Tree, NamesAndDataOfAnyLengthStayThroughChanges) {
  std::vector<wire::NullableView> data{std::nullopt};
  const std::string bytes(70'000, 'd');
  for (const std::size_t size : {0U, 100U, 1018U, 1021U, 65'534U, 65'535U, 70'000U}) {
    data.emplace_back(std::string_view(bytes).substr(0, size));
  }
  for (const std::size_t name : {1U, 254U, 255U, 300U}) {
    Tree tree(1);
    const std::string path = "/" + std::string(name, 'n');
    const NodeRef ref = add(tree, path);
    for (const wire::NullableView& from : data) {
      for (const wire::NullableView& to : data) {
        for (const wire::NullableView& now : {from, to}) {
          tree.set_data(ref, path, now, [](NodeFacts&) {});
          ASSERT_EQ(tree[ref].data(), now);
          ASSERT_EQ(tree.path_of(ref), path);
        }
      }
    }
  }
}

TEST(Tree, ChildrenStandInTheOrderOfTheirCreation) {
  Tree tree(1);
  for (const char* path : {"/c", "/a", "/b", "/a/x"}) add(tree, path);
  EXPECT_EQ(child_names(tree, "/"), (std::vector<std::string>{"c", "a", "b"}));
  EXPECT_EQ(tree[tree.root()].child_count(), 3U);
}

TEST(Tree, ARemovedZnodeIsNotFoundAndItsSiblingsAre) {
  Tree tree(1);
  for (const char* path : {"/a", "/b", "/c"}) add(tree, path);
  const NodeRef removed = tree.find("/a");
  tree.remove(removed);
  EXPECT_FALSE(tree.find("/a"));
  EXPECT_EQ(tree.find_marks(removed), nullptr);
  EXPECT_EQ(tree.path_of(tree.find("/c")), "/c");
  tree.remove(tree.find("/c"));
  EXPECT_EQ(child_names(tree, "/"), std::vector<std::string>{"b"});
  EXPECT_EQ(tree.node_count(), 2U);
}

TEST(Tree, AWalkMeetsParentsBeforeChildrenAndStaysBelow) {
  Tree tree(1);
  for (const char* path : {"/a", "/a/b", "/a/b/c", "/a/d", "/e", "/e/f"}) add(tree, path);
  EXPECT_EQ(below(tree, "/a"), (std::vector<std::string>{"/a", "/a/b", "/a/b/c", "/a/d"}));
  EXPECT_EQ(below(tree, "/a/d"), std::vector<std::string>{"/a/d"});
  EXPECT_EQ(below(tree, "/"), (std::vector<std::string>{"/", "/a", "/a/b", "/a/b/c", "/a/d", "/e", "/e/f"}));
}

TEST(Tree, BytesAreThoseOfPathsAndData) {
  Tree tree(1);
  const NodeRef ref = add(tree, "/abc", "12345");
  EXPECT_EQ(tree.content_bytes(), 9U);
  tree.set_data(ref, "/abc", "1", [](NodeFacts&) {});
  EXPECT_EQ(tree.content_bytes(), 5U);
  tree.remove(ref);
  EXPECT_EQ(tree.content_bytes(), 0U);
}

TEST(Tree, TheDigestFollowsDataAndFacts) {
  Tree tree(1);
  const std::uint64_t root = tree.digest();
  const NodeRef ref = add(tree, "/a", "one", facts_of(1));
  EXPECT_EQ(tree.digest(), root + number_of("/a", "one", facts_of(1)));
  tree.set_data(ref, "/a", "two", [](NodeFacts& facts) { facts = facts_of(2); });
  EXPECT_EQ(tree.digest(), root + number_of("/a", "two", facts_of(2)));
  tree.change_facts(ref, [](NodeFacts& facts) { facts = facts_of(3); });
  EXPECT_EQ(tree.digest(), root + number_of("/a", "two", facts_of(3)));
  tree.remove(ref);
  EXPECT_EQ(tree.digest(), root);
}

TEST(Tree, ReservedZnodesAreNotInTheDigest) {
  Tree tree(1);
  add(tree, "/zookeeper", "", facts_of(1));
  const std::uint64_t before = tree.digest();
  const NodeRef ref = add(tree, "/zookeeper/quota", "x", facts_of(2));
  tree.set_data(ref, "/zookeeper/quota", "y", [](NodeFacts& facts) { ++facts.version; });
  EXPECT_EQ(tree.digest(), before);
  EXPECT_EQ(Tree::node_digest_of(tree[ref]), 0U);
  tree.remove(ref);
  EXPECT_EQ(tree.digest(), before);
}

TEST(Tree, AnExpectationChangesNothingThatIsSeen) {
  Tree tree(1);
  add(tree, "/before");
  tree.expect(100'000);
  add(tree, "/after");
  EXPECT_TRUE(tree.find("/before"));
  EXPECT_TRUE(tree.find("/after"));
  EXPECT_EQ(tree.node_count(), 3U);
}

TEST(TreeDeathTest, AZnodeWithChildrenAndTheRootCannotBeRemoved) {
  Tree tree(1);
  add(tree, "/a");
  add(tree, "/a/b");
  EXPECT_DEATH(tree.remove(tree.find("/a")), "broken promise");
  EXPECT_DEATH(Tree(1).remove(Tree(1).root()), "broken promise");
}

// ---- at random ----

struct Content {
  std::optional<std::string> data;
  NodeFacts facts;
};
using Model = std::map<std::string, Content>;  // without the root

std::string some_path(std::mt19937_64& random) {
  std::string path;
  for (std::size_t depth = 1 + test::pick(random, 4); depth > 0; --depth) {
    path += "/n" + std::to_string(test::pick(random, 12));
  }
  return path;
}

std::optional<std::string> some_data(std::mt19937_64& random) {
  if (test::pick(random, 8) == 0) return std::nullopt;
  return std::string(test::pick(random, 40), static_cast<char>('a' + test::pick(random, 26)));
}

bool has_children(const Model& model, const std::string& path) {
  const auto first = model.lower_bound(path + "/");
  return first != model.end() && first->first.starts_with(path + "/");
}

// One change in both, or none where the path doesn't allow any.
void change(Tree& tree, Model& model, std::uint32_t step, std::mt19937_64& random) {
  const std::string path = some_path(random);
  const std::string parent(wire::parent_path(path));
  const Content content{some_data(random), facts_of(step)};
  const NodeRef ref = tree.find(path);
  ASSERT_EQ(static_cast<bool>(ref), model.contains(path)) << path;
  if (!ref) {
    if (!parent.empty() && !model.contains(parent)) return;
    tree.add(tree.find(parent), path, content.data, content.facts);
    model[path] = content;
  } else if (!has_children(model, path) && test::pick(random, 2) == 0) {
    tree.remove(ref);
    model.erase(path);
  } else {
    tree.set_data(ref, path, content.data, [&](NodeFacts& facts) { facts = content.facts; });
    model[path] = content;
  }
}

void expect_same(const Tree& tree, const Model& model) {
  std::uint64_t digest = number_of("/", "", {}), bytes = 0;
  for (const auto& [path, content] : model) {
    const NodeRef ref = tree.find(path);
    ASSERT_TRUE(ref) << path;
    ASSERT_EQ(tree.path_of(ref), path);
    ASSERT_EQ(tree[ref].data(), wire::NullableView(content.data)) << path;
    ASSERT_EQ(tree[ref].facts.mzxid, content.facts.mzxid) << path;
    digest += number_of(path, content.data, content.facts);
    bytes += path.size() + content.data.value_or("").size();
  }
  EXPECT_EQ(tree.digest(), digest);
  EXPECT_EQ(tree.content_bytes(), bytes);
  EXPECT_EQ(tree.node_count(), model.size() + 1);
}

void expect_walk_of_all(const Tree& tree, const Model& model) {
  std::vector<std::string> walked = below(tree, "/"), expected{"/"};
  std::sort(walked.begin(), walked.end());
  for (const auto& [path, content] : model) expected.push_back(path);
  EXPECT_EQ(walked, expected);
}

TEST(TreeAtRandom, HoldsWhatAMapHolds) {
  test::Seed seed(7104);
  std::mt19937_64 random = seed.engine();
  Tree tree(seed.value());
  Model model;
  for (std::uint32_t step = 1; step <= 20'000 && !HasFailure(); ++step) {
    change(tree, model, step, random);
    if (step % 1000 == 0) {
      expect_same(tree, model);
      expect_walk_of_all(tree, model);
    }
  }
  EXPECT_GT(model.size(), 300U);
}

}  // namespace
}  // namespace zabra::state
