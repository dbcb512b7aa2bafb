// A server in a thread of the test, on a free port of 127.0.0.1; and a client that speaks bytes.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "server/server.h"
#include "tests/net/peer.h"
#include "tests/support/collected_log.h"
#include "wire/client_packets.h"
#include "wire/jute.h"

namespace zabra::test {

inline server::Config config_in(const std::string& directory, std::size_t io_threads = 0) {
  server::Config config;
  config.data_dir = directory + "/data";
  config.data_log_dir = config.data_dir;
  config.client_address = "127.0.0.1";
  config.client_port = 0;
  config.log_extent_bytes = 1 << 20;
  config.io_threads = io_threads;
  config.replica.tick_ms = 500;
  config.words_allowed = {"*"};
  return config;
}

class RunningServer {
 public:
  explicit RunningServer(const server::Config& config) : server_(config, log) {
    if (const auto started = server_.start(); !started) throw std::runtime_error(started.fault().line);
    thread_ = std::thread([this] { server_.run(); });
  }
  ~RunningServer() { stop(); }
  // Returns when everything is stored and closed.
  void stop() {
    server_.request_stop();
    if (thread_.joinable()) thread_.join();
  }
  std::uint16_t port() const { return server_.port(); }

  CollectedLog log;

 private:
  server::Server server_;
  std::thread thread_;
};

// Everything until the other end closes.
inline std::string read_all(Peer& peer) {
  std::string got;
  while (!peer.ended() && !peer.failed()) {
    peer.wait_for_input();
    got += peer.take();
  }
  return got;
}

inline std::string ask(std::uint16_t port, std::string_view word) {
  Peer peer(port);
  peer.send(word);
  return read_all(peer);
}

// A client with a session, one request at a time.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : peer_(port) {
    std::string request;
    wire::Writer out(request);
    out.write_i32(0);  // protocol version
    out.write_i64(0);  // last zxid seen
    out.write_i32(10'000);
    out.write_i64(0);  // a new session
    out.write_string(std::string(16, '\0'));
    out.write_bool(false);
    peer_.send(framed(request));
    const std::string granted = read_frame();
    wire::Reader in(granted);
    in.read_i32();
    timeout_ms_ = in.read_i32();
    session_ = SessionId{in.read_i64()};
  }
  std::int32_t timeout_ms() const { return timeout_ms_; }
  SessionId session() const { return session_; }

  std::int32_t create(std::string_view path) {
    std::string body;
    wire::Writer out(body);
    out.write_string(path);
    out.write_string("data");
    out.write_i32(1);   // one ACL entry
    out.write_i32(31);  // everything
    out.write_string("world");
    out.write_string("anyone");
    out.write_i32(0);  // flags
    return call(OpCode::create, body);
  }
  std::int32_t exists(std::string_view path) {
    std::string body;
    wire::Writer out(body);
    out.write_string(path);
    out.write_bool(false);
    return call(OpCode::exists, body);
  }

 private:
  // The reply's error.
  std::int32_t call(OpCode op, std::string_view body) {
    std::string request;
    wire::Writer out(request);
    out.write_i32(++xid_);
    out.write_i32(static_cast<std::int32_t>(op));
    out.write_raw(body);
    peer_.send(framed(request));
    const std::string reply = read_frame();
    wire::Reader in(reply);
    EXPECT_EQ(in.read_i32(), xid_);
    in.read_i64();  // zxid
    return in.read_i32();
  }

  std::string read_frame() {
    for (;;) {
      const std::size_t length = unread_.size() < 4 ? 0 : static_cast<std::size_t>(wire::Reader(unread_).read_i32());
      if (unread_.size() >= 4 && unread_.size() >= 4 + length) {
        std::string body = unread_.substr(4, length);
        unread_.erase(0, 4 + length);
        return body;
      }
      if (peer_.ended() || peer_.failed()) throw std::runtime_error("the server closed the connection");
      peer_.wait_for_input();
      unread_ += peer_.take();
    }
  }

  Peer peer_;
  std::string unread_;
  std::int32_t xid_ = 0, timeout_ms_ = 0;
  SessionId session_;
};

}  // namespace zabra::test
