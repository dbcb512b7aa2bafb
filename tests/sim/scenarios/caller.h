// A client in a story: one session, on the server that the story names; asks, and waits for the answer. Keeps its
// session alive by itself as long as it is connected.
//
//   Caller caller(story, 1);
//   EXPECT_TRUE(caller.create("/a", "1").is_ok());
//   const std::size_t later = caller.send(Op::create, create_body("/b", "", 0));   // does not wait
//   EXPECT_TRUE(caller.answer(later).is_ok());
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/codec.h"
#include "tests/sim/network.h"
#include "tests/sim/scenarios/story.h"

namespace zabra::sim {

inline constexpr std::int32_t ephemeral_flag = 1, sequential_flag = 2;

struct Answer {
  bool is_lost = true;  // the link ended before it came
  std::int32_t error = 0;
  std::int64_t zxid = 0;
  std::string body{};
  bool is_ok() const { return !is_lost && error == ok; }
  bool is(Error its) const { return !is_lost && error == its; }
};

class Caller {
 public:
  explicit Caller(Story& story) : story_(story), node_(story.enter(*this)) {}
  Caller(Story& story, Node server);  // and a session on that server
  ~Caller();
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  // With its session, or for a new one: whether the server took it. Only one link at a time: an older one is left.
  bool connect(Node server, Micros longest = Story::long_time);
  void vanish();  // the link is left without a word
  void accept_read_only() { accepts_read_only_ = true; }  // a server without a leader will do
  void take_nothing(bool yes) { if (link_) story_.network_.pause(*link_, node_, yes); }  // of what it is sent
  bool is_connected() const { return is_connected_; }
  bool is_read_only() const { return is_connected_ && is_read_only_; }
  bool is_expired() const { return is_expired_; }  // as the server said at the last connect
  std::int64_t session() const { return session_; }
  std::int64_t last_zxid() const { return last_zxid_; }
  const std::vector<std::string>& events() const { return events_; }  // their paths

  std::size_t send(Op op, std::string_view body);
  bool has_answer(std::size_t which) const { return answers_.at(which).has_value(); }
  Answer answer(std::size_t which, Micros longest = Story::long_time);
  Answer ask(Op op, std::string_view body) { return answer(send(op, body)); }

  Answer create(const std::string& path, std::string_view data = {}, std::int32_t flags = 0);
  Answer set(const std::string& path, std::string_view data) {
    return ask(Op::set_data, set_data_body(path, data, -1));
  }
  Answer remove(const std::string& path);
  Answer sync() { return ask(Op::sync, Out().text("/").bytes()); }
  Answer close() { return ask(Op::close, ""); }
  bool exists(const std::string& path, bool watch = false);
  std::optional<std::string> data(const std::string& path, bool watch = false);  // none: no node, or no answer
  std::vector<std::string> children(const std::string& path);

 private:
  friend class Story;
  void on_opened(LinkId link);
  void on_dial_failed() { is_dialling_ = false; }
  void on_bytes(LinkId link, std::string_view bytes);
  void on_closed(LinkId link);
  void take(const std::string& frame);
  void take_connected(const std::string& frame);
  void keep_alive(LinkId link);

  Story& story_;
  const Node node_;
  std::optional<LinkId> link_;
  bool is_dialling_ = false, was_opened_ = false, is_connected_ = false, is_expired_ = false;
  bool accepts_read_only_ = false, is_read_only_ = false;
  std::int64_t session_ = 0, last_zxid_ = 0;
  std::string password_ = std::string(16, '\0');
  std::string bytes_;
  std::int32_t last_xid_ = 0;
  struct Owed { std::int32_t xid; std::size_t which; };
  std::deque<Owed> owed_;
  std::vector<std::optional<Answer>> answers_;
  std::vector<std::string> events_;
};

}  // namespace zabra::sim
