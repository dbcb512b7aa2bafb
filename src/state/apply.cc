#include "state/apply.h"

#include <algorithm>

#include "wire/client_packets.h"
#include "wire/path.h"

namespace zabra::state {

namespace {

// What an operation was about; no node where there is none now.
struct Touched {
  std::string_view path;
  NodeRef node;
};

struct NewNode {
  std::string_view path;
  wire::NullableView data;
  const wire::AclListView& acl;
  Owner owner;
  std::int32_t parent_cversion = 0;
};

std::string_view parent_path(std::string_view path) {
  const std::string_view parent = wire::parent_path(path);
  return parent.empty() ? std::string_view{"/"} : parent;
}

}  // namespace

struct Applier::Change {
  Store& store;
  QuotaKeeper& quotas;
  WatchTable& watches;
  std::string& scratch_path;
  const wire::TxnHeader& header;
  EventSink& sink;

  Touched operator()(const wire::CreateTxn& txn) {
    const Owner owner = txn.ephemeral ? Owner::session(header.session) : Owner::none();
    return create({txn.path, txn.data, txn.acl, owner, txn.parent_cversion});
  }
  Touched operator()(const wire::CreateContainerTxn& txn) {
    return create({txn.path, txn.data, txn.acl, Owner::container(), txn.parent_cversion});
  }
  Touched operator()(const wire::CreateTtlTxn& txn) {
    return create({txn.path, txn.data, txn.acl, Owner::ttl(txn.ttl_ms), txn.parent_cversion});
  }
  Touched operator()(const wire::DeleteTxn& txn) {
    remove(txn.path);
    return {txn.path, {}};
  }
  Touched operator()(const wire::SetDataTxn& txn) { return set_data(txn); }
  Touched operator()(const wire::SetAclTxn& txn) {
    const NodeRef node = store.tree.find(txn.path);
    if (node) store.set_acl(node, txn.acl, txn.version);
    return {txn.path, node};
  }
  Touched operator()(const wire::CheckTxn& txn) { return {txn.path, {}}; }
  Touched operator()(const wire::ErrorTxn&) { return {}; }
  Touched operator()(const wire::CreateSessionTxn& txn) {
    store.open_session(header.session, txn.timeout_ms);
    return {};
  }
  Touched operator()(const wire::CloseSessionTxn& txn) {
    close_session(txn);
    return {};
  }
  Touched operator()(const wire::MultiTxn&) { return {}; }  // apply_multi() takes it apart

  Touched create(const NewNode& made);
  NodeRef put(NodeRef parent, const NewNode& made, NodeRef existing);
  void count_child(NodeRef parent, std::int32_t cversion, bool existed);
  Touched set_data(const wire::SetDataTxn& txn);
  void remove(std::string_view path);
  void remove(NodeRef node, std::string_view path);
  void remove_below(NodeRef top);
  void forget(NodeRef node, std::string_view path);
  void raise_pzxid(NodeRef parent);
  void close_session(const wire::CloseSessionTxn& txn);

