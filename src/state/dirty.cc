#include "state/dirty.h"

#include <utility>

#include "base/limits.h"
#include "wire/check.h"

namespace zabra::state {

namespace {

// Put mark, lengths, prefix of the key and the fixed part of a NodeRecord.
constexpr std::size_t node_overhead = 1 + 4 + 1 + 4 + 64 + 4;
// Put mark, lengths, key, timeout.
constexpr std::size_t session_bytes = 1 + 4 + 9 + 4 + 4;
// A look at an entry costs time also where it gives no bytes.
constexpr std::size_t bytes_per_look = 16;

wire::NodeRecord record_of(const Node& node) {
  const NodeFacts& facts = node.facts;
  return {.czxid = facts.czxid,
          .mzxid = facts.mzxid,
          .pzxid = facts.pzxid,
          .ctime = facts.ctime,
          .mtime = facts.mtime,
          .version = facts.version,
          .cversion = facts.cversion,
          .aversion = facts.aversion,
          .owner = facts.owner,
          .acl_id = facts.acl.value,
          .data = node.data()};
}

}  // namespace

Dirty::Dirty(Tree& tree, AclTable& acls, Sessions& sessions) : tree_(tree), acls_(acls), sessions_(sessions) {}

// ---- znodes ----

std::size_t Dirty::entry_bytes(NodeRef ref) const {
  return node_overhead + tree_.path_length(ref) + tree_[ref].data_length();
}

void Dirty::touch(NodeRef ref) {
  Node& node = tree_.marks(ref);
  if (is_frozen(node)) encode_node(ref);
  if (is_current(node)) return;
  node.dirty = (node.dirty | 1U << current_) & 3U;
  current().nodes.push_back(ref.value);
  current().node_bytes += entry_bytes(ref);
}

void Dirty::resized(NodeRef ref, std::size_t length_before) {
  current().node_bytes += tree_[ref].data_length();
  current().node_bytes -= length_before;
}

std::string_view Dirty::node_key(std::string_view path) {
  wire::make_node_key(path, key_);
  return key_;
}

void Dirty::removing(NodeRef ref, std::string_view path) {
  const Node& node = tree_[ref];
  if (is_frozen(node)) encode_node(ref);
  if (is_current(node)) current().node_bytes -= entry_bytes(ref);
  if (node.stored != 0) removed().remove(node_key(path));
}

// ---- sessions ----

void Dirty::changing(SessionId id) {
  const std::uint64_t* change = sessions_.change(id);
  if (change == nullptr) return;
  const std::uint64_t number = SessionMark::from(*change).number;
  if (number != 0 && number < current().first_session) encode_session(id);
}

void Dirty::opened(SessionId id) {
  std::uint64_t* change = sessions_.change(id);
  CHECK(change != nullptr);
  const SessionMark mark = SessionMark::from(*change);
  if (mark.number != 0) return;  // it is listed
  *change = SessionMark{next_session_++, mark.stored}.bits();
  current().sessions.push_back(id);
}

void Dirty::closing(SessionId id) {
  changing(id);
  std::uint64_t* change = sessions_.change(id);
  if (change == nullptr) return;
  if (SessionMark::from(*change).stored) removed().remove(wire::session_key(id));
  *change = 0;
}

// The whole batch gets its room with the first key: growing by moving would take longer than all else that a step does. Room
// that is not used is address space only.
wire::CheckpointBatch& Dirty::removed() {
  wire::CheckpointBatch& batch = current().removed;
  if (batch.empty()) batch.reserve(limits::checkpoint_batch_max + limits::checkpoint_batch_max / 4);
  return batch;
}

// ---- loading ----

void Dirty::forget() {
  CHECK(!begun_);
  for (const std::uint32_t ref : current().nodes) {
    if (Node* node = tree_.find_marks(NodeRef{ref})) node->dirty = 0;
  }
  start_list();
}

void Dirty::loaded(NodeRef ref) {
  tree_.marks(ref).stored = 1;
}

void Dirty::loaded(SessionId id) {
  *sessions_.change(id) = SessionMark{.stored = true}.bits();
}

// ---- checkpoints ----

void Dirty::start_list() {
  current() = List{};
  current().first_session = next_session_;
}

// Entries that came to nothing cost their place in the list.
std::size_t Dirty::bytes() const {
  const List& list = lists_[current_];
  return list.node_bytes + list.nodes.size() * sizeof(std::uint32_t) + list.sessions.size() * session_bytes +
         list.removed.bytes() + acls_.changed_bytes();
}

void Dirty::begin(Zxid zxid, std::uint32_t txn_checksum) {
  CHECK(!begun_);
  const std::size_t expected = bytes();
  acl_changes_ = acls_.take_changes();
  for (const AclId id : acl_changes_.made) acls_.acquire(id);
  meta_.zxid = zxid;
  meta_.txn_checksum = txn_checksum;
  meta_.tree_digest = tree_.digest();
  meta_.next_acl_id = acls_.next_id();
  meta_.node_count = tree_.node_count();
  meta_.session_count = sessions_.count();
  current_ ^= 1U;
  start_list();
  batch_ = std::move(frozen().removed);
  if (batch_.empty()) batch_.reserve(expected);
  next_entry_ = 0;
  begun_ = true;
}

bool Dirty::encode(std::size_t bytes) {
  CHECK(begun_);
  const std::size_t start = batch_.bytes();
  for (std::size_t looks = 0; next_entry_ < entry_count(); ++looks) {
    if (looks > 0 && batch_.bytes() - start + looks * bytes_per_look >= bytes) return false;
    fetch_ahead(next_entry_);
    encode_entry(next_entry_++);
  }
  return true;
}

wire::CheckpointBatch Dirty::take() {
  CHECK(begun_ && next_entry_ == entry_count());
  begun_ = false;
  frozen() = List{};
  acl_changes_ = {};
  return std::exchange(batch_, {});
}

// ---- the entries of the one under way ----

std::size_t Dirty::entry_count() const {
  const List& frozen = lists_[current_ ^ 1U];
  return acl_changes_.made.size() + acl_changes_.dropped.size() + frozen.sessions.size() + frozen.nodes.size();
}

void Dirty::encode_entry(std::size_t index) {
  if (index < acl_changes_.made.size()) return encode_acl(acl_changes_.made[index]);
  index -= acl_changes_.made.size();
  if (index < acl_changes_.dropped.size()) return batch_.remove(wire::acl_key(acl_changes_.dropped[index].value));
  index -= acl_changes_.dropped.size();
  if (index < frozen().sessions.size()) return encode_listed_session(index);
  index -= frozen().sessions.size();
  encode_listed_node(NodeRef{frozen().nodes[index]});
}

// The znodes a little further on, and what they hold, are on their way from memory meanwhile.
void Dirty::fetch_ahead(std::size_t index) {
  constexpr std::size_t far = 16, near = 8;
  const std::vector<std::uint32_t>& nodes = frozen().nodes;
  const std::size_t before_nodes = entry_count() - nodes.size();
  if (index < before_nodes) return;
  index -= before_nodes;
  if (index + far < nodes.size()) tree_.fetch_marks(NodeRef{nodes[index + far]});
  if (index + near >= nodes.size()) return;
  if (const Node* node = tree_.find_marks(NodeRef{nodes[index + near]})) node->payload.fetch();
}

void Dirty::encode_acl(AclId id) {
  value_.clear();
  wire::Writer out(value_);
  wire::write(out, acls_.list(id));
  batch_.put(wire::acl_key(id.value), value_);
  acls_.release(id);
}

// Not if it has been encoded, has been closed, or is another one by now.
void Dirty::encode_listed_session(std::size_t index) {
  const SessionId id = frozen().sessions[index];
  const std::uint64_t* change = sessions_.change(id);
  if (change != nullptr && SessionMark::from(*change).number == frozen().first_session + index) encode_session(id);
}

void Dirty::encode_session(SessionId id) {
  value_.clear();
  wire::Writer(value_).write_i32(*sessions_.timeout_ms(id));
  batch_.put(wire::session_key(id), value_);
  loaded(id);
}

// As with sessions; a znode that took the place of a removed one is in the list by itself.
void Dirty::encode_listed_node(NodeRef ref) {
  const Node* node = tree_.find_marks(ref);
  if (node != nullptr && is_frozen(*node)) encode_node(ref);
}

void Dirty::encode_node(NodeRef ref) {
  Node& node = tree_.marks(ref);
  path_.clear();
  tree_.append_path(ref, path_);
  value_.clear();
  wire::Writer out(value_);
  wire::write(out, record_of(node));
  batch_.put(node_key(path_), value_);
  node.dirty = node.dirty & (1U << current_);
  node.stored = 1;
}

}  // namespace zabra::state
