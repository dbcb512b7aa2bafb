#include "wire/client_packets.h"

#include "wire/decoded.h"
#include "wire/fixed_record.h"

namespace zabra::wire {

Result<ConnectRequest> decode_connect_request(std::string_view frame) {
  Reader in(frame);
  ConnectRequest request;
  request.protocol_version = in.read_i32();
  request.last_zxid_seen = in.read_i64();
  request.timeout_ms = in.read_i32();
  request.session = {in.read_i64()};
  request.password = in.read_nullable();
  if (in.ok() && in.remaining() > 0) {
    request.has_read_only = true;
    request.read_only = in.read_bool();
  }
  return decoded(in, request, "ConnectRequest");
}

void append_connect_response(std::string& out, const ConnectResponse& response, bool with_read_only) {
  constexpr std::size_t fixed_bytes = 4 + 4 + 8 + 4;
  constexpr std::int32_t protocol_version = 0;
  const std::size_t length = fixed_bytes + response.password.size() + (with_read_only ? 1 : 0);
  FixedRecord<4 + fixed_bytes> front;
  front.put_i32(static_cast<std::int32_t>(length));
  front.put_i32(protocol_version);
  front.put_i32(response.timeout_ms);
  front.put_i64(response.session.value);
  front.put_i32(static_cast<std::int32_t>(response.password.size()));
  front.append_to(out);
  out.append(response.password.data(), response.password.size());
  if (with_read_only) out.push_back(response.read_only ? 1 : 0);
}

Password session_password(SessionId id) {
  constexpr std::uint64_t multiplier = 0x5DEECE66D, increment = 0xB, mask = (1ULL << 48) - 1;
  constexpr std::uint64_t secret = 0xB3415C00;
  std::uint64_t seed = (static_cast<std::uint64_t>(id.value) ^ secret ^ multiplier) & mask;
  Password password;
  for (std::size_t i = 0; i < password.size(); i += 4) {
    seed = (seed * multiplier + increment) & mask;
    const auto word = static_cast<std::uint32_t>(seed >> 16);
    std::memcpy(password.data() + i, &word, 4);  // least significant byte first
  }
  return password;
}

// ---- headers --------------------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t frame_header_bytes = 4 + reply_header_bytes;

void append_frame_header(std::string& out, std::int32_t length, std::int32_t xid, std::int64_t zxid, ErrorCode error) {
  FixedRecord<frame_header_bytes> header;
  header.put_i32(length);
  header.put_i32(xid);
  header.put_i64(zxid);
  header.put_i32(static_cast<std::int32_t>(error));
  header.append_to(out);
}

}  // namespace

RequestHeader read_request_header(Reader& in) {
  RequestHeader header;
  header.xid = in.read_i32();
  header.op = static_cast<OpCode>(in.read_i32());
  return header;
}

ReplyFrame::ReplyFrame(std::string& out, std::int32_t xid, Zxid zxid, ErrorCode error)
    : writer_(out), start_(out.size()) {
  append_frame_header(out, 0, xid, zxid.to_wire(), error);
}

void ReplyFrame::set_zxid(Zxid zxid) {
  const std::uint64_t bits = swap64(static_cast<std::uint64_t>(zxid.to_wire()));
  std::memcpy(writer_.out().data() + start_ + 8, &bits, 8);
}

void ReplyFrame::end() { writer_.patch_i32(start_, static_cast<std::int32_t>(writer_.size() - start_ - 4)); }

void ReplyFrame::end_as_error(ErrorCode error) {
  writer_.out().resize(start_ + frame_header_bytes);
  writer_.patch_i32(start_ + 16, static_cast<std::int32_t>(error));
  end();
}

void append_reply(std::string& out, std::int32_t xid, std::int64_t zxid, ErrorCode error) {
  append_frame_header(out, static_cast<std::int32_t>(reply_header_bytes), xid, zxid, error);
}

void append_watch_event(std::string& out, EventType type, std::string_view path, std::int64_t zxid) {
  constexpr std::int32_t state_sync_connected = 3;
  constexpr std::size_t fixed_bytes = frame_header_bytes + 4 + 4 + 4;
  FixedRecord<fixed_bytes> front;
  front.put_i32(static_cast<std::int32_t>(fixed_bytes - 4 + path.size()));
  front.put_i32(xid_notification);
  front.put_i64(zxid);
  front.put_i32(static_cast<std::int32_t>(ErrorCode::ok));
  front.put_i32(static_cast<std::int32_t>(type));
  front.put_i32(state_sync_connected);
  front.put_i32(static_cast<std::int32_t>(path.size()));
  front.append_to(out);
  out.append(path);
}

bool is_client_request(OpCode op) {
  switch (op) {
    case OpCode::create:
    case OpCode::remove:
    case OpCode::exists:
    case OpCode::get_data:
    case OpCode::set_data:
    case OpCode::get_acl:
    case OpCode::set_acl:
    case OpCode::get_children:
    case OpCode::sync:
    case OpCode::ping:
    case OpCode::get_children2:
    case OpCode::multi:
    case OpCode::create2:
    case OpCode::reconfig:
    case OpCode::check_watches:
    case OpCode::remove_watches:
    case OpCode::create_container:
    case OpCode::create_ttl:
    case OpCode::multi_read:
    case OpCode::auth:
    case OpCode::set_watches:
    case OpCode::sasl:
    case OpCode::get_ephemerals:
    case OpCode::get_all_children_number:
    case OpCode::set_watches2:
    case OpCode::add_watch:
    case OpCode::who_am_i:
    case OpCode::close_session: return true;
    default: return false;
  }
}

bool is_write(OpCode op) {
  switch (op) {
    case OpCode::create:
    case OpCode::create2:
    case OpCode::create_container:
    case OpCode::create_ttl:
    case OpCode::remove:
    case OpCode::delete_container:
    case OpCode::set_data:
    case OpCode::set_acl:
    case OpCode::multi:
    case OpCode::reconfig:
    case OpCode::create_session:
    case OpCode::close_session: return true;
    default: return false;
  }
}

}  // namespace zabra::wire
