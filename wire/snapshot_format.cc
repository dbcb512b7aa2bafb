#include "wire/snapshot_format.h"

#include <charconv>

#include "wire/extent.h"
#include "wire/fixed_record.h"

namespace zabra::wire {

namespace {

constexpr std::size_t session_bytes = 8 + 4;
constexpr std::size_t node_stat_bytes = 4 * 8 + 3 * 4 + 2 * 8;
constexpr std::string_view end_path = "/";
constexpr std::string_view snap_signature("\0\0\0\x0a" "BenWasHere", 14);

}  // namespace

// ---- writing a body -------------------------------------------------------------------------------------------------

void append_snapshot_count(std::string& out, std::size_t count) {
  Writer(out).write_i32(static_cast<std::int32_t>(count));
}

void append_snapshot_record(std::string& out, const SnapshotSession& session) {
  FixedRecord<session_bytes> record;
  record.put_i64(session.session.value);
  record.put_i32(session.timeout_ms);
  record.append_to(out);
}

void append_snapshot_record(std::string& out, const SnapshotAcl& acl) {
  Writer writer(out);
  writer.write_i64(acl.key);
  write(writer, acl.acl);
}

void append_snapshot_record(std::string& out, const SnapshotNode& node) {
  CHECK(node.path != end_path);  // the root's path is ""
  Writer writer(out);
  writer.write_string(node.path);
  writer.write_nullable(node.data);
  FixedRecord<8 + node_stat_bytes> rest;
  rest.put_i64(node.acl_key);
  rest.put_i64(node.czxid.to_wire());
  rest.put_i64(node.mzxid.to_wire());
  rest.put_i64(node.ctime);
  rest.put_i64(node.mtime);
  rest.put_i32(node.version);
  rest.put_i32(node.cversion);
  rest.put_i32(node.aversion);
  rest.put_i64(node.owner.value);
  rest.put_i64(node.pzxid.to_wire());
  rest.append_to(out);
}

void append_snapshot_end(std::string& out) { Writer(out).write_string(end_path); }

// ---- reading a body -------------------------------------------------------------------------------------------------

namespace {

using Step = SnapshotReader::Step;

Step cut_short(const Extent& extent) {
  if (extent.fault()) return {*extent.fault()};
  return {extent.need()};
}

Step cut_session(std::string_view bytes) {
  if (bytes.size() < session_bytes) return {NeedMore{session_bytes - bytes.size()}};
  Reader in(bytes);
  SnapshotSession session{{in.read_i64()}, 0};
  session.timeout_ms = in.read_i32();
  return {session, session_bytes};
}

Step cut_acl(std::string_view bytes, std::size_t field_max) {
  Extent extent(bytes, field_max);
  extent.skip(8);
  const std::int32_t count = extent.read_i32();
  for (std::int32_t i = 0; i < count && extent.ok(); ++i) {
    extent.skip(4);
    extent.read_nullable("snapshot: scheme of an ACL");
    extent.read_nullable("snapshot: id of an ACL");
    if (extent.end() > field_max) extent.refuse("snapshot: ACL list too long", 0);
  }
  if (!extent.ok()) return cut_short(extent);
  Reader in(bytes.substr(0, extent.end()));
  SnapshotAcl acl{in.read_i64(), {}};
  acl.acl = read_acl_list(in);
  return {acl, extent.end()};
}

SnapshotNode decode_node(std::string_view bytes) {
  Reader in(bytes);
  SnapshotNode node;
  node.path = in.read_string();
  node.data = in.read_nullable();
  node.acl_key = in.read_i64();
  node.czxid = Zxid::from_wire(in.read_i64());
  node.mzxid = Zxid::from_wire(in.read_i64());
  node.ctime = in.read_i64();
  node.mtime = in.read_i64();
  node.version = in.read_i32();
  node.cversion = in.read_i32();
  node.aversion = in.read_i32();
  node.owner = {in.read_i64()};
  node.pzxid = Zxid::from_wire(in.read_i64());
  return node;
}

Step cut_node(std::string_view bytes, std::size_t field_max) {
  Extent extent(bytes, field_max);
  const bool has_null_path = bytes.starts_with("\xff\xff\xff\xff");
  if (has_null_path) extent.refuse("snapshot: node without a path", 0);
  const std::string_view path = extent.read_nullable("snapshot: path of a node");
  if (extent.ok() && path == end_path) return {SnapshotReader::End{}, extent.end()};
  extent.read_nullable("snapshot: data of a node");
  extent.skip(8 + node_stat_bytes);
  if (!extent.ok()) return cut_short(extent);
  return {decode_node(bytes.substr(0, extent.end())), extent.end()};
}

}  // namespace

void SnapshotReader::begin_part(std::int32_t count) {
  left_ = count < 0 ? 0 : static_cast<std::uint32_t>(count);
  const bool is_empty = left_ == 0;
  if (part_ == Part::session_count) {
    part_ = is_empty ? Part::acl_count : Part::sessions;
  } else {
    part_ = is_empty ? Part::nodes : Part::acls;
  }
}

void SnapshotReader::count_one() {
  if (--left_ > 0) return;
  part_ = part_ == Part::sessions ? Part::acl_count : Part::nodes;
}

Step SnapshotReader::next_record(std::string_view bytes) {
  if (part_ == Part::sessions) return cut_session(bytes);
  if (part_ == Part::acls) return cut_acl(bytes, limits_.field_max);
  return cut_node(bytes, limits_.field_max);
}

Step SnapshotReader::next(std::string_view bytes) {
  CHECK(!is_done());
  Extent counts(bytes, 0);
  while (is_at_count()) {
    const std::int32_t count = counts.read_i32();
    if (!counts.ok()) return {counts.need(), counts.end()};
    begin_part(count);
  }
  Step step = next_record(bytes.substr(counts.end()));
  step.consumed += counts.end();
  const bool is_counted = std::holds_alternative<SnapshotSession>(step.record) ||
                          std::holds_alternative<SnapshotAcl>(step.record);
  if (is_counted) count_one();
  if (std::holds_alternative<End>(step.record)) part_ = Part::done;
  return step;
}

void append_snap_signature(std::string& out) { out.append(snap_signature); }

SignatureCut cut_snap_signature(std::string_view bytes) {
  const std::string_view front = bytes.substr(0, snap_signature.size());
  if (!snap_signature.starts_with(front)) return Fault{"snapshot: its signature does not follow", 0};
  if (front.size() < snap_signature.size()) return NeedMore{snap_signature.size() - front.size()};
  return SignatureFound{snap_signature.size()};
}

// ---- a file ---------------------------------------------------------------------------------------------------------

namespace {

constexpr std::int32_t snapshot_magic = 0x5a4b534e;  // "ZKSN"
constexpr std::int32_t snapshot_version = 2;
constexpr std::int64_t snapshot_dbid = -1;
constexpr std::size_t last_processed_bytes = 8;
constexpr std::int32_t last_digest_version_in_hex = 1;

}  // namespace

void append_snapshot_header(std::string& out) {
  FixedRecord<snapshot_header_bytes> header;
  header.put_i32(snapshot_magic);
  header.put_i32(snapshot_version);
  header.put_i64(snapshot_dbid);
  header.append_to(out);
}

Outcome check_snapshot_header(std::string_view bytes) {
  if (bytes.size() < snapshot_header_bytes) return Fault{"snapshot file header cut off", bytes.size()};
  Reader in(bytes);
  if (in.read_i32() != snapshot_magic) return Fault{"not a snapshot: no ZKSN at its start", 0};
  if (in.read_i32() != snapshot_version) return Fault{"snapshot of an unknown version", 4};
  return Done{};
}

void append_snapshot_seal(std::string& out, std::uint32_t checksum) {
  Writer writer(out);
  writer.write_i64(checksum);
  writer.write_string(end_path);
}

void append_snapshot_trailers(std::string& out, std::uint32_t checksum, const SnapshotTrailers& trailers) {
  const std::size_t begin = out.size();
  const auto seal = [&] { append_snapshot_seal(out, adler32(std::string_view(out).substr(begin), checksum)); };
  seal();
  Writer writer(out);
  if (trailers.digest) {
    writer.write_i64(trailers.digest->zxid.to_wire());
    write(writer, trailers.digest->digest);
    seal();
  }
  if (trailers.last_processed) {
    writer.write_i64(trailers.last_processed->to_wire());
    seal();
  }
}

namespace {

// Walks through what stands behind a body, with the checksum of all that was passed.
class TrailerWalk {
 public:
  TrailerWalk(std::string_view rest, std::uint32_t checksum) : rest_(rest), in_(rest), checksum_(checksum) {}

