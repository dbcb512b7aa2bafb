#include "state/tree.h"

#include <algorithm>

#include "state/digest.h"
#include "state/hash.h"
#include "wire/path.h"

namespace zabra::state {

namespace {

bool names_root(std::string_view path) { return path.empty() || path == "/"; }

}  // namespace

Tree::Tree(std::uint64_t hash_seed) : seed_(hash_seed) {
  root_ = {nodes_.add()};
  Node& root = nodes_[root_.value];
  root.payload = Payload(payloads_, "", std::string_view{});
  root.content_crc = content_crc("", std::string_view{});
  digest_ = node_digest_of(root);
}

NodeRef Tree::find(std::string_view path) const {
  if (names_root(path)) return root_;
  const std::uint32_t hash = hash_path(path);
  const auto equal = [&](Handle at) { return nodes_[at].hash == hash && has_path(nodes_[at], path); };
  return {by_path_.find(hash, ByPath{nodes_}, equal)};
}

std::uint32_t Tree::hash_path(std::string_view path) const {
  return static_cast<std::uint32_t>(hash_bytes(path, seed_));
}

// Compares from the last component upwards.
bool Tree::has_path(const Node& node, std::string_view path) const {
  for (const Node* at = &node; at->parent; at = &nodes_[at->parent.value]) {
    const std::string_view name = at->name();
    if (path.size() <= name.size() || !path.ends_with(name)) return false;
    path.remove_suffix(name.size());
    if (path.back() != '/') return false;
    path.remove_suffix(1);
  }
  return path.empty();
}

std::size_t Tree::path_length(NodeRef ref) const {
  std::size_t length = 0;
  for (const Node* at = &nodes_[ref.value]; at->parent; at = &nodes_[at->parent.value]) length += 1 + at->name().size();
  return length == 0 ? 1 : length;
}

std::string Tree::path_of(NodeRef ref) const {
  std::string path;
  append_path(ref, path);
  return path;
}

void Tree::append_path(NodeRef ref, std::string& out) const {
  out.resize(out.size() + path_length(ref), '/');
  std::size_t end = out.size();
  for (const Node* at = &nodes_[ref.value]; at->parent; at = &nodes_[at->parent.value]) {
    const std::string_view name = at->name();
    end -= name.size();
    out.replace(end, name.size(), name);
    out[--end] = '/';
  }
}

// Parents before children, without a stack: the way back up is in the nodes.
NodeRef Tree::next_in_walk(NodeRef top, NodeRef at) const {
  if (!nodes_[at.value].children.empty()) return {nodes_[at.value].children[0]};
  while (at != top) {
    const Node& node = nodes_[at.value];
    const RefList& siblings = nodes_[node.parent.value].children;
    if (node.place + 1 < siblings.size()) return {siblings[node.place + 1]};
    at = node.parent;
  }
  return {};
}

// Each stage asks for what the one before has brought.
void Tree::fetch_removed_next(const RefList& list, std::uint32_t place) const {
  if (place >= fetched_ahead) fetch(NodeRef{list[place - fetched_ahead]});
  if (place >= fetched_ahead * 3 / 4) {
    const Node& node = nodes_[list[place - fetched_ahead * 3 / 4]];
    node.payload.fetch();
    by_path_.fetch_head(node.hash);
  }
  if (place >= fetched_ahead / 2) by_path_.fetch_first(nodes_[list[place - fetched_ahead / 2]].hash, ByPath{nodes_});
}

std::uint64_t Tree::node_digest_of(const Node& node) {
  return node.reserved != 0 ? 0 : node_digest(node.facts, node.content_crc);
}

void Tree::expect(std::uint64_t nodes) {
  constexpr std::uint64_t believed_max = 1 << 26;  // who says more may be wrong, and has to show them first
  by_path_.reserve(static_cast<std::size_t>(std::min(nodes, believed_max)), ByPath{nodes_});
}

NodeRef Tree::add(NodeRef parent, std::string_view path, wire::NullableView data, const NodeFacts& facts) {
  const NodeRef ref{nodes_.add()};
  Node& node = nodes_[ref.value];
  node.facts = facts;
  node.payload = Payload(payloads_, wire::last_component(path), data);
  node.parent = parent;
  node.hash = hash_path(path);
  node.reserved = is_in_digest(path) ? 0 : 1;
  if (node.reserved == 0) node.content_crc = content_crc(path, data);
  node.place = nodes_[parent.value].children.add(ref.value);
  by_path_.insert(ref.value, node.hash, ByPath{nodes_});
  digest_ += node_digest_of(node);
  bytes_ += path.size() + node.data_length();
  return ref;
}

void Tree::remove(NodeRef ref) {
  const Node& node = nodes_[ref.value];
  CHECK(node.children.empty() && node.parent);
  digest_ -= node_digest_of(node);
  bytes_ -= path_length(ref) + node.data_length();
  const std::uint32_t moved = nodes_[node.parent.value].children.remove(node.place);
  if (moved != 0) nodes_[moved].place = node.place;
  by_path_.remove(ref.value, node.hash, ByPath{nodes_});
  nodes_.remove(ref.value);
}

void Tree::replace_content(Node& node, std::string_view path, wire::NullableView data) {
  bytes_ -= node.data_length();
  node.payload.set_data(payloads_, data);
  bytes_ += node.data_length();
  if (node.reserved == 0) node.content_crc = content_crc(path, data);
}

}  // namespace zabra::state
