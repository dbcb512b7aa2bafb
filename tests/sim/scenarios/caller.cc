#include "tests/sim/scenarios/caller.h"

#include <gtest/gtest.h>

namespace zabra::sim {
namespace {
constexpr std::int32_t timeout_ms = 20 * Story::tick_ms;
constexpr Micros ping_every = 500 * ms;
constexpr std::int32_t event_xid = -1, ping_xid = -2;
}  // namespace

Caller::Caller(Story& story, Node server) : Caller(story) {
  EXPECT_TRUE(connect(server)) << "server " << server << " takes no client";
}

Caller::~Caller() {
  vanish();
  story_.callers_.erase(node_);
  story_.network_.down(node_, false);
}

// ---- the link -------------------------------------------------------------------------------------------------------

bool Caller::connect(Node server, Micros longest) {
  vanish();
  is_expired_ = false;
  for (int tries = 3; tries > 0 && !is_connected_; --tries) {  // now and then a dial just fails
    is_dialling_ = true;
    was_opened_ = false;
    story_.network_.dial(node_, server, Port::client);
    story_.await([this] { return is_connected_ || (!is_dialling_ && !link_); }, longest);
    if (!is_connected_) vanish();
    if (was_opened_) break;
  }
  return is_connected_;
}

void Caller::vanish() {
  if (link_) story_.network_.close(*link_, node_, true);
  if (link_) on_closed(*link_);
  is_dialling_ = false;
}

void Caller::on_opened(LinkId link) {
  if (!is_dialling_) return story_.network_.close(link, node_, true);
  is_dialling_ = false;
  was_opened_ = true;
  link_ = link;
  Out hello;
  hello.i32(0).i64(last_zxid_).i32(timeout_ms).i64(session_).text(password_).flag(accepts_read_only_);
  story_.network_.send(link, node_, hello.framed());
}

void Caller::on_closed(LinkId link) {
  if (link_ != link) return;
  link_.reset();
  is_connected_ = false;
  bytes_.clear();
  for (const Owed& owed : owed_) answers_[owed.which] = Answer{};
  owed_.clear();
}

void Caller::on_bytes(LinkId link, std::string_view bytes) {
  if (link_ != link) return;
  bytes_ += bytes;
  while (link_ == link) {
    const std::optional<std::string> frame = take_frame(bytes_);
    if (!frame) return;
    is_connected_ ? take(*frame) : take_connected(*frame);
  }
}

void Caller::take_connected(const std::string& frame) {
  In in(frame);
  in.i32();
  is_expired_ = in.i32() == 0;
  if (is_expired_) return vanish();
  session_ = in.i64();
  password_ = in.text();
  is_read_only_ = in.flag();
  is_connected_ = true;
  keep_alive(*link_);
}

void Caller::keep_alive(LinkId link) {
  story_.schedule_.after(ping_every, [&story = story_, node = node_, link] {
    const auto found = story.callers_.find(node);
    if (found == story.callers_.end() || found->second->link_ != link) return;
    story.network_.send(link, node, Out().i32(ping_xid).i32(static_cast<std::int32_t>(Op::ping)).framed());
    found->second->keep_alive(link);
  });
}

// ---- requests and answers -------------------------------------------------------------------------------------------

std::size_t Caller::send(Op op, std::string_view body) {
  answers_.emplace_back();
  if (!is_connected_) {
    answers_.back() = Answer{};
    return answers_.size() - 1;
  }
  owed_.push_back({++last_xid_, answers_.size() - 1});
  story_.network_.send(*link_, node_, Out().i32(last_xid_).i32(static_cast<std::int32_t>(op)).raw(body).framed());
  return answers_.size() - 1;
}

Answer Caller::answer(std::size_t which, Micros longest) {
  story_.await([&] { return has_answer(which); }, longest);
  return answers_[which].value_or(Answer{});
}

void Caller::take(const std::string& frame) {
  In in(frame);
  const std::int32_t xid = in.i32();
  Answer answer{.is_lost = false, .zxid = in.i64()};
  answer.error = in.i32();
  answer.body = frame.substr(16);
  if (xid == ping_xid) return;
  if (xid == event_xid) {
    In event(answer.body);
    event.i64();  // which, and the state
    return events_.push_back(event.text());
  }
  EXPECT_TRUE(answer.zxid <= 0 || answer.zxid >= last_zxid_) << "taken back from " << last_zxid_;
  last_zxid_ = std::max(last_zxid_, answer.zxid);
  ASSERT_FALSE(owed_.empty());
  ASSERT_EQ(owed_.front().xid, xid) << "an answer out of order";
  answers_[owed_.front().which] = std::move(answer);
  owed_.pop_front();
}

// What is answered must be there at the end, unless it is an ephemeral.
Answer Caller::create(const std::string& path, std::string_view data, std::int32_t flags) {
  const Answer answer = ask(Op::create, create_body(path, data, flags));
  if (answer.is_ok() && flags == 0) story_.created_[path] = answer.zxid;
  return answer;
}

Answer Caller::remove(const std::string& path) {
  story_.created_.erase(path);
  return ask(Op::remove, remove_body(path));
}

bool Caller::exists(const std::string& path, bool watch) { return ask(Op::exists, path_body(path, watch)).is_ok(); }

std::optional<std::string> Caller::data(const std::string& path, bool watch) {
  const Answer answer = ask(Op::get_data, path_body(path, watch));
  return answer.is_ok() ? std::optional(In(answer.body).text()) : std::nullopt;
}

std::vector<std::string> Caller::children(const std::string& path) {
  const Answer answer = ask(Op::get_children, path_body(path, false));
  std::vector<std::string> names;
  if (!answer.is_ok()) return names;
  In in(answer.body);
  for (std::int32_t left = in.i32(); left > 0; --left) names.push_back(in.text());
  return names;
}

}  // namespace zabra::sim
