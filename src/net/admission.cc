#include "net/admission.h"

#include "wire/check.h"

namespace zabra::net {

Admission::Answer Admission::enter(std::string_view address) {
  const std::lock_guard lock(mutex_);
  if (limits_.total > 0 && total_ >= limits_.total) return {Refusal::all_full, {}};
  auto found = by_address_.find(address);
  const std::uint32_t count = found == by_address_.end() ? 0 : found->second;
  if (limits_.per_address > 0 && count >= limits_.per_address) return {Refusal::address_full, {}};
  if (found == by_address_.end()) found = by_address_.emplace(address, 0).first;
  ++found->second;
  ++total_;
  return {Refusal::none, Place(*this, address)};
}

void Admission::leave(std::string_view address) {
  const std::lock_guard lock(mutex_);
  const auto found = by_address_.find(address);
  CHECK(found != by_address_.end() && total_ > 0);
  --total_;
  if (--found->second == 0) by_address_.erase(found);
}

}  // namespace zabra::net
