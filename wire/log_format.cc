#include "wire/log_format.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>

#include "wire/fixed_record.h"
#include "wire/ids.h"
#include "wire/jute.h"

namespace zabra::wire {

namespace {

constexpr std::int32_t log_magic = 0x5a4b4c47;  // "ZKLG"
constexpr std::int32_t log_version = 2;
constexpr std::int64_t log_dbid = 0;
constexpr char record_end = 'B';
constexpr std::size_t record_front_bytes = 8 + 4;  // checksum, length

const unsigned char* as_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

std::uint32_t adler32(std::string_view bytes, std::uint32_t start) {
  return static_cast<std::uint32_t>(::adler32_z(start, as_bytes(bytes), bytes.size()));
}

void append_log_header(std::string& out) {
  FixedRecord<log_header_bytes> header;
  header.put_i32(log_magic);
  header.put_i32(log_version);
  header.put_i64(log_dbid);
  header.append_to(out);
}

Outcome check_log_header(std::string_view bytes) {
  if (bytes.size() < log_header_bytes) return Fault{"log file header cut off", bytes.size()};
  Reader in(bytes);
  if (in.read_i32() != log_magic) return Fault{"not a transaction log: no ZKLG at its start", 0};
  if (in.read_i32() != log_version) return Fault{"transaction log of an unknown version", 4};
  return Done{};
}

std::uint32_t append_log_record(std::string& out, std::string_view entry) {
  const std::uint32_t checksum = adler32(entry);
  FixedRecord<record_front_bytes> front;
  front.put_i64(checksum);
  front.put_i32(static_cast<std::int32_t>(entry.size()));
  front.append_to(out);
  out.append(entry);
  out.push_back(record_end);
  return checksum;
}

LogCut cut_log_record(std::string_view bytes, std::size_t entry_max) {
  if (bytes.empty()) return LogEnd{};
  if (bytes.size() < record_front_bytes) {
    if (bytes.find_first_not_of('\0') == std::string_view::npos) return LogEnd{};
    return LogDamage{"record cut off in its header"};
  }
  Reader in(bytes);
  const std::int64_t checksum = in.read_i64();
  const std::int32_t length = in.read_i32();
  if (length == 0) return LogEnd{};
  if (length < 0 || static_cast<std::size_t>(length) > entry_max) return LogDamage{"record length out of range"};
  const auto entry_bytes = static_cast<std::size_t>(length);
  if (in.remaining() < entry_bytes + 1) return LogDamage{"record cut off"};
  const std::string_view entry = in.rest().substr(0, entry_bytes);
  if (in.rest()[entry_bytes] != record_end) return LogDamage{"record without its end mark"};
  if (checksum != static_cast<std::int64_t>(adler32(entry))) return LogDamage{"record with a wrong checksum"};
  return LogRecord{entry, entry_bytes + log_record_overhead};
}

namespace {

// What costs little to see: almost no offset of a damaged file gets past it, and none of a run of zeros.
bool may_start_record(std::string_view bytes, std::size_t entry_max) {
  if (bytes.size() <= log_record_overhead) return false;
  Reader in(bytes);
  const std::int64_t checksum = in.read_i64();
  const auto entry_bytes = static_cast<std::uint32_t>(in.read_i32());
  if (checksum < 0 || checksum > 0xffffffffLL || entry_bytes == 0 || entry_bytes > entry_max) return false;
  return entry_bytes < in.remaining() && in.rest()[entry_bytes] == record_end;
}

}  // namespace

std::optional<std::size_t> find_log_record(std::string_view bytes, std::size_t starts, std::size_t entry_max) {
  for (std::size_t at = 0; at < std::min(starts, bytes.size()); ++at) {
    const std::string_view rest = bytes.substr(at);
    if (!may_start_record(rest, entry_max)) continue;
    if (std::holds_alternative<LogRecord>(cut_log_record(rest, entry_max))) return at;
  }
  return std::nullopt;
}

// ---- names ----------------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view log_file_prefix = "log.";

}  // namespace

std::string log_file_name(Zxid first) {
  return std::string(log_file_prefix) + to_hex(first.to_wire()).substr(2);
}

std::optional<Zxid> parse_log_file_name(std::string_view name) {
  if (!name.starts_with(log_file_prefix)) return std::nullopt;
  const std::string_view digits = name.substr(log_file_prefix.size());
  std::uint64_t bits = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return Zxid::from_wire(static_cast<std::int64_t>(bits));
}

}  // namespace zabra::wire
