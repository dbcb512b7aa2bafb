// Keeps quotas as their nodes say, and the usage that is written into them, while the tree changes. The statistics are
// the server's own: rewritten in place, without a transaction, a watch event or a new version.
#pragma once

#include <cstdint>
#include <string_view>

#include "state/quota.h"
#include "state/store.h"

namespace zabra::state {

class QuotaKeeper {
 public:
  explicit QuotaKeeper(Store& store) : store_(store) {}
  const Quotas& quotas() const { return quotas_; }

  void added(std::string_view path, NodeRef ref);
  void data_changed(std::string_view path, NodeRef ref, std::size_t length_before);
  void removing(std::string_view path, NodeRef ref);

  // While a checkpoint is loaded nothing is counted; after it, everything.
  void loaded(std::string_view path, NodeRef ref);
  void count_all();

 private:
  void account(std::string_view path, std::int64_t count, std::int64_t bytes);
  void read_limits(std::string_view covered, NodeRef ref);
  void recount(std::string_view covered, Quota& quota);
  void write_stats(const Quota& quota);

  Store& store_;
  Quotas quotas_;
};

}  // namespace zabra::state
