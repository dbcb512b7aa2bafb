// A server's end for tests of links between servers: collects what the sink is told, steps, and lets a scripted core
// give orders. It may dial itself: then it has both ends.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/peer_links.h"

namespace zabra::test {

struct PeerTold {
  enum Kind { opened, dial_failed, chunk, drained, closed } kind;
  LinkId link;
  std::string_view bytes;  // in place, during the step
  std::string text;        // the same, copied when it was told; the peer's address, the reason
  PeerPort port{};
  std::optional<ServerId> server;
};

class PeerHost final : private net::PeerSink {
 public:
  explicit PeerHost(net::PeerLinkSettings settings = {}) : links(context, *this, settings, log) {}
  ~PeerHost() { links.stop(); }

  // Listens on a free port of 127.0.0.1.
  std::uint16_t listen(PeerPort port) {
    const Outcome listens = links.listen(port, {{"127.0.0.1", 0}});
    if (!listens) throw std::runtime_error(listens.fault().reason);
    const std::string where = links.listens_on(port).back();
    return static_cast<std::uint16_t>(std::stoi(where.substr(where.rfind(':') + 1)));
  }

  // Steps until `done` holds. False (and a failure) when that takes absurdly long.
  bool pump_until(const std::function<bool()>& done) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done()) {
      if (std::chrono::steady_clock::now() > give_up) {
        ADD_FAILURE() << "what was waited for did not happen";
        return false;
      }
      context.run_one_for(std::chrono::milliseconds(1));  // the peers' ends wake nobody here
      pump_once();
    }
    return true;
  }
  void pump_once() {
    context.poll();
    links.step_begins();
    std::vector<PeerTold> batch;
    batch.swap(batch_);
    for (const PeerTold& told : batch) {
      history.push_back(told);
      core(told);
    }
    for (const PeerTold& told : batch) {
      if (told.kind == PeerTold::chunk) {
        EXPECT_TRUE(told.bytes == told.text) << "a chunk moved during its step";
      }
    }
    links.step_done();
  }

  std::vector<PeerTold> all(PeerTold::Kind kind) const {
    std::vector<PeerTold> found;
    std::copy_if(history.begin(), history.end(), std::back_inserter(found),
                 [kind](const PeerTold& told) { return told.kind == kind; });
    return found;
  }
  std::size_t count(PeerTold::Kind kind) const { return all(kind).size(); }
  bool pump_until_told(PeerTold::Kind kind, std::size_t times = 1) {
    return pump_until([=, this] { return count(kind) >= times; });
  }
  // The link that was opened so: dialled, or accepted.
  LinkId opened(bool dialled) {
    const auto is_it = [dialled](const PeerTold& told) {
      return told.kind == PeerTold::opened && told.server.has_value() == dialled;
    };
    pump_until([&] { return std::any_of(history.begin(), history.end(), is_it); });
    return std::find_if(history.begin(), history.end(), is_it)->link;
  }
  std::string received(LinkId link) const {
    std::string bytes;
    for (const PeerTold& told : history) {
      if (told.kind == PeerTold::chunk && told.link == link) bytes += told.text;
    }
    return bytes;
  }
  void send(LinkId link, std::string bytes) {
    links.send(link, bytes);
    EXPECT_TRUE(bytes.empty());
  }

  asio::io_context context{1};
  struct Lines final : Log {
    void write(LogLevel, std::string_view line) override { lines.emplace_back(line); }
    std::vector<std::string> lines;
  } log;
  net::PeerLinks links;
  std::function<void(const PeerTold&)> core = [](const PeerTold&) {};
  std::vector<PeerTold> history;  // texts only: its `bytes` are gone

 private:
  void on_opened(LinkId link, PeerPort port, std::optional<ServerId> dialled, const net::PeerAddress& peer) override {
    batch_.push_back({PeerTold::opened, link, {}, peer.text, port, dialled});
  }
  void on_dial_failed(PeerPort port, ServerId to, std::string_view reason) override {
    batch_.push_back({PeerTold::dial_failed, {}, {}, std::string(reason), port, to});
  }
  void on_chunk(LinkId link, std::string_view bytes) override {
    batch_.push_back({PeerTold::chunk, link, bytes, std::string(bytes), {}, {}});
  }
  void on_drained(LinkId link) override { batch_.push_back({PeerTold::drained, link, {}, "", {}, {}}); }
  void on_closed(LinkId link) override { batch_.push_back({PeerTold::closed, link, {}, "", {}, {}}); }

  std::vector<PeerTold> batch_;
};

}  // namespace zabra::test
