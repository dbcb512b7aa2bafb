#include "cli/bench/reply_check.h"

#include <algorithm>
#include <array>

#include "wire/codes.h"
#include "wire/jute.h"
#include "wire/records.h"

namespace zabra::cli::bench {

namespace {

struct ReplyHeader {
  std::int32_t xid = 0;
  Zxid zxid;
  ErrorCode error{};
};

ReplyHeader read_reply_header(wire::Reader& in) {
  ReplyHeader header;
  header.xid = in.read_i32();
  header.zxid = Zxid::from_wire(in.read_i64());
  header.error = static_cast<ErrorCode>(in.read_i32());
  return header;
}

// A directory may stand from an earlier run.
bool is_expected(ErrorCode error, const Operation& operation) {
  if (error == ErrorCode::ok) return true;
  return error == ErrorCode::node_exists && operation.kind == Kind::create && operation.level == Level::directory;
}

// The reply to a write carries its own transaction's zxid, which no reply before it can have shown.
bool advances(Zxid zxid, Zxid seen, Kind kind) { return is_write(kind) ? zxid > seen : zxid >= seen; }

Verdict check_read(wire::Reader in, const ReplyHeader& header, std::uint32_t number, const Values& values) {
  const wire::NullableView data = in.read_nullable();
  const wire::Stat stat = wire::read_stat(in);
  if (!in.ok() || in.remaining() != 0) return Verdict::malformed;
  if (!data || data->size() != values.size()) return Verdict::wrong_length;
  if (!values.holds(*data, number)) return Verdict::wrong_content;
  const bool stat_fits = stat.data_length == static_cast<std::int32_t>(data->size()) && stat.czxid <= stat.mzxid &&
                         stat.mzxid <= header.zxid;
  return stat_fits ? Verdict::right : Verdict::wrong_stat;
}

Verdict check_write(wire::Reader in, const ReplyHeader& header, const Values& values) {
  const wire::Stat stat = wire::read_stat(in);
  if (!in.ok() || in.remaining() != 0) return Verdict::malformed;
  const bool stat_fits = stat.mzxid == header.zxid && stat.data_length == static_cast<std::int32_t>(values.size()) &&
                         stat.version >= 1;
  return stat_fits ? Verdict::right : Verdict::wrong_stat;
}

Verdict check_create(wire::Reader in, const Operation& operation, TreeLayout& layout) {
  const std::string_view path = in.read_string();
  if (!in.ok() || in.remaining() != 0) return Verdict::malformed;
  return path == layout.path(operation.level, operation.number) ? Verdict::right : Verdict::wrong_path;
}

Verdict check_body(wire::Reader in, const ReplyHeader& header, const Operation& operation, TreeLayout& layout,
                   const Values& values) {
  if (header.error != ErrorCode::ok) return in.remaining() == 0 ? Verdict::right : Verdict::malformed;
  switch (operation.kind) {
    case Kind::read: return check_read(in, header, operation.number, values);
    case Kind::write: return check_write(in, header, values);
    case Kind::create: return check_create(in, operation, layout);
    default: return in.remaining() == 0 ? Verdict::right : Verdict::malformed;
  }
}

std::string_view name(Kind kind) {
  constexpr std::array<std::string_view, 6> names{"getData", "setData", "create", "delete", "ping", "closeSession"};
  return names[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string_view name(Verdict verdict) {
  constexpr std::array<std::string_view, verdict_count> names{
      "right",        "malformed",     "wrong xid",  "wrong error", "zxid went back",
      "wrong length", "wrong content", "wrong path", "wrong stat"};
  return names[static_cast<std::size_t>(verdict)];
}

Verdict check_reply(const Sent& sent, std::string_view frame, Zxid& zxid_seen, TreeLayout& layout,
                    const Values& values) {
  wire::Reader in(frame);
  const ReplyHeader header = read_reply_header(in);
  if (!in.ok()) return Verdict::malformed;
  if (header.xid != sent.xid) return Verdict::wrong_xid;
  if (!is_expected(header.error, sent.operation)) return Verdict::wrong_error;
  if (!advances(header.zxid, zxid_seen, sent.operation.kind)) return Verdict::zxid_went_back;
  zxid_seen = header.zxid;
  return check_body(in, header, sent.operation, layout, values);
}

std::string describe(Verdict verdict, const Sent& sent, std::string_view frame, TreeLayout& layout) {
  wire::Reader in(frame);
  const ReplyHeader header = read_reply_header(in);
  std::string line = std::string(name(verdict)) + ": " + std::string(name(sent.operation.kind));
  if (static_cast<std::size_t>(sent.operation.kind) < measured_kinds) {
    line += " " + std::string(layout.path(sent.operation.level, sent.operation.number));
  }
  line += " xid=" + std::to_string(sent.xid) + " got xid=" + std::to_string(header.xid);
  line += " zxid=" + to_string(header.zxid) + " err=" + std::to_string(static_cast<std::int32_t>(header.error));
  return line + " length=" + std::to_string(frame.size());
}

}  // namespace zabra::cli::bench
