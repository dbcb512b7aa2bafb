// The sessions that transactions have opened and not closed, and which ephemerals belong to which session.
//
// An ephemeral may belong to a session that is not in the table: replaying transactions over a newer checkpoint can meet
// that for a while. Such an owner exists in the index only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "state/chain_index.h"
#include "state/node.h"
#include "state/slab.h"
#include "state/tree.h"
#include "wire/ids.h"

namespace zabra::state {

class Sessions {
 public:
  bool has(SessionId id) const { return timeout_ms(id).has_value(); }
  std::optional<std::int32_t> timeout_ms(SessionId id) const;
  std::uint64_t count() const { return open_count_; }
  std::uint64_t ephemeral_count() const { return ephemeral_count_; }
  std::vector<SessionId> ids() const;  // in rising order

  // The session's ephemerals, in the order of the list. Places are in Node::owner_place.
  const RefList& ephemerals(SessionId id) const;

  void open(SessionId id, std::int32_t timeout_ms);  // again: the newer timeout counts
  void close(SessionId id);                          // its ephemerals stay in the index until they are removed
  // The number of the session's last change, for the list of changes that a checkpoint keeps; nothing if it is not open.
  std::uint64_t* change(SessionId id);

  void add_ephemeral(Tree& tree, NodeRef ref);  // by the node's owner
  void remove_ephemeral(Tree& tree, NodeRef ref);

 private:
  struct Session {
    SessionId id;
    RefList ephemerals;
    std::uint64_t change = 0;
    std::int32_t timeout_ms = 0;
    Handle next_by_id = no_handle;
    bool is_open = false;
  };
  using Records = Slab<Session, 8>;
  struct ById {
    Records& sessions;
    std::uint32_t hash(Handle session) const { return hash_of(sessions[session].id); }
    Handle& next(Handle session) const { return sessions[session].next_by_id; }
  };
  static std::uint32_t hash_of(SessionId id) { return static_cast<std::uint32_t>(std::hash<SessionId>{}(id)); }
  Handle find(SessionId id) const;
  Handle find_or_add(SessionId id);
  void drop_if_unused(Handle session);

  mutable Records sessions_;
  ChainIndex by_id_;
  RefList no_ephemerals_;
  std::uint64_t open_count_ = 0, ephemeral_count_ = 0;
};

}  // namespace zabra::state
