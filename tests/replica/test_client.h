// One client connection of a test: sends requests, and says in short lines what came back, in order.
//
//   connected 10000          refused                                    the answer to a ConnectRequest; from a server
//                                                                       without a leader, with `read-only` behind it
//   3 ok @7 "data"           4 NoNode @7                                reply to xid 3: error, zxid, what is worth
//   showing event changed /a @7      closed        closed after that
//
// The decoder is the test's own and shares no code with the server's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/replica/replica_host.h"
#include "tests/state/requests.h"
#include "wire/codes.h"

namespace zabra::replica::test {

using state::test::AclBytes;
using state::test::Create;
using state::test::Request;

// ---- requests that state's tests have no builder for ----
Request get_data(std::string_view path, bool watch = false);
Request exists(std::string_view path, bool watch = false);
Request get_children(std::string_view path, bool watch = false);
Request watch_for_ever(std::string_view path);  // addWatch, persistent
Request ping();
Request sync(std::string_view path);
Request who_am_i();
Request close_session();
Request auth(std::string_view scheme, std::string_view proof);

struct Connecting {
  std::int32_t timeout_ms = 10'000;
  SessionId session{};
  std::string password = std::string(16, '\0');
  std::int64_t last_zxid = 0;
  bool with_read_only = true;  // the byte
  bool read_only = false;
  std::string bytes() const;
};

struct Heard {
  std::int32_t xid = 0;
  std::int64_t zxid = 0;
  std::int32_t error = 0;
  std::string body;
};

class TestClient {
 public:
  explicit TestClient(ReplicaHost& host, const std::string& address = "10.0.0.1")
      : host_(host), link_(host.open(address)) {}

  // ---- told with the host's next step ----
  void connect(const Connecting& how = {}) { host_.frame(link_, how.bytes()); }
  std::int32_t send(const Request& request);  // the xid that it got: 1, 2, …
  void send_raw(std::string_view frame) { host_.frame(link_, frame); }
  void half_close() { host_.tell(HalfClosed{link_}); }
  void drained() { host_.tell(Drained{link_}); }
  // The peer goes away.
  void vanish() { host_.tell(Closed{link_}); }

  // A new session, durable, with nothing left to hear.
  TestClient& established(std::int32_t timeout_ms = 10'000);

  // ---- since the last question ----
  std::vector<std::string> heard();
  // Replies and events as they came, for tests that look closer; `connected` has no Heard.
  std::vector<Heard> replies();

  SessionId session() const { return session_; }
  const std::string& password() const { return password_; }
  Connecting again() const { return {.session = session_, .password = password_}; }
  bool is_reading() const { return host_.link(link_).reading; }
  bool is_closed() const { return host_.is_closed(link_); }
  LinkId link() const { return link_; }

 private:
  std::string line_of(std::string_view frame);
  std::string connected(std::string_view frame);

  ReplicaHost& host_;
  LinkId link_;
  std::string bytes_;  // taken from the link, not decoded
  std::int32_t last_xid_ = 0;
  std::map<std::int32_t, OpCode> asked_;  // by xid
  bool answered_ = false;                 // the ConnectRequest was
  bool told_close_ = false;
  SessionId session_;
  std::string password_;
};

}  // namespace zabra::replica::test
