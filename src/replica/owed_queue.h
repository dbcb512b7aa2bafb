// What a connection still has to be answered, in the order of its requests: a queue whose memory stays with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "state/caller.h"
#include "wire/check.h"
#include "wire/codes.h"
#include "wire/ids.h"

namespace zabra::replica {

// Ids are those of the moment when the request arrived: an auth packet behind it does not count for it.
using SharedIds = std::shared_ptr<const state::AuthIds>;

struct Owed {
  enum class Kind : std::uint8_t {
    proposed,  // a transaction is on its way; the answer comes when it is applied
    held,      // a request that waits for those before it, or for room; `frame` is a copy of it
    answer,    // decided already: a header with `error`
    barrier,   // nothing to be answered: what follows waits for `zxid`, a write of the session's old connection
    sync,      // the answer comes when barrier `ticket` is passed; `frame` is a copy of it
  };
  Kind kind{};
  bool close_after = false;  // with an answer
  std::int32_t xid = 0;
  OpCode op{};
  ErrorCode error{};
  Zxid zxid{};  // of a proposed one; zero while only the leader knows it
  std::uint64_t ticket = 0;
  std::int64_t arrived_ms = 0;
  std::string frame{};  // of a held request; of a proposed multi, whose answer needs its operations
  SharedIds ids{};
};

class OwedQueue {
 public:
  bool empty() const { return first_ == items_.size(); }
  std::size_t size() const { return items_.size() - first_; }
  Owed& front() { return items_[first_]; }
  const Owed* first_proposed() const {
    if (proposed_ == 0) return nullptr;
    std::size_t place = first_;
    while (items_[place].kind != Owed::Kind::proposed) ++place;
    return &items_[place];
  }
  Owed& operator[](std::size_t place) { return items_[first_ + place]; }

  void push(Owed item) {
    count_in(item);
    items_.push_back(std::move(item));
  }
  Owed pop() {
    CHECK(!empty());
    Owed item = std::move(items_[first_++]);
    count_out(item);
    forget_front();
    return item;
  }
  // A held request is under way now, or decided.
  void becomes_proposed(std::size_t place, Zxid zxid) {
    let_go(place, Owed::Kind::proposed).zxid = zxid;
    ++proposed_;
  }
  void front_becomes_sync(std::uint64_t ticket) {
    Owed& item = front();
    CHECK(item.kind == Owed::Kind::held);
    count_out(item);
    item.kind = Owed::Kind::sync;
    item.ticket = ticket;
  }
  void becomes_answer(std::size_t place, ErrorCode error, bool close_after = false) {
    Owed& item = let_go(place, Owed::Kind::answer);
    item.error = error;
    item.close_after = close_after;
  }
  std::size_t held_bytes() const { return held_bytes_; }
  std::size_t held() const { return held_; }
  std::size_t proposed() const { return proposed_; }

 private:
  void count_in(const Owed& item) {
    if (item.kind == Owed::Kind::proposed) ++proposed_;
    if (item.kind != Owed::Kind::held) return;
    ++held_;
    held_bytes_ += item.frame.size();
  }
  void count_out(const Owed& item) {
    if (item.kind == Owed::Kind::proposed) --proposed_;
    if (item.kind != Owed::Kind::held) return;
    --held_;
    held_bytes_ -= item.frame.size();
  }
  Owed& let_go(std::size_t place, Owed::Kind kind) {
    Owed& item = items_[first_ + place];
    CHECK(item.kind == Owed::Kind::held);
    count_out(item);
    item.kind = kind;
    if (!(kind == Owed::Kind::proposed && item.op == OpCode::multi)) std::string().swap(item.frame);
    item.ids.reset();
    return item;
  }
  void forget_front() {
    if (first_ == items_.size()) {
      items_.clear();
      first_ = 0;
      constexpr std::size_t kept_max = 256;
      if (items_.capacity() > kept_max) items_.shrink_to_fit();
    } else if (first_ >= 32 && first_ * 2 >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }

  std::vector<Owed> items_;
  std::size_t first_ = 0;
  std::size_t held_bytes_ = 0, held_ = 0, proposed_ = 0;
};

}  // namespace zabra::replica
