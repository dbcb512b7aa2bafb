#include "state/pending.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "state/digest.h"
#include "wire/check.h"

namespace zabra::state {

template <class Records>
struct Pending::ByPath {
  Records& records;
  auto& next(Handle handle) const { return records[handle].next_by_path; }
  std::uint32_t hash(Handle handle) const { return records[handle].hash; }
};

template <class Records>
struct Pending::ById {
  Records& records;
  auto& next(Handle handle) const { return records[handle].next_by_id; }
  std::uint32_t hash(Handle handle) const { return hash_of(records[handle].id); }
  static std::uint32_t hash_of(SessionId id) { return static_cast<std::uint32_t>(std::hash<SessionId>{}(id)); }
};

namespace {

std::uint32_t length_of(wire::NullableView data) { return data ? static_cast<std::uint32_t>(data->size()) : 0; }

}  // namespace

Pending::Pending(const Tree& tree, const Sessions& sessions, AclTable& acls)
    : tree_(tree), sessions_(sessions), acls_(acls) {}

Pending::~Pending() { forget(); }

// ---- looking ----

Pending::Place Pending::find(std::string_view path) const {
  Place place = find_pending(path);
  if (place.record_ == no_handle) show_applied(place, tree_.find(place.path_));
  return place;
}

Handle Pending::find_record(std::string_view path, std::uint32_t hash) const {
  if (records_.size() == 0) return no_handle;
  return by_path_.find(hash, ByPath<const Slab<Record>>{records_},
                       [&](Handle at) { return records_[at].hash == hash && records_[at].path == path; });
}

Pending::Place Pending::find_pending(std::string_view path) const {
  Place place;
  place.path_ = path.empty() ? std::string_view{"/"} : path;
  place.hash_ = tree_.hash_path(place.path_);
  place.record_ = find_record(place.path_, place.hash_);
  if (place.record_ == no_handle) return place;
  const Znode& znode = records_[place.record_].znode;
  if (!znode.exists) return place;
  place.facts_ = &znode.facts;
  place.child_count_ = znode.child_count;
  place.data_length_ = znode.data_length;
  return place;
}

void Pending::show_applied(Place& place, NodeRef ref) const {
  if (!ref || is_leaving(tree_[ref])) return;
  const Node& node = tree_[ref];
  place.node_ = &node;
  place.facts_ = &node.facts;
  place.child_count_ = node.child_count();
  place.data_length_ = static_cast<std::uint32_t>(node.data_length());
}

bool Pending::is_leaving(const Node& node) const {
  if (closing_count_ == 0 || !node.facts.owner.is_ephemeral()) return false;
  const Handle session = find_session(node.facts.owner.session_id());
  return session != no_handle && sessions_pending_[session].closing;
}

// ---- changing ----

void Pending::create(const Place& node, const Place& parent, const NewNode& made, Zxid zxid, std::int64_t time_ms) {
  CHECK(!node.exists() && parent.exists());
  const Handle record = edit(node, zxid);
  Znode& znode = records_[record].znode;
  znode.facts = {.czxid = zxid,
                 .mzxid = zxid,
                 .pzxid = zxid,
                 .ctime = time_ms,
                 .mtime = time_ms,
                 .owner = made.owner,
                 .acl = acls_.acquire(made.acl)};
  znode.content_crc = content_crc(node.path_, made.data);
  znode.child_count = 0;
  znode.data_length = length_of(made.data);
  znode.exists = true;
  znode.reserved = !is_in_digest(node.path_);
  link_to_session(record);

  const Handle parent_record = edit(parent, zxid);
  Znode& above = records_[parent_record].znode;
  ++above.child_count;
  if (made.parent_cversion > above.facts.cversion) {
    above.facts.cversion = made.parent_cversion;
    above.facts.pzxid = zxid;
  }
}

void Pending::remove(const Place& node, const Place& parent, Zxid zxid) {
  CHECK(node.exists() && parent.exists());
  const Handle record = edit(node, zxid);
  release_acl(records_[record].znode);
  records_[record].znode.exists = false;
  link_to_session(record);
  lose_child(edit(parent, zxid), zxid);
}

void Pending::lose_child(Handle parent, Zxid zxid) {
  Znode& znode = records_[parent].znode;
  --znode.child_count;
  znode.facts.pzxid = std::max(znode.facts.pzxid, zxid);
}

// The child is one that the tree has, and that needs no record.
void Pending::lose_child(Parent& parent, const Node& applied, const std::string& path, Zxid zxid) {
  if (parent.applied != applied.parent) parent = {applied.parent, edit(find(wire::parent_path(path)), zxid)};
  lose_child(parent.record, zxid);
  digest_ -= Tree::node_digest_of(applied);
}

void Pending::set_data(const Place& node, wire::NullableView data, std::int32_t version, Zxid zxid,
                       std::int64_t time_ms) {
  CHECK(node.exists());
  const Handle record = edit(node, zxid);
  Znode& znode = records_[record].znode;
  znode.facts.version = version;
  znode.facts.mzxid = zxid;
  znode.facts.mtime = time_ms;
  znode.data_length = length_of(data);
  if (!znode.reserved) znode.content_crc = content_crc(node.path_, data);
}

void Pending::set_acl(const Place& node, const wire::AclListView& acl, std::int32_t version, Zxid zxid) {
  CHECK(node.exists());
  const Handle record = edit(node, zxid);
  Znode& znode = records_[record].znode;
  const AclId before = znode.facts.acl;
  znode.facts.acl = acls_.acquire(acl);
  acls_.release(before);
  znode.facts.aversion = version;
}

// The record that is about to be changed by `zxid`; within a unit its state is saved first.
Handle Pending::edit(const Place& place, Zxid zxid) {
  const bool is_new = place.record_ == no_handle;
  const Handle record = is_new ? add_record(place) : place.record_;
  if (in_unit_) {
    if (records_[record].saved_in != unit_) save(record, is_new);
  } else {
    become_newest(record, zxid);
  }
  if (!std::exchange(records_[record].unsettled, true)) unsettled_.push_back(record);
  return record;
}

// Whatever is changed many times by one transaction is counted once.
void Pending::settle() {
  for (const Handle record : unsettled_) settle(records_[record]);
  unsettled_.clear();
}

void Pending::settle(Record& record) {
  Znode& znode = record.znode;
  const bool counts = znode.exists && !znode.reserved;
  digest_ -= znode.digest;
  znode.digest = counts ? static_cast<std::uint32_t>(node_digest(znode.facts, znode.content_crc)) : 0;
  digest_ += znode.digest;
  record.unsettled = false;
}

std::uint64_t Pending::tree_digest() const {
  CHECK(unsettled_.empty());
  return records_.size() == 0 ? tree_.digest() : digest_;
}

void Pending::release_acl(const Znode& znode) {
  if (znode.exists) acls_.release(znode.facts.acl);
}

// ---- records, in the order of the last transaction that changes them ----

Handle Pending::add_record(const Place& place) {
  if (records_.size() == 0) digest_ = tree_.digest();
  const Handle handle = records_.add();
  Record& record = records_[handle];
  record.path = place.path_;
  record.hash = place.hash_;
  if (place.node_ != nullptr) {
    const Node& node = *place.node_;
    record.znode = {.facts = node.facts,
                    .content_crc = node.content_crc,
                    .digest = static_cast<std::uint32_t>(Tree::node_digest_of(node)),
                    .child_count = place.child_count_,
                    .data_length = place.data_length_,
                    .exists = true,
                    .reserved = node.reserved != 0};
    acls_.acquire(node.facts.acl);
    link_to_session(handle);
  }
  by_path_.insert(handle, record.hash, ByPath<Slab<Record>>{records_});
  return handle;
}

void Pending::drop_record(Handle handle) {
  Record& record = records_[handle];
  release_acl(record.znode);
  unlink_from_session(handle);
  leave_order(handle);
  by_path_.remove(handle, record.hash, ByPath<Slab<Record>>{records_});
  records_.remove(handle);
}

void Pending::become_newest(Handle handle, Zxid zxid) {
  Record& record = records_[handle];
  record.last = zxid;
  if (newest_ == handle) return;
  leave_order(handle);
  record.older = newest_;
  if (newest_ != no_handle) records_[newest_].newer = handle;
  newest_ = handle;
  if (oldest_ == no_handle) oldest_ = handle;
}

// Does nothing for a record that has no place in the order yet.
void Pending::leave_order(Handle handle) {
  Record& record = records_[handle];
  if (record.older != no_handle) records_[record.older].newer = record.newer;
  if (record.newer != no_handle) records_[record.newer].older = record.older;
  if (oldest_ == handle) oldest_ = record.newer;
  if (newest_ == handle) newest_ = record.older;
  record.older = record.newer = no_handle;
}

// ---- all or nothing ----

void Pending::begin() {
  CHECK(!in_unit_);
  in_unit_ = true;
  ++unit_;
  CHECK(unsettled_.empty());
}

void Pending::save(Handle record, bool is_new) {
  Record& changed = records_[record];
  changed.saved_in = unit_;
  saved_.push_back({.record = record, .is_new = is_new, .znode = changed.znode});
  if (!is_new && changed.znode.exists) acls_.acquire(changed.znode.facts.acl);
}

void Pending::commit(Zxid zxid) {
  CHECK(in_unit_);
  for (const Saved& saved : saved_) {
    if (!saved.is_new) release_acl(saved.znode);
    become_newest(saved.record, zxid);
  }
  saved_.clear();
  in_unit_ = false;
}

// The digest needs no way back: it is counted after the unit.
void Pending::rollback() {
  CHECK(in_unit_);
  for (const Saved& saved : saved_) restore(saved);
  saved_.clear();
  unsettled_.clear();
  in_unit_ = false;
}

void Pending::restore(const Saved& saved) {
  if (saved.is_new) {
    drop_record(saved.record);
    return;
  }
  release_acl(records_[saved.record].znode);
  records_[saved.record].znode = saved.znode;
  records_[saved.record].unsettled = false;
  link_to_session(saved.record);
}

// ---- leaving ----

void Pending::applied(Zxid zxid) {
  while (oldest_ != no_handle && records_[oldest_].last <= zxid) drop_record(oldest_);
  while (!session_changes_.empty() && session_changes_.front().zxid <= zxid) {
    const Handle session = find_session(session_changes_.front().id);
    session_changes_.pop_front();
    if (session != no_handle && sessions_pending_[session].last <= zxid) end_changes(session);
  }
}

void Pending::forget() {
  if (in_unit_) rollback();
  while (oldest_ != no_handle) drop_record(oldest_);
  for (const SessionChange& change : session_changes_) {
    const Handle session = find_session(change.id);
    if (session != no_handle) end_changes(session);
  }
  session_changes_.clear();
}

// ---- sessions ----

Pending::SessionState Pending::session_state(SessionId id) const {
  if (const Handle session = find_session(id); session != no_handle) {
    if (sessions_pending_[session].closing) return SessionState::closing;
    if (sessions_pending_[session].opened) return SessionState::open;
  }
  return sessions_.has(id) ? SessionState::open : SessionState::unknown;
}

void Pending::open_session(SessionId id, Zxid zxid) {
  SessionRecord& session = sessions_pending_[session_record(id)];
  session.opened = true;
  session.last = zxid;
  session_changes_.push_back({zxid, id});
}

void Pending::mark_closing(SessionId id, Zxid zxid) {
  SessionRecord& session = sessions_pending_[session_record(id)];
  if (!std::exchange(session.closing, true)) ++closing_count_;
  session.last = zxid;
  session_changes_.push_back({zxid, id});
}

void Pending::end_changes(Handle handle) {
  SessionRecord& session = sessions_pending_[handle];
  if (std::exchange(session.closing, false)) --closing_count_;
  session.opened = false;
  drop_session_if_unused(handle);
}

Handle Pending::find_session(SessionId id) const {
  if (sessions_pending_.size() == 0) return no_handle;
  return by_id_.find(ById<const Slab<SessionRecord, 6>>::hash_of(id),
                     ById<const Slab<SessionRecord, 6>>{sessions_pending_},
                     [&](Handle at) { return sessions_pending_[at].id == id; });
}

Handle Pending::session_record(SessionId id) {
  if (const Handle known = find_session(id); known != no_handle) return known;
  const Handle added = sessions_pending_.add();
  sessions_pending_[added].id = id;
  const ById<Slab<SessionRecord, 6>> records{sessions_pending_};
  by_id_.insert(added, records.hash(added), records);
  return added;
}

void Pending::drop_session_if_unused(Handle handle) {
  const SessionRecord& session = sessions_pending_[handle];
  if (session.opened || session.closing || session.first_ephemeral != no_handle) return;
  const ById<Slab<SessionRecord, 6>> records{sessions_pending_};
  by_id_.remove(handle, records.hash(handle), records);
  sessions_pending_.remove(handle);
}

// Puts the record among the ephemerals of the session that will own it, and takes it from where it was.
void Pending::link_to_session(Handle handle) {
  Record& record = records_[handle];
  const SessionId owner = record.znode.exists ? record.znode.facts.owner.session_id() : SessionId{};
  if (record.session == no_handle && owner.is_none()) return;
  if (record.session != no_handle && sessions_pending_[record.session].id == owner) return;
  unlink_from_session(handle);
  if (owner.is_none()) return;
  record.session = session_record(owner);
  SessionRecord& session = sessions_pending_[record.session];
  record.next_of_session = session.first_ephemeral;
  if (session.first_ephemeral != no_handle) records_[session.first_ephemeral].previous_of_session = handle;
  session.first_ephemeral = handle;
}

void Pending::unlink_from_session(Handle handle) {
  Record& record = records_[handle];
  if (record.session == no_handle) return;
  SessionRecord& session = sessions_pending_[record.session];
  if (session.first_ephemeral == handle) session.first_ephemeral = record.next_of_session;
  if (record.next_of_session != no_handle)
    records_[record.next_of_session].previous_of_session = record.previous_of_session;
  if (record.previous_of_session != no_handle)
    records_[record.previous_of_session].next_of_session = record.next_of_session;
  record.next_of_session = record.previous_of_session = no_handle;
  drop_session_if_unused(std::exchange(record.session, no_handle));
}

}  // namespace zabra::state
