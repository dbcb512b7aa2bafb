// Where watch events go while a transaction is applied or watches are set again.
#pragma once

#include <cstdint>
#include <string_view>

#include "state/caller.h"
#include "wire/codes.h"
#include "wire/ids.h"

namespace zabra::state {

// An interned ACL list (state/acl.h).
struct AclId {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(AclId, AclId) = default;
};

struct WatchEvent {
  EventType type{};
  std::string_view path;
  std::int64_t zxid = -1;   // of the transaction that fired it; -1 for the immediate events of setWatches
  AclId acl;                // of the trigger's node: the event goes only to those who may read it
  bool checked = false;     // no check is needed: anybody may read that node, or there is none
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void fire(WatcherId watcher, const WatchEvent& event) = 0;
};

// For replay at start: nobody watches yet.
class NoEvents final : public EventSink {
 public:
  void fire(WatcherId, const WatchEvent&) override {}
};

}  // namespace zabra::state
