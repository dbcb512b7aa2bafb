// The part of a host that a server among others needs: links to them, and its disk's orders. The disk does at once what it
// is told, and says so with the next step.
#include "tests/replica/replica_host.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace zabra::replica::test {
namespace {

struct IntoMap {
  std::map<std::string, std::string>& entries;
  void put(std::string_view key, std::string_view value) { entries[std::string(key)] = value; }
  void remove(std::string_view key) { entries.erase(std::string(key)); }
};

}  // namespace

void Disk::purge_before(Zxid zxid) {
  while (!log.empty() && log.front().zxid < zxid) log.erase(log.begin());
  if (!log.empty()) log_start = std::max(log_start, log.front().zxid);
}

void ReplicaHost::peer_chunk(LinkId link, std::string bytes) {
  frames_.push_back(std::move(bytes));
  tell(PeerChunk{link, frames_.back()});
}

bool ReplicaHost::has_something_to_do() const {
  const auto due = replica_->next_deadline();
  return !told_.empty() || !appends_.empty() || checkpoint_ || (due && *due <= now_.monotonic);
}

void ReplicaHost::step_with_disk() {
  if (!appends_.empty()) return log_done(appends_.size());
  if (checkpoint_) return disk_.has_checkpoint_room ? checkpoint_done() : checkpoint_delayed();
  step();
}

void ReplicaHost::carry_out_peers() {
  for (LinkEffects& effects : effects_.touched_peers()) {
    PeerLink& link = peer_links[effects.link];
    EXPECT_FALSE(link.closed) << "a link is touched after its end";
    link.output += effects.output;
    if (effects.reading != Reading::unchanged) link.reading = effects.reading == Reading::resume;
    link.closed = effects.closing != Closing::no;
  }
  for (Dial& dial : effects_.dials) dials_.push_back(std::move(dial));
  for (const DiskOrder& order : effects_.disk_orders) std::visit([this](const auto& what) { carry_out(what); }, order);
}

void ReplicaHost::carry_out(const StoreEpochs& order) {
  EXPECT_TRUE(appends_.empty()) << "epochs are only stored when nothing else is on its way";
  disk_.epochs = order.epochs;
  tell(EpochsStored{order.generation});
}

void ReplicaHost::carry_out(const TruncateLog& order) {
  EXPECT_TRUE(appends_.empty());
  const auto is_it = [&](const Disk::Entry& entry) { return entry.zxid == order.last; };
  const bool possible = order.last == disk_.stored() || std::any_of(disk_.log.begin(), disk_.log.end(), is_it);
  while (possible && !disk_.log.empty() && disk_.log.back().zxid > order.last) disk_.log.pop_back();
  tell(Truncated{order.generation, possible, disk_.room});
}

void ReplicaHost::carry_out(const BeginAnew&) { anew_.emplace(); }

void ReplicaHost::carry_out(const PutAnew& order) {
  order.part.for_each(IntoMap{anew_->disk.checkpoint});
  tell(AnewTaken{order.generation});
}

void ReplicaHost::carry_out(const FinishAnew& order) {
  if (order.meta.zxid != zxid_zero) anew_->disk.meta = order.meta;
  anew_->disk.log_start = order.meta.zxid;
  anew_->has_begun = true;
  tell(AnewBegun{order.generation, disk_.room});
}

void ReplicaHost::carry_out(const AdoptAnew& order) {
  EXPECT_TRUE(anew_ && anew_->has_begun && appends_.empty());
  anew_->disk.epochs = disk_.epochs;
  disk_ = std::move(anew_->disk);
  anew_.reset();
  checkpoint_.reset();
  tell(AnewAdopted{order.generation, disk_.room});
}

void ReplicaHost::carry_out(const AbandonAnew&) {
  anew_.reset();
  appends_.clear();
}

void ReplicaHost::carry_out(const ReadLog& order) {
  auto part = std::make_unique<LogPart>();
  part->reader = order.reader;
  part->is_last = true;
  part->found = disk_.log_start;
  for (const Disk::Entry& entry : disk_.log) {
    if (entry.zxid <= order.after) part->found = entry.zxid;
    if (entry.zxid > order.after && entry.zxid <= order.until) part->entries.push_back({entry.zxid, {}});
  }
  auto memory = std::make_shared<std::string>();
  std::vector<std::size_t> starts;
  for (const Disk::Entry& entry : disk_.log) {
    if (entry.zxid <= order.after || entry.zxid > order.until) continue;
    starts.push_back(memory->size());
    *memory += entry.bytes;
  }
  starts.push_back(memory->size());
  part->memory = memory;
  for (std::size_t i = 0; i < part->entries.size(); ++i) {
    part->entries[i].bytes = std::string_view(*memory).substr(starts[i], starts[i + 1] - starts[i]);
  }
  if (part->found > order.after) part->fault = "it is not there any more";
  tell(std::move(part));
}

void ReplicaHost::carry_out(const ReadSnapshot& order) {
  auto part = std::make_unique<SnapshotPart>();
  part->reader = order.reader;
  part->is_last = true;
  if (disk_.meta) part->meta = *disk_.meta;
  for (const char kind : {'s', 'a', 'n'}) {
    for (const auto& [key, value] : disk_.checkpoint) {
      if (key.front() != kind) continue;
      part->entries.push_back({key, value});
      if (kind == 'a') ++part->acl_count;
    }
  }
  if (!disk_.meta) part->fault = "there is no checkpoint yet";
  tell(std::move(part));
}

}  // namespace zabra::replica::test
