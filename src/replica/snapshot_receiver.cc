#include "replica/snapshot_receiver.h"

#include <utility>

namespace zabra::replica {

void SnapshotReceiver::begin(std::optional<Zxid> zxid) {
  give_up();
  state_ = std::make_unique<state::StateMachine>(settings_);
  meta_.zxid = zxid.value_or(zxid_zero);
  meta_.next_acl_id = 1;
  is_whole_ = !zxid;
  if (zxid) reader_.emplace(limits_);
}

void SnapshotReceiver::give_up() {
  state_.reset();
  reader_.reset();
  acl_ids_.clear();
  meta_ = {};
  part_.clear();
  parts_under_way_ = 0;
  is_whole_ = is_meta_given_ = false;
}

// ---- the body ----

Result<std::size_t> SnapshotReceiver::take_body(std::string_view bytes) {
  std::size_t taken = 0;
  if (!reader_->is_done()) {
    const Result<std::size_t> records = reader_->read(bytes, *this);
    if (!records || !reader_->is_done()) return records;
    taken = *records;
  }
  const Result<std::size_t> signature = take_signature(bytes.substr(taken));
  if (!signature) return signature;
  return taken + *signature;
}

Result<std::size_t> SnapshotReceiver::take_signature(std::string_view bytes) {
  const wire::SignatureCut cut = wire::cut_snap_signature(bytes);
  if (const auto* fault = std::get_if<Fault>(&cut)) return *fault;
  const auto* found = std::get_if<wire::SignatureFound>(&cut);
  if (found == nullptr) return std::size_t{0};
  is_whole_ = true;
  return found->consumed;
}

Outcome SnapshotReceiver::put(const std::string& key, const std::string& value) {
  const Result<wire::ParsedKey> parsed = wire::parse_key(key);
  if (!parsed) return parsed.fault();
  if (Outcome loaded = state_->load(*parsed, value); !loaded) return loaded;
  part_.put(key, value);
  return Done{};
}

Outcome SnapshotReceiver::session(const wire::SnapshotSession& session) {
  value_.clear();
  wire::Writer(value_).write_i32(session.timeout_ms);
  return put(wire::session_key(session.session), value_);
}

// Keys of a snapshot are its own; the open list needs no id.
Outcome SnapshotReceiver::acl(const wire::SnapshotAcl& acl) {
  const std::uint32_t id = acl.acl.is_open() ? 0 : meta_.next_acl_id++;
  acl_ids_[acl.key] = id;
  if (id == 0) return Done{};
  value_.clear();
  wire::Writer writer(value_);
  write(writer, acl.acl);
  return put(wire::acl_key(id), value_);
}

Outcome SnapshotReceiver::node(const wire::SnapshotNode& node) {
  const auto acl = acl_ids_.find(node.acl_key);
  if (acl == acl_ids_.end() && node.acl_key != wire::snapshot_open_acl_key) {
    return Fault{"znode " + std::string(node.path) + ": its ACL list is missing"};
  }
  value_.clear();
  wire::Writer writer(value_);
  write(writer, wire::NodeRecord{.czxid = node.czxid,
                                 .mzxid = node.mzxid,
                                 .pzxid = node.pzxid,
                                 .ctime = node.ctime,
                                 .mtime = node.mtime,
                                 .version = node.version,
                                 .cversion = node.cversion,
                                 .aversion = node.aversion,
                                 .owner = node.owner,
                                 .acl_id = acl == acl_ids_.end() ? 0 : acl->second,
                                 .data = node.data});
  wire::make_node_key(node.path.empty() ? "/" : node.path, key_);
  return put(key_, value_);
}

// ---- for the disk ----

std::optional<wire::CheckpointBatch> SnapshotReceiver::take_part() {
  const bool is_due = part_.bytes() >= limits::snapshot_part_bytes || (is_whole_ && !part_.empty());
  if (!is_active() || !is_due || parts_under_way_ == parts_max) return std::nullopt;
  ++parts_under_way_;
  return std::exchange(part_, {});
}

Result<std::optional<wire::CheckpointMeta>> SnapshotReceiver::take_meta() {
  if (!is_active() || !is_whole_ || !part_.empty() || is_meta_given_) {
    return std::optional<wire::CheckpointMeta>();
  }
  is_meta_given_ = true;
  if (!reader_) return std::optional(meta_);  // nothing was loaded: the state is that of a new directory
  const Result<wire::CheckpointMeta> meta = state_->finish_load(meta_.zxid, meta_.next_acl_id);
  if (!meta) return meta.fault();
  return std::optional(*meta);
}

}  // namespace zabra::replica
