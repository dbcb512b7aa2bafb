#include "state/sessions.h"

#include <algorithm>

namespace zabra::state {

Handle Sessions::find(SessionId id) const {
  return by_id_.find(hash_of(id), ById{sessions_}, [&](Handle at) { return sessions_[at].id == id; });
}

Handle Sessions::find_or_add(SessionId id) {
  if (const Handle found = find(id); found != no_handle) return found;
  const Handle added = sessions_.add();
  sessions_[added].id = id;
  by_id_.insert(added, hash_of(id), ById{sessions_});
  return added;
}

void Sessions::drop_if_unused(Handle session) {
  const Session& record = sessions_[session];
  if (record.is_open || !record.ephemerals.empty()) return;
  by_id_.remove(session, hash_of(record.id), ById{sessions_});
  sessions_.remove(session);
}

std::optional<std::int32_t> Sessions::timeout_ms(SessionId id) const {
  const Handle session = find(id);
  if (session == no_handle || !sessions_[session].is_open) return std::nullopt;
  return sessions_[session].timeout_ms;
}

std::vector<SessionId> Sessions::ids() const {
  std::vector<SessionId> ids;
  ids.reserve(open_count_);
  sessions_.for_each([&](Handle, const Session& session) {
    if (session.is_open) ids.push_back(session.id);
  });
  std::sort(ids.begin(), ids.end());
  return ids;
}

const RefList& Sessions::ephemerals(SessionId id) const {
  const Handle session = find(id);
  return session == no_handle ? no_ephemerals_ : sessions_[session].ephemerals;
}

void Sessions::open(SessionId id, std::int32_t timeout_ms) {
  Session& session = sessions_[find_or_add(id)];
  if (!session.is_open) ++open_count_;
  session.is_open = true;
  session.timeout_ms = timeout_ms;
}

void Sessions::close(SessionId id) {
  const Handle session = find(id);
  if (session == no_handle || !sessions_[session].is_open) return;
  sessions_[session].is_open = false;
  --open_count_;
  drop_if_unused(session);
}

std::uint64_t* Sessions::change(SessionId id) {
  const Handle session = find(id);
  return session != no_handle && sessions_[session].is_open ? &sessions_[session].change : nullptr;
}

void Sessions::add_ephemeral(Tree& tree, NodeRef ref) {
  Session& session = sessions_[find_or_add(tree[ref].facts.owner.session_id())];
  tree.marks(ref).set_owner_place(session.ephemerals.add(ref.value));
  ++ephemeral_count_;
}

void Sessions::remove_ephemeral(Tree& tree, NodeRef ref) {
  const Handle session = find(tree[ref].facts.owner.session_id());
  CHECK(session != no_handle);
  const std::uint32_t place = tree[ref].owner_place;
  const std::uint32_t moved = sessions_[session].ephemerals.remove(place);
  if (moved != 0) tree.marks({moved}).set_owner_place(place);
  --ephemeral_count_;
  drop_if_unused(session);
}

}  // namespace zabra::state
