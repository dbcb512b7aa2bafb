#include "tests/sim/raw_session.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"

namespace zabra::sim {

// ---- the link -------------------------------------------------------------------------------------------------------

void RawSession::act() {
  const Micros now = schedule_.now();
  if (is_connected_) {
    if (now - heard_ > setting_.timeout_ms * ms * 2 / 3) return lose();
    if (now - sent_ > setting_.timeout_ms * ms / 3) ping();
  } else if (!link_ && !is_dialling_) {
    dial();
  } else if (now - dialled_ > 3 * second) {
    lose();
  }
}

void RawSession::dial() {
  is_dialling_ = true;
  dialled_ = schedule_.now();
  const Node any = 1 + static_cast<Node>(random_.pick(static_cast<std::size_t>(setting_.servers)));
  const Node next = before_ != 0 && random_.one_in(3) ? before_ : any;  // back to where something may be under way still
  before_ = std::exchange(server_, next);
  network_.dial(setting_.node, server_, Port::client);
}

void RawSession::lose() {
  leave(true);
  user_.on_lost();
}

void RawSession::leave(bool keep_session) {
  if (link_) network_.close(*link_, setting_.node, true);
  link_.reset();
  is_connected_ = is_dialling_ = false;
  bytes_.clear();
  outstanding_.clear();
  if (keep_session) return;
  session_ = 0;
  password_.assign(16, '\0');
}

// A dial that was given up may still open.
void RawSession::on_opened(LinkId link, Node server) {
  if (!is_dialling_ || server != server_) return network_.close(link, setting_.node, true);
  is_dialling_ = false;
  link_ = link;
  Out hello;
  hello.i32(0).i64(last_zxid_).i32(setting_.timeout_ms).i64(session_).text(password_).flag(setting_.can_be_read_only);
  network_.send(link, setting_.node, hello.framed());
}

void RawSession::on_dial_failed(Node server) {
  if (server == server_) is_dialling_ = false;
}

void RawSession::on_closed(LinkId link) {
  if (link_ != link) return;
  link_.reset();
  lose();
}

void RawSession::on_bytes(LinkId link, std::string_view bytes) {
  if (link_ != link) return;
  bytes_ += bytes;
  while (link_ == link) {
    const std::optional<std::string> frame = take_frame(bytes_);
    if (!frame) return;
    heard_ = schedule_.now();
    if (is_connected_) take(*frame);
    else take_connected(*frame);
  }
}

void RawSession::take_connected(const std::string& frame) {
  In in(frame);
  in.i32();
  if (in.i32() == 0) {
    leave(false);
    return user_.on_expired(server_);
  }
  const std::int64_t session = in.i64();
  if (session_ != 0 && session != session_) user_.on_fault("another session than was asked for");
  session_ = session;
  password_ = in.text();
  is_read_only_ = in.flag();
  is_connected_ = true;
  if (setting_.counts_anew) last_xid_ = 0;
  sent_ = schedule_.now();
  if (is_read_only_ && !setting_.can_be_read_only) user_.on_fault("a read-only session, not asked for");
  user_.on_connected({session_, server_, dialled_, is_read_only_});
}

// ---- requests -------------------------------------------------------------------------------------------------------

namespace {

std::string multi_body(const Operation& operation) {
  Out body;
  if (operation.expected_version >= 0) {
    body.i32(static_cast<std::int32_t>(Op::check)).flag(false).i32(-1);
    body.text(operation.path).i32(operation.expected_version);
  }
  for (const Written& write : operation.writes) {
    body.i32(static_cast<std::int32_t>(Op::set_data)).flag(false).i32(-1);
    body.raw(set_data_body(write.path, write.data, -1));
  }
  return body.i32(-1).flag(true).i32(-1).bytes();
}

std::string body_of(const Operation& operation) {
  switch (operation.op) {
    case Op::create:
      return create_body(operation.path, operation.data, (operation.ephemeral ? 1 : 0) + (operation.sequential ? 2 : 0));
    case Op::remove: return remove_body(operation.path);
    case Op::set_data: return set_data_body(operation.path, operation.data, operation.expected_version);
    case Op::exists:
    case Op::get_data:
    case Op::get_children: return path_body(operation.path, operation.watch);
    case Op::sync: return Out().text(operation.path).bytes();
    case Op::multi: return multi_body(operation);
    default: return "";
  }
}

}  // namespace

void RawSession::ask(const Operation& operation) {
  sent_ = schedule_.now();
  outstanding_.push_back({++last_xid_, operation.op});
  Out request;
  request.i32(last_xid_).i32(static_cast<std::int32_t>(operation.op)).raw(body_of(operation));
  network_.send(*link_, setting_.node, request.framed());
}

void RawSession::ping() {
  sent_ = schedule_.now();
  network_.send(*link_, setting_.node, Out().i32(-2).i32(static_cast<std::int32_t>(Op::ping)).framed());
}

// ---- answers --------------------------------------------------------------------------------------------------------

void RawSession::take(const std::string& frame) {
  In in(frame);
  const std::int32_t xid = in.i32();
  Answer answer;
  answer.zxid = in.i64();
  answer.error = in.i32();
  if (xid == -1) return take_event(in);
  last_zxid_ = std::max(last_zxid_, answer.zxid);
  if (xid == -2) return user_.on_pong(answer.zxid);
  if (outstanding_.empty() || outstanding_.front().xid != xid) {
    return user_.on_fault(text("an answer out of order: ", xid));
  }
  const Op op = outstanding_.front().op;
  outstanding_.pop_front();
  try {
    if (answer.error == 0) read_answer(op, in, answer);
  } catch (const std::exception& fault) {
    std::string bytes;
    for (const char byte : frame) bytes += text(static_cast<int>(static_cast<unsigned char>(byte)), " ");
    user_.on_fault(text(fault.what(), ": ", bytes));
  }
  user_.on_answer(answer);
}

void RawSession::take_event(In& in) {
  in.i32();  // which
  in.i32();  // the state
  user_.on_event(in.text());
}

void RawSession::read_answer(Op op, In& in, Answer& answer) {
  switch (op) {
    case Op::create: answer.result = in.text(); break;
    case Op::get_data:
      answer.result = in.text();
      answer.stat = NodeStat::read(in);
      break;
    case Op::exists:
    case Op::set_data: answer.stat = NodeStat::read(in); break;
    case Op::multi: read_multi(in, answer); break;
    default: break;
  }
}

void RawSession::read_multi(In& in, Answer& answer) {
  for (;;) {
    const std::int32_t type = in.i32();
    const bool is_end = in.flag();
    in.i32();
    if (is_end) return;
    if (type == -1) {
      const std::int32_t error = in.i32();
      if (error != 0 && answer.error == 0) answer.error = error;
    } else if (type == static_cast<std::int32_t>(Op::set_data)) {
      answer.writes.push_back(NodeStat::read(in));
    }
  }
}

}  // namespace zabra::sim
