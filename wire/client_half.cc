#include "wire/client_half.h"

#include "wire/decoded.h"

namespace zabra::wire {

// ---- connecting -----------------------------------------------------------------------------------------------------

void append_connect_request(std::string& out, const ConnectRequest& request) {
  Writer writer(out);
  const std::size_t length_at = writer.reserve_i32();
  writer.write_i32(request.protocol_version);
  writer.write_i64(request.last_zxid_seen);
  writer.write_i32(request.timeout_ms);
  writer.write_i64(request.session.value);
  writer.write_nullable(request.password);
  if (request.has_read_only) writer.write_bool(request.read_only);
  writer.patch_i32(length_at, static_cast<std::int32_t>(writer.size() - length_at - 4));
}

Result<ConnectResponse> decode_connect_response(std::string_view frame) {
  Reader in(frame);
  ConnectResponse response;
  in.read_i32();  // the protocol's version: always 0
  response.timeout_ms = in.read_i32();
  response.session = {in.read_i64()};
  const std::string_view password = in.read_string();
  if (password.size() != response.password.size()) in.fail();
  else password.copy(response.password.data(), password.size());
  if (in.ok() && in.remaining() > 0) response.read_only = in.read_bool();
  return decoded(in, response, "ConnectResponse");
}

// ---- requests -------------------------------------------------------------------------------------------------------

void append_request(std::string& out, std::int32_t xid, OpCode op, std::string_view body) {
  Writer writer(out);
  writer.write_i32(static_cast<std::int32_t>(request_header_bytes + body.size()));
  writer.write_i32(xid);
  writer.write_i32(static_cast<std::int32_t>(op));
  writer.write_raw(body);
}

void write(Writer& out, const CreateRequest& request, OpCode op) {
  out.write_nullable(request.path);
  out.write_nullable(request.data);
  write(out, request.acl);
  out.write_i32(request.flags);
  if (op == OpCode::create_ttl) out.write_i64(request.ttl_ms);
}

void write(Writer& out, const DeleteRequest& request) {
  out.write_nullable(request.path);
  out.write_i32(request.version);
}

void write(Writer& out, const SetDataRequest& request) {
  out.write_nullable(request.path);
  out.write_nullable(request.data);
  out.write_i32(request.version);
}

void write(Writer& out, const SetAclRequest& request) {
  out.write_nullable(request.path);
  write(out, request.acl);
  out.write_i32(request.version);
}

void write(Writer& out, const CheckRequest& request) {
  out.write_nullable(request.path);
  out.write_i32(request.version);
}

void write(Writer& out, const PathRequest& request) { out.write_nullable(request.path); }

void write(Writer& out, const PathWatchRequest& request) {
  out.write_nullable(request.path);
  out.write_bool(request.watch);
}

namespace {

void write_paths(Writer& out, const std::vector<std::string_view>& paths) {
  out.write_i32(static_cast<std::int32_t>(paths.size()));
  for (const std::string_view path : paths) out.write_string(path);
}

}  // namespace

void write(Writer& out, const SetWatchesRequest& request, OpCode op) {
  out.write_i64(request.relative_zxid_wire);
  write_paths(out, request.data);
  write_paths(out, request.exist);
  write_paths(out, request.child);
  if (op != OpCode::set_watches2) return;
  write_paths(out, request.persistent);
  write_paths(out, request.persistent_recursive);
}

void write(Writer& out, const AddWatchRequest& request) {
  out.write_nullable(request.path);
  out.write_i32(request.mode);
}

void write(Writer& out, const WatchesRequest& request) {
  out.write_nullable(request.path);
  out.write_i32(request.type);
}

void write(Writer& out, const AuthPacket& packet) {
  out.write_i32(packet.type);
  out.write_nullable(packet.scheme);
  out.write_nullable(packet.auth);
}

void write(Writer& out, const ReconfigRequest& request) {
  out.write_nullable(request.joining);
  out.write_nullable(request.leaving);
  out.write_nullable(request.new_members);
  out.write_i64(request.config_version);
}

void write_multi_item(Writer& out, OpCode op) { write_multi_header(out, op, false, ErrorCode::system_error); }

// ---- replies --------------------------------------------------------------------------------------------------------

ReplyHeader read_reply_header(Reader& in) {
  ReplyHeader header;
  header.xid = in.read_i32();
  header.zxid = in.read_i64();
  header.error = static_cast<ErrorCode>(in.read_i32());
  return header;
}

Result<WatchEvent> decode_watch_event(Reader in) {
  WatchEvent event;
  event.type = static_cast<EventType>(in.read_i32());
  event.state = in.read_i32();
  event.path = in.read_string();
  return decoded(in, event, "WatcherEvent");
}

MultiResultHeader read_multi_result_header(Reader& in) {
  MultiResultHeader header;
  header.type = static_cast<OpCode>(in.read_i32());
  header.done = in.read_bool();
  header.error = static_cast<ErrorCode>(in.read_i32());
  return header;
}

}  // namespace zabra::wire
