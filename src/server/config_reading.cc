#include "server/config_reading.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/log.h"
#include "server/config_keys.h"

namespace zabra::server {
namespace {

constexpr std::string_view prefix = "zookeeper.";  // of the system properties behind the keys

std::string allowed_text(Range range, std::string_view remark) {
  return text(range.min, " to ", range.max, remark.empty() ? "" : " ", remark);
}

// A boolean that is off, or nothing at all, needs no protection that would be missing.
bool asks_for_nothing(const Entry& entry) {
  if (entry.key == "secureClientPort") return entry.value.empty() || entry.value == "0";
  return entry.value.empty() || is_word(entry.value, "false");
}

}  // namespace

std::optional<std::int64_t> parse_number(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  if (is_hex) text.remove_prefix(2);
  if (text.empty() || std::isxdigit(static_cast<unsigned char>(text.front())) == 0) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, is_hex ? 16 : 10);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) value = std::numeric_limits<std::int64_t>::max();
  return is_negative ? -value : value;
}

bool is_word(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  return std::equal(text.begin(), text.end(), word.begin(), word.end(), same);
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (std::size_t end = text.find(at); end != std::string_view::npos; end = text.find(at, begin)) {
    pieces.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  pieces.push_back(text.substr(begin));
  return pieces;
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

void Reading::add(std::span<const Property> properties, const std::string& file) {
  for (const Property& property : properties) {
    const std::string_view key = property.key;
    const bool is_prefixed = key.starts_with(prefix) && key.size() > prefix.size();
    Entry entry{std::string(is_prefixed ? key.substr(prefix.size()) : key), property.value,
                text(file, ":", property.line), property.line};
    if (!property.is_ascii) warn(entry, "is read as ISO-8859-1, as ZooKeeper does: for other letters use \\uXXXX");
    entries_.insert_or_assign(entry.key, entry);
  }
}

// ---- values ---------------------------------------------------------------------------------------------------------

const Entry* Reading::find(std::string_view key) {
  const KnownKey* known = find_key(key);
  CHECK(known != nullptr && known->use == KeyUse::acted);
  asked_.emplace(key);
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

std::optional<std::int64_t> Reading::number_of(std::string_view key, Range range, std::string_view remark) {
  const Entry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  const std::optional<std::int64_t> value = parse_number(entry->value);
  if (value && *value >= range.min && *value <= range.max) return value;
  const std::string_view what = value ? " is out of range" : " is not a number";
  refuse(*entry, text("'", entry->value, "'", what), allowed_text(range, remark));
  return std::nullopt;
}

void Reading::flag(std::string_view key, bool& to) {
  const Entry* entry = find(key);
  if (entry == nullptr) return;
  if (is_word(entry->value, "true") || is_word(entry->value, "false")) {
    to = is_word(entry->value, "true");
  } else {
    refuse(*entry, text("'", entry->value, "' is neither"), "true, false");
  }
}

void Reading::yes_or_no(std::string_view key, bool& to) {
  const Entry* entry = find(key);
  if (entry == nullptr) return;
  if (entry->value == "yes" || entry->value == "no") {
    to = entry->value == "yes";
  } else {
    refuse(*entry, text("'", entry->value, "' is neither"), "yes, no");
  }
}

void Reading::nonempty(std::string_view key, std::string& to, std::string_view allowed) {
  const Entry* entry = find(key);
  if (entry == nullptr) return;
  if (entry->value.empty()) return refuse(*entry, "is empty", allowed);
  to = entry->value;
}

std::vector<Entry> Reading::family(std::string_view family_prefix) {
  std::vector<Entry> members;
  for (const auto& [key, entry] : entries_) {
    if (!key.starts_with(family_prefix)) continue;
    asked_.insert(key);
    members.push_back(entry);
  }
  std::ranges::stable_sort(members, {}, &Entry::line);
  return members;
}

// ---- remarks --------------------------------------------------------------------------------------------------------

void Reading::refuse(const Entry& entry, std::string_view what, std::string_view allowed) {
  faults_.push_back({entry.line, text(entry.place, ": ", entry.key, ": ", what, "; allowed: ", allowed)});
}

void Reading::refuse_missing(std::string_view key, std::string_view allowed) {
  faults_.push_back({0, text(file_, ": ", key, ": missing; allowed: ", allowed)});
}

void Reading::warn(const Entry& entry, std::string_view what) {
  warnings_.push_back({entry.line, text(entry.place, ": ", entry.key, ": ", what)});
}

void Reading::judge(const Entry& entry) {
  const KnownKey* known = find_key(entry.key);
  if (known == nullptr) {
    const std::optional<std::string_view> nearest = nearest_key(entry.key);
    return warn(entry,
                nearest ? text("unknown key, has no effect; is ", *nearest, " meant?") : "unknown key, has no effect");
  }
  switch (known->use) {
    case KeyUse::acted:
      break;
    case KeyUse::later:
      return warn(entry, text("has no effect in this version: ", known->note));
    case KeyUse::meaningless:
      return warn(entry, text("has no effect: ", known->note));
    case KeyUse::refused:
      if (!asks_for_nothing(entry)) refuse(entry, known->note, "nothing, or leave the key out");
      return;
  }
  CHECK(asked_.contains(entry.key));  // the table says that it is acted on: somebody must have read it
}

void Reading::finish() {
  for (const auto& [key, entry] : entries_) judge(entry);
  std::ranges::stable_sort(faults_, {}, &Remark::line);
  std::ranges::stable_sort(warnings_, {}, &Remark::line);
}

std::string Reading::faults() const {
  std::string all;
  for (const Remark& fault : faults_) all += text(all.empty() ? "" : "\n", fault.text);
  return all;
}

std::vector<std::string> Reading::warnings() const {
  std::vector<std::string> lines;
  for (const Remark& warning : warnings_) lines.push_back(warning.text);
  return lines;
}

}  // namespace zabra::server
