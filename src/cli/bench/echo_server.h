// The other end with no work behind it: every frame gets a right-looking reply at once, nothing is stored. What the
// load generator reaches against it is what this machine's sockets, wake-ups and the generator itself can carry; a real
// server is measured against that.
//
// getData of a leaf answers the value that a fresh leaf of that number has, so that the generator's checks hold; it
// must have the same size and children. Single-threaded epoll, one write per connection and turn: a real server's best
// case.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cli/bench/endpoint.h"
#include "cli/bench/poller.h"
#include "cli/bench/stream.h"
#include "cli/bench/values.h"
#include "wire/ids.h"
#include "wire/jute.h"
#include "wire/result.h"

namespace zabra::cli::bench {

class EchoServer {
 public:
  EchoServer(std::size_t value_size, std::uint32_t children);
  ~EchoServer();

  // On loopback; 0: a free port. Gives the port.
  Result<std::uint16_t> listen(std::uint16_t port);
  // Serves until stop(), which another thread may call.
  void serve();
  void stop();

 private:
  struct Link;
  void accept_all();
  void serve_link(const epoll_event& event);
  bool answer(Link& link, std::string_view frame);
  void answer_request(Link& link, std::string_view frame);
  void answer_read(Link& link, std::int32_t xid, wire::Reader in);
  void answer_write(Link& link, std::int32_t xid);
  void answer_create(Link& link, std::int32_t xid, wire::Reader in);

  Values values_;
  std::uint32_t children_;
  Descriptor listener_, stopper_;
  Poller poller_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Link>> links_;
  std::uint64_t next_tag_;
  ReadBuffer buffer_;
  Zxid zxid_ = Zxid::from_wire(1);
  std::atomic<bool> stopping_ = false;
};

}  // namespace zabra::cli::bench
