// The request bodies of client_packets.h.
#include "wire/client_packets.h"
#include "wire/decoded.h"
#include "wire/fixed_record.h"

namespace zabra::wire {

namespace {

CreateRequest read_create(Reader& in) {
  CreateRequest request;
  request.path = in.read_nullable();
  request.data = in.read_nullable();
  request.acl = read_acl_list(in);
  request.flags = in.read_i32();
  return request;
}

CreateRequest read_create_ttl(Reader& in) {
  CreateRequest request = read_create(in);
  request.ttl_ms = in.read_i64();
  return request;
}

// Records of a path and a version: DeleteRequest, CheckRequest.
template <class Request>
Request read_versioned_path(Reader& in) {
  Request request;
  request.path = in.read_nullable();
  request.version = in.read_i32();
  return request;
}

SetDataRequest read_set_data(Reader& in) {
  SetDataRequest request;
  request.path = in.read_nullable();
  request.data = in.read_nullable();
  request.version = in.read_i32();
  return request;
}

PathWatchRequest read_path_watch(Reader& in) {
  PathWatchRequest request;
  request.path = in.read_nullable();
  request.watch = in.read_bool();
  return request;
}

// A null vector is a fault here, unlike elsewhere; so is a null string in it.
std::vector<std::string_view> read_paths(Reader& in) {
  std::vector<std::string_view> paths;
  const std::int32_t count = in.read_i32();
  if (count == -1) in.fail();
  for (std::int32_t i = 0; i < count && in.ok(); ++i) paths.push_back(in.read_string());
  return paths;
}

}  // namespace

Result<CreateRequest> decode_create(Reader in) {
  const CreateRequest request = read_create(in);
  return decoded(in, request, "CreateRequest");
}

Result<CreateRequest> decode_create_ttl(Reader in) {
  const CreateRequest request = read_create_ttl(in);
  return decoded(in, request, "CreateTTLRequest");
}

Result<DeleteRequest> decode_delete(Reader in) {
  const auto request = read_versioned_path<DeleteRequest>(in);
  return decoded(in, request, "DeleteRequest");
}

Result<SetDataRequest> decode_set_data(Reader in) {
  const SetDataRequest request = read_set_data(in);
  return decoded(in, request, "SetDataRequest");
}

Result<SetAclRequest> decode_set_acl(Reader in) {
  SetAclRequest request;
  request.path = in.read_nullable();
  request.acl = read_acl_list(in);
  request.version = in.read_i32();
  return decoded(in, request, "SetACLRequest");
}

Result<CheckRequest> decode_check(Reader in) {
  const auto request = read_versioned_path<CheckRequest>(in);
  return decoded(in, request, "CheckVersionRequest");
}

Result<PathRequest> decode_path(Reader in) {
  const PathRequest request{in.read_nullable()};
  return decoded(in, request, "path request");
}

Result<PathWatchRequest> decode_path_watch(Reader in) {
  const PathWatchRequest request = read_path_watch(in);
  return decoded(in, request, "read request");
}

Result<SetWatchesRequest> decode_set_watches(Reader in, bool with_persistent) {
  SetWatchesRequest request;
  request.relative_zxid_wire = in.read_i64();
  request.relative_zxid = Zxid::from_wire(request.relative_zxid_wire);
  request.data = read_paths(in);
  request.exist = read_paths(in);
  request.child = read_paths(in);
  if (with_persistent) {
    request.persistent = read_paths(in);
    request.persistent_recursive = read_paths(in);
  }
  return decoded(in, std::move(request), "SetWatches");
}

Result<AddWatchRequest> decode_add_watch(Reader in) {
  AddWatchRequest request;
  request.path = in.read_nullable();
  request.mode = in.read_i32();
  return decoded(in, request, "AddWatchRequest");
}

Result<WatchesRequest> decode_watches(Reader in) {
  WatchesRequest request;
  request.path = in.read_nullable();
  request.type = in.read_i32();
  return decoded(in, request, "watches request");
}

Result<AuthPacket> decode_auth(Reader in) {
  AuthPacket packet;
  packet.type = in.read_i32();
  packet.scheme = in.read_nullable();
  packet.auth = in.read_nullable();
  return decoded(in, packet, "AuthPacket");
}

Result<SaslRequest> decode_sasl(Reader in) {
  const SaslRequest request{in.read_nullable()};
  return decoded(in, request, "GetSASLRequest");
}

Result<ReconfigRequest> decode_reconfig(Reader in) {
  ReconfigRequest request;
  request.joining = in.read_nullable();
  request.leaving = in.read_nullable();
  request.new_members = in.read_nullable();
  request.config_version = in.read_i64();
  return decoded(in, request, "ReconfigRequest");
}

// ---- multi ----------------------------------------------------------------------------------------------------------

namespace {

struct MultiHeader { OpCode op{}; bool done = false; };
MultiHeader read_multi_header(Reader& in) {
  MultiHeader header;
  header.op = static_cast<OpCode>(in.read_i32());
  header.done = in.read_bool();
  in.read_i32();  // err: never looked at
  return header;
}

// Only createTTL can carry a TTL's flags: in the other creates they, and flags that name no mode, make the whole multi
// undecodable, where the same request on its own gets BadArguments.
CreateRequest read_multi_create(Reader& in) {
  CreateRequest request = read_create(in);
  constexpr auto last_mode = static_cast<std::int32_t>(CreateMode::container);
  if (request.flags < 0 || request.flags > last_mode) in.fail();
  return request;
}

MultiItem read_multi_item(Reader& in, OpCode op) {
  switch (op) {
    case OpCode::create:
    case OpCode::create2:
    case OpCode::create_container: return {op, read_multi_create(in)};
    case OpCode::create_ttl: return {op, read_create_ttl(in)};
    case OpCode::remove: return {op, read_versioned_path<DeleteRequest>(in)};
    case OpCode::set_data: return {op, read_set_data(in)};
    case OpCode::check: return {op, read_versioned_path<CheckRequest>(in)};
    default: in.fail(); return {};
  }
}

MultiReadItem read_multi_read_item(Reader& in, OpCode op) {
  if (op != OpCode::get_data && op != OpCode::get_children) in.fail();
  return {op, read_path_watch(in)};
}

// Headers and items in turn, up to the header that says done.
template <class Item>
std::vector<Item> read_multi_items(Reader& in, Item (*read_item)(Reader&, OpCode)) {
  std::vector<Item> items;
  for (MultiHeader header = read_multi_header(in); in.ok() && !header.done; header = read_multi_header(in)) {
    items.push_back(read_item(in, header.op));
  }
  return items;
}

}  // namespace

Result<MultiRequest> decode_multi(Reader in) {
  MultiRequest request{read_multi_items(in, read_multi_item)};
  return decoded(in, std::move(request), "multi");
}

Result<MultiReadRequest> decode_multi_read(Reader in) {
  MultiReadRequest request{read_multi_items(in, read_multi_read_item)};
  return decoded(in, std::move(request), "multiRead");
}

void write_multi_header(Writer& out, OpCode type, bool done, ErrorCode error) {
  FixedRecord<9> header;
  header.put_i32(static_cast<std::int32_t>(type));
  header.put_bool(done);
  header.put_i32(static_cast<std::int32_t>(error));
  header.append_to(out.out());
}

void write_multi_end(Writer& out) { write_multi_header(out, OpCode::error, true, ErrorCode::system_error); }

void write_multi_error(Writer& out, ErrorCode error) {
  write_multi_header(out, OpCode::error, false, error);
  out.write_i32(static_cast<std::int32_t>(error));
}

}  // namespace zabra::wire
