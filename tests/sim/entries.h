// What is known of each transaction that was ever logged, by its zxid.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "tests/sim/codec.h"

namespace zabra::sim {

using ServerMask = std::uint64_t;  // a bit for each server's number
constexpr ServerMask bit_of(std::int64_t server) { return ServerMask{1} << server; }

struct KnownEntry {
  std::uint64_t hash = 0;       // 0: nobody has logged it
  ServerMask durable_on = 0;    // who had it on disk, and has not been made to cut it before anybody delivered it
  std::int64_t proposer = 0;    // who logged it first
  std::int64_t next = 0;        // what was delivered after it; 0: nothing yet
  bool is_delivered = false;
};

class Entries {
 public:
  // Zxid 0 stands for the beginning.
  KnownEntry& at(std::int64_t zxid) {
    const auto epoch = static_cast<std::uint64_t>(zxid >> 32);
    if (epoch != epoch_ || row_ == nullptr) row_ = &rows_[epoch_ = epoch];
    const auto counter = static_cast<std::size_t>(zxid & 0xffffffff) % counters_max;
    if (row_->size() <= counter) row_->resize(counter + 1);
    return (*row_)[counter];
  }
  // A single server that lost what nobody was told of gives its numbers again.
  void forget_behind(std::int64_t zxid) {
    const auto counter = static_cast<std::size_t>(zxid & 0xffffffff);
    at(zxid);
    row_->resize(counter + 1);
  }

 private:
  static constexpr std::size_t counters_max = 1 << 24;  // more than a run can write
  std::map<std::uint64_t, std::vector<KnownEntry>> rows_;
  std::uint64_t epoch_ = 0;
  std::vector<KnownEntry>* row_ = nullptr;
};

// What stands at the head of a transaction: session, cxid, zxid, time, type.
struct EntryHead {
  std::int64_t session = 0;
  std::int32_t cxid = 0;
  std::int64_t zxid = 0;
  std::int32_t type = 0;
};

// Of framed records: checksum (8 bytes), length (4), the transaction, a byte at the end. Calls take(head, transaction).
template <class Take>
void for_each_entry(std::string_view records, const Take& take) {
  while (records.size() > 12) {
    const auto length = static_cast<std::size_t>(In(records.substr(8)).i32());
    const std::string_view entry = records.substr(12, length);
    In in(entry);
    EntryHead head;
    head.session = in.i64();
    head.cxid = in.i32();
    head.zxid = in.i64();
    in.i64();
    head.type = in.i32();
    take(head, entry);
    records.remove_prefix(12 + length + 1);
  }
}

}  // namespace zabra::sim
