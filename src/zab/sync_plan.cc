#include "zab/sync_plan.h"

#include "wire/check.h"

namespace zabra::zab {
namespace {

bool is_beginning_of_an_epoch(Zxid zxid) {
  return zxid.epoch > 0 && zxid.counter == 0;
}

// What a learner at `last` has of a history whose greatest zxid that is not above `last` is `ours`.
std::optional<FromMemory> common_end(Zxid ours, Zxid last) {
  if (ours == last || is_beginning_of_an_epoch(last)) return FromMemory{ours, false};
  if (ours.epoch == last.epoch && ours != zxid_zero) return FromMemory{ours, true};
  return std::nullopt;
}

// The last that is not above `bound`, which the history reaches.
Zxid last_until(const History& ours, Zxid bound) {
  const History::Index behind = ours.after(bound);
  return behind == ours.begin() ? ours.base() : ours.at(behind - 1).zxid;
}

}  // namespace

SyncPlan plan_sync(const History& ours, Zxid committed, std::optional<Zxid> log_start, Zxid learner_last) {
  CHECK(ours.has(committed));
  if (learner_last < ours.base()) {
    if (log_start && *log_start <= learner_last) return FromLog{learner_last};
    return Everything{};
  }
  const auto end = common_end(last_until(ours, learner_last), learner_last);
  if (!end) return Everything{};
  if (end->from > committed) return FromMemory{committed, true};
  return *end;
}

SyncPlan plan_from_log(Zxid found, Zxid learner_last) {
  if (const auto end = common_end(found, learner_last)) return *end;
  return Everything{};
}

}  // namespace zabra::zab
