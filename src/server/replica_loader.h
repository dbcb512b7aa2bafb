// Gives the replica what recovery finds on the disk.
#pragma once

#include "replica/replica.h"
#include "server/growing_heap.h"
#include "storage/recovery.h"

namespace zabra::server {

class ReplicaLoader final : public storage::RecoverySink {
 public:
  explicit ReplicaLoader(replica::Replica& replica) : replica_(replica) {}
  void on_checkpoint_begin(const wire::CheckpointMeta& meta) override { replica_.expect(meta); }
  Outcome on_checkpoint_entry(const wire::ParsedKey& key, std::string_view value) override {
    heap_.follow();
    return replica_.load(key, value);
  }
  Outcome on_checkpoint_end(const wire::CheckpointMeta& meta) override { return replica_.finish_load(meta); }
  Outcome on_txn(std::string_view entry) override { return replica_.replay(entry); }

 private:
  replica::Replica& replica_;
  GrowingHeap heap_;
};

}  // namespace zabra::server
