// The changes that are proposed and not yet applied: how the znodes and sessions that they touch will be once they are.
// A look-up sees these first and the tree behind them, so that a request is checked against all that went before it.
//
//            prepared, in order of zxid
//   tree  <──  4  5  6  7  8  <── the next request is checked against all of it
//          applied(5)        one record for each path and session that 4 … 8 change; it goes when the last
//                            transaction that changed it is applied: then the tree says the same
//
// A request that may fail half-way (a multi) runs between begin() and commit() or rollback(). Every step costs the same
// however much is pending and however large the tree is.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "state/acl.h"
#include "state/chain_index.h"
#include "state/node.h"
#include "state/sessions.h"
#include "state/slab.h"
#include "state/tree.h"
#include "wire/ids.h"
#include "wire/jute.h"
#include "wire/path.h"
#include "wire/records.h"

namespace zabra::state {

class Pending {
 public:
  // What a path will name. Good until the next change.
  class Place {
   public:
    std::string_view path() const { return path_; }
    bool exists() const { return facts_ != nullptr; }
    const NodeFacts& facts() const { return *facts_; }
    std::uint32_t child_count() const { return child_count_; }
    std::uint32_t data_length() const { return data_length_; }

   private:
    friend class Pending;
    std::string_view path_;
    std::uint32_t hash_ = 0;
    Handle record_ = no_handle;
    const Node* node_ = nullptr;  // in the tree, if there is no record
    const NodeFacts* facts_ = nullptr;
    std::uint32_t child_count_ = 0, data_length_ = 0;
  };

  Pending(const Tree& tree, const Sessions& sessions, AclTable& acls);
  ~Pending();

  // ---- znodes ----

  // The root is "" or "/". `path` must live as long as the place.
  Place find(std::string_view path) const;

  struct NewNode {
    wire::NullableView data;
    wire::AclListView acl;
    Owner owner;
    std::int32_t parent_cversion = 0;  // as in the transaction
  };
  // Each does to these znodes what the transaction will do; places that were found before are void afterwards.
  void create(const Place& node, const Place& parent, const NewNode& made, Zxid zxid, std::int64_t time_ms);
  void remove(const Place& node, const Place& parent, Zxid zxid);
  void set_data(const Place& node, wire::NullableView data, std::int32_t version, Zxid zxid, std::int64_t time_ms);
  void set_acl(const Place& node, const wire::AclListView& acl, std::int32_t version, Zxid zxid);

  // Counts the digest of what has changed: after all changes of one transaction, and before the tree's is asked for.
  void settle();
  std::uint64_t tree_digest() const;

  // ---- sessions ----

  enum class SessionState { open, closing, unknown };
  SessionState session_state(SessionId id) const;
  void open_session(SessionId id, Zxid zxid);
  // Its ephemerals go with it: visit(path of each). Those that are applied need no record to be gone: they are known by
  // their owner.
  template <class Visit>
  void close_session(SessionId id, Zxid zxid, Visit&& visit);

  // ---- all or nothing ----
  void begin();
  void commit(Zxid zxid);
  void rollback();

  // ---- what has become true, or never will ----
  void applied(Zxid zxid);
  void forget();

  bool empty() const { return records_.size() == 0 && sessions_pending_.size() == 0; }
  std::size_t size() const { return records_.size() + sessions_pending_.size(); }

 private:
  // As it will be. A znode that exists holds a reference on its ACL list.
  struct Znode {
    NodeFacts facts;
    std::uint32_t content_crc = 0;
    std::uint32_t digest = 0;  // its part of the tree's
    std::uint32_t child_count = 0;
    std::uint32_t data_length = 0;
    bool exists = false;
    bool reserved = false;  // not in the digest
  };
  struct Record {
    Znode znode;
    std::string path;
    Zxid last;  // the last transaction that changes it
    Handle next_by_path = no_handle;
    std::uint32_t hash = 0;
    Handle older = no_handle, newer = no_handle;  // in the order of `last`
    Handle session = no_handle;                   // whose ephemeral it will be
    Handle next_of_session = no_handle, previous_of_session = no_handle;
    std::uint64_t saved_in = 0;  // the unit that has saved its state
    bool unsettled = false;      // its digest is to be counted
  };
  struct SessionRecord {
    SessionId id;
    Zxid last;  // the last transaction that opens or closes it
    bool opened = false, closing = false;
    Handle next_by_id = no_handle;
    Handle first_ephemeral = no_handle;  // of those that are records
  };
  // What a record was before the unit that may be rolled back.
  struct Saved {
    Handle record = no_handle;
    bool is_new = false;
    Znode znode;
  };
  struct SessionChange {
    Zxid zxid;
    SessionId id;
  };
  template <class Records>
  struct ByPath;
  template <class Records>
  struct ById;

  // The parent of the znode before: neighbours in a list often have the same.
  struct Parent {
    NodeRef applied;
    Handle record = no_handle;
  };

  Handle find_record(std::string_view path, std::uint32_t hash) const;
  Place find_pending(std::string_view path) const;
  void show_applied(Place& place, NodeRef ref) const;
  bool is_leaving(const Node& node) const;

  Handle edit(const Place& place, Zxid zxid);
  void lose_child(Handle parent, Zxid zxid);
  void lose_child(Parent& parent, const Node& applied, const std::string& path, Zxid zxid);
  void settle(Record& record);
  Handle add_record(const Place& place);
  void save(Handle record, bool is_new);
  void restore(const Saved& saved);
  void drop_record(Handle record);
  void become_newest(Handle record, Zxid zxid);
  void leave_order(Handle record);
  void release_acl(const Znode& znode);

  Handle find_session(SessionId id) const;
  Handle session_record(SessionId id);
  void mark_closing(SessionId id, Zxid zxid);
  void end_changes(Handle session);
  void drop_session_if_unused(Handle session);
  void link_to_session(Handle record);
  void unlink_from_session(Handle record);

  const Tree& tree_;
  const Sessions& sessions_;
  AclTable& acls_;

  Slab<Record> records_;
  ChainIndex by_path_;
  Handle oldest_ = no_handle, newest_ = no_handle;
  std::uint64_t digest_ = 0;  // of the tree as it will be; valid while there are records

  Slab<SessionRecord, 6> sessions_pending_;
  ChainIndex by_id_;
  std::deque<SessionChange> session_changes_;  // in the order of zxid
  std::size_t closing_count_ = 0;
  std::vector<Handle> unsettled_;

  bool in_unit_ = false;
  std::uint64_t unit_ = 0;
  std::vector<Saved> saved_;
};

template <class Visit>
void Pending::close_session(SessionId id, Zxid zxid, Visit&& visit) {
  if (session_state(id) == SessionState::closing) return mark_closing(id, zxid);
  std::string path;
  for (Handle session; (session = find_session(id)) != no_handle;) {
    const Handle first = sessions_pending_[session].first_ephemeral;
    if (first == no_handle) break;
    path = records_[first].path;
    visit(std::string_view(path));
    remove(find(path), find(wire::parent_path(path)), zxid);
  }
  const RefList& applied = sessions_.ephemerals(id);
  Parent parent;
  for (std::uint32_t i = 0; i < applied.size(); ++i) {
    tree_.fetch_ahead(applied, i);
    const Node& node = tree_[NodeRef{applied[i]}];
    path.clear();
    tree_.append_path(NodeRef{applied[i]}, path);
    if (find_record(path, node.hash) != no_handle) continue;  // it will not be this session's any more
    visit(std::string_view(path));
    lose_child(parent, node, path, zxid);
  }
  mark_closing(id, zxid);
}

}  // namespace zabra::state
