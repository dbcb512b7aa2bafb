#include "state/acl_fix_up.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "state/acl_schemes.h"

namespace zabra::state {
namespace {

std::size_t encoded_bytes(const wire::Acl& acl) {
  const auto size = [](const wire::NullableView& text) { return 4 + (text ? text->size() : 0); };
  return 4 + size(acl.id.scheme) + size(acl.id.id);
}

// Remembers the entries of one list by their encoded bytes.
class Seen {
 public:
  bool is_new(std::string_view entry) {
    if (many_.empty() && few_.size() < few_max) {
      if (std::ranges::find(few_, entry) != few_.end()) return false;
      few_.push_back(entry);
      return true;
    }
    if (many_.empty()) many_.insert(few_.begin(), few_.end());
    return many_.insert(entry).second;
  }

 private:
  static constexpr std::size_t few_max = 16;  // searched one by one
  std::vector<std::string_view> few_;
  absl::flat_hash_set<std::string_view> many_;
};

struct Expansion {
  const AuthIds& ids;
  bool digest_scheme;
  std::size_t bytes_max;
  wire::Writer& out;
  std::int32_t count = 0;

  ErrorCode add(const wire::Acl& acl) {
    if (acl.id.scheme == "auth") return add_authenticated(acl.perms);
    if (!is_valid_id(acl.id, digest_scheme)) return ErrorCode::invalid_acl;
    return put(acl);
  }
  ErrorCode add_authenticated(std::int32_t perms) {
    const std::int32_t before = count;
    for (const AuthId& id : ids) {
      if (!is_authenticated(id, digest_scheme)) continue;
      const ErrorCode code = put({.perms = perms, .id = {.scheme = id.scheme, .id = id.id}});
      if (code != ErrorCode::ok) return code;
    }
    return count == before ? ErrorCode::invalid_acl : ErrorCode::ok;
  }
  ErrorCode put(const wire::Acl& acl) {
    if (out.size() + encoded_bytes(acl) > bytes_max) return ErrorCode::bad_arguments;
    wire::write(out, acl);
    ++count;
    return ErrorCode::ok;
  }
};

}  // namespace

ErrorCode fix_up_acl(const wire::AclListView& asked, const AuthIds& ids, const Settings& settings,
                     std::size_t bytes_max, wire::Writer& out) {
  if (asked.empty()) return ErrorCode::invalid_acl;
  if (asked.entries() == wire::open_acl_entries() && asked.size() == 1) {
    wire::write(out, asked);
    return ErrorCode::ok;
  }
  const std::size_t count_at = out.reserve_i32();
  Expansion expansion{.ids = ids, .digest_scheme = settings.digest_scheme, .bytes_max = bytes_max, .out = out};
  Seen seen;
  std::size_t offset = 0;
  for (const wire::Acl& acl : asked) {
    const std::string_view entry = asked.entries().substr(offset, encoded_bytes(acl));
    offset += entry.size();
    if (asked.size() > 1 && !seen.is_new(entry)) continue;
    if (const ErrorCode code = expansion.add(acl); code != ErrorCode::ok) return code;
  }
  out.patch_i32(count_at, expansion.count);
  return ErrorCode::ok;
}

void write_redacted_acl(const wire::AclListView& list, wire::Writer& out) {
  out.write_i32(static_cast<std::int32_t>(list.size()));
  std::string masked;
  for (wire::Acl acl : list) {
    if (acl.id.scheme == "digest" && acl.id.id) {
      masked.assign(acl.id.id->substr(0, acl.id.id->find(':'))).append(":x");
      acl.id.id = masked;
    }
    wire::write(out, acl);
  }
}

}  // namespace zabra::state
