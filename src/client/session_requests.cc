// Requests, answers and watches. Connections are in session.cc.
#include <algorithm>
#include <limits>

#include "client/reply_decoding.h"
#include "client/session.h"
#include "wire/client_half.h"

namespace zabra::client {

// ---- out ------------------------------------------------------------------------------------------------------------

void Session::submit(MonotonicTime now, RequestId id, const Request& request) {
  now_ = now;
  if (is_final(state_) || is_closing_) return refuse(id);
  std::optional<Encoded> encoded = encode(request, settings_.chroot);
  if (!encoded) return effects_.emplace_back(Completed{id, {ErrorCode::bad_arguments, {}, {}}}), void();
  if (const auto* unwatch = std::get_if<UnwatchWish>(&encoded->wish)) {
    if (!watches_.contains(unwatch->path, unwatch->scope, unwatch->watcher)) {
      return effects_.emplace_back(Completed{id, {ErrorCode::no_watcher, {}, {}}}), void();
    }
    // The server's watch stays for the others; it is only asked whether it has one.
    if (watches_.would_be_left(unwatch->path, unwatch->scope, unwatch->watcher)) encoded->op = OpCode::check_watches;
  }
  ask({id, std::move(*encoded), now_});
}

void Session::refuse(RequestId id) {
  const ErrorCode error = state_ == State::auth_failed ? ErrorCode::auth_failed : ErrorCode::session_expired;
  effects_.emplace_back(Completed{id, {error, {}, {}}});
}

void Session::close(MonotonicTime now, RequestId id) {
  now_ = now;
  if (is_final(state_) || is_closing_) return refuse(id);
  is_closing_ = true;
  Encoded encoded;
  encoded.op = OpCode::close_session;
  ask({id, std::move(encoded), now_});
  if (!std::holds_alternative<Serving>(phase_)) end(State::closed, connection_loss);
}

void Session::ask(Asked asked) {
  if (auto* serving = std::get_if<Serving>(&phase_)) send_request(*serving, std::move(asked), next_xid());
  else waiting_.push_back(std::move(asked));
}

std::int32_t Session::next_xid() {
  last_xid_ = last_xid_ == std::numeric_limits<std::int32_t>::max() ? 1 : last_xid_ + 1;
  return last_xid_;
}

void Session::send_request(Serving& serving, Asked asked, std::int32_t xid) {
  std::string frame;
  wire::append_request(frame, xid, asked.encoded.op, asked.encoded.body);
  asked.encoded.body = {};
  send(frame);
  serving.outstanding.push_back({xid, std::move(asked)});
}

void Session::add_auth(MonotonicTime now, std::string scheme, std::string proof) {
  now_ = now;
  if (is_final(state_)) return;
  proofs_.push_back({std::move(scheme), std::move(proof)});
  if (std::holds_alternative<Serving>(phase_)) send_auth(proofs_.back());
}

void Session::send_auth(const Proof& its) {
  std::string body, frame;
  wire::Writer out(body);
  wire::write(out, wire::AuthPacket{0, its.scheme, its.proof});
  wire::append_request(frame, xid_auth, OpCode::auth, body);
  send(frame);
}

void Session::register_watches(Serving& serving) {
  for (Watches::Piece& piece : watches_.pieces(told_)) {
    Encoded encoded;
    encoded.op = piece.op;
    encoded.body = std::move(piece.body);
    send_request(serving, {std::nullopt, std::move(encoded), now_}, xid_set_watches);
    ++serving.watch_pieces_left;
  }
}

// ---- in -------------------------------------------------------------------------------------------------------------

void Session::take_reply(wire::Reader in) {
  const wire::ReplyHeader header = wire::read_reply_header(in);
  if (!in.ok()) return lose("it sends a reply without a header", true);
  switch (header.xid) {
    case xid_notification: return take_event(in, header.zxid);
    case xid_ping: return;
    case xid_auth: return take_auth_reply(header.error);
    default: return take_answer(std::get<Serving>(phase_), header, in);
  }
}

void Session::take_event(wire::Reader in, std::int64_t zxid) {
  const auto event = wire::decode_watch_event(in);
  if (!event || event->type < EventType::created || event->type > EventType::children_changed) {
    return lose("it sends an event that can't be read", true);
  }
  if (zxid > 0) seen_ = std::max(seen_, Zxid::from_wire(zxid));
  const std::string path(event->path);
  std::vector<WatcherId> watchers = watches_.take(event->type, path);
  if (watchers.empty()) return;
  effects_.emplace_back(Fired{static_cast<WatchEventType>(event->type), settings_.chroot.to_client(path),
                              zxid > 0 ? Zxid::from_wire(zxid) : zxid_zero, std::move(watchers)});
}

void Session::take_auth_reply(ErrorCode error) {
  if (error != ErrorCode::ok) end(State::auth_failed, ErrorCode::auth_failed);
}

void Session::take_answer(Serving& serving, const wire::ReplyHeader& header, wire::Reader body) {
  if (serving.outstanding.empty() || serving.outstanding.front().xid != header.xid) {
    return lose(text("its answer ", header.xid, " is out of order"), true);
  }
  Reply reply{header.error, header.zxid > 0 ? Zxid::from_wire(header.zxid) : zxid_zero, {}};
  if (reply.error == ErrorCode::ok) {
    Result<ReplyBody> decoded = decode_reply(serving.outstanding.front().asked.encoded.answer, body, settings_.chroot);
    if (!decoded) return lose(decoded.fault().reason, true);
    reply.body = std::move(*decoded);
  }
  const Asked asked = std::move(serving.outstanding.front().asked);
  serving.outstanding.pop_front();
  if (!asked.id) --serving.watch_pieces_left;
  learn_zxid(serving, reply.zxid);
  complete(asked, std::move(reply));
  if (asked.encoded.op == OpCode::close_session) end(State::closed, ErrorCode::session_expired);
}

// Before an answer comes every event up to its zxid, of the watches that the server knows: while some of ours are still
// to be registered, nothing is said about theirs.
void Session::learn_zxid(const Serving& serving, Zxid zxid) {
  seen_ = std::max(seen_, zxid);
  if (serving.watch_pieces_left == 0) told_ = std::max(told_, zxid);
}

void Session::complete(const Asked& asked, Reply reply) {
  if (!asked.id) {
    if (reply.error != ErrorCode::ok && reply.error != connection_loss) {
      log_.warning(text("client session=", to_string(id()), " watches are not registered: ", name(reply.error)));
    }
    return;
  }
  const auto* results = std::get_if<MultiResults>(&reply.body);
  if (results != nullptr && asked.encoded.op == OpCode::multi) reply.error = error_of(*results);
  if (const auto* watch = std::get_if<WatchWish>(&asked.encoded.wish)) settle(*watch, asked.encoded.op, reply.error);
  if (const auto* unwatch = std::get_if<UnwatchWish>(&asked.encoded.wish)) reply.error = settle(*unwatch, reply.error);
  effects_.emplace_back(Completed{*asked.id, std::move(reply)});
}

// Of a node that is not there only its existence can be watched.
void Session::settle(const WatchWish& wish, OpCode op, ErrorCode error) {
  if (error == ErrorCode::ok) watches_.add(wish.kind, wish.path, wish.watcher);
  else if (error == ErrorCode::no_node && op == OpCode::exists) watches_.add(WatchKind::exist, wish.path, wish.watcher);
}

ErrorCode Session::settle(const UnwatchWish& wish, ErrorCode error) {
  if (error != ErrorCode::ok && !wish.even_unheard) return error;
  for (Watches::Removed& each : watches_.remove(wish.path, wish.scope, wish.watcher)) {
    effects_.emplace_back(Fired{each.type, settings_.chroot.to_client(wish.path), {}, std::move(each.watchers)});
  }
  return ErrorCode::ok;
}

}  // namespace zabra::client
