#include "state/acl.h"

#include <algorithm>
#include <limits>

#include "state/acl_schemes.h"
#include "state/hash.h"
#include "wire/check.h"
#include "wire/codes.h"

namespace zabra::state {

template <class Lists>
struct AclTable::ByEntries {
  Lists& lists;
  auto& next(Handle handle) const { return lists[handle].next_by_entries; }
  std::uint32_t hash(Handle handle) const { return lists[handle].entries_hash; }
};

template <class Lists>
struct AclTable::ById {
  Lists& lists;
  auto& next(Handle handle) const { return lists[handle].next_by_id; }
  std::uint32_t hash(Handle handle) const { return lists[handle].id.value; }
};

namespace {

bool is_open(const wire::AclListView& list) { return list.size() == 1 && list.entries() == wire::open_acl_entries(); }

bool is_anyone(const wire::Id& id) { return id.scheme == "world" && id.id == "anyone"; }

std::int32_t perms_of_anyone(const wire::AclListView& list) {
  if (list.empty()) return perm::all;
  std::int32_t perms = 0;
  for (const wire::Acl& acl : list) {
    if (is_anyone(acl.id)) perms |= acl.perms;
  }
  return perms;
}

// Encoded: key of five bytes, count, entries; and the lengths in the batch.
std::size_t stored_bytes(std::string_view entries) { return entries.size() + 17; }

}  // namespace

AclTable::AclTable(const Settings& settings)
    : skip_acl_(settings.skip_acl), digest_scheme_(settings.digest_scheme), seed_(settings.hash_seed) {}

// ---- references ----

AclId AclTable::acquire(const wire::AclListView& list) {
  if (is_open(list)) return open_acl;
  const auto hash = static_cast<std::uint32_t>(hash_bytes(list.entries(), seed_));
  Handle handle = find(list, hash);
  if (handle == no_handle) {
    handle = add(unused_id(), list, hash);
    made_.push_back(lists_[handle].id);
    changed_bytes_ += stored_bytes(list.entries());
  }
  ++lists_[handle].references;
  return lists_[handle].id;
}

void AclTable::acquire(AclId id) {
  if (id != open_acl) ++at(id).references;
}

void AclTable::release(AclId id) {
  if (id == open_acl) return;
  const Handle handle = find(id);
  CHECK(handle != no_handle && lists_[handle].references > 0);
  if (--lists_[handle].references == 0) drop(handle);
}

wire::AclListView AclTable::list(AclId id) const {
  if (id == open_acl) return wire::AclListView::trusted(wire::open_acl_entries(), 1);
  const List& list = at(id);
  return wire::AclListView::trusted(list.entries, list.count);
}

// ---- questions ----

bool AclTable::anyone_may(AclId id, std::int32_t wanted) const {
  if (id == open_acl) return skip_acl_ || (wanted & perm::all) != 0;
  return skip_acl_ || (at(id).open_perms & wanted) != 0;
}

bool AclTable::permits(AclId id, std::int32_t wanted, const AuthIds& ids) const {
  if (anyone_may(id, wanted)) return true;
  if (std::ranges::any_of(ids, [](const AuthId& proven) { return proven.scheme == "super"; })) return true;
  for (const wire::Acl& acl : list(id)) {
    if ((acl.perms & wanted) != 0 && matches_any(acl.id, ids, digest_scheme_)) return true;
  }
  return false;
}

// ---- checkpoints ----

AclTable::Changes AclTable::take_changes() {
  Changes changes;
  for (const AclId id : made_) {
    const Handle handle = find(id);
    if (handle == no_handle) continue;  // dropped before any checkpoint had it
    lists_[handle].reported = true;
    changes.made.push_back(id);
  }
  changes.dropped.swap(dropped_);
  made_.clear();
  changed_bytes_ = 0;
  return changes;
}

Outcome AclTable::load(std::uint32_t id, std::string_view value) {
  wire::Reader in(value);
  const wire::AclListView list = wire::read_acl_list(in);
  if (!in.ok() || in.remaining() != 0) return Fault{"an ACL list that can't be read", in.offset()};
  if (id == open_acl.value || has(AclId{id})) return Fault{"an ACL list with an id that is taken"};
  const auto hash = static_cast<std::uint32_t>(hash_bytes(list.entries(), seed_));
  lists_[add(AclId{id}, list, hash)].reported = true;
  made_.push_back(AclId{id});  // until finish_load(): those that were loaded
  return Done{};
}

Outcome AclTable::finish_load(std::uint32_t next_id) {
  for (const AclId id : made_) {
    const Handle handle = find(id);
    if (handle != no_handle && lists_[handle].references == 0) drop(handle);
  }
  const bool id_too_high = std::ranges::any_of(made_, [=](AclId id) { return id.value >= next_id; });
  made_.clear();
  if (id_too_high) return Fault{"an ACL list whose id was not given out yet"};
  next_id_ = std::max(next_id, 1U);
  return Done{};
}

// ---- the table ----

Handle AclTable::find(AclId id) const {
  const ById<const Slab<List, 6>> records{lists_};
  return by_id_.find(id.value, records, [&](Handle at) { return lists_[at].id == id; });
}

Handle AclTable::find(const wire::AclListView& list, std::uint32_t hash) const {
  const ByEntries<const Slab<List, 6>> records{lists_};
  return by_entries_.find(hash, records, [&](Handle at) {
    return lists_[at].entries_hash == hash && lists_[at].count == list.size() && lists_[at].entries == list.entries();
  });
}

AclTable::List& AclTable::at(AclId id) {
  const Handle handle = find(id);
  CHECK(handle != no_handle);
  return lists_[handle];
}

const AclTable::List& AclTable::at(AclId id) const {
  const Handle handle = find(id);
  CHECK(handle != no_handle);
  return lists_[handle];
}

Handle AclTable::add(AclId id, const wire::AclListView& list, std::uint32_t hash) {
  const Handle handle = lists_.add();
  List& added = lists_[handle];
  added.entries = list.entries();
  added.count = static_cast<std::uint32_t>(list.size());
  added.id = id;
  added.open_perms = perms_of_anyone(list);
  added.entries_hash = hash;
  by_entries_.insert(handle, hash, ByEntries<Slab<List, 6>>{lists_});
  by_id_.insert(handle, id.value, ById<Slab<List, 6>>{lists_});
  return handle;
}

void AclTable::drop(Handle handle) {
  const List& list = lists_[handle];
  if (list.reported) {
    dropped_.push_back(list.id);
    changed_bytes_ += stored_bytes({});
  } else {
    changed_bytes_ -= std::min(changed_bytes_, stored_bytes(list.entries));
  }
  by_entries_.remove(handle, list.entries_hash, ByEntries<Slab<List, 6>>{lists_});
  by_id_.remove(handle, list.id.value, ById<Slab<List, 6>>{lists_});
  lists_.remove(handle);
}

// Four billion different lists later the numbers start again, past those that are in use.
AclId AclTable::unused_id() {
  while (next_id_ == open_acl.value || has(AclId{next_id_})) ++next_id_;
  return AclId{next_id_++};
}

}  // namespace zabra::state
