// At the end: one more client of one server, which writes once (the server serves), and later reads the whole tree.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sim/checkers.h"
#include "tests/sim/codec.h"
#include "tests/sim/network.h"

namespace zabra::sim {

class Auditor {
 public:
  Auditor(Network& network, Node server) : network_(network), server_(server) { network_.up(node()); }
  Node node() const { return 500 + server_; }

  // Called now and then: the session lives on that.
  void urge() {
    if (is_connected_) network_.send(*link_, node(), Out().i32(-2).i32(static_cast<std::int32_t>(Op::ping)).framed());
    if (!link_ && !is_dialling_) {
      is_dialling_ = true;
      network_.dial(node(), server_, Port::client);
    }
  }
  bool has_written() const { return written_; }
  void write_again() {
    written_ = wants_tree_ = false;
    ++writes_;
    if (is_connected_ && waiting_ == 0) write();
  }
  void read_tree() {
    wants_tree_ = true;
    if (is_connected_ && waiting_ == 0) ask_next();
  }
  bool has_tree() const { return wants_tree_ && written_ && to_visit_.empty() && waiting_ == 0; }
  const SeenTree& tree() const { return tree_; }
  std::int64_t session() const { return session_; }
  const std::vector<std::int64_t>& sessions() const { return sessions_; }  // all that it had

  void on_opened(LinkId link) {
    is_dialling_ = false;
    link_ = link;
    network_.send(link, node(), Out().i32(0).i64(0).i32(8000).i64(0).text(std::string(16, '\0')).flag(false).framed());
  }
  void on_dial_failed() { is_dialling_ = false; }
  void on_closed(LinkId link) {
    if (link_ != link) return;
    link_.reset();
    is_connected_ = false;
    waiting_ = 0;
    bytes_.clear();
    tree_.clear();
    to_visit_ = {"/"};
  }
  void on_bytes(LinkId link, std::string_view bytes) {
    if (link_ != link) return;
    bytes_ += bytes;
    while (const std::optional<std::string> frame = take_frame(bytes_)) take(*frame);
  }

 private:
  void write() { ask(Op::create, create_body("/audit-" + std::to_string(server_) + "-" + std::to_string(writes_), "", 0)); }
  void ask(Op op, const std::string& body) {
    ++waiting_;
    network_.send(*link_, node(), Out().i32(1).i32(static_cast<std::int32_t>(op)).raw(body).framed());
  }
  // A node's data, then its children.
  void ask_next() {
    if (to_visit_.empty()) return;
    path_ = to_visit_.front();
    to_visit_.pop_front();
    ask(Op::get_data, path_body(path_, false));
    ask(Op::get_children, path_body(path_, false));
    is_data_next_ = true;
  }
  void take(const std::string& frame) {
    In in(frame);
    if (!is_connected_) {
      in.i32();
      in.i32();
      session_ = in.i64();
      sessions_.push_back(session_);
      is_connected_ = true;
      return write();
    }
    if (in.i32() == -2) return;
    --waiting_;
    in.i64();
    const std::int32_t error = in.i32();
    if (!written_) {
      written_ = error == ok || error == node_exists;
    } else if (!path_.empty() && error == ok) {
      take_node(in);
    }
    if (waiting_ == 0 && wants_tree_ && written_) ask_next();
  }
  void take_node(In& in) {
    if (std::exchange(is_data_next_, false)) {
      tree_[path_].data = in.text();
      tree_[path_].stat = NodeStat::read(in);
      return;
    }
    for (std::int32_t left = in.i32(); left > 0; --left) {
      to_visit_.push_back((path_ == "/" ? "" : path_) + "/" + in.text());
    }
  }

  Network& network_;
  const Node server_;
  std::optional<LinkId> link_;
  bool is_dialling_ = false, is_connected_ = false, written_ = false, wants_tree_ = false, is_data_next_ = false;
  int waiting_ = 0, writes_ = 0;
  std::int64_t session_ = 0;
  std::vector<std::int64_t> sessions_;
  std::string bytes_, path_;
  std::deque<std::string> to_visit_{"/"};
  SeenTree tree_;
};

}  // namespace zabra::sim
