// Transactions: what the log keeps, what peers exchange, what is applied. A transaction says what *is* after it, not
// what was asked for, so that applying it can't fail and may be repeated.
//
//   entry = TxnHeader (32 bytes) | body | TxnDigest (12 bytes, or absent)
//
// Bodies hold views into the entry they were decoded from. Source: TxnHeader, *Txn records of zookeeper.jute 3.8,
// SerializeUtils.deserializeTxn.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wire/codes.h"
#include "wire/ids.h"
#include "wire/jute.h"
#include "wire/records.h"
#include "wire/result.h"

namespace zabra::wire {

struct TxnHeader {
  SessionId session;           // who asked; none for the server's own work
  std::int32_t cxid = 0;       // the request's xid
  Zxid zxid;
  std::int64_t time_ms = 0;    // wall clock of the leader when it proposed
  OpCode type{};
};

struct CreateTxn {             // create, create2
  std::string_view path;
  NullableView data;
  AclListView acl;
  bool ephemeral = false;
  std::int32_t parent_cversion = 0;  // the parent's stored counter after this create; -1 (V0): one more than it is
};
struct CreateContainerTxn {
  std::string_view path;
  NullableView data;
  AclListView acl;
  std::int32_t parent_cversion = 0;
};
struct CreateTtlTxn {
  std::string_view path;
  NullableView data;
  AclListView acl;
  std::int32_t parent_cversion = 0;
  std::int64_t ttl_ms = 0;
};
struct DeleteTxn { std::string_view path; };  // delete, deleteContainer
struct SetDataTxn { std::string_view path; NullableView data; std::int32_t version = 0; };  // setData, reconfig
struct SetAclTxn { std::string_view path; AclListView acl; std::int32_t version = 0; };
struct CheckTxn { std::string_view path; std::int32_t version = 0; };  // inside multi only
struct CreateSessionTxn { std::int32_t timeout_ms = 0; };
// The ephemerals that the close deletes. Without the list (too long for an entry, or old logs) appliers delete by
// owner.
struct CloseSessionTxn { std::optional<std::vector<std::string_view>> paths; };
struct ErrorTxn { ErrorCode error{}; };
struct MultiTxn;

using SimpleTxn = std::variant<CreateTxn, CreateContainerTxn, CreateTtlTxn, DeleteTxn, SetDataTxn, SetAclTxn, CheckTxn,
                               CreateSessionTxn, CloseSessionTxn, ErrorTxn>;
// A failed multi keeps its entries, the failing one as an error with its code and those behind it as
// RuntimeInconsistency; one error entry makes the whole a no-op.
struct MultiTxn {
  struct Item { OpCode type{}; SimpleTxn body; };
  std::vector<Item> items;
  bool failed() const;
};
using TxnBody = std::variant<CreateTxn, CreateContainerTxn, CreateTtlTxn, DeleteTxn, SetDataTxn, SetAclTxn, CheckTxn,
                             CreateSessionTxn, CloseSessionTxn, ErrorTxn, MultiTxn>;

// The digest of the whole tree after the transaction. Source: DigestCalculator 3.8, version 2.
struct TxnDigest {
  static constexpr std::int32_t current_version = 2;
  std::int32_t version = current_version;
  std::uint64_t tree = 0;
};

struct Txn {
  TxnHeader header;
  TxnBody body;
  std::optional<TxnDigest> digest;
};

inline constexpr std::size_t txn_header_bytes = 32;
inline constexpr std::size_t txn_digest_bytes = 12;

// Unknown types and short bodies are faults; bytes behind the digest are ignored.
Result<Txn> decode_txn(std::string_view entry);
Result<TxnHeader> decode_txn_header(std::string_view entry);

void write(Writer& out, const TxnHeader& header);
void write(Writer& out, const TxnBody& body);
void write(Writer& out, const TxnDigest& digest);
// A whole entry. A closeSession without its list is written without its digest too: readers could not tell them apart.
void append_txn(std::string& out, const Txn& txn);

}  // namespace zabra::wire
