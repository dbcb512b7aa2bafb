// Request bodies and ACL lists as bytes, for tests of the state.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/codes.h"
#include "wire/jute.h"
#include "wire/records.h"

namespace zabra::state::test {

class AclBytes {
 public:
  struct Entry {
    std::int32_t perms;
    std::string scheme, id;
  };
  AclBytes() = default;
  AclBytes(std::initializer_list<Entry> entries) : AclBytes(std::vector<Entry>(entries)) {}
  explicit AclBytes(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) add({.perms = entry.perms, .id = {.scheme = entry.scheme, .id = entry.id}});
  }
  static AclBytes open() { return {{perm::all, "world", "anyone"}}; }
  static AclBytes with_null_id(std::int32_t perms, std::string_view scheme) {
    AclBytes list;
    list.add({.perms = perms, .id = {.scheme = scheme, .id = std::nullopt}});
    return list;
  }

  wire::AclListView view() const { return wire::AclListView::trusted(entries_, count_); }
  std::string bytes() const {  // count and entries
    std::string bytes;
    wire::Writer out(bytes);
    wire::write(out, view());
    return bytes;
  }

 private:
  void add(const wire::Acl& acl) {
    wire::Writer out(entries_);
    wire::write(out, acl);
    ++count_;
  }
  std::string entries_;
  std::size_t count_ = 0;
};

struct Request {
  OpCode op{};
  std::string body;
};

namespace detail {

template <class... Fields>
std::string body_of(const Fields&... fields) {
  std::string bytes;
  wire::Writer out(bytes);
  const auto put = [&out](const auto& field) {
    using Field = std::decay_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, std::int32_t>) {
      out.write_i32(field);
    } else if constexpr (std::is_same_v<Field, std::int64_t>) {
      out.write_i64(field);
    } else if constexpr (std::is_same_v<Field, AclBytes>) {
      wire::write(out, field.view());
    } else {
      out.write_nullable(field);
    }
  };
  (put(fields), ...);
  return bytes;
}

}  // namespace detail

struct Create {
  OpCode op = OpCode::create;
  wire::NullableView path, data = "";
  AclBytes acl = AclBytes::open();
  std::int32_t flags = 0;
  std::int64_t ttl_ms = -1;
  operator Request() const {
    std::string body = detail::body_of(path, data, acl, flags);
    if (op == OpCode::create_ttl) body += detail::body_of(ttl_ms);
    return {op, body};
  }
};
inline Request create(wire::NullableView path, wire::NullableView data = "") {
  return Create{.path = path, .data = data};
}
inline Request create(wire::NullableView path, CreateMode mode) {
  return Create{.path = path, .flags = static_cast<std::int32_t>(mode)};
}
inline Request remove(wire::NullableView path, std::int32_t version = -1) {
  return {OpCode::remove, detail::body_of(path, version)};
}
inline Request set_data(wire::NullableView path, wire::NullableView data, std::int32_t version = -1) {
  return {OpCode::set_data, detail::body_of(path, data, version)};
}
inline Request set_acl(wire::NullableView path, const AclBytes& acl, std::int32_t version = -1) {
  return {OpCode::set_acl, detail::body_of(path, acl, version)};
}
inline Request check(wire::NullableView path, std::int32_t version = -1) {
  return {OpCode::check, detail::body_of(path, version)};
}
inline Request reconfig() {
  return {OpCode::reconfig,
          detail::body_of(wire::NullableView{}, wire::NullableView{}, wire::NullableView{"x"}, std::int64_t{-1})};
}
inline Request multi(const std::vector<Request>& items, bool with_end = true) {
  std::string body;
  wire::Writer out(body);
  const auto header = [&out](std::int32_t type, bool done) {
    out.write_i32(type);
    out.write_bool(done);
    out.write_i32(-1);
  };
  for (const Request& item : items) {
    header(static_cast<std::int32_t>(item.op), false);
    out.write_raw(item.body);
  }
  if (with_end) header(-1, true);
  return {OpCode::multi, body};
}

}  // namespace zabra::state::test
