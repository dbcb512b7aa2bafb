#include "state/store.h"

#include <string>

#include "wire/codes.h"
#include "wire/path.h"
#include "wire/records.h"

namespace zabra::state {

namespace {

constexpr std::string_view config_path = "/zookeeper/config";

AclId acquire_read_for_anyone(AclTable& acls) {
  std::string entry;
  wire::Writer out(entry);
  wire::write(out, wire::Acl{.perms = perm::read, .id = {.scheme = "world", .id = "anyone"}});
  return acls.acquire(wire::AclListView::trusted(entry, 1));
}

}  // namespace

Store::Store(const Settings& settings) : tree(settings.hash_seed), acls(settings), dirty(tree, acls, sessions) {
  dirty.touch(tree.root());
  const NodeRef zookeeper = add(tree.root(), "/zookeeper", "", {});
  NodeFacts config;
  config.aversion = -1;
  config.acl = acquire_read_for_anyone(acls);
  add(zookeeper, config_path, "", config);
  add(zookeeper, "/zookeeper/quota", "", {});
}

NodeRef Store::find_parent(std::string_view path) const {
  const std::size_t slash = path.rfind('/');
  const bool names_a_child = slash != std::string_view::npos && slash + 1 < path.size();
  if (!names_a_child) return {};
  const std::string_view parent = path.substr(0, slash);
  return parent == "/" ? NodeRef{} : tree.find(parent);  // "//a" names nothing
}

// ---- znodes ----

NodeRef Store::add(NodeRef parent, std::string_view path, wire::NullableView data, const NodeFacts& facts) {
  const NodeRef ref = tree.add(parent, path, data, facts);
  index(ref);
  dirty.touch(ref);
  return ref;
}

void Store::replace(NodeRef ref, std::string_view path, wire::NullableView data, const NodeFacts& facts) {
  dirty.touch(ref);
  const std::size_t length_before = tree[ref].data_length();
  overwrite(ref, path, data, facts);
  dirty.resized(ref, length_before);
}

void Store::overwrite(NodeRef ref, std::string_view path, wire::NullableView data, const NodeFacts& facts) {
  const AclId before = tree[ref].facts.acl;
  unindex(ref);
  tree.set_data(ref, path, data, [&](NodeFacts& now) { now = facts; });
  index(ref);
  acls.release(before);
}

void Store::remove(NodeRef ref, std::string_view path) {
  const AclId acl = tree[ref].facts.acl;
  dirty.removing(ref, path);
  unindex(ref);
  tree.remove(ref);
  acls.release(acl);
}

void Store::set_acl(NodeRef ref, const wire::AclListView& acl, std::int32_t aversion) {
  const AclId before = tree[ref].facts.acl, now = acls.acquire(acl);
  change_facts(ref, [&](NodeFacts& facts) {
    facts.acl = now;
    facts.aversion = aversion;
  });
  acls.release(before);
}

// -1: as in ZooKeeper, where the node's version was never counted.
void Store::set_config(std::string_view text, Zxid version, WallTime now) {
  const NodeRef ref = tree.find(config_path);
  const Node& node = tree[ref];
  if (node.data() == wire::NullableView{text} && node.facts.mzxid == version) return;
  set_data(ref, config_path, text, [&](NodeFacts& facts) {
    facts.mzxid = version;
    facts.mtime = now.ms;
    facts.version = -1;
  });
}

void Store::index(NodeRef ref) {
  const Owner owner = tree[ref].facts.owner;
  if (owner.is_ephemeral()) {
    sessions.add_ephemeral(tree, ref);
  } else if (owner != Owner::none()) {
    expiring.add(tree, ref);
  }
}

void Store::unindex(NodeRef ref) {
  const Owner owner = tree[ref].facts.owner;
  if (owner.is_ephemeral()) {
    sessions.remove_ephemeral(tree, ref);
  } else if (owner != Owner::none()) {
    expiring.remove(tree, ref);
  }
}

// ---- sessions ----

void Store::open_session(SessionId id, std::int32_t timeout_ms) {
  dirty.changing(id);
  sessions.open(id, timeout_ms);
  dirty.opened(id);
}

void Store::close_session(SessionId id) {
  dirty.closing(id);
  sessions.close(id);
}

// ---- loading ----

// The one reserved node with a list of its own gives it up: the number may be another list's in the checkpoint.
void Store::begin_load() {
  dirty.forget();
  const NodeRef config = tree.find(config_path);
  const AclId acl = tree[config].facts.acl;
  tree.change_facts(config, [](NodeFacts& facts) { facts.acl = open_acl; });
  acls.release(acl);
}

NodeRef Store::load_node(NodeRef known, NodeRef parent, std::string_view path, wire::NullableView data,
                         const NodeFacts& facts) {
  const NodeRef ref = known ? known : tree.add(parent, path, data, facts);
  if (known) {
    overwrite(known, path, data, facts);
  } else {
    index(ref);
  }
  dirty.loaded(ref);
  return ref;
}

void Store::load_session(SessionId id, std::int32_t timeout_ms) {
  sessions.open(id, timeout_ms);
  dirty.loaded(id);
}

}  // namespace zabra::state
