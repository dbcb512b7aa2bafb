// The client protocol: connecting, request and reply headers, request bodies, replies.
//
// Requests are decoded in place: strings and lists are views into the frame. Every function is total. Trailing bytes
// after a complete body are ignored, as Apache ZooKeeper does.
// Source: zookeeper.jute, ZooKeeperServer and the request processors of 3.8; tables in wire/README.md.
#pragma once

#include <array>
#include <cstdint>
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

// ---- connecting -----------------------------------------------------------------------------------------------------

using Password = std::array<char, 16>;

struct ConnectRequest {
  std::int32_t protocol_version = 0;  // not checked
  std::int64_t last_zxid_seen = 0;    // as it came: negative values are legal
  std::int32_t timeout_ms = 0;
  SessionId session;                  // none: a new one is wanted
  NullableView password;              // any length
  bool read_only = false;
  bool has_read_only = false;         // clients before 3.4 leave the byte out, and get a response without it
};
Result<ConnectRequest> decode_connect_request(std::string_view frame);

struct ConnectResponse {
  std::int32_t timeout_ms = 0;  // 0: refused or expired; then session and password are zero too
  SessionId session;
  Password password{};
  bool read_only = false;
};
// Appends a whole frame, length included.
void append_connect_response(std::string& out, const ConnectResponse& response, bool with_read_only);

// The password of a session: 16 bytes that any server computes from the id (Java's Random seeded with id ^ 0xB3415C00).
Password session_password(SessionId id);

// ---- headers --------------------------------------------------------------------------------------------------------

struct RequestHeader {
  std::int32_t xid = 0;
  OpCode op{};
};
inline constexpr std::size_t request_header_bytes = 8;
inline constexpr std::size_t reply_header_bytes = 16;  // xid, zxid, err
RequestHeader read_request_header(Reader& in);

// One reply frame, written straight into a connection's output:
//   ReplyFrame reply(out, xid, zxid, ErrorCode::ok);  write(reply.body(), stat);  reply.end();
// A header-only reply is append_reply().
class ReplyFrame {
 public:
  ReplyFrame(std::string& out, std::int32_t xid, Zxid zxid, ErrorCode error);
  Writer& body() { return writer_; }
  void set_zxid(Zxid zxid);
  void end();      // fills in the length
  // Takes back what was written and leaves a header-only reply with this error.
  void end_as_error(ErrorCode error);

 private:
  Writer writer_;
  std::size_t start_;
};
void append_reply(std::string& out, std::int32_t xid, std::int64_t zxid, ErrorCode error);

// A whole notification frame: header xid -1, err 0, state 3 (SyncConnected). `zxid` is that of the transaction that
// fired it (3.9), or -1 for the immediate events of setWatches.
void append_watch_event(std::string& out, EventType type, std::string_view path, std::int64_t zxid);

// ---- requests -------------------------------------------------------------------------------------------------------

struct CreateRequest {  // create, create2, createContainer, createTTL
  NullableView path, data;
  AclListView acl;
  std::int32_t flags = 0;
  std::int64_t ttl_ms = -1;  // createTTL only
};
struct DeleteRequest { NullableView path; std::int32_t version = -1; };
struct SetDataRequest { NullableView path, data; std::int32_t version = -1; };
struct SetAclRequest { NullableView path; AclListView acl; std::int32_t version = -1; };
struct CheckRequest { NullableView path; std::int32_t version = -1; };
struct PathRequest { NullableView path; };                          // getACL, sync, getAllChildrenNumber, getEphemerals
struct PathWatchRequest { NullableView path; bool watch = false; };  // exists, getData, getChildren, getChildren2
struct SetWatchesRequest {                                          // setWatches, setWatches2
  Zxid relative_zxid;
  std::int64_t relative_zxid_wire = 0;
  std::vector<std::string_view> data, exist, child, persistent, persistent_recursive;
};
struct AddWatchRequest { NullableView path; std::int32_t mode = 0; };
struct WatchesRequest { NullableView path; std::int32_t type = 0; };  // checkWatches, removeWatches
struct AuthPacket { std::int32_t type = 0; NullableView scheme, auth; };
struct SaslRequest { NullableView token; };
struct ReconfigRequest { NullableView joining, leaving, new_members; std::int64_t config_version = -1; };
struct NoBody {};  // ping, closeSession, whoAmI

// One operation of a multi; `op` is as it stood in its MultiHeader.
struct MultiItem {
  OpCode op{};
  std::variant<CreateRequest, DeleteRequest, SetDataRequest, CheckRequest> request;
};
struct MultiRequest { std::vector<MultiItem> items; };
// multiRead's items: getData and getChildren.
struct MultiReadItem { OpCode op{}; PathWatchRequest request; };
struct MultiReadRequest { std::vector<MultiReadItem> items; };

// Each decoder reads a request's body, header already consumed. A fault means: answer MarshallingError.
Result<CreateRequest> decode_create(Reader in);       // create, create2, createContainer
Result<CreateRequest> decode_create_ttl(Reader in);
Result<DeleteRequest> decode_delete(Reader in);
Result<SetDataRequest> decode_set_data(Reader in);
Result<SetAclRequest> decode_set_acl(Reader in);
Result<CheckRequest> decode_check(Reader in);
Result<PathRequest> decode_path(Reader in);
Result<PathWatchRequest> decode_path_watch(Reader in);
Result<SetWatchesRequest> decode_set_watches(Reader in, bool with_persistent);
Result<AddWatchRequest> decode_add_watch(Reader in);
Result<WatchesRequest> decode_watches(Reader in);
Result<AuthPacket> decode_auth(Reader in);
Result<SaslRequest> decode_sasl(Reader in);
Result<ReconfigRequest> decode_reconfig(Reader in);
// Refuses what 3.9 refuses: an inner operation that is not create, create2, createContainer, createTTL, delete, setData
// or check; a missing end header; reads. An empty multi is legal.
Result<MultiRequest> decode_multi(Reader in);
Result<MultiReadRequest> decode_multi_read(Reader in);

// ---- multi results --------------------------------------------------------------------------------------------------

// MultiHeader of a result: type, done, err.
void write_multi_header(Writer& out, OpCode type, bool done, ErrorCode error);
void write_multi_end(Writer& out);  // type -1, done 1, err -1
// A failed operation's result: header (error, false, e), then the same e.
void write_multi_error(Writer& out, ErrorCode error);

// True for the numbers that a client may send as a request of its own. All others get Unimplemented and a closed
// connection: unknown ones, createSession, deleteContainer, and check, which is for multi only (as 3.8.5 and 3.9.3 do).
bool is_client_request(OpCode op);
// True for requests that become a transaction (closeSession included, sync not).
bool is_write(OpCode op);

}  // namespace zabra::wire
