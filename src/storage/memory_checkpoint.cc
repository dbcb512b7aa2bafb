#include "storage/memory_checkpoint.h"

#include <map>
#include <utility>

#include "wire/jute.h"
#include "wire/log_format.h"

namespace zabra::storage {

namespace {

constexpr const char* file_name = "entries";

// A copy: it is small.
class MemoryView final : public CheckpointView {
 public:
  using Entries = std::map<std::string, std::string>;
  MemoryView(Entries entries, std::optional<wire::CheckpointMeta> meta, std::weak_ptr<void> checkpoint)
      : entries_(std::move(entries)),
        meta_(std::move(meta)),
        checkpoint_(std::move(checkpoint)),
        at_(entries_.begin()) {}

  FileResult<std::optional<wire::CheckpointMeta>> meta() override { return meta_; }
  void seek(std::string_view key) override { at_ = entries_.lower_bound(std::string(key)); }
  FileResult<std::optional<Entry>> next() override {
    if (checkpoint_.expired()) return closed_view_fault();
    if (at_ == entries_.end()) return std::optional<Entry>();
    const auto& [key, value] = *at_++;
    return std::optional(Entry{key, value});
  }

 private:
  const Entries entries_;
  const std::optional<wire::CheckpointMeta> meta_;
  const std::weak_ptr<void> checkpoint_;
  Entries::const_iterator at_;
};

// file = i32 Adler-32 of the rest | { str key | str value }*
class MemoryCheckpoint final : public Checkpoint {
 public:
  MemoryCheckpoint(Files& files, std::string path) : files_(files), path_(std::move(path)) {}

  FileOutcome load() {
    const FileResult<std::uint64_t> size = files_.size(path_);
    if (!size) return size.fault();
    const FileResult<std::string> bytes = read_small_file(files_, path_, static_cast<std::size_t>(*size));
    if (!bytes) return bytes.fault();
    wire::Reader in(*bytes);
    const auto checksum = static_cast<std::uint32_t>(in.read_i32());
    if (!in.ok() || checksum != wire::adler32(in.rest())) return damaged("wrong checksum");
    while (in.remaining() > 0) {
      const std::string_view key = in.read_string();
      entries_.insert_or_assign(std::string(key), std::string(in.read_string()));
    }
    if (!in.ok()) return damaged("cut off");
    return Done{};
  }

  FileOutcome save() {
    std::string entries;
    wire::Writer out(entries);
    for (const auto& [key, value] : entries_) {
      out.write_string(key);
      out.write_string(value);
    }
    std::string bytes;
    wire::Writer(bytes).write_i32(static_cast<std::int32_t>(wire::adler32(entries)));
    return replace_file(files_, path_, bytes + entries);
  }

  FileResult<std::optional<wire::CheckpointMeta>> meta() override {
    const auto found = entries_.find(wire::meta_key());
    if (found == entries_.end()) return std::optional<wire::CheckpointMeta>();
    const Result<wire::CheckpointMeta> meta = wire::decode_checkpoint_meta(found->second);
    if (!meta) return damaged(meta.fault().reason);
    return std::optional<wire::CheckpointMeta>(*meta);
  }

  FileResult<std::unique_ptr<CheckpointView>> view() override {
    FileResult<std::optional<wire::CheckpointMeta>> found = meta();
    if (!found) return found.fault();
    return std::unique_ptr<CheckpointView>(std::make_unique<MemoryView>(entries_, std::move(*found), alive_));
  }

  FileOutcome read(const ReadEntry& entry) override {
    for (const auto& [key, value] : entries_) {
      if (key == wire::meta_key()) continue;
      if (Outcome taken = entry(key, value); !taken) return damaged(taken.fault().reason);
    }
    return Done{};
  }

  FileOutcome write(const wire::CheckpointBatch& batch, const wire::CheckpointMeta& meta) override {
    batch.for_each(*this);
    std::string value;
    wire::Writer out(value);
    wire::write(out, meta);
    put(wire::meta_key(), value);
    return save();
  }
  FileOutcome load(const wire::CheckpointBatch& part) override {
    part.for_each(*this);
    return save();
  }
  void put(std::string_view key, std::string_view value) {
    entries_.insert_or_assign(std::string(key), std::string(value));
  }
  void remove(std::string_view key) { entries_.erase(std::string(key)); }

  FileResult<bool> settle() override { return false; }

 private:
  FileFault damaged(std::string reason) const {
    return {FileFault::Kind::damaged, 0, "read", path_, std::move(reason)};
  }

  Files& files_;
  const std::string path_;
  std::map<std::string, std::string> entries_;
  const std::shared_ptr<void> alive_ = std::make_shared<int>();
};

}  // namespace

namespace {

enum class WhenMissing { fault, keep_in_memory, save };

FileResult<std::unique_ptr<Checkpoint>> open_checkpoint(Files& files, const std::string& directory,
                                                        WhenMissing missing) {
  const std::string path = join(directory, file_name);
  const FileResult<bool> there = files.exists(path);
  if (!there) return there.fault();
  auto checkpoint = std::make_unique<MemoryCheckpoint>(files, path);
  if (*there) {
    if (FileOutcome loaded = checkpoint->load(); !loaded) return loaded.fault();
  } else if (missing == WhenMissing::fault) {
    return FileFault{FileFault::Kind::damaged, 0, "open", path, "there is no checkpoint"};
  } else if (missing == WhenMissing::save) {
    if (FileOutcome saved = checkpoint->save(); !saved) return saved.fault();
  }
  return std::unique_ptr<Checkpoint>(std::move(checkpoint));
}

}  // namespace

FileResult<std::unique_ptr<Checkpoint>> MemoryStore::open(const std::string& directory, bool create) {
  return open_checkpoint(files_, directory, create ? WhenMissing::save : WhenMissing::fault);
}

FileResult<std::unique_ptr<Checkpoint>> MemoryStore::open_to_read(const std::string& directory, bool create) {
  return open_checkpoint(files_, directory, create ? WhenMissing::keep_in_memory : WhenMissing::fault);
}

}  // namespace zabra::storage
