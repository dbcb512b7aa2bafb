#include "replica/learner_feeds.h"

#include <utility>

#include "base/limits.h"
#include "wire/checkpoint_format.h"
#include "wire/quorum_packets.h"
#include "wire/snapshot_format.h"

namespace zabra::replica {
namespace {

using wire::PacketType;

wire::SnapshotNode node_of(std::string_view path, const wire::NodeRecord& record) {
  return {.path = path == "/" ? "" : path,
          .data = record.data,
          .acl_key = record.acl_id == 0 ? wire::snapshot_open_acl_key : std::int64_t{record.acl_id},
          .czxid = record.czxid,
          .mzxid = record.mzxid,
          .ctime = record.ctime,
          .mtime = record.mtime,
          .version = record.version,
          .cversion = record.cversion,
          .aversion = record.aversion,
          .owner = record.owner,
          .pzxid = record.pzxid};
}

// One entry of a checkpoint as a record of a snapshot.
Outcome append_record(std::string& out, const wire::ParsedKey& key, std::string_view value) {
  wire::Reader in(value);
  if (key.kind == wire::KeyKind::session) {
    append_snapshot_record(out, wire::SnapshotSession{key.session, in.read_i32()});
  } else if (key.kind == wire::KeyKind::acl) {
    append_snapshot_record(out, wire::SnapshotAcl{key.acl_id, wire::read_acl_list(in)});
  } else if (const Result<wire::NodeRecord> record = wire::decode_node_record(value); record) {
    append_snapshot_record(out, node_of(key.path, *record));
  } else {
    return record.fault();
  }
  if (!in.ok()) return Fault{"an entry that can't be read"};
  return Done{};
}

}  // namespace

LearnerFeeds::Feed* LearnerFeeds::find(LinkId learner) {
  const auto found = feeds_.find(learner);
  return found == feeds_.end() ? nullptr : &found->second;
}

void LearnerFeeds::read_log(LinkId learner, Zxid after, Zxid until) {
  feeds_[learner] = {};
  feeds_[learner].after = after;
  feeds_[learner].until = until;
}

void LearnerFeeds::send_snapshot(LinkId learner) {
  feeds_[learner] = {};
  feeds_[learner].is_snapshot = true;
}

void LearnerFeeds::closed(LinkId learner) {
  if (feeds_.erase(learner) > 0) output_.effects().disk_orders.emplace_back(EndReading{learner});
}

void LearnerFeeds::go_on() {
  for (auto& [learner, feed] : feeds_) {
    if (!feed.is_asked && output_.unsent_bytes(learner) < limits::learner_feed_low) ask(learner, feed);
  }
}

void LearnerFeeds::ask(LinkId learner, Feed& feed) {
  feed.is_asked = true;
  if (feed.is_snapshot) {
    output_.effects().disk_orders.emplace_back(ReadSnapshot{learner});
  } else {
    output_.effects().disk_orders.emplace_back(ReadLog{learner, feed.after, feed.until});
  }
}

// The learner may be given another feed by this, or be dropped.
void LearnerFeeds::end(LinkId learner, std::optional<Zxid> until) {
  feeds_.erase(learner);
  output_.effects().disk_orders.emplace_back(EndReading{learner});
  peer_.fed(learner, until);
}

// ---- the log ----

void LearnerFeeds::part(const LogPart& part) {
  Feed* feed = find(part.reader);
  if (feed == nullptr || feed->is_snapshot) return;  // it is gone, or has come back meanwhile
  feed->is_asked = false;
  if (part.fault) {
    log_.warning(text("a learner can't be fed from the log: ", *part.fault));
    if (!feed->has_begun) return end(part.reader, std::nullopt);
    feeds_.erase(part.reader);
    return peer_.refuse(part.reader, "our log can't be read on");
  }
  if (!feed->has_begun) {
    feed->has_begun = true;
    const Zxid until = feed->until;
    if (!peer_.log_found(part.reader, part.found)) {
      // A snapshot may have been asked for instead; else the learner is gone.
      if (Feed* other = find(part.reader); other != nullptr && !other->is_snapshot) feeds_.erase(part.reader);
      output_.effects().disk_orders.emplace_back(EndReading{part.reader});
      return;
    }
    find(part.reader)->until = until;
  }
  send_entries(part);
  if (part.is_last) end(part.reader, find(part.reader)->until);
}

void LearnerFeeds::send_entries(const LogPart& part) {
  std::string& out = output_.output(part.reader);
  for (const LogEntry& entry : part.entries) {
    wire::append_packet(out, {.type = PacketType::proposal, .zxid = entry.zxid, .data = entry.bytes, .authinfo = {}});
    wire::append_packet(out, {.type = PacketType::commit, .zxid = entry.zxid, .data = {}, .authinfo = {}});
  }
}

// ---- a checkpoint ----

void LearnerFeeds::part(const SnapshotPart& part) {
  Feed* feed = find(part.reader);
  if (feed == nullptr || !feed->is_snapshot) return;
  feed->is_asked = false;
  if (part.fault) {
    log_.warning(text("no learner can be fed from the checkpoint: ", *part.fault));
    return end(part.reader, std::nullopt);
  }
  if (!std::exchange(feed->has_begun, true)) begin_snapshot(part.reader, part);
  if (Outcome sent = send_records(*feed, part); !sent) {
    log_.error(text("the checkpoint holds what no learner can be fed with: ", sent.fault().reason));
    return end(part.reader, std::nullopt);
  }
  if (!part.is_last) return;
  std::string& out = output_.output(part.reader);
  wire::append_snapshot_end(out);
  wire::append_snap_signature(out);
  end(part.reader, part.meta.zxid);
}

void LearnerFeeds::begin_snapshot(LinkId learner, const SnapshotPart& part) {
  std::string& out = output_.output(learner);
  wire::append_packet(out, {.type = PacketType::snap, .zxid = part.meta.zxid, .data = {}, .authinfo = {}});
  wire::append_snapshot_count(out, part.meta.session_count);
}

Outcome LearnerFeeds::send_records(Feed& feed, const SnapshotPart& part) {
  std::string& out = output_.output(part.reader);
  for (const SnapshotEntry& entry : part.entries) {
    const Result<wire::ParsedKey> key = wire::parse_key(entry.key);
    if (!key) return key.fault();
    const bool is_session = key->kind == wire::KeyKind::session;
    if (!is_session && !std::exchange(feed.has_lists_begun, true)) wire::append_snapshot_count(out, part.acl_count);
    if (Outcome appended = append_record(out, *key, entry.value); !appended) return appended;
  }
  return Done{};
}

}  // namespace zabra::replica
