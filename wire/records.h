// The small records that requests, replies and transactions share: Stat, Id, ACL lists.
// Source: zookeeper.jute of 3.8; field order as on the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "wire/ids.h"
#include "wire/jute.h"

namespace zabra::wire {

inline constexpr std::size_t stat_bytes = 68;

// What a client learns of a znode.
struct Stat {
  Zxid czxid, mzxid;
  std::int64_t ctime = 0, mtime = 0;  // ms since 1970, the leader's clock at proposal
  std::int32_t version = 0, cversion = 0, aversion = 0;
  std::int64_t ephemeral_owner = 0;  // Owner::client_view()
  std::int32_t data_length = 0, num_children = 0;
  Zxid pzxid;
};
void write(Writer& out, const Stat& stat);
Stat read_stat(Reader& in);

// The list [31 world:anyone], which nearly every znode has, as entries() and with its count of 1.
inline std::string_view open_acl_entries() {
  using namespace std::string_view_literals;
  return "\0\0\0\x1f\0\0\0\x05world\0\0\0\x06" "anyone"sv;
}

struct Id {
  NullableView scheme, id;
};
struct Acl {
  std::int32_t perms = 0;
  Id id;
};

// An ACL list as it stands on the wire: its entries' bytes, checked when it was read, and walked without a copy. Two
// equal lists have equal bytes. A list of -1 (null) or of any negative count reads as empty.
class AclListView {
 public:
  AclListView() = default;
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::string_view entries() const { return entries_; }  // without the count
  bool is_open() const { return entries_ == open_acl_entries(); }

  class Iterator {
   public:
    using value_type = Acl;
    using difference_type = std::ptrdiff_t;
    using pointer = const Acl*;
    using reference = const Acl&;
    using iterator_category = std::input_iterator_tag;

    Iterator() : in_(std::string_view{}) {}
    Iterator(std::string_view entries, std::size_t left) : in_(entries), left_(left) { read(); }
    const Acl& operator*() const { return acl_; }
    const Acl* operator->() const { return &acl_; }
    Iterator& operator++() {
      --left_;
      read();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return left_ == other.left_; }  // of the same list

   private:
    void read() {
      if (left_ == 0) return;
      acl_.perms = in_.read_i32();
      acl_.id.scheme = in_.read_nullable();
      acl_.id.id = in_.read_nullable();
    }
    Reader in_;
    std::size_t left_ = 0;
    Acl acl_;
  };
  Iterator begin() const { return {entries_, count_}; }
  Iterator end() const { return {}; }

  // From the bytes of `entries()` of a list that was checked before (an interned list, say).
  static AclListView trusted(std::string_view entries, std::size_t count) { return AclListView(entries, count); }

 private:
  friend AclListView read_acl_list(Reader&);
  AclListView(std::string_view entries, std::size_t count) : entries_(entries), count_(count) {}
  std::string_view entries_;
  std::size_t count_ = 0;
};
AclListView read_acl_list(Reader& in);
void write(Writer& out, const AclListView& list);  // count, then entries
void write(Writer& out, const Acl& acl);           // one entry

}  // namespace zabra::wire
