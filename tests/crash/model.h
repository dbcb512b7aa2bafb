// The state that a log means, as plainly as can be: a map of nodes and a map of sessions. It takes what recovery gives,
// and what it must be equal to is computed from the test's own record of what was written.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "storage/recovery.h"
#include "wire/checkpoint_format.h"
#include "wire/ids.h"

namespace zabra::test {

class Model final : public storage::RecoverySink {
 public:
  struct Node {
    std::string data;
    Zxid mzxid;
    std::int32_t version = 0;
    friend bool operator==(const Node&, const Node&) = default;
  };

  // One transaction: create, setData, delete, createSession, closeSession or error.
  Outcome on_txn(std::string_view entry) override;
  Outcome on_checkpoint_entry(const wire::ParsedKey& key, std::string_view value) override;
  Outcome on_checkpoint_end(const wire::CheckpointMeta& meta) override;

  Zxid zxid() const { return zxid_; }
  const std::map<std::string, Node>& nodes() const { return nodes_; }
  const std::map<std::int64_t, std::int32_t>& sessions() const { return sessions_; }
  bool same_state(const Model& other) const { return nodes_ == other.nodes_ && sessions_ == other.sessions_; }

  // What brings a checkpoint of `before` to this state.
  wire::CheckpointBatch changes_since(const Model& before) const;
  wire::CheckpointMeta meta(ServerId server) const;

 private:
  std::uint64_t digest() const;

  Zxid zxid_;
  std::uint32_t txn_checksum_ = 0;
  std::map<std::string, Node> nodes_;
  std::map<std::int64_t, std::int32_t> sessions_;
};

}  // namespace zabra::test
