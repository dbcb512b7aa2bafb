#include "state/state_machine.h"

#include <utility>

#include "state/apply.h"
#include "state/checkpoint_loader.h"
#include "state/prepare.h"
#include "state/quota_keeper.h"
#include "state/read.h"
#include "state/store.h"
#include "state/watch_table.h"

namespace zabra::state {

struct StateMachine::Parts {
  explicit Parts(const Settings& chosen) : settings(chosen) {}

  const Settings settings;
  Store store{settings};
  QuotaKeeper quotas{store};
  WatchTable watches{settings.hash_seed};
  CheckpointLoader loader{store, quotas};
  Preparer preparer{settings, store.tree, quotas.quotas(), store.sessions, store.acls};
  Applier applier{store, quotas, watches};
  Reads reads{store.tree, store.acls, store.sessions, watches};
  Zxid last_applied;
  std::uint32_t last_checksum = 0;  // of its entry
};

StateMachine::StateMachine(const Settings& settings) : parts_(std::make_unique<Parts>(settings)) {}
StateMachine::~StateMachine() = default;
StateMachine& StateMachine::operator=(StateMachine&& other) noexcept = default;

// ---- loading ----

void StateMachine::expect(const wire::CheckpointMeta& meta) {
  parts_->loader.expect(meta);
}

Outcome StateMachine::load(const wire::ParsedKey& key, std::string_view value) {
  return parts_->loader.load(key, value);
}

Outcome StateMachine::finish_load(const wire::CheckpointMeta& meta) {
  Outcome finished = parts_->loader.finish(meta);
  parts_->last_applied = meta.zxid;
  parts_->last_checksum = meta.txn_checksum;
  return finished;
}

Result<wire::CheckpointMeta> StateMachine::finish_load(Zxid zxid, std::uint32_t next_acl_id) {
  const Store& store = parts_->store;
  wire::CheckpointMeta meta;
  meta.zxid = zxid;
  meta.tree_digest = store.tree.digest();
  meta.next_acl_id = next_acl_id;
  meta.node_count = store.tree.node_count();
  meta.session_count = store.sessions.count();
  if (Outcome finished = finish_load(meta); !finished) return finished.fault();
  return meta;
}

// ---- write path of a leader ----

ErrorCode StateMachine::prepare(const Proposal& proposal, OpCode op, std::string_view body, const Caller& caller,
                                std::string& entry) {
  return parts_->preparer.prepare(proposal, op, body, caller, entry);
}

void StateMachine::prepare_create_session(const Proposal& proposal, std::int32_t timeout_ms, std::string& entry) {
  parts_->preparer.prepare_create_session(proposal, timeout_ms, entry);
}

void StateMachine::prepare_close_session(const Proposal& proposal, std::string& entry) {
  parts_->preparer.prepare_close_session(proposal, entry);
}

ErrorCode StateMachine::prepare_delete_container(const Proposal& proposal, std::string_view path, std::string& entry) {
  return parts_->preparer.prepare_delete_container(proposal, path, entry);
}

void StateMachine::prepare_error(const Proposal& proposal, ErrorCode error, std::string& entry) {
  parts_->preparer.prepare_error(proposal, error, entry);
}

void StateMachine::forget_prepared() {
  parts_->preparer.forget();
}

bool StateMachine::is_open(SessionId session) const {
  return parts_->preparer.is_open(session);
}

// ---- applying ----

ErrorCode StateMachine::apply(const wire::Txn& txn, std::uint32_t entry_checksum, EventSink& sink,
                              const ReplyShape* shape, wire::Writer* reply) {
  const ErrorCode code = parts_->applier.apply(txn, sink, shape, reply);
  parts_->preparer.applied(txn.header.zxid);
  parts_->last_applied = txn.header.zxid;
  parts_->last_checksum = entry_checksum;
  return code;
}

void StateMachine::set_config(std::string_view text, Zxid version, WallTime now) {
  parts_->store.set_config(text, version, now);
}

Zxid StateMachine::last_applied() const {
  return parts_->last_applied;
}

// ---- reads ----

ErrorCode StateMachine::read(OpCode op, std::string_view body, const Caller& caller, wire::Writer& reply,
                             EventSink& sink) {
  return parts_->reads.read(op, body, caller, reply, sink);
}

bool StateMachine::may_read(AclId acl, const AuthIds& ids) const {
  return parts_->store.acls.permits(acl, perm::read, ids);
}

void StateMachine::drop_watcher(WatcherId watcher) {
  parts_->watches.drop(watcher);
}

// ---- sessions, containers and TTL nodes ----

bool StateMachine::has_session(SessionId session) const {
  return parts_->store.sessions.has(session);
}

std::optional<std::int32_t> StateMachine::session_timeout_ms(SessionId session) const {
  return parts_->store.sessions.timeout_ms(session);
}

void StateMachine::for_each_session(const std::function<void(SessionId, std::int32_t timeout_ms)>& visit) const {
  for (const SessionId id : parts_->store.sessions.ids()) visit(id, *session_timeout_ms(id));
}

ExpirySweep StateMachine::begin_sweep() const { return parts_->store.expiring.begin_sweep(); }

std::optional<std::string> StateMachine::next_removable(ExpirySweep& sweep, std::uint32_t looks_max, WallTime now,
                                                        std::int64_t never_used_ms) const {
  return parts_->store.expiring.next_removable(parts_->store.tree, sweep, looks_max, now, never_used_ms);
}

// ---- checkpoints ----

std::size_t StateMachine::dirty_bytes() const {
  return parts_->store.dirty.bytes();
}

void StateMachine::begin_checkpoint() {
  parts_->store.dirty.begin(parts_->last_applied, parts_->last_checksum);
}

bool StateMachine::checkpoint_begun() const {
  return parts_->store.dirty.begun();
}

bool StateMachine::encode_checkpoint_slice(std::size_t bytes) {
  return parts_->store.dirty.encode(bytes);
}

StateMachine::EncodedCheckpoint StateMachine::take_checkpoint() {
  Dirty& dirty = parts_->store.dirty;
  return {.meta = dirty.meta(), .batch = dirty.take()};
}

// ---- facts ----

Facts StateMachine::facts() const {
  const Store& store = parts_->store;
  const WatchTable& watches = parts_->watches;
  return {.znodes = store.tree.node_count(),
          .ephemerals = store.sessions.ephemeral_count(),
          .sessions = store.sessions.count(),
          .data_bytes = store.tree.content_bytes(),
          .data_watches = watches.data_watches(),
          .child_watches = watches.child_watches(),
          .watched_paths = watches.watched_paths(),
          .watching_connections = watches.watching_connections(),
          .digest_mismatches = parts_->applier.digest_mismatches()};
}

std::uint64_t StateMachine::tree_digest() const {
  return parts_->store.tree.digest();
}

}  // namespace zabra::state
