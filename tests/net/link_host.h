// A server's end for tests of client links: collects what the sinks are told, steps, and lets a scripted core give
// orders. The same for links in the caller's thread and on threads of their own. Runs in the test's thread, whenever it
// pumps.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/post.hpp>

#include "net/link_set.h"
#include "net/listener.h"
#include "net/threaded_links.h"

namespace zabra::test {

struct Told {
  enum Kind { opened, frame, word, bad_length, drained, half_closed, closed } kind;
  LinkId link;
  std::string_view bytes;  // in place, during the step
  std::string text;        // the same, copied when it was told
};

// Puts what it is told into a batch, directly or by way of hand_over() and deliver().
class BatchSink final : public net::LinkSink {
 public:
  BatchSink(std::vector<Told>& batch, bool threaded) : batch_(batch), threaded_(threaded) {}

  void on_opened(LinkId link, const net::PeerAddress& peer) override { add(Told::opened, link, {}, peer.text); }
  void on_frame(LinkId link, std::string_view body) override { add(Told::frame, link, body, std::string(body)); }
  void on_word(LinkId link, std::array<char, 4> word, std::string_view rest) override {
    add(Told::word, link, rest, std::string(word.data(), 4) + "|" + std::string(rest));
  }
  void on_bad_length(LinkId link, std::int32_t length) override {
    add(Told::bad_length, link, {}, std::to_string(length));
  }
  void on_drained(LinkId link) override { add(Told::drained, link, {}, ""); }
  void on_half_closed(LinkId link) override { add(Told::half_closed, link, {}, ""); }
  void on_closed(LinkId link) override { add(Told::closed, link, {}, ""); }

  bool hand_over() override {
    if (told_.empty()) return false;
    set_aside_.swap(told_);
    return true;
  }
  void deliver() override {
    batch_.insert(batch_.end(), set_aside_.begin(), set_aside_.end());
    set_aside_.clear();
  }

 private:
  void add(Told::Kind kind, LinkId link, std::string_view bytes, std::string text) {
    (threaded_ ? told_ : batch_).push_back({kind, link, bytes, std::move(text)});
  }

  std::vector<Told>& batch_;
  const bool threaded_;
  std::vector<Told> told_, set_aside_;
};

struct HostSettings {
  std::size_t threads = 0;  // 0: links run in the host's thread
  net::LinkSettings links;
  net::Admission::Limits limits{.per_address = 0, .total = 0};
};

class LinkHost {
 public:
  using Core = std::function<void(const Told&)>;

  explicit LinkHost(HostSettings settings) : admission_(settings.limits) {
    for (std::size_t i = 0; i < std::max<std::size_t>(settings.threads, 1); ++i) {
      sinks_.push_back(std::make_unique<BatchSink>(batch_, settings.threads > 0));
    }
    if (settings.threads == 0) {
      links_ = std::make_unique<net::LinkSet>(context, *sinks_[0], settings.links);
    } else {
      std::vector<net::LinkSink*> sinks;
      for (const auto& sink : sinks_) sinks.push_back(sink.get());
      links_ = std::make_unique<net::ThreadedLinks>(sinks, settings.links, [this] { asio::post(context, [] {}); });
    }
    auto listener = net::Listener::open(context, {.address = "127.0.0.1"}, *links_, admission_, log);
    if (!listener) throw std::runtime_error(listener.fault().reason);
    listener_ = std::move(*listener);
    listener_->start();
  }
  ~LinkHost() {
    listener_->stop();
    links_->stop();
  }

  std::uint16_t port() const { return listener_->port(); }
  net::ClientLinks& links() { return *links_; }

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
    step();
  }

  // How often `kind` was told so far, of one link or of all.
  std::size_t count(Told::Kind kind) const {
    return static_cast<std::size_t>(
        std::count_if(history.begin(), history.end(), [kind](const Told& told) { return told.kind == kind; }));
  }
  const Told& last(Told::Kind kind) const {
    const auto found =
        std::find_if(history.rbegin(), history.rend(), [kind](const Told& told) { return told.kind == kind; });
    if (found == history.rend()) throw std::logic_error("that was never told");
    return *found;
  }
  bool pump_until_told(Told::Kind kind, std::size_t times = 1) {
    return pump_until([=, this] { return count(kind) >= times; });
  }
  std::vector<std::string> texts(Told::Kind kind) const {
    std::vector<std::string> found;
    for (const Told& told : history) {
      if (told.kind == kind) found.push_back(told.text);
    }
    return found;
  }

  void send(LinkId link, std::string bytes) { links_->send(link, bytes); }

  asio::io_context context{1};
  Core core = [](const Told&) {};
  std::function<void()> end_of_step = [] {};
  std::vector<Told> history;  // texts only: its `bytes` are gone

  struct Lines final : Log {
    void write(LogLevel, std::string_view line) override { lines.emplace_back(line); }
    std::vector<std::string> lines;
  } log;

 private:
  void step() {
    links_->step_begins();
    std::vector<Told> batch;
    batch.swap(batch_);
    for (const Told& told : batch) {
      history.push_back(told);
      core(told);
    }
    end_of_step();
    // What a step looks at stays where it was told until the step is over, whatever orders it gives.
    for (const Told& told : batch) {
      if (told.kind == Told::frame) {
        EXPECT_EQ(told.bytes, told.text);
      }
    }
    links_->step_done();
  }

  net::Admission admission_;
  std::vector<Told> batch_;
  std::vector<std::unique_ptr<BatchSink>> sinks_;
  std::unique_ptr<net::ClientLinks> links_;
  std::unique_ptr<net::Listener> listener_;
};

}  // namespace zabra::test