  std::size_t remaining() const { return in_.remaining(); }
  std::uint64_t offset() const { return in_.offset(); }
  bool ok() const { return in_.ok(); }

  // The seal of everything before it.
  void read_seal() {
    pass();
    const std::int64_t checksum = in_.read_i64();
    if (checksum != static_cast<std::int64_t>(checksum_) || in_.read_string() != end_path) in_.fail();
    pass();
  }
  SnapshotTrailers::Digest read_digest() {
    SnapshotTrailers::Digest digest{Zxid::from_wire(in_.read_i64()), {}};
    digest.digest.version = in_.read_i32();
    if (digest.digest.version > last_digest_version_in_hex) {
      digest.digest.tree = static_cast<std::uint64_t>(in_.read_i64());
    } else {
      in_.read_nullable();  // of another kind: nobody can compare it
    }
    return digest;
  }
  Zxid read_zxid() { return Zxid::from_wire(in_.read_i64()); }

 private:
  void pass() {
    if (in_.ok()) checksum_ = adler32(rest_.substr(passed_, in_.offset() - passed_), checksum_);
    passed_ = in_.offset();
  }

  std::string_view rest_;
  Reader in_;
  std::size_t passed_ = 0;
  std::uint32_t checksum_;
};

}  // namespace

Result<SnapshotTrailers> SnapshotFileReader::finish(std::string_view rest) const {
  CHECK(is_body_done());
  constexpr std::size_t last_part_bytes = last_processed_bytes + snapshot_seal_bytes;
  TrailerWalk walk(rest, checksum_);
  SnapshotTrailers trailers;
  walk.read_seal();
  if (walk.ok() && walk.remaining() > last_part_bytes) {
    trailers.digest = walk.read_digest();
    walk.read_seal();
  }
  if (walk.ok() && walk.remaining() > 0) {
    trailers.last_processed = walk.read_zxid();
    walk.read_seal();
  }
  if (!walk.ok()) return Fault{"snapshot: a seal is missing, or is not that of the bytes before it", walk.offset()};
  if (walk.remaining() > 0) return Fault{"snapshot: bytes behind its end", walk.offset()};
  return trailers;
}

// ---- names ----------------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view snapshot_file_prefix = "snapshot.";

}  // namespace

std::string snapshot_file_name(Zxid zxid) {
  return std::string(snapshot_file_prefix) + to_hex(zxid.to_wire()).substr(2);
}

std::optional<Zxid> parse_snapshot_file_name(std::string_view name) {
  if (!name.starts_with(snapshot_file_prefix)) return std::nullopt;
  const std::string_view digits = name.substr(snapshot_file_prefix.size());
  std::uint64_t bits = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return Zxid::from_wire(static_cast<std::int64_t>(bits));
}

}  // namespace zabra::wire
