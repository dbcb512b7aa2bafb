#include "tests/crash/model.h"

#include "wire/jute.h"
#include "wire/log_format.h"
#include "wire/txn.h"

namespace zabra::test {

Outcome Model::on_txn(std::string_view entry) {
  const Result<wire::Txn> txn = wire::decode_txn(entry);
  if (!txn) return txn.fault();
  const Zxid zxid = txn->header.zxid;
  if (zxid <= zxid_) return Fault{"replayed out of order: " + to_string(zxid) + " behind " + to_string(zxid_), 0};
  if (const auto* create = std::get_if<wire::CreateTxn>(&txn->body)) {
    nodes_[std::string(create->path)] = {std::string(create->data.value_or("")), zxid, 0};
  } else if (const auto* set = std::get_if<wire::SetDataTxn>(&txn->body)) {
    nodes_[std::string(set->path)] = {std::string(set->data.value_or("")), zxid, set->version};
  } else if (const auto* removed = std::get_if<wire::DeleteTxn>(&txn->body)) {
    nodes_.erase(std::string(removed->path));
  } else if (const auto* opened = std::get_if<wire::CreateSessionTxn>(&txn->body)) {
    sessions_[txn->header.session.value] = opened->timeout_ms;
  } else if (std::holds_alternative<wire::CloseSessionTxn>(txn->body)) {
    sessions_.erase(txn->header.session.value);
  }
  zxid_ = zxid;
  txn_checksum_ = wire::adler32(entry);
  return Done{};
}

Outcome Model::on_checkpoint_entry(const wire::ParsedKey& key, std::string_view value) {
  if (key.kind == wire::KeyKind::session) {
    wire::Reader in(value);
    sessions_[key.session.value] = in.read_i32();
    return Done{};
  }
  const Result<wire::NodeRecord> record = wire::decode_node_record(value);
  if (!record) return record.fault();
  nodes_[std::string(key.path)] = {std::string(record->data.value_or("")), record->mzxid, record->version};
  return Done{};
}

Outcome Model::on_checkpoint_end(const wire::CheckpointMeta& meta) {
  if (digest() != meta.tree_digest) return Fault{"the digest is not that of the state", 0};
  zxid_ = meta.zxid;
  txn_checksum_ = meta.txn_checksum;
  return Done{};
}

std::uint64_t Model::digest() const {
  std::uint32_t sum = 0;
  for (const auto& [path, node] : nodes_) {
    sum = wire::crc32(path + "\n" + to_string(node.mzxid) + "\n" + node.data + "\n", sum);
  }
  for (const auto& [id, timeout] : sessions_) sum = wire::crc32(std::to_string(id) + std::to_string(timeout), sum);
  return sum;
}

wire::CheckpointBatch Model::changes_since(const Model& before) const {
  wire::CheckpointBatch batch;
  for (const auto& [path, node] : nodes_) {
    const auto was = before.nodes_.find(path);
    if (was != before.nodes_.end() && was->second == node) continue;
    wire::NodeRecord record;
    record.mzxid = node.mzxid;
    record.version = node.version;
    record.data = node.data;
    std::string value;
    wire::Writer out(value);
    write(out, record);
    batch.put(wire::node_key(path), value);
  }
  for (const auto& [path, node] : before.nodes_) {
    if (!nodes_.contains(path)) batch.remove(wire::node_key(path));
  }
  for (const auto& [id, timeout] : sessions_) {
    std::string value;
    wire::Writer(value).write_i32(timeout);
    batch.put(wire::session_key({id}), value);
  }
  for (const auto& [id, timeout] : before.sessions_) {
    if (!sessions_.contains(id)) batch.remove(wire::session_key({id}));
  }
  return batch;
}

wire::CheckpointMeta Model::meta(ServerId server) const {
  wire::CheckpointMeta meta;
  meta.server = server;
  meta.zxid = zxid_;
  meta.txn_checksum = txn_checksum_;
  meta.tree_digest = digest();
  meta.node_count = nodes_.size();
  meta.session_count = sessions_.size();
  return meta;
}

}  // namespace zabra::test
