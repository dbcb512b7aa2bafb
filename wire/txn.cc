#include "wire/txn.h"

#include <algorithm>

#include "wire/decoded.h"
#include "wire/fixed_record.h"

namespace zabra::wire {

bool MultiTxn::failed() const {
  return std::ranges::any_of(items, [](const Item& item) { return item.type == OpCode::error; });
}

// ---- reading --------------------------------------------------------------------------------------------------------

namespace {

TxnHeader read_header(Reader& in) {
  TxnHeader header;
  header.session = {in.read_i64()};
  header.cxid = in.read_i32();
  header.zxid = Zxid::from_wire(in.read_i64());
  header.time_ms = in.read_i64();
  header.type = static_cast<OpCode>(in.read_i32());
  return header;
}

// Logs of ZooKeeper before 3.4 hold a create (type 1) that ends behind the flag, and Java tells them apart in the same
// way:
// what has no room for the counter is an old record. An old record with a digest behind it can't be told from a new
// one, but nobody ever wrote one: digests came in 3.6.
CreateTxn read_create(Reader& in, bool may_be_v0) {
  CreateTxn txn;
  txn.path = in.read_string();
  txn.data = in.read_nullable();
  txn.acl = read_acl_list(in);
  txn.ephemeral = in.read_bool();
  const bool is_v0 = may_be_v0 && in.ok() && in.remaining() < 4;
  txn.parent_cversion = is_v0 ? -1 : in.read_i32();
  return txn;
}

CreateContainerTxn read_create_container(Reader& in) {
  CreateContainerTxn txn;
  txn.path = in.read_string();
  txn.data = in.read_nullable();
  txn.acl = read_acl_list(in);
  txn.parent_cversion = in.read_i32();
  return txn;
}

CreateTtlTxn read_create_ttl(Reader& in) {
  CreateTtlTxn txn;
  txn.path = in.read_string();
  txn.data = in.read_nullable();
  txn.acl = read_acl_list(in);
  txn.parent_cversion = in.read_i32();
  txn.ttl_ms = in.read_i64();
  return txn;
}

SetDataTxn read_set_data(Reader& in) {
  SetDataTxn txn;
  txn.path = in.read_string();
  txn.data = in.read_nullable();
  txn.version = in.read_i32();
  return txn;
}

SetAclTxn read_set_acl(Reader& in) {
  SetAclTxn txn;
  txn.path = in.read_string();
  txn.acl = read_acl_list(in);
  txn.version = in.read_i32();
  return txn;
}

CheckTxn read_check(Reader& in) {
  CheckTxn txn;
  txn.path = in.read_string();
  txn.version = in.read_i32();
  return txn;
}

// ZooKeeper 3.5 and older, and a server told so, write no record. Bytes that are no list of paths are taken for its
// absence, as Java does when they run out; a digest behind an absent record is lost with it (nobody may write one).
CloseSessionTxn read_close_session(Reader& in) {
  Reader list = in;
  std::vector<std::string_view> paths;
  const std::int32_t count = list.read_count();
  for (std::int32_t i = 0; i < count && list.ok(); ++i) {
    paths.push_back(list.read_string());
    if (paths.back().empty()) list.fail();  // no node has an empty path
  }
  if (!list.ok()) {
    in.skip(in.remaining());
    return {};
  }
  in = list;
  return {std::move(paths)};
}

ErrorTxn read_error(Reader& in) { return {static_cast<ErrorCode>(in.read_i32())}; }

SimpleTxn read_multi_body(Reader& in, OpCode type) {
  switch (type) {
    case OpCode::create:
    case OpCode::create2: return read_create(in, false);
    case OpCode::create_container: return read_create_container(in);
    case OpCode::create_ttl: return read_create_ttl(in);
    case OpCode::remove:
    case OpCode::delete_container: return DeleteTxn{in.read_string()};
    case OpCode::set_data: return read_set_data(in);
    case OpCode::check: return read_check(in);
    case OpCode::error: return read_error(in);
    default: in.fail(); return ErrorTxn{};
  }
}

MultiTxn read_multi(Reader& in) {
  MultiTxn txn;
  const std::int32_t count = in.read_count();
  for (std::int32_t i = 0; i < count && in.ok(); ++i) {
    const auto type = static_cast<OpCode>(in.read_i32());
    Reader record(in.read_string());
    txn.items.push_back({type, read_multi_body(record, type)});
    if (!record.ok()) in.fail();
  }
  return txn;
}

TxnBody read_body(Reader& in, OpCode type) {
  switch (type) {
    case OpCode::create: return read_create(in, true);
    case OpCode::create2: return read_create(in, false);
    case OpCode::create_container: return read_create_container(in);
    case OpCode::create_ttl: return read_create_ttl(in);
    case OpCode::remove:
    case OpCode::delete_container: return DeleteTxn{in.read_string()};
    case OpCode::set_data:
    case OpCode::reconfig: return read_set_data(in);
    case OpCode::set_acl: return read_set_acl(in);
    case OpCode::check: return read_check(in);
    case OpCode::create_session: return CreateSessionTxn{in.read_i32()};
    case OpCode::close_session: return read_close_session(in);
    case OpCode::error: return read_error(in);
    case OpCode::multi: return read_multi(in);
    default: in.fail(); return ErrorTxn{};
  }
}

std::optional<TxnDigest> read_digest(Reader& in) {
  if (in.remaining() < txn_digest_bytes) return std::nullopt;
  TxnDigest digest;
  digest.version = in.read_i32();
  digest.tree = static_cast<std::uint64_t>(in.read_i64());
  return digest;
}

}  // namespace

Result<TxnHeader> decode_txn_header(std::string_view entry) {
  Reader in(entry);
  const TxnHeader header = read_header(in);
  return decoded(in, header, "TxnHeader");
}

Result<Txn> decode_txn(std::string_view entry) {
  Reader in(entry);
  Txn txn;
  txn.header = read_header(in);
  txn.body = read_body(in, txn.header.type);
  txn.digest = read_digest(in);
  return decoded(in, std::move(txn), "transaction");
}

// ---- writing --------------------------------------------------------------------------------------------------------

namespace {

struct BodyWriter {
  Writer& out;

