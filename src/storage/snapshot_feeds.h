// The checkpoint, read in parts by those who feed learners from it, each as it was when its reader began. The log
// behind that is not to be purged meanwhile (pinned()): the learner needs it next.
//
// One thread, the checkpoint's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/link_id.h"
#include "storage/checkpoint_writer.h"
#include "storage/files.h"
#include "wire/checkpoint_format.h"
#include "wire/ids.h"

namespace zabra::storage {

struct ReadSnapshot {
  LinkId reader;
  std::size_t bytes_max = 0;  // of a part, but for its last entry
};

// In the order that a snapshot on the wire has: sessions, then ACL lists, then znodes, parents before children.
struct SnapshotRead {
  struct Entry { std::string_view key, value; };
  LinkId reader;
  wire::CheckpointMeta meta;    // the same with every part
  std::uint32_t acl_count = 0;  // so many ACL lists there are in all
  std::vector<Entry> entries;
  bool done = false;
  std::optional<FileFault> fault;  // there is no more to be had, and why
  std::string memory;              // where the entries lie
};
using SnapshotPart = std::shared_ptr<SnapshotRead>;

class SnapshotFeeds {
 public:
  // The first part of a reader that is not known, else the next. Only a failing disk is a fault of the call.
  FileResult<SnapshotPart> read(const ReadSnapshot& request, CheckpointWriter& writer);
  void end(LinkId reader) { readers_.erase(reader); }
  bool empty() const { return readers_.empty(); }
  std::optional<Zxid> pinned() const;

 private:
  struct Reader {
    std::unique_ptr<CheckpointView> view;
    wire::CheckpointMeta meta;
    std::uint32_t acl_count = 0;
    std::size_t range = 0;  // which kind of entry
  };

  FileOutcome read_part(const ReadSnapshot& request, CheckpointWriter& writer, SnapshotRead& part);
  FileResult<Reader> open(CheckpointWriter& writer);
  FileOutcome read_entries(Reader& reader, std::size_t bytes_max, SnapshotRead& part);

  std::map<LinkId, Reader> readers_;
};

}  // namespace zabra::storage
