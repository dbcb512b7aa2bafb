// Rebuilds the state from a checkpoint's entries, in the order of their keys: ACL lists, znodes with parents first,
// sessions. Nothing is taken on trust: an entry that can't be, or a whole that is not what the meta says, is a fault.
#pragma once

#include <string>
#include <string_view>

#include "state/quota_keeper.h"
#include "state/store.h"
#include "wire/checkpoint_format.h"
#include "wire/result.h"

namespace zabra::state {

class CheckpointLoader {
 public:
  // The store is an empty server's.
  CheckpointLoader(Store& store, QuotaKeeper& quotas) : store_(store), quotas_(quotas) {}

  // The meta again, before the entries, makes loading faster.
  void expect(const wire::CheckpointMeta& meta) { store_.tree.expect(meta.node_count); }
  Outcome load(const wire::ParsedKey& key, std::string_view value);
  Outcome finish(const wire::CheckpointMeta& meta);

 private:
  void begin();
  Outcome load_node(std::string_view path, std::string_view value);
  NodeRef find_known(std::string_view path);
  NodeRef find_parent(std::string_view path);
  Outcome load_session(SessionId id, std::string_view value);
  Outcome compare(const wire::CheckpointMeta& meta) const;

  Store& store_;
  QuotaKeeper& quotas_;
  bool begun_ = false;
  std::string last_path_;
  // Siblings mostly follow each other.
  std::string parent_path_;
  NodeRef parent_;
};

}  // namespace zabra::state
