// The keys and values of a checkpoint: the last durable state of every znode, session and ACL list.
//
//   key                      value
//   'm'                      CheckpointMeta
//   'a' u32 id               ACL list: i32 count, entries
//   'n' path ("/" is "")     NodeRecord; a parent's key sorts before its children's
//   's' i64 id               i32 timeout
//
// Numbers in keys are big-endian, so that order by bytes is order by number. One batch of puts and deletes, written
// atomically together with a new meta, brings a checkpoint from one zxid to a later one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/check.h"
#include "wire/ids.h"
#include "wire/jute.h"
#include "wire/result.h"

namespace zabra::wire {

// What the checkpoint as a whole stands for.
struct CheckpointMeta {
  static constexpr std::int32_t current_version = 2;  // 1 had no session_id_max
  std::int32_t version = current_version;
  ServerId server;               // whose disk this is: another server's is refused
  Zxid zxid;                     // the last transaction whose effects it holds
  std::uint32_t txn_checksum = 0;  // Adler-32 of that transaction's entry: the log must agree
  std::uint64_t tree_digest = 0;   // of the tree at zxid, verified when it is loaded
  std::uint32_t next_acl_id = 0;   // ids of ACL lists are never used again
  std::uint64_t node_count = 0, session_count = 0;  // verified when it is loaded
  SessionId session_id_max;  // the highest that this server had given out
};
void write(Writer& out, const CheckpointMeta& meta);
Result<CheckpointMeta> decode_checkpoint_meta(std::string_view value);

// A znode but for its path, which is the key.
struct NodeRecord {
  Zxid czxid, mzxid, pzxid;
  std::int64_t ctime = 0, mtime = 0;
  std::int32_t version = 0, cversion = 0 /* stored counter: creates only */, aversion = 0;
  Owner owner;
  std::uint32_t acl_id = 0;
  NullableView data;
};
void write(Writer& out, const NodeRecord& record);
Result<NodeRecord> decode_node_record(std::string_view value);

std::string meta_key();
std::string acl_key(std::uint32_t id);
std::string node_key(std::string_view path);
void make_node_key(std::string_view path, std::string& key);  // the same in a string that is used again
std::string session_key(SessionId id);

enum class KeyKind { meta, acl, node, session };
struct ParsedKey {
  KeyKind kind{};
  std::uint32_t acl_id = 0;
  std::string_view path;  // "/" for the root
  SessionId session;
};
Result<ParsedKey> parse_key(std::string_view key);

// A batch as one flat string: { u8 1 | str key | str value } for a put, { u8 0 | str key } for a delete. The replica's
// thread writes it, the checkpoint thread reads it, nothing else is shared between them.
class CheckpointBatch {
 public:
  void put(std::string_view key, std::string_view value);
  void remove(std::string_view key);
  bool empty() const { return bytes_.empty(); }
  std::size_t bytes() const { return bytes_.size(); }
  std::size_t changes() const { return changes_; }
  void clear();
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

  // Calls put(key, value) and remove(key) in the order in which they were added.
  template <class Sink>
  void for_each(Sink&& sink) const {
    Reader in(bytes_);
    while (in.remaining() > 0) {
      const bool is_put = in.read_bool();
      const std::string_view key = in.read_string();
      if (is_put) {
        const std::string_view value = in.read_string();
        sink.put(key, value);
      } else {
        sink.remove(key);
      }
    }
    CHECK(in.ok());
  }

 private:
  std::string bytes_;
  std::size_t changes_ = 0;
};

}  // namespace zabra::wire
