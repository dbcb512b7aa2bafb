#include "tests/replica/replica_host.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "wire/log_format.h"

namespace zabra::replica::test {
namespace {

constexpr std::size_t entry_max = 4 << 20;

// The records of one append, cut as the log's reader cuts them.
std::vector<Disk::Entry> entries_of(std::string_view records) {
  std::vector<Disk::Entry> entries;
  while (!records.empty()) {
    const wire::LogCut cut = wire::cut_log_record(records, entry_max);
    const auto* record = std::get_if<wire::LogRecord>(&cut);
    if (record == nullptr) throw std::runtime_error("an append holds something that is no log record");
    const Result<wire::TxnHeader> header = wire::decode_txn_header(record->entry);
    entries.push_back({header->zxid, std::string(record->entry)});
    records.remove_prefix(record->consumed);
  }
  return entries;
}

struct IntoCheckpoint {
  std::map<std::string, std::string>& entries;
  void put(std::string_view key, std::string_view value) { entries[std::string(key)] = value; }
  void remove(std::string_view key) { entries.erase(std::string(key)); }
};

struct IntoText {
  std::string& text;
  void put(std::string_view key, std::string_view value) { text += "put " + std::string(key) + std::string(value); }
  void remove(std::string_view key) { text += "remove " + std::string(key); }
};

}  // namespace

std::size_t KeptLog::count(std::string_view part) const {
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [&](const std::string& line) { return line.find(part) != std::string::npos; }));
}

ReplicaHost::ReplicaHost(Disk& disk, const Settings& settings, WallTime wall)
    : disk_(disk), replica_(std::make_unique<Replica>(settings, said)), tick_ms_(settings.tick_ms) {
  recover(wall);
}

void ReplicaHost::recover(WallTime wall) {
  Recovered recovered;
  for (const auto& [key, value] : disk_.checkpoint) {
    const Result<wire::ParsedKey> parsed = wire::parse_key(key);
    if (!parsed || !replica_->load(*parsed, value)) throw std::runtime_error("a checkpoint that can't be loaded");
  }
  if (disk_.meta) {
    if (const Outcome done = replica_->finish_load(*disk_.meta); !done) throw std::runtime_error(done.fault().reason);
    recovered.checkpointed = disk_.meta->zxid;
  }
  for (const Disk::Entry& entry : disk_.log) {
    if (entry.zxid <= recovered.checkpointed) continue;
    if (!replica_->replay(entry.bytes)) throw std::runtime_error("an entry that can't be replayed");
    recovered.replayed_bytes += entry.bytes.size() + wire::log_record_overhead;
  }
  recovered.last = disk_.last();
  recovered.epochs = disk_.epochs;
  recovered.log_start = disk_.log_start;
  recovered.room = disk_.room;
  now_ = {{1'000'000 + (wall.ms - 1'700'000'000'000)}, wall};
  replica_->start(now_, recovered);
}

// ---- events ----

LinkId ReplicaHost::open(const std::string& address) {
  const LinkId link{++last_link_};
  links_[link.value] = {};
  tell(Opened{link, address, 40'000});
  return link;
}

void ReplicaHost::frame(LinkId link, std::string_view body) {
  frames_.emplace_back(body);
  tell(Frame{link, frames_.back()});
}

void ReplicaHost::pass(std::int64_t ms) {
  const std::int64_t end = now_.monotonic.ms + ms;
  while (now_.monotonic.ms < end) {
    const std::int64_t slice = std::min<std::int64_t>(tick_ms_ / 2, end - now_.monotonic.ms);
    now_ = {now_.monotonic + slice, {now_.wall.ms + slice}};
    step();
  }
}

void ReplicaHost::sleep(std::int64_t ms) {
  now_ = {now_.monotonic + ms, {now_.wall.ms + ms}};
  step();
}

// ---- steps ----

void ReplicaHost::step() {
  replica_->step({now_, std::exchange(told_, {})}, effects_);
  frames_.clear();
  carry_out();
  effects_.clear();
}

void ReplicaHost::log_done(std::size_t count) {
  if (count == 0 || count > appends_.size()) throw std::logic_error("so many appends are not under way");
  Durable durable;
  for (; count > 0; --count) {
    Disk& disk = anew_ && anew_->has_begun ? anew_->disk : disk_;
    for (Disk::Entry& entry : entries_of(appends_.front().records)) disk.log.push_back(std::move(entry));
    durable = {appends_.front().generation, appends_.front().last, disk_.room};
    appends_.pop_front();
  }
  EXPECT_EQ((anew_ ? anew_->disk : disk_).last(), durable.last) << "an append's last zxid is that of its last record";
  tell(durable);
  step();
}

void ReplicaHost::checkpoint_done() {
  if (!checkpoint_) throw std::logic_error("no checkpoint is under way");
  checkpoint_->batch.for_each(IntoCheckpoint{disk_.checkpoint});
  disk_.meta = checkpoint_->meta;
  tell(Stored{checkpoint_->generation, checkpoint_->meta.zxid});
  checkpoint_.reset();
  step();
}

void ReplicaHost::checkpoint_delayed() {
  if (!checkpoint_) throw std::logic_error("no checkpoint is under way");
  tell(StoreDelayed{checkpoint_->generation});
  step();
}

void ReplicaHost::settle() {
  step();
  for (;;) {
    if (!appends_.empty()) {
      log_done(appends_.size());
    } else if (checkpoint_) {
      checkpoint_done();
    } else if (const auto due = replica_->next_deadline(); due && *due <= now_.monotonic) {
      step();
    } else {
      return;
    }
  }
}

// ---- effects ----

void ReplicaHost::carry_out() {
  carry_out_peers();
  for (LinkEffects& effects : effects_.touched()) carry_out(effects);
  for (const WordRequest& word : effects_.words) links_.at(word.link.value).answered_word = true;
  if (effects_.append.count > 0) {
    log_bytes_ += effects_.append.records.size();
    if (keep_transcript) transcript += "append " + effects_.append.records;
    appends_.push_back({effects_.append.generation, effects_.append.last, effects_.append.records});
  }
  if (effects_.checkpoint) {
    EXPECT_FALSE(checkpoint_) << "one checkpoint at a time";
    ++checkpoints_begun_;
    checkpoint_ = std::move(effects_.checkpoint);
    if (keep_transcript) checkpoint_->batch.for_each(IntoText{transcript});
  }
}

void ReplicaHost::carry_out(LinkEffects& effects) {
  Link& link = links_.at(effects.link.value);
  EXPECT_EQ(link.closing, Closing::no) << "a link is touched after its end";
  link.output += effects.output;
  if (effects.reading != Reading::unchanged) link.reading = effects.reading == Reading::resume;
  link.closing = effects.closing;
  if (keep_transcript) write_down(effects);
}

void ReplicaHost::write_down(LinkEffects& effects) {
  transcript += "link " + std::to_string(effects.link.value) + effects.output;
  transcript += std::to_string(static_cast<int>(effects.reading)) + std::to_string(static_cast<int>(effects.closing));
}

}  // namespace zabra::replica::test
