// All that checkpoints hold, and the way to change it: the tree with what must follow each of its changes: references
// on ACL lists, the index of ephemerals, that of containers and TTL nodes, the marks of what is dirty. What a
// transaction means is apply.h's business.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "state/acl.h"
#include "state/dirty.h"
#include "state/expiring.h"
#include "state/sessions.h"
#include "state/settings.h"
#include "state/tree.h"
#include "wire/ids.h"
#include "wire/jute.h"

namespace zabra::state {

struct Store {
  // As it is in an empty server: with the reserved nodes.
  explicit Store(const Settings& settings);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // The parent of a znode with this path, whether that exists or not; none for the root and for what is no path.
  NodeRef find_parent(std::string_view path) const;

  // A reference on facts.acl goes to the znode: acquire it first.
  NodeRef add(NodeRef parent, std::string_view path, wire::NullableView data, const NodeFacts& facts);
  // All but the children becomes another znode's.
  void replace(NodeRef ref, std::string_view path, wire::NullableView data, const NodeFacts& facts);
  void remove(NodeRef ref, std::string_view path);  // childless, not the root

  // change(NodeFacts&), but not the owner and not the ACL.
  template <class Change>
  void change_facts(NodeRef ref, Change&& change) {
    dirty.touch(ref);
    tree.change_facts(ref, change);
  }
  template <class Change>
  void set_data(NodeRef ref, std::string_view path, wire::NullableView data, Change&& change) {
    dirty.touch(ref);
    const std::size_t length_before = tree[ref].data_length();
    tree.set_data(ref, path, data, change);
    dirty.resized(ref, length_before);
  }
  void set_acl(NodeRef ref, const wire::AclListView& acl, std::int32_t aversion);
  // What /zookeeper/config says, as of the zxid that is the configuration's version. It stays as it is if it says so.
  void set_config(std::string_view text, Zxid version, WallTime now);

  void open_session(SessionId id, std::int32_t timeout_ms);
  void close_session(SessionId id);  // its ephemerals stay

  // ---- loading a checkpoint: no change, but what is there already ----
  void begin_load();  // the reserved nodes are to be loaded too
  // `known`: a reserved node, which is there already.
  NodeRef load_node(NodeRef known, NodeRef parent, std::string_view path, wire::NullableView data,
                    const NodeFacts& facts);
  void load_session(SessionId id, std::int32_t timeout_ms);

  Tree tree;
  AclTable acls;
  Sessions sessions;
  Expiring expiring;
  Dirty dirty;

 private:
  void index(NodeRef ref);
  void unindex(NodeRef ref);
  void overwrite(NodeRef ref, std::string_view path, wire::NullableView data, const NodeFacts& facts);
};

}  // namespace zabra::state
