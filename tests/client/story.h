// A session and, on the other side, servers that a test plays by hand. What the session wants comes as lines, in order:
//
//   dial 1 a:2181                                      close 1
//   send 1 connect 0x0 @0 timeout 9000 [read-only]     the session that is asked for, the last zxid seen
//   send 1 3 getData /a watch                          xid, operation, what is worth showing; `ping`, `auth`
//   SyncConnected                                      the state
//   7: ok @5 …                                         the end of request 7
//   changed /a for 1,2                                 an event and whom it concerns
//
// The bytes are made and read by the simulator's codec, which shares no code with the session's.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client/session.h"
#include "tests/sim/codec.h"
#include "tests/support/collected_log.h"

namespace zabra::client::test {

using sim::Out;

// The lines of effects, for stories that have other servers.
class Lines {
 public:
  std::vector<std::string> of(const Effects& effects);

 private:
  void add(const Dial& dial);
  void add(const Send& send);
  void add(const Close& close);
  void add(const Completed& completed);
  void add(const Fired& fired);
  void add(const StateChanged& changed);

  std::vector<std::string> lines_;
  std::set<ConnectionId> introduced_;
};

// One server more than `hosts` has letters is not there: "ab" are a:2181 and b:2181, in the order of the seed.
Settings settings_of(std::string_view hosts = "ab");

class Story {
 public:
  explicit Story(Settings settings = settings_of()) : session(std::move(settings), log) { session.start(now); }

  // ---- time ----
  void pass(std::int64_t ms);  // with every deadline on the way
  MonotonicTime now{1'000'000};

  // ---- the servers: of the newest connection, unless said otherwise ----
  void opened() { session.opened(now, newest()); }
  void dial_failed() { session.dial_failed(now, newest()); }
  void closed() { session.closed(now, newest()); }
  void bytes(std::string_view bytes) { session.received(now, newest(), bytes); }
  void grant(std::int64_t id = 0x11, std::int32_t timeout_ms = 9000, bool is_read_only = false);
  void refuse() { grant(0, 0); }
  void answer(std::int32_t xid, std::int64_t zxid, std::int32_t error = 0, const std::string& body = "");
  void event(std::int32_t type, std::string_view path, std::int64_t zxid = -1);
  void pong(std::int64_t zxid = 1) { answer(-2, zxid); }

  // Opened, granted, nothing left to hear.
  Story& served(std::int64_t id = 0x11);

  // ---- the user ----
  void submit(std::uint64_t id, const Request& request) { session.submit(now, {id}, request); }
  void close(std::uint64_t id) { session.close(now, {id}); }

  std::vector<std::string> heard();
  ConnectionId newest() {
    collect();
    return newest_;
  }

  zabra::test::CollectedLog log;
  Session session;

 private:
  void collect();

  ConnectionId newest_{1};
  Lines lines_;
  std::vector<std::string> heard_;
};

// Bodies of answers.
std::string stat_bytes(std::int64_t mzxid = 5, std::int32_t version = 0);
inline std::string data_bytes(std::string_view data) { return Out().text(data).raw(stat_bytes()).bytes(); }

}  // namespace zabra::client::test
