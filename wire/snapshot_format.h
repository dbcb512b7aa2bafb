// ZooKeeper's snapshot: the whole state of a server as one dump, in a file `snapshot.<hex zxid>` or behind a SNAP
// packet.
//
//   body = i32 n, n x {i64 session, i32 timeout} | i32 n, n x {i64 key, ACL list} | node* | str "/"
//   node = str path | buf data | i64 ACL key | i64 czxid, mzxid, ctime, mtime | i32 version, cversion, aversion
//        | i64 owner | i64 pzxid                                      the root is ""; parents stand before children
//   file = "ZKSN", i32 2, i64 -1 | body | seal | [i64 zxid, i32 2, i64 digest | seal] | [i64 last processed | seal]
//   seal = i64 Adler-32 of all that stands before it | str "/"
//   SNAP = packet | body | str "BenWasHere"
//
// A dump is made while transactions go on: it may hold effects of later ones than the zxid it is named for. Source:
// FileSnap, SerializeUtils, DataTree.serialize of 3.8, LearnerHandler; 3.9 for the last part of the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "wire/frame.h"
#include "wire/ids.h"
#include "wire/jute.h"
#include "wire/log_format.h"
#include "wire/records.h"
#include "wire/result.h"
#include "wire/txn.h"

namespace zabra::wire {

// ---- the records of a body ------------------------------------------------------------------------------------------

struct SnapshotSession { SessionId session; std::int32_t timeout_ms = 0; };

// Nodes name their ACL list by a key of this snapshot. [31 world:anyone] needs none: ZooKeeper uses this key for nodes
// that never had a list, and it may stand for that list in general.
inline constexpr std::int64_t snapshot_open_acl_key = -1;
struct SnapshotAcl { std::int64_t key = 0; AclListView acl; };

struct SnapshotNode {
  std::string_view path;  // "" is the root
  NullableView data;
  std::int64_t acl_key = snapshot_open_acl_key;
  Zxid czxid, mzxid;
  std::int64_t ctime = 0, mtime = 0;
  std::int32_t version = 0, cversion = 0 /* stored counter: creates only */, aversion = 0;
  Owner owner;
  Zxid pzxid;
};

void append_snapshot_count(std::string& out, std::size_t count);  // of sessions, of ACL lists: stands before them
void append_snapshot_record(std::string& out, const SnapshotSession& session);
void append_snapshot_record(std::string& out, const SnapshotAcl& acl);
void append_snapshot_record(std::string& out, const SnapshotNode& node);
void append_snapshot_end(std::string& out);

// ---- reading a body -------------------------------------------------------------------------------------------------

struct SnapshotLimits {
  std::size_t field_max = 2 * 0xfffff;  // of a path, of a node's data, of an ACL list: see PacketLimits
};

// Reads a body from pieces of any size; whoever calls keeps the bytes that were not taken, and offers them again with
// more behind them. At most one record is kept so: two fields and a hundred bytes.
//
//   struct Sink {
//     Outcome session(const SnapshotSession&);
//     Outcome acl(const SnapshotAcl&);
//     Outcome node(const SnapshotNode&);
//   };
//
//   Result<std::size_t> taken = reader.read(bytes, sink);     then reader.is_done(), or feed it more
//
// That parents come before their children, and that keys exist, is for the sink to check: it can stop the reading by a
// fault.
class SnapshotReader {
 public:
  explicit SnapshotReader(SnapshotLimits limits) : limits_(limits) {}

  bool is_done() const { return part_ == Part::done; }  // the byte behind the last one taken is not the body's

  // One step. Views live as long as `bytes`.
  struct End {};
  using Record = std::variant<NeedMore, SnapshotSession, SnapshotAcl, SnapshotNode, End, Fault>;
  struct Step { Record record; std::size_t consumed = 0; };  // with NeedMore too: a count may have been taken
  Step next(std::string_view bytes);

  // All that is whole in `bytes`: how many were taken.
  template <class Sink>
  Result<std::size_t> read(std::string_view bytes, Sink& sink);

 private:
  enum class Part { session_count, sessions, acl_count, acls, nodes, done };

