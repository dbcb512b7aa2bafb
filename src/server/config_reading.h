// A configuration file while it is being read: each key is asked for once, with what is allowed; what is wrong is
// collected as "FILE:LINE: KEY: what; allowed: …", so that a person sees all mistakes at once. After a mistake the
// value asked for stays as it was.
//
//   Reading in(path);
//   in.add(properties, path);
//   in.number("tickTime", tick_ms, {1, 107374182});
//   in.flag("enforceQuota", enforce_quota);
//   if (in.has_faults()) return ConfigFault{in.faults()};
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/check.h"
#include "wire/properties.h"

namespace zabra::server {

using wire::parse_properties;
using wire::PropertiesFault;
using wire::Property;

struct Entry {
  std::string key;  // without `zookeeper.`
  std::string value;
  std::string place;  // "zoo.cfg:12"
  int line = 0;
};

struct Range {
  std::int64_t min = 0, max = std::numeric_limits<std::int32_t>::max();
};

// Decimal, or hexadecimal with 0x. One too long for the type gives the nearest that fits, which is out of any range.
std::optional<std::int64_t> parse_number(std::string_view text);
// In any case of letters.
bool is_word(std::string_view text, std::string_view word);
std::vector<std::string_view> split(std::string_view text, char at);
std::string_view trim(std::string_view text);

class Reading {
 public:
  explicit Reading(std::string file) : file_(std::move(file)) {}

  // A key that is there already is replaced, as in a file that repeats one.
  void add(std::span<const Property> properties, const std::string& file);

  // ---- values of keys that are acted on ----
  const Entry* find(std::string_view key);
  template <std::integral T>
  void number(std::string_view key, T& to, Range range) {
    if (const std::optional<std::int64_t> value = number_of(key, range)) to = static_cast<T>(*value);
  }
  std::optional<std::int64_t> number_of(std::string_view key, Range range, std::string_view remark = "");
  void flag(std::string_view key, bool& to);       // true, false
  void yes_or_no(std::string_view key, bool& to);  // yes, no
  void nonempty(std::string_view key, std::string& to, std::string_view allowed);
  std::vector<Entry> family(std::string_view prefix);  // in the order of the file

  // ---- what is said about them ----
  void refuse(const Entry& entry, std::string_view what, std::string_view allowed);
  void refuse_missing(std::string_view key, std::string_view allowed);
  void warn(const Entry& entry, std::string_view what);

  // ---- the end ----
  // Says something about every entry that nobody asked for. Afterwards nothing may be asked for.
  void finish();
  bool has_faults() const { return !faults_.empty(); }
  std::string faults() const;  // by line, separated by line ends
  std::vector<std::string> warnings() const;

 private:
  struct Remark {
    int line = 0;
    std::string text;
  };

  void judge(const Entry& entry);

  std::string file_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::set<std::string, std::less<>> asked_;
  std::vector<Remark> faults_, warnings_;
};

}  // namespace zabra::server
