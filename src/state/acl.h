// Access control: the lists of all nodes, each kept once, and the rule that decides.
//
// Nearly every node has the open list [31 world:anyone]: it is AclId{0}, always there, never counted and never stored.
// Any other list has an id from the moment it is first acquired until its last reference is released; ids are not used
// again. Lists are equal when their encoded bytes are.
// Source: ZooKeeperServer.checkACL, ReferenceCountedACLCache of 3.9.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/caller.h"
#include "state/chain_index.h"
#include "state/event_sink.h"
#include "state/settings.h"
#include "state/slab.h"
#include "wire/jute.h"
#include "wire/records.h"
#include "wire/result.h"

namespace zabra::state {

inline constexpr AclId open_acl{};

class AclTable {
 public:
  explicit AclTable(const Settings& settings);

  // ---- references: one for each node that has the list ----
  AclId acquire(const wire::AclListView& list);
  void acquire(AclId id);  // one more
  void release(AclId id);
  wire::AclListView list(AclId id) const;  // lives as long as a reference

  // ---- questions ----
  // May somebody with these proven ids do what any bit of `wanted` stands for? An empty list lets everybody.
  bool permits(AclId id, std::int32_t wanted, const AuthIds& ids) const;
  // True when permits() would say yes to whomever; false may still mean yes.
  bool anyone_may(AclId id, std::int32_t wanted) const;

  // ---- checkpoints ----
  // Lists that were made and lists that were dropped since the last call; what was both is in neither. To encode `made`
  // later, acquire them for so long.
  struct Changes {
    std::vector<AclId> made, dropped;
  };
  Changes take_changes();
  std::size_t changed_bytes() const {
    return changed_bytes_;
  }  // of the checkpoint entries that take_changes() would cause
  std::uint32_t next_id() const { return next_id_; }

  // A list as a checkpoint has it, before the nodes that use it. Its references are counted as those are loaded.
  Outcome load(std::uint32_t id, std::string_view value);
  // After the nodes: lists that none of them uses are dropped.
  Outcome finish_load(std::uint32_t next_id);
  bool has(AclId id) const { return id == open_acl || find(id) != no_handle; }

  std::size_t size() const { return lists_.size(); }  // without the open list

 private:
  struct List {
    std::string entries;
    std::uint32_t count = 0;
    AclId id;
    std::uint64_t references = 0;
    std::int32_t open_perms = 0;  // what anybody may
    std::uint32_t entries_hash = 0;
    Handle next_by_entries = no_handle, next_by_id = no_handle;
    bool reported = false;  // a checkpoint has it, or is about to
  };
  template <class Lists>
  struct ByEntries;
  template <class Lists>
  struct ById;

  Handle find(AclId id) const;
  Handle find(const wire::AclListView& list, std::uint32_t hash) const;
  List& at(AclId id);
  const List& at(AclId id) const;
  Handle add(AclId id, const wire::AclListView& list, std::uint32_t hash);
  void drop(Handle handle);
  AclId unused_id();

  const bool skip_acl_;
  const bool digest_scheme_;
  const std::uint64_t seed_;
  Slab<List, 6> lists_;
  ChainIndex by_entries_, by_id_;
  std::uint32_t next_id_ = 1;
  std::vector<AclId> made_, dropped_;
  std::size_t changed_bytes_ = 0;
};

}  // namespace zabra::state