  Trigger trigger(std::string_view path, NodeRef node) const {
    const AclId acl = store.tree[node].facts.acl;
    return {.path = path, .zxid = header.zxid, .acl = acl, .checked = store.acls.anyone_may(acl, perm::read)};
  }
};

// ---- creating ----

Touched Applier::Change::create(const NewNode& made) {
  const NodeRef parent = store.find_parent(made.path);
  if (!parent) return {made.path, {}};
  const NodeRef existing = store.tree.find(made.path);
  const NodeRef node = put(parent, made, existing);
  count_child(parent, made.parent_cversion, static_cast<bool>(existing));
  watches.created(trigger(made.path, node), sink);
  watches.children_changed(trigger(parent_path(made.path), parent), sink);
  return {made.path, node};
}

NodeRef Applier::Change::put(NodeRef parent, const NewNode& made, NodeRef existing) {
  const NodeFacts facts{.czxid = header.zxid,
                        .mzxid = header.zxid,
                        .pzxid = header.zxid,
                        .ctime = header.time_ms,
                        .mtime = header.time_ms,
                        .owner = made.owner,
                        .acl = store.acls.acquire(made.acl)};
  if (!existing) {
    const NodeRef node = store.add(parent, made.path, made.data, facts);
    quotas.added(made.path, node);
    return node;
  }
  const std::size_t length_before = store.tree[existing].data_length();
  store.replace(existing, made.path, made.data, facts);
  quotas.data_changed(made.path, existing, length_before);
  return existing;
}

// Transactions of old (-1) don't say what the counter is after them: then a child that is there has been counted.
void Applier::Change::count_child(NodeRef parent, std::int32_t cversion, bool existed) {
  const std::int32_t before = store.tree[parent].facts.cversion;
  const std::int32_t after = cversion == -1 && !existed ? before + 1 : cversion;
  if (after <= before) return;
  store.change_facts(parent, [&](NodeFacts& facts) {
    facts.cversion = after;
    facts.pzxid = header.zxid;
  });
}

// ---- changing ----

Touched Applier::Change::set_data(const wire::SetDataTxn& txn) {
  const NodeRef node = store.tree.find(txn.path);
  if (!node) return {txn.path, {}};
  const std::size_t length_before = store.tree[node].data_length();
  store.set_data(node, txn.path, txn.data, [&](NodeFacts& facts) {
    facts.mzxid = header.zxid;
    facts.mtime = header.time_ms;
    facts.version = txn.version;
  });
  quotas.data_changed(txn.path, node, length_before);
  watches.data_changed(trigger(txn.path, node), sink);
  return {txn.path, node};
}

// ---- removing ----

void Applier::Change::remove(std::string_view path) {
  const NodeRef parent = store.find_parent(path);
  if (!parent) return;
  if (const NodeRef node = store.tree.find(path)) {
    remove(node, path);
  } else {
    raise_pzxid(parent);
  }
}

void Applier::Change::remove(NodeRef node, std::string_view path) {
  const NodeRef parent = store.tree[node].parent;
  remove_below(node);
  watches.deleted(trigger(path, node), sink);
  forget(node, path);
  raise_pzxid(parent);
  watches.children_changed(trigger(parent_path(path), parent), sink);
}

// Leaves first, without a stack: the way back up is in the nodes.
void Applier::Change::remove_below(NodeRef top) {
  for (NodeRef at = top; store.tree[top].child_count() > 0;) {
    const Node& node = store.tree[at];
    if (node.child_count() > 0) {
      at = NodeRef{node.children[0]};
      continue;
    }
    const NodeRef above = node.parent;
    forget(at, store.tree.path_of(at));
    at = above;
  }
}

void Applier::Change::forget(NodeRef node, std::string_view path) {
  quotas.removing(path, node);
  store.remove(node, path);
}

void Applier::Change::raise_pzxid(NodeRef parent) {
  if (store.tree[parent].facts.pzxid >= header.zxid) return;
  store.change_facts(parent, [&](NodeFacts& facts) { facts.pzxid = header.zxid; });
}

// The list, and whatever else the session still owns.
void Applier::Change::close_session(const wire::CloseSessionTxn& txn) {
  if (txn.paths) {
    for (const std::string_view path : *txn.paths) remove(path);
  }
  for (;;) {
    const RefList& left = store.sessions.ephemerals(header.session);
    if (left.empty()) break;
    store.tree.fetch_removed_next(left, left.size() - 1);
    const NodeRef node{left[left.size() - 1]};
    scratch_path.clear();
    store.tree.append_path(node, scratch_path);
    remove(node, scratch_path);
  }
  store.close_session(header.session);
}

// ---- transactions ----

namespace {

wire::Stat stat_of(const Tree& tree, NodeRef node) {
  return node ? tree[node].stat() : wire::Stat{};
}

// Of a request that the transaction is not the answer to, nothing can be said.
OpCode op_of(const ReplyShape& shape, const wire::MultiTxn& multi, std::size_t item) {
  return item < shape.items.size() ? shape.items[item] : multi.items[item].type;
}

}  // namespace

Applier::Applier(Store& store, QuotaKeeper& quotas, WatchTable& watches)
    : store_(store), quotas_(quotas), watches_(watches) {}

ErrorCode Applier::apply(const wire::Txn& txn, EventSink& sink, const ReplyShape* shape, wire::Writer* reply) {
  if (const auto* error = std::get_if<wire::ErrorTxn>(&txn.body)) return error->error;
  Change change{store_, quotas_, watches_, path_, txn.header, sink};
  const auto* multi = std::get_if<wire::MultiTxn>(&txn.body);
  const ErrorCode code =
      multi != nullptr ? apply_multi(change, *multi, shape, reply) : apply_single(change, txn.body, shape, reply);
  compare_digest(txn);
  return code;
}

// NoNode comes of replay alone, where nobody reads it.
ErrorCode Applier::apply_single(Change& change, const wire::TxnBody& body, const ReplyShape* shape,
                                wire::Writer* reply) {
  const Touched touched = std::visit(change, body);
  if (shape == nullptr || reply == nullptr || !tells_of_znode(shape->op)) return ErrorCode::ok;
  if (!touched.node) return ErrorCode::no_node;
  write_reply(shape->op, touched.path, stat_of(store_.tree, touched.node), *reply);
  return ErrorCode::ok;
}

ErrorCode Applier::apply_multi(Change& change, const wire::MultiTxn& multi, const ReplyShape* shape,
                               wire::Writer* reply) {
  const bool answers = shape != nullptr && reply != nullptr;
  if (multi.failed()) {
    if (answers) write_multi_failure(multi, *reply);
    return ErrorCode::ok;
  }
  for (std::size_t i = 0; i < multi.items.size(); ++i) {
    const Touched touched = std::visit(change, multi.items[i].body);
    if (!answers) continue;
    write_multi_result(op_of(*shape, multi, i), touched.path, stat_of(store_.tree, touched.node), *reply);
  }
  if (answers) wire::write_multi_end(*reply);
  return ErrorCode::ok;
}

void Applier::compare_digest(const wire::Txn& txn) {
  if (!txn.digest || txn.digest->version != wire::TxnDigest::current_version) return;
  if (txn.digest->tree != store_.tree.digest()) ++digest_mismatches_;
}

}  // namespace zabra::state
