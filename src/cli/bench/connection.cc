#include "cli/bench/connection.h"

#include <bit>

#include "wire/check.h"
#include "wire/codes.h"

namespace zabra::cli::bench {

namespace {

constexpr std::size_t beside_load = 2;  // a ping and a closeSession may stand behind a full window

}  // namespace

Connection::Connection(std::size_t number, std::size_t outstanding, Descriptor socket)
    : stream_(std::move(socket)),
      number_(number),
      outstanding_(outstanding),
      ring_(std::bit_ceil(outstanding + beside_load)),
      mask_(ring_.size() - 1) {}

void Connection::submit(const Operation& operation, Nanoseconds intended, TreeLayout& layout, const Values& values) {
  CHECK(in_flight_ < ring_.size());
  const std::int32_t xid = operation.kind == Kind::ping ? xid_ping : next_xid_;
  if (operation.kind != Kind::ping) next_xid_ = next_xid_ == 0x7fffffff ? 1 : next_xid_ + 1;
  ring_[(head_ + in_flight_) & mask_] = {operation, xid, intended};
  ++in_flight_;
  append_request(stream_.out(), xid, operation, layout, values);
}

Sent Connection::pop_oldest() {
  CHECK(in_flight_ > 0);
  const Sent sent = ring_[head_ & mask_];
  ++head_;
  --in_flight_;
  return sent;
}

}  // namespace zabra::cli::bench