  bool is_at_count() const { return part_ == Part::session_count || part_ == Part::acl_count; }
  void begin_part(std::int32_t count);
  void count_one();
  Step next_record(std::string_view bytes);

  SnapshotLimits limits_;
  Part part_ = Part::session_count;
  std::uint32_t left_ = 0;  // records of this part
};

// Behind the body that follows a SNAP packet.
void append_snap_signature(std::string& out);
struct SignatureFound { std::size_t consumed = 0; };
using SignatureCut = std::variant<NeedMore, SignatureFound, Fault>;
SignatureCut cut_snap_signature(std::string_view bytes);

// ---- a file ---------------------------------------------------------------------------------------------------------

inline constexpr std::size_t snapshot_header_bytes = 16;
void append_snapshot_header(std::string& out);
Outcome check_snapshot_header(std::string_view bytes);

// `checksum`: adler32() of all bytes of the file so far, earlier seals included.
inline constexpr std::size_t snapshot_seal_bytes = 8 + 4 + 1;
void append_snapshot_seal(std::string& out, std::uint32_t checksum);

// What may stand behind the body. Older servers ignore what they don't know, newer ones do without.
struct SnapshotTrailers {
  struct Digest { Zxid zxid; TxnDigest digest; };  // of the tree after the last transaction applied when the dump ended
  std::optional<Digest> digest;                    // 3.6; zxid 0: there was none yet
  std::optional<Zxid> last_processed;              // 3.9
};
// Appends the seal of the body and the trailers, each with its own. `checksum`: of everything before.
void append_snapshot_trailers(std::string& out, std::uint32_t checksum, const SnapshotTrailers& trailers);

// Reads a file from pieces, like SnapshotReader: read() until is_body_done(), then finish() with all that is left of
// it.
class SnapshotFileReader {
 public:
  explicit SnapshotFileReader(SnapshotLimits limits) : body_(limits) {}

  template <class Sink>
  Result<std::size_t> read(std::string_view bytes, Sink& sink);
  bool is_body_done() const { return body_.is_done(); }

  // The rest, up to the end of the file: seals and trailers, nothing else. A file without its body's seal is a fault.
  Result<SnapshotTrailers> finish(std::string_view rest) const;

 private:
  bool is_in_header_ = true;
  SnapshotReader body_;
  std::uint32_t checksum_ = 1;  // of the bytes taken
};

std::string snapshot_file_name(Zxid zxid);                           // "snapshot.10000000d"
std::optional<Zxid> parse_snapshot_file_name(std::string_view name);  // nothing for any other name

// ---- templates ------------------------------------------------------------------------------------------------------

template <class Sink>
Result<std::size_t> SnapshotReader::read(std::string_view bytes, Sink& sink) {
  std::size_t taken = 0;
  while (!is_done()) {
    const Step step = next(bytes.substr(taken));
    Outcome outcome = Done{};
    if (const auto* session = std::get_if<SnapshotSession>(&step.record)) outcome = sink.session(*session);
    if (const auto* acl = std::get_if<SnapshotAcl>(&step.record)) outcome = sink.acl(*acl);
    if (const auto* node = std::get_if<SnapshotNode>(&step.record)) outcome = sink.node(*node);
    if (const auto* fault = std::get_if<Fault>(&step.record)) return Fault{fault->reason, taken + fault->offset};
    if (!outcome) return Fault{outcome.fault().reason, taken};
    taken += step.consumed;
    if (std::holds_alternative<NeedMore>(step.record)) break;
  }
  return taken;
}

template <class Sink>
Result<std::size_t> SnapshotFileReader::read(std::string_view bytes, Sink& sink) {
  std::size_t taken = 0;
  if (is_in_header_) {
    if (bytes.size() < snapshot_header_bytes) return taken;
    const Outcome header = check_snapshot_header(bytes);
    if (!header) return header.fault();
    is_in_header_ = false;
    taken = snapshot_header_bytes;
  }
  const Result<std::size_t> of_body = body_.read(bytes.substr(taken), sink);
  if (!of_body) return Fault{of_body.fault().reason, taken + of_body.fault().offset};
  taken += *of_body;
  checksum_ = adler32(bytes.substr(0, taken), checksum_);
  return taken;
}

}  // namespace zabra::wire
