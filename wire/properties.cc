#include "wire/properties.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace zabra::wire {
namespace {

constexpr std::string_view blanks = " \t\f";

bool is_blank(char c) {
  return blanks.find(c) != std::string_view::npos;
}

std::string_view without_blanks_before(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
}

// The configuration trims what the syntax leaves: everything up to the space character, at both ends.
std::string trimmed(std::string text) {
  const auto is_kept = [](char c) { return static_cast<unsigned char>(c) > ' '; };
  text.erase(std::find_if(text.rbegin(), text.rend(), is_kept).base(), text.end());
  text.erase(text.begin(), std::find_if(text.begin(), text.end(), is_kept));
  return text;
}

void append_utf8(std::string& to, char32_t c) {
  const auto add = [&to](char32_t byte) { to += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) return add(c);
  if (c < 0x800) {
    add(0xc0 | (c >> 6));
  } else if (c < 0x10000) {
    add(0xe0 | (c >> 12));
    add(0x80 | ((c >> 6) & 0x3f));
  } else {
    add(0xf0 | (c >> 18));
    add(0x80 | ((c >> 12) & 0x3f));
    add(0x80 | ((c >> 6) & 0x3f));
  }
  add(0x80 | (c & 0x3f));
}

bool is_high_surrogate(char32_t c) {
  return c >= 0xd800 && c < 0xdc00;
}
bool is_low_surrogate(char32_t c) {
  return c >= 0xdc00 && c < 0xe000;
}

// Cuts a text into lines, at \n, \r or \r\n, and counts them.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }
  int number() const { return number_; }  // of the line that next() gave last

  std::string_view next() {
    const std::size_t end = std::min(rest_.find_first_of("\r\n"), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    const bool is_pair = rest_.substr(end).starts_with("\r\n");
    rest_.remove_prefix(std::min(end + (is_pair ? 2 : 1), rest_.size()));
    ++number_;
    return line;
  }

 private:
  std::string_view rest_;
  int number_ = 0;
};

bool is_continued(std::string_view line) {
  const std::size_t last_other = line.find_last_not_of('\\');
  const std::size_t backslashes = line.size() - (last_other == std::string_view::npos ? 0 : last_other + 1);
  return backslashes % 2 == 1;
}

// One property as the file has it: continuation lines joined, escapes still in it.
struct LogicalLine {
  std::string text;
  int line = 0;
};

std::optional<LogicalLine> next_logical_line(Lines& lines) {
  while (!lines.at_end()) {
    std::string_view line = without_blanks_before(lines.next());
    if (line.empty() || line.front() == '#' || line.front() == '!') continue;
    LogicalLine whole{std::string(line), lines.number()};
    while (is_continued(whole.text)) {
      whole.text.pop_back();
      if (lines.at_end() || whole.text.empty()) break;
      whole.text += without_blanks_before(lines.next());
    }
    if (!whole.text.empty()) return whole;  // a backslash alone has begun nothing: a comment may follow
  }
  return std::nullopt;
}

std::size_t end_of_key(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '=' || line[i] == ':' || is_blank(line[i])) {
      return i;
    }
  }
  return line.size();
}

// What stands behind the key: white space, at most one separator, white space, the value.
std::string_view value_behind(std::string_view rest) {
  rest = without_blanks_before(rest);
  if (!rest.empty() && (rest.front() == '=' || rest.front() == ':')) rest.remove_prefix(1);
  return without_blanks_before(rest);
}

// Takes the escapes out of a key or a value.
class Unescaping {
 public:
  explicit Unescaping(std::string_view text) : text_(text) {}

  std::optional<std::string> run() {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c != '\\' || at_ == text_.size()) {
        put(c);
      } else if (!take_escape(text_[at_++])) {
        return std::nullopt;
      }
    }
    drop_lonely_surrogate();
    return std::move(result_);
  }

 private:
  // False: a \u without its digits.
  bool take_escape(char escaped) {
    if (escaped != 'u') {
      put(meaning_of(escaped));
      return true;
    }
    const std::optional<char32_t> unit = hex_unit();
    if (unit) take(*unit);
    return unit.has_value();
  }

  static char meaning_of(char escaped) {
    switch (escaped) {
      case 't':
        return '\t';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 'f':
        return '\f';
      default:
        return escaped;
    }
  }

  void put(char byte) {
    drop_lonely_surrogate();
    result_ += byte;
  }

  std::optional<char32_t> hex_unit() {
    const std::string_view digits = text_.substr(at_, 4);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 4 || error != std::errc{} || end != digits.data() + 4) return std::nullopt;
    at_ += 4;
    return value;
  }

  // Java counts in UTF-16: two escapes may be one character.
  void take(char32_t unit) {
    if (high_ != 0 && is_low_surrogate(unit)) {
      append_utf8(result_, 0x10000 + ((std::exchange(high_, 0) - 0xd800) << 10) + (unit - 0xdc00));
      return;
    }
    drop_lonely_surrogate();
    if (is_high_surrogate(unit)) {
      high_ = unit;
    } else {
      append_utf8(result_, is_low_surrogate(unit) ? replacement : unit);
    }
  }

  void drop_lonely_surrogate() {
    if (std::exchange(high_, 0) != 0) append_utf8(result_, replacement);
  }

  static constexpr char32_t replacement = 0xfffd;
  std::string_view text_;
  std::size_t at_ = 0;
  char32_t high_ = 0;
  std::string result_;
};

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string utf8_of_latin1(std::string_view text) {
  std::string result;
  for (const char c : text) append_utf8(result, static_cast<unsigned char>(c));
  return result;
}

Result<std::vector<Property>, PropertiesFault> parse_utf8(std::string_view text) {
  std::vector<Property> properties;
  Lines lines(text);
  while (const std::optional<LogicalLine> whole = next_logical_line(lines)) {
    const std::string_view line = whole->text;
    const std::size_t key_end = end_of_key(line);
    std::optional<std::string> key = Unescaping(line.substr(0, key_end)).run();
    std::optional<std::string> value = Unescaping(value_behind(line.substr(key_end))).run();
    if (!key || !value) return PropertiesFault{whole->line, "\\u is not followed by four hexadecimal digits"};
    properties.push_back({trimmed(std::move(*key)), trimmed(std::move(*value)), whole->line, is_ascii(line)});
  }
  return properties;
}

}  // namespace

Result<std::vector<Property>, PropertiesFault> parse_properties(std::string_view text, Encoding encoding) {
  return encoding == Encoding::utf8 ? parse_utf8(text) : parse_utf8(utf8_of_latin1(text));
}

}  // namespace zabra::wire
