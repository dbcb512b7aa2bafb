#include "wire/checkpoint_format.h"

#include "wire/decoded.h"
#include "wire/fixed_record.h"

namespace zabra::wire {

// ---- values ---------------------------------------------------------------------------------------------------------

void write(Writer& out, const CheckpointMeta& meta) {
  FixedRecord<4 + 8 + 8 + 4 + 8 + 4 + 8 + 8 + 8> record;
  record.put_i32(meta.version);
  record.put_i64(meta.server.value);
  record.put_i64(meta.zxid.to_wire());
  record.put_i32(static_cast<std::int32_t>(meta.txn_checksum));
  record.put_i64(static_cast<std::int64_t>(meta.tree_digest));
  record.put_i32(static_cast<std::int32_t>(meta.next_acl_id));
  record.put_i64(static_cast<std::int64_t>(meta.node_count));
  record.put_i64(static_cast<std::int64_t>(meta.session_count));
  record.put_i64(meta.session_id_max.value);
  record.append_to(out.out());
}

Result<CheckpointMeta> decode_checkpoint_meta(std::string_view value) {
  Reader in(value);
  CheckpointMeta meta;
  meta.version = in.read_i32();
  const bool is_known = meta.version >= 1 && meta.version <= CheckpointMeta::current_version;
  if (in.ok() && !is_known) return Fault{"checkpoint of an unknown version", 0};
  meta.server = {in.read_i64()};
  meta.zxid = Zxid::from_wire(in.read_i64());
  meta.txn_checksum = static_cast<std::uint32_t>(in.read_i32());
  meta.tree_digest = static_cast<std::uint64_t>(in.read_i64());
  meta.next_acl_id = static_cast<std::uint32_t>(in.read_i32());
  meta.node_count = static_cast<std::uint64_t>(in.read_i64());
  meta.session_count = static_cast<std::uint64_t>(in.read_i64());
  if (meta.version >= 2) meta.session_id_max = {in.read_i64()};
  return decoded(in, meta, "checkpoint meta");
}

void write(Writer& out, const NodeRecord& record) {
  FixedRecord<3 * 8 + 2 * 8 + 3 * 4 + 8 + 4> fixed;
  fixed.put_i64(record.czxid.to_wire());
  fixed.put_i64(record.mzxid.to_wire());
  fixed.put_i64(record.pzxid.to_wire());
  fixed.put_i64(record.ctime);
  fixed.put_i64(record.mtime);
  fixed.put_i32(record.version);
  fixed.put_i32(record.cversion);
  fixed.put_i32(record.aversion);
  fixed.put_i64(record.owner.value);
  fixed.put_i32(static_cast<std::int32_t>(record.acl_id));
  fixed.append_to(out.out());
  out.write_nullable(record.data);
}

Result<NodeRecord> decode_node_record(std::string_view value) {
  Reader in(value);
  NodeRecord record;
  record.czxid = Zxid::from_wire(in.read_i64());
  record.mzxid = Zxid::from_wire(in.read_i64());
  record.pzxid = Zxid::from_wire(in.read_i64());
  record.ctime = in.read_i64();
  record.mtime = in.read_i64();
  record.version = in.read_i32();
  record.cversion = in.read_i32();
  record.aversion = in.read_i32();
  record.owner = {in.read_i64()};
  record.acl_id = static_cast<std::uint32_t>(in.read_i32());
  record.data = in.read_nullable();
  return decoded(in, record, "checkpoint node");
}

// ---- keys -----------------------------------------------------------------------------------------------------------

namespace {

constexpr char meta_prefix = 'm', acl_prefix = 'a', node_prefix = 'n', session_prefix = 's';

}  // namespace

std::string meta_key() { return std::string(1, meta_prefix); }

std::string acl_key(std::uint32_t id) {
  std::string key(1, acl_prefix);
  Writer(key).write_i32(static_cast<std::int32_t>(id));
  return key;
}

std::string node_key(std::string_view path) {
  std::string key;
  make_node_key(path, key);
  return key;
}

void make_node_key(std::string_view path, std::string& key) {
  key.assign(1, node_prefix);
  if (path != "/") key.append(path);
}

std::string session_key(SessionId id) {
  std::string key(1, session_prefix);
  Writer(key).write_i64(id.value);
  return key;
}

Result<ParsedKey> parse_key(std::string_view key) {
  if (key.empty()) return Fault{"empty checkpoint key", 0};
  Reader in(key.substr(1));
  ParsedKey parsed;
  switch (key.front()) {
    case meta_prefix:
      parsed.kind = KeyKind::meta;
      break;
    case acl_prefix:
      parsed.kind = KeyKind::acl;
      parsed.acl_id = static_cast<std::uint32_t>(in.read_i32());
      break;
    case node_prefix:
      parsed.kind = KeyKind::node;
      parsed.path = in.remaining() == 0 ? std::string_view("/") : in.rest();
      in.skip(in.remaining());
      break;
    case session_prefix:
      parsed.kind = KeyKind::session;
      parsed.session = {in.read_i64()};
      break;
    default: return Fault{"checkpoint key of an unknown kind", 0};
  }
  if (in.remaining() > 0) in.fail();
  return decoded(in, parsed, "checkpoint key");
}

// ---- batches --------------------------------------------------------------------------------------------------------

void CheckpointBatch::put(std::string_view key, std::string_view value) {
  Writer out(bytes_);
  out.write_bool(true);
  out.write_string(key);
  out.write_string(value);
  ++changes_;
}

void CheckpointBatch::remove(std::string_view key) {
  Writer out(bytes_);
  out.write_bool(false);
  out.write_string(key);
  ++changes_;
}

void CheckpointBatch::clear() {
  bytes_.clear();
  changes_ = 0;
}

}  // namespace zabra::wire