  void operator()(const CreateTxn& txn) const {
    write_node(txn);
    out.write_bool(txn.ephemeral);
    out.write_i32(txn.parent_cversion);
  }
  void operator()(const CreateContainerTxn& txn) const {
    write_node(txn);
    out.write_i32(txn.parent_cversion);
  }
  void operator()(const CreateTtlTxn& txn) const {
    write_node(txn);
    out.write_i32(txn.parent_cversion);
    out.write_i64(txn.ttl_ms);
  }
  void operator()(const DeleteTxn& txn) const { out.write_string(txn.path); }
  void operator()(const SetDataTxn& txn) const {
    out.write_string(txn.path);
    out.write_nullable(txn.data);
    out.write_i32(txn.version);
  }
  void operator()(const SetAclTxn& txn) const {
    out.write_string(txn.path);
    write(out, txn.acl);
    out.write_i32(txn.version);
  }
  void operator()(const CheckTxn& txn) const {
    out.write_string(txn.path);
    out.write_i32(txn.version);
  }
  void operator()(const CreateSessionTxn& txn) const { out.write_i32(txn.timeout_ms); }
  void operator()(const CloseSessionTxn& txn) const {
    if (!txn.paths) return;
    out.write_i32(static_cast<std::int32_t>(txn.paths->size()));
    for (const std::string_view path : *txn.paths) out.write_string(path);
  }
  void operator()(const ErrorTxn& txn) const { out.write_i32(static_cast<std::int32_t>(txn.error)); }
  void operator()(const MultiTxn& txn) const {
    out.write_i32(static_cast<std::int32_t>(txn.items.size()));
    for (const MultiTxn::Item& item : txn.items) write_item(item);
  }

 private:
  template <class AnyCreate>
  void write_node(const AnyCreate& txn) const {
    out.write_string(txn.path);
    out.write_nullable(txn.data);
    write(out, txn.acl);
  }
  void write_item(const MultiTxn::Item& item) const {
    out.write_i32(static_cast<std::int32_t>(item.type));
    const std::size_t length_at = out.reserve_i32();
    std::visit(*this, item.body);
    out.patch_i32(length_at, static_cast<std::int32_t>(out.size() - length_at - 4));
  }
};

bool is_close_without_paths(const TxnBody& body) {
  const auto* close = std::get_if<CloseSessionTxn>(&body);
  return close != nullptr && !close->paths;
}

}  // namespace

void write(Writer& out, const TxnHeader& header) {
  FixedRecord<txn_header_bytes> record;
  record.put_i64(header.session.value);
  record.put_i32(header.cxid);
  record.put_i64(header.zxid.to_wire());
  record.put_i64(header.time_ms);
  record.put_i32(static_cast<std::int32_t>(header.type));
  record.append_to(out.out());
}

void write(Writer& out, const TxnBody& body) { std::visit(BodyWriter{out}, body); }

void write(Writer& out, const TxnDigest& digest) {
  FixedRecord<txn_digest_bytes> record;
  record.put_i32(digest.version);
  record.put_i64(static_cast<std::int64_t>(digest.tree));
  record.append_to(out.out());
}

void append_txn(std::string& out, const Txn& txn) {
  Writer writer(out);
  write(writer, txn.header);
  write(writer, txn.body);
  if (txn.digest && !is_close_without_paths(txn.body)) write(writer, *txn.digest);
}

}  // namespace zabra::wire
