#include "cli/bench/requests.h"

#include "wire/codes.h"
#include "wire/jute.h"
#include "wire/records.h"

namespace zabra::cli::bench {

namespace {

constexpr std::int32_t any_version = -1;

OpCode op_code(Kind kind) {
  switch (kind) {
    case Kind::read: return OpCode::get_data;
    case Kind::write: return OpCode::set_data;
    case Kind::create: return OpCode::create;
    case Kind::remove: return OpCode::remove;
    case Kind::ping: return OpCode::ping;
    case Kind::close_session: return OpCode::close_session;
  }
  return OpCode::ping;
}

void write_data(wire::Writer& out, const Operation& operation, const Values& values) {
  if (operation.level != Level::leaf) return out.write_string("");
  out.write_i32(static_cast<std::int32_t>(values.size()));
  values.append(out.out(), operation.number, operation.stamp);
}

void write_open_acl(wire::Writer& out) {
  out.write_i32(1);
  out.write_raw(wire::open_acl_entries());
}

void write_body(wire::Writer& out, const Operation& operation, TreeLayout& layout, const Values& values) {
  if (operation.kind == Kind::ping || operation.kind == Kind::close_session) return;
  out.write_string(layout.path(operation.level, operation.number));
  switch (operation.kind) {
    case Kind::read: return out.write_bool(false);  // no watch
    case Kind::remove: return out.write_i32(any_version);
    case Kind::write:
      write_data(out, operation, values);
      return out.write_i32(any_version);
    default:
      write_data(out, operation, values);
      write_open_acl(out);
      return out.write_i32(static_cast<std::int32_t>(CreateMode::persistent));
  }
}

void end_frame(wire::Writer& out, std::size_t length_at) {
  out.patch_i32(length_at, static_cast<std::int32_t>(out.size() - length_at - 4));
}

}  // namespace

void append_connect_request(std::string& out, std::int32_t timeout_ms) {
  wire::Writer writer(out);
  const std::size_t length_at = writer.reserve_i32();
  writer.write_i32(0);  // protocol version
  writer.write_i64(0);  // last zxid seen
  writer.write_i32(timeout_ms);
  writer.write_i64(0);  // a new session
  writer.write_string(std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));
  writer.write_bool(false);  // not read-only
  end_frame(writer, length_at);
}

Result<Session> decode_connect_response(std::string_view frame) {
  wire::Reader reader(frame);
  reader.read_i32();  // protocol version
  const std::int32_t timeout_ms = reader.read_i32();
  const SessionId id{reader.read_i64()};
  reader.read_nullable();
  if (!reader.ok()) return Fault{"the answer to the connect request is cut short", reader.offset()};
  if (timeout_ms <= 0 || id.is_none()) return Fault{"the server refused the session"};
  return Session{id, timeout_ms};
}

void append_request(std::string& out, std::int32_t xid, const Operation& operation, TreeLayout& layout,
                    const Values& values) {
  wire::Writer writer(out);
  const std::size_t length_at = writer.reserve_i32();
  writer.write_i32(xid);
  writer.write_i32(static_cast<std::int32_t>(op_code(operation.kind)));
  write_body(writer, operation, layout, values);
  end_frame(writer, length_at);
}

}  // namespace zabra::cli::bench
