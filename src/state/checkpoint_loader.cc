#include "state/checkpoint_loader.h"

#include <string>

namespace zabra::state {

namespace {

NodeFacts facts_of(const wire::NodeRecord& record) {
  return {.czxid = record.czxid,
          .mzxid = record.mzxid,
          .pzxid = record.pzxid,
          .ctime = record.ctime,
          .mtime = record.mtime,
          .owner = record.owner,
          .version = record.version,
          .cversion = record.cversion,
          .aversion = record.aversion,
          .acl = AclId{record.acl_id}};
}

Fault node_fault(std::string_view path, const char* what) {
  return {"znode " + std::string(path) + what};
}

std::string counted(std::uint64_t found, const char* what, std::uint64_t expected) {
  return std::to_string(found) + what + " where the checkpoint says " + std::to_string(expected);
}

}  // namespace

Outcome CheckpointLoader::load(const wire::ParsedKey& key, std::string_view value) {
  begin();
  switch (key.kind) {
    case wire::KeyKind::acl:
      return store_.acls.load(key.acl_id, value);
    case wire::KeyKind::node:
      return load_node(key.path, value);
    case wire::KeyKind::session:
      return load_session(key.session, value);
    case wire::KeyKind::meta:
      break;
  }
  return Fault{"a checkpoint's meta among its entries"};
}

void CheckpointLoader::begin() {
  if (!begun_) store_.begin_load();
  begun_ = true;
}

Outcome CheckpointLoader::load_node(std::string_view path, std::string_view value) {
  const Result<wire::NodeRecord> record = wire::decode_node_record(value);
  if (!record) return record.fault();
  const NodeFacts facts = facts_of(*record);
  if (!store_.acls.has(facts.acl)) return node_fault(path, ": its ACL list is missing");
  const NodeRef parent = find_parent(path), known = find_known(path);
  if (!parent && known != store_.tree.root()) return node_fault(path, ": its parent is missing");
  if (known && store_.tree[known].stored != 0) return node_fault(path, ": it is there twice");
  store_.acls.acquire(facts.acl);
  quotas_.loaded(path, store_.load_node(known, parent, path, record->data, facts));
  return Done{};
}

// In the order of the keys nothing comes twice: there can only be what an empty server has.
NodeRef CheckpointLoader::find_known(std::string_view path) {
  const bool in_order = last_path_ < path;
  last_path_ = path;
  const bool is_new = in_order && path.size() > 1 && !path.starts_with("/zookeeper");
  return is_new ? NodeRef{} : store_.tree.find(path);
}

NodeRef CheckpointLoader::find_parent(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const bool is_sibling = parent_ && slash == parent_path_.size() && path.starts_with(parent_path_);
  if (is_sibling && slash + 1 < path.size()) return parent_;
  parent_ = store_.find_parent(path);
  parent_path_ = path.substr(0, slash);
  return parent_;
}

Outcome CheckpointLoader::load_session(SessionId id, std::string_view value) {
  wire::Reader in(value);
  const std::int32_t timeout_ms = in.read_i32();
  if (!in.ok()) return Fault{"session " + to_string(id) + ": no timeout", in.offset()};
  store_.load_session(id, timeout_ms);
  return Done{};
}

Outcome CheckpointLoader::finish(const wire::CheckpointMeta& meta) {
  begin();
  if (Outcome acls = store_.acls.finish_load(meta.next_acl_id); !acls) return acls;
  if (Outcome same = compare(meta); !same) return same;
  quotas_.count_all();
  return Done{};
}

Outcome CheckpointLoader::compare(const wire::CheckpointMeta& meta) const {
  if (store_.tree.node_count() != meta.node_count)
    return Fault{counted(store_.tree.node_count(), " znodes", meta.node_count)};
  if (store_.sessions.count() != meta.session_count)
    return Fault{counted(store_.sessions.count(), " sessions", meta.session_count)};
  if (store_.tree.digest() != meta.tree_digest) return Fault{"the znodes do not have the checkpoint's digest"};
  return Done{};
}

}  // namespace zabra::state
