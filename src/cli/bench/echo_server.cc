#include "cli/bench/echo_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <limits>

#include "cli/bench/tree_layout.h"
#include "wire/client_packets.h"

namespace zabra::cli::bench {

namespace {

constexpr std::uint64_t listener_tag = 0, stopper_tag = 1, first_link_tag = 2;

}  // namespace

struct EchoServer::Link {
  Stream stream;
  std::uint64_t tag = 0;
  bool has_session = false, is_closing = false;
};

EchoServer::EchoServer(std::size_t value_size, std::uint32_t children)
    : values_(value_size),
      children_(children),
      stopper_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      next_tag_(first_link_tag) {
  poller_.add(stopper_.get(), stopper_tag);
}

EchoServer::~EchoServer() = default;

Result<std::uint16_t> EchoServer::listen(std::uint16_t port) {
  listener_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int one = 1;
  setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (bind(listener_.get(), generic, size) != 0) return system_fault("port " + std::to_string(port));
  if (::listen(listener_.get(), 1024) != 0) return system_fault("port " + std::to_string(port));
  getsockname(listener_.get(), generic, &size);
  poller_.add(listener_.get(), listener_tag);
  return ntohs(address.sin_port);
}

void EchoServer::stop() {
  stopping_ = true;
  eventfd_write(stopper_.get(), 1);
}

void EchoServer::serve() {
  while (!stopping_) {
    for (const epoll_event& event : poller_.wait(std::numeric_limits<Nanoseconds>::max())) {
      if (event.data.u64 == listener_tag) accept_all();
      if (event.data.u64 >= first_link_tag) serve_link(event);
    }
  }
}

void EchoServer::accept_all() {
  while (true) {
    Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.is_open()) return;
    const int one = 1;
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    poller_.add(socket.get(), next_tag_);
    links_.emplace(next_tag_, std::make_unique<Link>(Link{Stream(std::move(socket)), next_tag_}));
    ++next_tag_;
  }
}

void EchoServer::serve_link(const epoll_event& event) {
  const auto found = links_.find(event.data.u64);
  if (found == links_.end()) return;
  Link& link = *found->second;
  const bool open = link.stream.receive(buffer_, says_hung_up(event),
                                        [&](std::string_view frame) { return answer(link, frame); });
  if (!link.stream.flush() || !open) links_.erase(found);
}

// False: not to be served any longer.
bool EchoServer::answer(Link& link, std::string_view frame) {
  if (link.has_session) {
    answer_request(link, frame);
    return !link.is_closing;
  }
  const Result<wire::ConnectRequest> request = wire::decode_connect_request(frame);
  if (!request) return false;
  wire::ConnectResponse response;
  response.timeout_ms = request->timeout_ms;
  response.session = SessionId{static_cast<std::int64_t>(link.tag)};
  wire::append_connect_response(link.stream.out(), response, request->has_read_only);
  link.has_session = true;
  return true;
}

void EchoServer::answer_request(Link& link, std::string_view frame) {
  wire::Reader in(frame);
  const wire::RequestHeader header = wire::read_request_header(in);
  switch (header.op) {
    case OpCode::get_data: return answer_read(link, header.xid, in);
    case OpCode::set_data: return answer_write(link, header.xid);
    case OpCode::create: return answer_create(link, header.xid, in);
    case OpCode::ping: return wire::append_reply(link.stream.out(), xid_ping, zxid_.to_wire(), ErrorCode::ok);
    default: break;
  }
  link.is_closing = header.op == OpCode::close_session;
  zxid_ = zxid_.next();
  wire::append_reply(link.stream.out(), header.xid, zxid_.to_wire(), ErrorCode::ok);
}

void EchoServer::answer_read(Link& link, std::int32_t xid, wire::Reader in) {
  const std::uint32_t number = leaf_number(in.read_string(), children_).value_or(0);
  wire::ReplyFrame reply(link.stream.out(), xid, zxid_, ErrorCode::ok);
  reply.body().write_i32(static_cast<std::int32_t>(values_.size()));
  values_.append(link.stream.out(), number, 0);
  wire::Stat stat;
  stat.data_length = static_cast<std::int32_t>(values_.size());
  write(reply.body(), stat);
  reply.end();
}

void EchoServer::answer_write(Link& link, std::int32_t xid) {
  zxid_ = zxid_.next();
  wire::ReplyFrame reply(link.stream.out(), xid, zxid_, ErrorCode::ok);
  wire::Stat stat;
  stat.mzxid = zxid_;
  stat.version = 1;
  stat.data_length = static_cast<std::int32_t>(values_.size());
  write(reply.body(), stat);
  reply.end();
}

void EchoServer::answer_create(Link& link, std::int32_t xid, wire::Reader in) {
  zxid_ = zxid_.next();
  wire::ReplyFrame reply(link.stream.out(), xid, zxid_, ErrorCode::ok);
  reply.body().write_string(in.read_string());
  reply.end();
}

}  // namespace zabra::cli::bench
