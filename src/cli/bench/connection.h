// One session of the generator: its stream, and the requests that wait for replies in a ring.
#pragma once

#include <cstdint>
#include <vector>

#include "cli/bench/operation.h"
#include "cli/bench/requests.h"
#include "cli/bench/stream.h"

namespace zabra::cli::bench {

class Connection {
 public:
  // `outstanding`: how many requests of the load may wait for replies, at least 1.
  Connection(std::size_t number, std::size_t outstanding, Descriptor socket);

  std::size_t number() const { return number_; }
  Stream& stream() { return stream_; }
  bool has_room() const { return in_flight_ < outstanding_; }
  std::size_t in_flight() const { return in_flight_; }
  Zxid& zxid_seen() { return zxid_seen_; }

  void ask_for_session(std::int32_t timeout_ms) { append_connect_request(stream_.out(), timeout_ms); }
  // Encodes; the stream's flush() sends.
  void submit(const Operation& operation, Nanoseconds intended, TreeLayout& layout, const Values& values);
  Sent pop_oldest();

 private:
  Stream stream_;
  std::size_t number_, outstanding_;
  std::vector<Sent> ring_;
  std::size_t head_ = 0, mask_, in_flight_ = 0;
  std::int32_t next_xid_ = 1;
  Zxid zxid_seen_;
};

}  // namespace zabra::cli::bench
