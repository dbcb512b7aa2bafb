// How a client speaks to servers: by hand (RawSession), or through the session core that ships (CoreSession). What is asked,
// and what must hold of the answers, is the client's (clients.h), the same for both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/link_id.h"
#include "tests/sim/history.h"
#include "tests/sim/network.h"
#include "tests/sim/session_kind.h"

namespace zabra::sim {

struct Answer {
  std::int64_t zxid = 0;
  std::int32_t error = 0;  // of a multi: of its first item that failed
  std::string result{};    // a path, or data
  NodeStat stat{};
  std::vector<NodeStat> writes{};  // of a multi
};

// What a session tells its client.
class SessionUser {
 public:
  virtual ~SessionUser() = default;
  virtual void on_connected(const Granted& granted) = 0;
  virtual void on_lost() = 0;  // what is under way has no answer; the session goes on
  virtual void on_expired(Node server) = 0;  // by whose word
  virtual void on_left() = 0;  // it may live on, for its timeout, but nobody comes back to it
  virtual void on_answer(const Answer& answer) = 0;  // to the oldest request that has none
  virtual void on_pong(std::int64_t zxid) = 0;
  virtual void on_event(const std::string& path) = 0;
  virtual void on_fault(const std::string& what) = 0;  // a promise was broken
};

class ClientSession {
 public:
  virtual ~ClientSession() = default;

  virtual bool is_connected() const = 0;
  virtual bool is_read_only() const = 0;       // the connection
  virtual Node server() const = 0;             // whom it speaks to, or tries to
  virtual bool keeps_watches() const = 0;      // over connections
  virtual bool goes_on_with_zxid() const = 0;  // over sessions: tells a server what an earlier one has shown
  virtual void act() = 0;                  // now and then: dials, pings, gives up
  virtual void ask(const Operation& operation) = 0;  // while connected
  // At once and without a word, to the server and to the user. A session that is not kept is forgotten.
  virtual void leave(bool keep_session) = 0;

  // ---- from the network ----
  virtual void on_opened(LinkId link, Node server) = 0;
  virtual void on_dial_failed(Node server) = 0;
  virtual void on_bytes(LinkId link, std::string_view bytes) = 0;
  virtual void on_closed(LinkId link) = 0;
};

struct SessionSetting {
  Node node = 0;
  std::int64_t servers = 3;
  std::int32_t timeout_ms = 4000;
  bool counts_anew = false;  // xids begin with 1 on each connection (by hand only)
  bool can_be_read_only = false;
};

}  // namespace zabra::sim
