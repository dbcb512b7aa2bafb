#include "tests/replica/test_client.h"

#include <stdexcept>

namespace zabra::replica::test {
namespace {

// ---- big-endian numbers, by hand ----

std::string number(std::uint64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
  return out;
}
std::string i32(std::int32_t value) {
  return number(static_cast<std::uint32_t>(value), 4);
}
std::string i64(std::int64_t value) {
  return number(static_cast<std::uint64_t>(value), 8);
}
std::string text_of(std::string_view value) {
  return i32(static_cast<std::int32_t>(value.size())) + std::string(value);
}

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t take(std::size_t count) {
    if (rest_.size() < count) throw std::runtime_error("a frame ends too early");
    std::uint64_t value = 0;
    for (; count > 0; --count, rest_.remove_prefix(1)) value = value << 8 | static_cast<unsigned char>(rest_.front());
    return value;
  }
  std::int32_t i32() { return static_cast<std::int32_t>(take(4)); }
  std::int64_t i64() { return static_cast<std::int64_t>(take(8)); }
  std::string text() {
    const std::int32_t length = i32();
    if (length < 0) return "null";
    if (rest_.size() < static_cast<std::size_t>(length)) throw std::runtime_error("a text ends too early");
    const std::string value(rest_.substr(0, static_cast<std::size_t>(length)));
    rest_.remove_prefix(value.size());
    return value;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// The first whole frame of the bytes, taken off; empty if there is none (no frame is empty).
std::string take_frame(std::string& bytes) {
  if (bytes.size() < 4) return {};
  const auto length = static_cast<std::size_t>(Bytes(bytes).take(4));
  if (bytes.size() < 4 + length) return {};
  std::string frame = bytes.substr(4, length);
  bytes.erase(0, 4 + length);
  return frame;
}

Request path_and_watch(OpCode op, std::string_view path, bool watch) {
  return {op, text_of(path) + (watch ? '\1' : '\0')};
}

std::string event_line(Bytes body, std::int64_t zxid) {
  static constexpr const char* names[] = {"?", "created", "deleted", "changed", "child"};
  const std::int32_t type = body.i32();
  body.i32();  // the state: connected
  return std::string("event ") + names[type] + " " + body.text() + " @" + std::to_string(zxid);
}

std::string worth_showing(OpCode op, Bytes body) {
  switch (op) {
    case OpCode::create:
    case OpCode::sync:
      return " " + body.text();
    case OpCode::get_data:
      return " \"" + body.text() + "\"";
    case OpCode::get_children: {
      std::string names = " [";
      for (std::int32_t left = body.i32(); left > 0; --left) names += body.text() + (left > 1 ? " " : "");
      return names + "]";
    }
    case OpCode::who_am_i: {
      std::string ids;
      for (std::int32_t left = body.i32(); left > 0; --left) {
        const std::string scheme = body.text();
        ids += " " + scheme + ":" + body.text();
      }
      return ids;
    }
    default:
      return "";
  }
}

}  // namespace

Request get_data(std::string_view path, bool watch) {
  return path_and_watch(OpCode::get_data, path, watch);
}
Request exists(std::string_view path, bool watch) {
  return path_and_watch(OpCode::exists, path, watch);
}
Request get_children(std::string_view path, bool watch) {
  return path_and_watch(OpCode::get_children, path, watch);
}
Request watch_for_ever(std::string_view path) {
  return {OpCode::add_watch, text_of(path) + i32(0)};
}
Request ping() {
  return {OpCode::ping, ""};
}
Request sync(std::string_view path) {
  return {OpCode::sync, text_of(path)};
}
Request who_am_i() {
  return {OpCode::who_am_i, ""};
}
Request close_session() {
  return {OpCode::close_session, ""};
}
Request auth(std::string_view scheme, std::string_view proof) {
  return {OpCode::auth, i32(0) + text_of(scheme) + text_of(proof)};
}

std::string Connecting::bytes() const {
  std::string body = i32(0) + i64(last_zxid) + i32(timeout_ms) + i64(session.value) + text_of(password);
  if (with_read_only) body.push_back(read_only ? '\1' : '\0');
  return body;
}

std::int32_t TestClient::send(const Request& request) {
  asked_[++last_xid_] = request.op;
  host_.frame(link_, i32(last_xid_) + i32(static_cast<std::int32_t>(request.op)) + request.body);
  return last_xid_;
}

TestClient& TestClient::established(std::int32_t timeout_ms) {
  connect({.timeout_ms = timeout_ms});
  host_.settle();
  heard();
  return *this;
}

std::string TestClient::connected(std::string_view frame) {
  answered_ = true;
  Bytes in(frame);
  in.i32();  // protocol version
  const std::int32_t timeout_ms = in.i32();
  session_ = {in.i64()};
  password_ = in.text();
  const std::string answer = timeout_ms == 0 ? "refused" : "connected " + std::to_string(timeout_ms);
  return answer + (in.rest() == "\1" ? " read-only" : "");
}

std::string TestClient::line_of(std::string_view frame) {
  if (!answered_) return connected(frame);
  Bytes in(frame);
  const std::int32_t xid = in.i32();
  const std::int64_t zxid = in.i64();
  const std::int32_t error = in.i32();
  if (xid == -1) return event_line(in, zxid);
  const std::string who = xid == -2 ? "ping" : std::to_string(xid);
  const std::string at = " @" + std::to_string(zxid);
  if (error != 0) return who + " " + std::string(name(static_cast<ErrorCode>(error))) + at;
  return who + " ok" + at + (xid == -2 ? "" : worth_showing(asked_.at(xid), in));
}

std::vector<std::string> TestClient::heard() {
  std::vector<std::string> lines;
  bytes_ += host_.take_output(link_);
  for (std::string frame; !(frame = take_frame(bytes_)).empty();) lines.push_back(line_of(frame));
  const Closing closing = host_.link(link_).closing;
  if (closing != Closing::no && !told_close_) {
    lines.emplace_back(closing == Closing::now ? "closed" : "closed after that");
    told_close_ = true;
  }
  return lines;
}

std::vector<Heard> TestClient::replies() {
  std::vector<Heard> all;
  bytes_ += host_.take_output(link_);
  for (std::string frame; !(frame = take_frame(bytes_)).empty();) {
    if (!answered_) {
      connected(frame);
      continue;
    }
    Bytes in(frame);
    const std::int32_t xid = in.i32();
    const std::int64_t zxid = in.i64();
    const std::int32_t error = in.i32();
    all.push_back({xid, zxid, error, std::string(in.rest())});
  }
  return all;
}

}  // namespace zabra::replica::test
