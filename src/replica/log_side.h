// What goes to our log in this step, and how much more may.
#pragma once

#include <string_view>

#include "replica/effects.h"
#include "replica/log_flow.h"
#include "wire/log_format.h"

namespace zabra::replica {

class LogSide {
 public:
  explicit LogSide(std::size_t txn_bytes_max) : flow_(txn_bytes_max + wire::log_record_overhead) {}

  void begin_step(Effects& effects) { effects_ = &effects; }

  // Gives the entry's checksum.
  std::uint32_t append(Zxid zxid, std::string_view entry, LogGeneration generation) {
    Append& append = effects_->append;
    if (append.count == 0) append.first = zxid;
    append.generation = generation;
    append.last = zxid;
    ++append.count;
    const std::size_t before = append.records.size();
    const std::uint32_t checksum = wire::append_log_record(append.records, entry);
    flow_.appended(zxid, append.records.size() - before);
    return checksum;
  }
  // What was appended and is not durable is given up.
  void forget_in_flight() {
    effects_->append.records.clear();
    effects_->append.count = 0;
    flow_.forget_in_flight();
  }

  void durable(Zxid last, LogRoom room) { flow_.durable(last, room); }
  void set_room(LogRoom room) { flow_.set_room(room); }
  const LogFlow& flow() const { return flow_; }

 private:
  LogFlow flow_;
  Effects* effects_ = nullptr;
};

}  // namespace zabra::replica
