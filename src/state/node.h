// One znode as the tree keeps it: 104 bytes in a slab and a block of bytes for its name and data. With its slot in a
// hash bucket and among its parent's children, a znode of 100 bytes of data takes about 226 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "state/byte_pool.h"
#include "state/event_sink.h"
#include "state/ref_list.h"
#include "wire/check.h"
#include "wire/ids.h"
#include "wire/jute.h"
#include "wire/records.h"

namespace zabra::state {

// A znode's address within the tree. It stays the same until the znode is deleted; then another may get it.
struct NodeRef {
  std::uint32_t value = 0;
  explicit constexpr operator bool() const { return value != 0; }
  friend constexpr bool operator==(NodeRef, NodeRef) = default;
};

// What transactions say about a znode besides name and data. All but `acl` goes into the digest.
struct NodeFacts {
  Zxid czxid, mzxid, pzxid;
  std::int64_t ctime = 0, mtime = 0;  // ms since 1970
  Owner owner;
  std::int32_t version = 0;
  std::int32_t cversion = 0;  // the stored counter: creates of children, never lowered; clients see 2 * it - children
  std::int32_t aversion = 0;
  AclId acl;
};
static_assert(sizeof(NodeFacts) == 64);

wire::Stat make_stat(const NodeFacts& facts, std::size_t data_length, std::uint32_t child_count);

// Name (last component of the path) and data in one block of a pool, which must outlive it.
//   u8 name length | u16 data length, 0xffff for null | name | data
//   u8 255 | u32 name length | u32 data length, 0xffffffff for null | name | data      where the short form can't say it
class Payload {
 public:
  Payload() = default;
  Payload(BytePool& pool, std::string_view name, wire::NullableView data);
  Payload(Payload&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}
  Payload& operator=(Payload&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Payload();

  bool exists() const { return bytes_ != nullptr; }
  void fetch() const { __builtin_prefetch(bytes_); }  // it will be looked at soon
  std::string_view name() const;
  wire::NullableView data() const;
  std::size_t data_length() const;
  void set_data(BytePool& pool, wire::NullableView data);  // the pool that it was made from; in place where it fits

 private:
  bool is_long() const;
  std::uint32_t stored_length() const;  // of the data
  void store_length(wire::NullableView data);
  std::size_t data_start() const;

  char* bytes_ = nullptr;
};

struct Node {
  NodeFacts facts;
  Payload payload;
  RefList children;            // of refs; places are kept in the children
  std::uint32_t content_crc = 0;  // CRC-32 over path and data: the part of the digest that need not be read again
  NodeRef parent;              // none for the root
  std::uint32_t place = 0;     // among the parent's children
  std::uint32_t hash = 0;      // of the whole path
  std::uint32_t next_by_path = 0;  // in the hash chain
  std::uint32_t owner_place : 28;  // among its session's ephemerals, or among the containers and TTL nodes
  std::uint32_t dirty : 2;     // state/dirty.h: one bit for each of two lists
  std::uint32_t stored : 1;    // a checkpoint that has been encoded holds it
  std::uint32_t reserved : 1;  // strictly below /zookeeper: not in the digest

  Node() : owner_place(0), dirty(0), stored(0), reserved(0) {}
  void set_owner_place(std::uint32_t to) {
    CHECK(to < (1U << 28));
    owner_place = to & ((1U << 28) - 1);
  }
  std::string_view name() const { return payload.name(); }
  wire::NullableView data() const { return payload.data(); }
  std::size_t data_length() const { return payload.data_length(); }
  std::uint32_t child_count() const { return children.size(); }
  wire::Stat stat() const { return make_stat(facts, data_length(), child_count()); }
};
static_assert(sizeof(Node) == 104);

}  // namespace zabra::state
