// What has changed since the last checkpoint, and the encoding of the one that is under way. Two lists stand side by
// side:
//
//   begin()             encode() … encode()      take()
//   ──┬───────────────────────────────────────────┬──> time
//     │ frozen: as of begin()'s zxid ──> batch    │
//     │ current: what changes meanwhile ──────────┴── is the next one's
//
// A znode or session that stands in the frozen list and is about to change again is encoded first, as it was. What was
// made and removed again before any checkpoint had it leaves no trace.
//
// Whoever changes a znode says touch() before; whoever removes one says removing(). Every step costs O(1), begin() the
// number of ACL lists that were made or dropped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/acl.h"
#include "state/node.h"
#include "state/sessions.h"
#include "state/tree.h"
#include "wire/checkpoint_format.h"
#include "wire/ids.h"

namespace zabra::state {

class Dirty {
 public:
  Dirty(Tree& tree, AclTable& acls, Sessions& sessions);

  // ---- znodes ----
  void touch(NodeRef ref);                               // it is about to change, or has just been made
  void resized(NodeRef ref, std::size_t length_before);  // after touch(): its data has another length now
  void removing(NodeRef ref, std::string_view path);

  // ---- sessions ----
  void changing(SessionId id);  // it is about to be opened, again perhaps, or closed
  void opened(SessionId id);
  void closing(SessionId id);

  // ---- loading ----
  void forget();  // whatever was touched until now is nobody's business
  void loaded(NodeRef ref);
  void loaded(SessionId id);

  // ---- checkpoints; see StateMachine ----
  std::size_t bytes() const;
  void begin(Zxid zxid, std::uint32_t txn_checksum);
  bool begun() const { return begun_; }
  bool encode(std::size_t bytes);
  wire::CheckpointBatch take();
  const wire::CheckpointMeta& meta() const { return meta_; }  // of the last that was begun

 private:
  struct List {
    std::vector<std::uint32_t> nodes;  // each with its bit in Node::dirty; without it: encoded, or gone
    std::vector<SessionId> sessions;   // numbered from first_session on; live with that number in Sessions::change()
    std::uint64_t first_session = 1;
    wire::CheckpointBatch removed;  // keys of what earlier checkpoints have
    std::size_t node_bytes = 0;
  };
  // Sessions::change(): the place in a list and whether a checkpoint has the session.
  struct SessionMark {
    std::uint64_t number = 0;  // 0: in no list
    bool stored = false;
    static SessionMark from(std::uint64_t bits) { return {bits >> 1, (bits & 1) != 0}; }
    std::uint64_t bits() const { return number << 1 | (stored ? 1U : 0U); }
  };

  void start_list();
  List& current() { return lists_[current_]; }
  List& frozen() { return lists_[current_ ^ 1U]; }
  wire::CheckpointBatch& removed();
  bool is_current(const Node& node) const { return (node.dirty & (1U << current_)) != 0; }
  bool is_frozen(const Node& node) const { return (node.dirty & (1U << (current_ ^ 1U))) != 0; }
  std::size_t entry_bytes(NodeRef ref) const;
  std::string_view node_key(std::string_view path);  // good until the next

  std::size_t entry_count() const;
  void encode_entry(std::size_t index);
  void fetch_ahead(std::size_t index);
  void encode_acl(AclId id);
  void encode_listed_session(std::size_t index);
  void encode_session(SessionId id);
  void encode_listed_node(NodeRef ref);
  void encode_node(NodeRef ref);

  Tree& tree_;
  AclTable& acls_;
  Sessions& sessions_;
  std::array<List, 2> lists_;
  unsigned current_ = 0;
  std::uint64_t next_session_ = 1;

  bool begun_ = false;
  wire::CheckpointMeta meta_;
  wire::CheckpointBatch batch_;
  AclTable::Changes acl_changes_;  // a reference is held on each list that is made, until it is encoded
  std::size_t next_entry_ = 0;     // lists made, lists dropped, sessions, nodes
  std::string path_, key_, value_;
};

}  // namespace zabra::state
