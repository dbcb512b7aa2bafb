// The znodes: found by path, walked by parent and children, with the digest kept up to date. It knows nothing of
// transactions, watches or permissions: state/apply.h says what a transaction does to it.
//
// Paths are absolute, without a trailing '/'; the root is "/" and, for reads, "". A path that is not well-formed is simply
// not found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "state/byte_pool.h"
#include "state/chain_index.h"
#include "state/node.h"
#include "state/slab.h"

namespace zabra::state {

class Tree {
 public:
  // Holds the root alone, with empty data.
  explicit Tree(std::uint64_t hash_seed);

  // ---- reading ----
  NodeRef find(std::string_view path) const;
  std::uint32_t hash_path(std::string_view path) const;  // as Node::hash
  NodeRef root() const { return root_; }
  const Node& operator[](NodeRef ref) const { return nodes_[ref.value]; }

  std::string path_of(NodeRef ref) const;
  void append_path(NodeRef ref, std::string& out) const;  // "/" for the root
  std::size_t path_length(NodeRef ref) const;

  // visit(NodeRef, const Node&), in the order of the list: the order of creation until something was deleted.
  template <class Visit>
  void for_each_child(NodeRef parent, Visit&& visit) const {
    const RefList& children = nodes_[parent.value].children;
    for (std::uint32_t i = 0; i < children.size(); ++i) {
      fetch_ahead(children, i);
      const NodeRef child{children[i]};
      visit(child, nodes_[child.value]);
    }
  }
  // Of a list that is walked forwards, at `place`: what the next ones of it will need is on its way from memory meanwhile.
  void fetch_ahead(const RefList& list, std::uint32_t place) const {
    if (place + fetched_ahead < list.size()) fetch(NodeRef{list[place + fetched_ahead]});
    if (place + fetched_ahead / 2 < list.size()) nodes_[list[place + fetched_ahead / 2]].payload.fetch();
  }
  // The same for a list that is walked backwards and whose znodes are removed: the index is needed as well.
  void fetch_removed_next(const RefList& list, std::uint32_t place) const;
  void fetch(NodeRef ref) const {
    __builtin_prefetch(&nodes_[ref.value].facts);
    __builtin_prefetch(&nodes_[ref.value].payload);
  }
  // The subtree of `top`, itself first, parents before children: visit(NodeRef, const Node&).
  template <class Visit>
  void for_each_below(NodeRef top, Visit&& visit) const {
    NodeRef at = top;
    do {
      visit(at, nodes_[at.value]);
      at = next_in_walk(top, at);
    } while (at);
  }

  std::uint64_t digest() const { return digest_; }
  std::uint64_t node_count() const { return nodes_.size(); }  // the root included
  std::uint64_t content_bytes() const { return bytes_; }    // paths and data
  static std::uint64_t node_digest_of(const Node& node);    // 0 for a reserved one

  // ---- changing: the caller keeps the other indexes ----

  // So many znodes are going to be there: the index makes room at once. Good for time only.
  void expect(std::uint64_t nodes);
  // The path must not exist, and its parent must be `parent`.
  NodeRef add(NodeRef parent, std::string_view path, wire::NullableView data, const NodeFacts& facts);
  // It must have no children.
  void remove(NodeRef ref);
  // change(NodeFacts&): both in one step, the digest counted once.
  template <class Change>
  void set_data(NodeRef ref, std::string_view path, wire::NullableView data, Change&& change) {
    digest_ -= node_digest_of(nodes_[ref.value]);
    replace_content(nodes_[ref.value], path, data);
    change(nodes_[ref.value].facts);
    digest_ += node_digest_of(nodes_[ref.value]);
  }
  // change(NodeFacts&); the digest follows.
  template <class Change>
  void change_facts(NodeRef ref, Change&& change) {
    Node& node = nodes_[ref.value];
    digest_ -= node_digest_of(node);
    change(node.facts);
    digest_ += node_digest_of(node);
  }
  // For what is neither content nor facts: marks and places in indexes.
  Node& marks(NodeRef ref) { return nodes_[ref.value]; }
  // As marks(); nothing where there is no znode (any more).
  Node* find_marks(NodeRef ref) { return nodes_.find(ref.value); }
  void fetch_marks(NodeRef ref) {
    if (find_marks(ref) != nullptr) fetch(ref);
  }

 private:
  using Nodes = Slab<Node, 8>;
  struct ByPath {
    Nodes& nodes;
    std::uint32_t hash(Handle node) const { return nodes[node].hash; }
    Handle& next(Handle node) const { return nodes[node].next_by_path; }
  };
  static constexpr std::uint32_t fetched_ahead = 16;
  bool has_path(const Node& node, std::string_view path) const;
  void replace_content(Node& node, std::string_view path, wire::NullableView data);
  NodeRef next_in_walk(NodeRef top, NodeRef at) const;

  std::uint64_t seed_;
  BytePool payloads_;  // before the znodes: it must outlive them
  mutable Nodes nodes_;
  ChainIndex by_path_;
  NodeRef root_;
  std::uint64_t digest_ = 0, bytes_ = 0;
};

}  // namespace zabra::state
