// A snapshot that comes in on a leader's link, made into a state and into a checkpoint at the same time: each record
// goes to a new state machine and into the part that is put to the disk next.
//
// Nothing more is taken while two parts are on their way to the disk.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "replica/quorum_port.h"
#include "state/state_machine.h"
#include "wire/checkpoint_format.h"
#include "wire/snapshot_format.h"

namespace zabra::replica {

class SnapshotReceiver final : public BodyTaker {
 public:
  SnapshotReceiver(wire::SnapshotLimits limits, const state::Settings& settings)
      : limits_(limits), settings_(settings) {}

  // A history that begins with nothing has no body.
  void begin(std::optional<Zxid> zxid);
  void give_up();
  bool is_active() const { return state_ != nullptr; }

  // ---- BodyTaker ----
  Result<std::size_t> take_body(std::string_view bytes) override;
  bool takes_more() const override { return is_active() && !is_whole_ && parts_under_way_ < parts_max; }
  bool is_whole() const override { return is_whole_; }

  // ---- for the disk ----
  // What is to be put next, when there is enough of it.
  std::optional<wire::CheckpointBatch> take_part();
  void part_taken() { --parts_under_way_; }
  // Once, when all parts are given out: what they stand for.
  Result<std::optional<wire::CheckpointMeta>> take_meta();

  std::unique_ptr<state::StateMachine> take_state() { return std::move(state_); }

  // ---- for SnapshotReader ----
  Outcome session(const wire::SnapshotSession& session);
  Outcome acl(const wire::SnapshotAcl& acl);
  Outcome node(const wire::SnapshotNode& node);

 private:
  static constexpr std::size_t parts_max = 2;

  Outcome put(const std::string& key, const std::string& value);
  Result<std::size_t> take_signature(std::string_view bytes);

  const wire::SnapshotLimits limits_;
  const state::Settings& settings_;
  std::unique_ptr<state::StateMachine> state_;
  std::optional<wire::SnapshotReader> reader_;
  std::map<std::int64_t, std::uint32_t> acl_ids_;  // ours, by the snapshot's key
  wire::CheckpointMeta meta_;
  wire::CheckpointBatch part_;
  std::string key_, value_;  // scratch
  std::size_t parts_under_way_ = 0;
  bool is_whole_ = false, is_meta_given_ = false;
};

}  // namespace zabra::replica
