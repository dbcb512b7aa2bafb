#include "tests/sim/zab_checker.h"

#include <algorithm>

#include "base/log.h"
#include "wire/ids.h"

namespace zabra::sim {
namespace {
constexpr std::uint64_t syncs_between_looks = 64;
std::uint32_t epoch_of(std::int64_t zxid) { return static_cast<std::uint32_t>(zxid >> 32); }
std::uint32_t counter_of(std::int64_t zxid) { return static_cast<std::uint32_t>(zxid & 0xffffffff); }
}  // namespace

std::size_t ZabChecker::History::place_behind(std::int64_t zxid) const {
  return static_cast<std::size_t>(std::upper_bound(zxids.begin(), zxids.end(), zxid) - zxids.begin());
}

void ZabChecker::violation(const std::string& what) {
  if (!is_retired_) checkers_.violation(what);
}

// ---- the log --------------------------------------------------------------------------------------------------------

void ZabChecker::appends(std::int64_t server, std::string_view records) {
  Server& its = of(server);
  History& history = its.begun ? *its.begun : its.ours;
  for_each_entry(records, [&](const EntryHead& head, std::string_view) {
    if (head.zxid <= history.last()) {
      violation(text("server ", server, " logs ", to_hex(head.zxid), " behind ", to_hex(history.last())));
    }
    history.zxids.push_back(head.zxid);
  });
}

void ZabChecker::begins_from(std::int64_t server, std::int64_t base) {
  if (of(server).begun) of(server).begun->base = base;
}

void ZabChecker::synced(std::int64_t server, std::int64_t last, bool is_anew) {
  Server& its = of(server);
  if (is_anew && !its.begun) return;  // given up meanwhile
  History& history = is_anew ? *its.begun : its.ours;
  mark_durable(server, history, last);
  if (++its.syncs % syncs_between_looks == 0) compare_with_disk(server, is_anew);
}

void ZabChecker::mark_durable(std::int64_t server, History& history, std::int64_t last) {
  for (; history.durable < history.zxids.size() && history.zxids[history.durable] <= last; ++history.durable) {
    checkers_.entries().at(history.zxids[history.durable]).durable_on |= bit_of(server);
  }
}

void ZabChecker::compare_with_disk(std::int64_t server, bool is_anew) {
  const History& history = is_anew ? *of(server).begun : of(server).ours;
  const std::optional<std::int64_t> last = facts_.on_disk(server, is_anew);
  if (last.value_or(history.base) >= history.last_durable()) return;
  violation(text("server ", server, " takes its log to be durable up to ", to_hex(history.last_durable()),
                 ", but a loss of power would leave it at ", to_hex(last.value_or(0))));
}

void ZabChecker::truncated(std::int64_t server, std::int64_t last, bool done) {
  Server& its = of(server);
  its.cut_to.reset();
  if (!done) return;
  if (its.position > last) {
    violation(text("server ", server, " is cut to ", to_hex(last), ", behind which it has delivered"));
  }
  for (std::size_t gone = its.ours.place_behind(last); gone < its.ours.zxids.size(); ++gone) {
    KnownEntry& entry = checkers_.entries().at(its.ours.zxids[gone]);
    if (!entry.is_delivered) entry.durable_on &= ~bit_of(server);  // it counts for no quorum any more
  }
  its.ours.zxids.resize(its.ours.place_behind(last));
  its.ours.durable = std::min(its.ours.durable, its.ours.zxids.size());
}

void ZabChecker::adopted(std::int64_t server) {
  Server& its = of(server);
  if (!its.begun) return violation(text("server ", server, " adopts a history that it has not begun"));
  its.ours = std::move(*its.begun);
  its.begun.reset();
  its.is_adopting = false;
}

void ZabChecker::stored_checkpoint(std::int64_t server, std::int64_t zxid) {
  if (zxid == 0) return;
  if (zxid > of(server).ours.last_durable()) {
    violation(text("server ", server, " has a checkpoint at ", to_hex(zxid), ", but its log on disk ends at ",
                   to_hex(of(server).ours.last_durable())));
  }
  const KnownEntry& entry = checkers_.entries().at(zxid);
  if (entry.hash != 0 && !entry.is_delivered) {
    violation(text("server ", server, " has a checkpoint at ", to_hex(zxid), ", which nobody has delivered"));
  }
}

// ---- starts ---------------------------------------------------------------------------------------------------------

// What was durable is there, where the log still reaches it.
bool ZabChecker::survived(const History& before, const Start& now) const {
  if (before.last_durable() > now.last) return false;
  for (std::size_t i = 0; i < before.durable; ++i) {
    const std::int64_t zxid = before.zxids[i];
    if (now.log.empty() || zxid < now.log.front()) continue;
    if (!std::binary_search(now.log.begin(), now.log.end(), zxid)) return false;
  }
  return true;
}

void ZabChecker::starts(std::int64_t server, Start start) {
  Server& its = of(server);
  if (its.cut_to) its.ours.durable = std::min(its.ours.durable, its.ours.place_behind(*its.cut_to));
  const bool kept = survived(its.ours, start) || (its.is_adopting && its.begun && survived(*its.begun, start));
  if (!kept) {
    violation(text("server ", server, " comes back with a log up to ", to_hex(start.last), ", which lacks some of what was ",
                   "durable up to ", to_hex(its.ours.last_durable())));
  }
  if (start.accepted < its.accepted || start.current < its.current) {
    violation(text("server ", server, " comes back in epochs ", start.accepted, " and ", start.current, ", after ",
                   its.accepted, " and ", its.current));
  }
  its = {};
  its.accepted = start.accepted;
  its.current = start.current;
  its.position = start.checkpointed;
  its.ours.zxids = std::move(start.log);
  its.ours.base = its.ours.zxids.empty() ? start.last : 0;
  mark_durable(server, its.ours, start.last);
}

// ---- delivery -------------------------------------------------------------------------------------------------------

void ZabChecker::applied(std::int64_t server, std::int64_t zxid) {
  Server& its = of(server);
  if (zxid == its.position || is_retired_) return;
  History& history = its.ours;
  const bool is_elsewhere = zxid < its.position || its.position < history.base;
  if (is_elsewhere) {  // the state was replaced
    its.position = history.base;
    const KnownEntry& base = checkers_.entries().at(history.base);
    if (history.base > zxid || (base.hash != 0 && !base.is_delivered)) {
      violation(text("server ", server, " goes from what it has delivered to a state of ", to_hex(zxid)));
    }
  }
  for (std::size_t place = history.place_behind(its.position);
       its.position < zxid && place < history.zxids.size() && history.zxids[place] <= zxid; ++place) {
    deliver(server, std::exchange(its.position, history.zxids[place]), history.zxids[place]);
  }
  if (its.position != zxid) {
    violation(text("server ", server, " has delivered ", to_hex(zxid), ", but logged only what follows ", to_hex(history.base),
                   " up to ", to_hex(history.last()), ", and delivered it up to ", to_hex(its.position)));
  }
  its.position = zxid;
}

void ZabChecker::deliver(std::int64_t server, std::int64_t after, std::int64_t zxid) {
  KnownEntry& entry = checkers_.entries().at(zxid);
  const bool is_first = !entry.is_delivered;
  entry.is_delivered = true;
  std::int64_t& next = checkers_.entries().at(after).next;
  if (next != 0 && next != zxid) {
    violation(text("server ", server, " delivers ", to_hex(zxid), " after ", to_hex(after), ", others ", to_hex(next)));
  }
  next = zxid;
  if (!is_first) return;
  if (!facts_.is_quorum(entry.durable_on)) {
    violation(text("server ", server, " delivers ", to_hex(zxid), ", which no quorum has on disk"));
  }
  const std::int64_t leader = checkers_.leader_of(epoch_of(zxid));
  if (leader != 0 && leader != entry.proposer) {
    violation(text(to_hex(zxid), " was proposed by server ", entry.proposer, ", though server ", leader, " leads its epoch"));
  }
}

// ---- epochs ---------------------------------------------------------------------------------------------------------

void ZabChecker::stored_epochs(std::int64_t server, std::uint32_t accepted, std::uint32_t current) {
  Server& its = of(server);
  if (current > accepted || accepted < its.accepted || current < its.current) {
    violation(text("server ", server, " goes to the epochs ", accepted, " and ", current, ", from ", its.accepted, " and ",
                   its.current));
  }
  its.accepted = accepted;
  if (std::exchange(its.current, current) != current) check_epoch_is_due(server, current);
}

void ZabChecker::check_epoch_is_due(std::int64_t server, std::uint32_t epoch) {
  const Server& its = of(server);
  compare_with_disk(server, false);
  if (its.leads == epoch || facts_.is_quorum(bit_of(server))) {  // one that is a quorum tells nobody
    if (its.ours.durable != its.ours.zxids.size()) violation(text("server ", server, " leads with what its disk does not hold"));
    return;
  }
  const auto required = required_.find({server, epoch});
  if (required == required_.end()) {
    return violation(text("server ", server, " is in epoch ", epoch, " without a NEWLEADER"));
  }
  if (its.ours.last_durable() < required->second) {
    violation(text("server ", server, " is in epoch ", epoch, ", but holds the history only up to ",
                   to_hex(its.ours.last_durable()), " instead of ", to_hex(required->second)));
  }
}

// ---- words ----------------------------------------------------------------------------------------------------------

void ZabChecker::says(const SaidPacket& packet) {
  Talk& talk = talks_[packet.link];
  switch (packet.what) {
    case Said::ack_epoch: return acknowledges_epoch(packet, talk);
    case Said::ack: return acknowledges(packet, talk);
    case Said::follower_info:
    case Said::observer_info: of(packet.from).leads = 0; return;
    default: return leader_says(packet, talk);
  }
}

void ZabChecker::leader_says(const SaidPacket& packet, Talk& talk) {
  switch (packet.what) {
    case Said::leader_info: return says_new_epoch(packet, talk);
    case Said::trunc:
    case Said::snap:
    case Said::inform:
    case Said::proposal:
      talk.sent = packet.zxid;
      if (packet.what == Said::inform && talk.is_active) says_commit(packet);
      return;
    case Said::new_leader: {
      talk.required = talk.sent;
      talk.has_new_leader = true;
      const auto [least, is_new] = required_.try_emplace({packet.to, talk.epoch}, talk.sent);
      least->second = std::min(least->second, talk.sent);
      return;
    }
    case Said::commit:
      if (talk.is_active) says_commit(packet);
      return;
    case Said::up_to_date:
      talk.is_active = true;
      return says_up_to_date(packet, talk);
    default: return;
  }
}

void ZabChecker::says_new_epoch(const SaidPacket& packet, Talk& talk) {
  Server& its = of(packet.from);
  talk.epoch = its.leads = epoch_of(packet.zxid);
  if (its.accepted < talk.epoch) {
    violation(text("server ", packet.from, " gives out epoch ", talk.epoch, ", its disk has accepted ", its.accepted));
  }
}

void ZabChecker::says_commit(const SaidPacket& packet) {
  if (facts_.is_quorum(checkers_.entries().at(packet.zxid).durable_on)) return;
  violation(text("server ", packet.from, " calls ", to_hex(packet.zxid), " committed, which no quorum has on disk"));
}

void ZabChecker::says_up_to_date(const SaidPacket& packet, const Talk& talk) {
  ServerMask there = 0;
  for (const auto& [id, its] : servers_) {
    if (its.current >= talk.epoch) there |= bit_of(id);
  }
  if (!facts_.is_quorum(there)) {
    violation(text("server ", packet.from, " says UPTODATE, but no quorum is in epoch ", talk.epoch));
  }
}

void ZabChecker::acknowledges(const SaidPacket& packet, const Talk& talk) {
  const Server& its = of(packet.from);
  if (counter_of(packet.zxid) == 0) {
    const bool is_due = talk.has_new_leader && its.current >= epoch_of(packet.zxid) && its.ours.last_durable() >= talk.required;
    if (!is_due) {
      violation(text("server ", packet.from, " acknowledges NEWLEADER of ", to_hex(packet.zxid), " with a disk in epoch ",
                     its.current, " up to ", to_hex(its.ours.last_durable()), " instead of ", to_hex(talk.required)));
    }
  } else if (its.ours.last_durable() < packet.zxid) {
    violation(text("server ", packet.from, " acknowledges ", to_hex(packet.zxid), ", its disk has the log up to ",
                   to_hex(its.ours.last_durable())));
  }
}

void ZabChecker::acknowledges_epoch(const SaidPacket& packet, Talk& talk) {
  const Server& its = of(packet.from);
  talk.sent = packet.zxid;
  if (its.accepted < talk.epoch || its.ours.last_durable() < packet.zxid) {
    violation(text("server ", packet.from, " acknowledges epoch ", talk.epoch, " with ", to_hex(packet.zxid),
                   ", its disk has accepted ", its.accepted, " and has the log up to ", to_hex(its.ours.last_durable())));
  }
}

}  // namespace zabra::sim
