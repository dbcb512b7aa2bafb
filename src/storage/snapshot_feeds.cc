#include "storage/snapshot_feeds.h"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/check.h"

namespace zabra::storage {

namespace {

using wire::KeyKind;

constexpr std::array ranges = {KeyKind::session, KeyKind::acl, KeyKind::node};

// The first byte of the keys of a kind, by which they lie together.
std::string_view prefix_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::meta: return "m";
    case KeyKind::acl: return "a";
    case KeyKind::node: return "n";
    case KeyKind::session: return "s";
  }
  CHECK(false);
  return {};
}

// The next entry of the kind; nothing behind its last.
FileResult<std::optional<CheckpointView::Entry>> next_of(CheckpointView& view, KeyKind kind) {
  auto entry = view.next();
  if (entry && *entry && !(*entry)->key.starts_with(prefix_of(kind))) return std::optional<CheckpointView::Entry>();
  return entry;
}

FileResult<std::uint32_t> count_lists(CheckpointView& view) {
  view.seek(prefix_of(KeyKind::acl));
  for (std::uint32_t count = 0;; ++count) {
    const auto entry = next_of(view, KeyKind::acl);
    if (!entry) return entry.fault();
    if (!*entry) return count;
  }
}

}  // namespace

FileResult<SnapshotPart> SnapshotFeeds::read(const ReadSnapshot& request, CheckpointWriter& writer) {
  auto part = std::make_shared<SnapshotRead>();
  part->reader = request.reader;
  if (FileOutcome read = read_part(request, writer, *part); !read) {
    if (read.fault().kind == FileFault::Kind::io) return read.fault();
    part->entries.clear();
    part->fault = read.fault();
    readers_.erase(request.reader);
  }
  return part;
}

FileOutcome SnapshotFeeds::read_part(const ReadSnapshot& request, CheckpointWriter& writer, SnapshotRead& part) {
  auto at = readers_.find(request.reader);
  if (at == readers_.end()) {
    FileResult<Reader> opened = open(writer);
    if (!opened) return opened.fault();
    at = readers_.emplace(request.reader, std::move(*opened)).first;
  }
  part.meta = at->second.meta;
  part.acl_count = at->second.acl_count;
  return read_entries(at->second, request.bytes_max, part);
}

FileResult<SnapshotFeeds::Reader> SnapshotFeeds::open(CheckpointWriter& writer) {
  FileResult<std::unique_ptr<CheckpointView>> view = writer.view();
  if (!view) return view.fault();
  const FileResult<std::optional<wire::CheckpointMeta>> meta = (*view)->meta();
  if (!meta) return meta.fault();
  if (!*meta) {
    return FileFault{FileFault::Kind::missing, 0, "read", writer.checkpoint_path(), "no checkpoint is stored yet"};
  }
  const FileResult<std::uint32_t> lists = count_lists(**view);
  if (!lists) return lists.fault();
  (*view)->seek(prefix_of(ranges.front()));
  return Reader{std::move(*view), **meta, *lists, 0};
}

FileOutcome SnapshotFeeds::read_entries(Reader& reader, std::size_t bytes_max, SnapshotRead& part) {
  std::vector<std::pair<std::size_t, std::size_t>> sizes;
  while (part.memory.size() < bytes_max && reader.range < ranges.size()) {
    const auto entry = next_of(*reader.view, ranges[reader.range]);
    if (!entry) return entry.fault();
    if (*entry) {
      part.memory.append((*entry)->key).append((*entry)->value);
      sizes.emplace_back((*entry)->key.size(), (*entry)->value.size());
    } else if (++reader.range < ranges.size()) {
      reader.view->seek(prefix_of(ranges[reader.range]));
    }
  }
  std::string_view rest = part.memory;
  for (const auto& [key, value] : sizes) {
    part.entries.push_back({rest.substr(0, key), rest.substr(key, value)});
    rest.remove_prefix(key + value);
  }
  part.done = reader.range == ranges.size();
  return Done{};
}

std::optional<Zxid> SnapshotFeeds::pinned() const {
  std::optional<Zxid> pinned;
  for (const auto& [id, reader] : readers_) pinned = std::min(pinned.value_or(reader.meta.zxid), reader.meta.zxid);
  return pinned;
}

}  // namespace zabra::storage
