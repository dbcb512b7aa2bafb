// How much more may go to the log now: the bytes that are on their way to the disk, and the space that is really there.
//
//   allocated behind the last durable record:  |== in flight ==|------- ordinary -------|-- reserve --|
//                                                                ^ any transaction        ^ closing of sessions only
//
// A transaction is admitted before it is prepared, when its size is not known yet: there must be room for the largest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "base/limits.h"
#include "base/log_room.h"
#include "wire/ids.h"

namespace zabra::replica {

enum class Admission : std::uint8_t { now, wait, no_space };

class LogFlow {
 public:
  explicit LogFlow(std::size_t record_bytes_max) : record_max_(record_bytes_max) {}

  void set_room(LogRoom room) { room_ = room; }
  void appended(Zxid zxid, std::size_t record_bytes) {
    in_flight_.push_back({zxid, record_bytes});
    in_flight_bytes_ += record_bytes;
    total_bytes_ += record_bytes;
  }
  void durable(Zxid last, LogRoom room) {
    for (; !in_flight_.empty() && in_flight_.front().zxid <= last; in_flight_.pop_front()) {
      in_flight_bytes_ -= in_flight_.front().bytes;
    }
    room_ = room;
  }

  void forget_in_flight() {
    in_flight_.clear();
    in_flight_bytes_ = 0;
  }

  Admission admit() const {
    if (in_flight_bytes_ >= limits::log_inflight_bytes_max) return Admission::wait;
    if (room_.ordinary >= in_flight_bytes_ + record_max_) return Admission::now;
    return room_.full ? Admission::no_space : Admission::wait;
  }
  // For the closing of a session; its record may take up to close_room().
  Admission admit_close() const {
    if (in_flight_bytes_ >= limits::log_inflight_bytes_max) return Admission::wait;
    if (close_room() >= smallest_record) return Admission::now;
    return room_.full ? Admission::no_space : Admission::wait;
  }
  std::uint64_t close_room() const {
    const std::uint64_t there = room_.ordinary + room_.reserve;
    return there > in_flight_bytes_ ? there - in_flight_bytes_ : 0;
  }
  bool is_full() const { return room_.full && admit() == Admission::no_space; }
  std::uint64_t total_bytes() const { return total_bytes_; }  // ever appended

 private:
  struct Record { Zxid zxid; std::size_t bytes; };
  static constexpr std::uint64_t smallest_record = 256;  // more than a closeSession without its list

  const std::size_t record_max_;
  LogRoom room_;
  std::deque<Record> in_flight_;
  std::size_t in_flight_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;
};

}  // namespace zabra::replica
