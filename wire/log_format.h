// The transaction log's file format, `log.<hex zxid of its first transaction>`.
//
//   file   = "ZKLG" | i32 version 2 | i64 dbid 0 | record* | zeros
//   record = i64 Adler-32 of the entry | i32 length of the entry | entry | 'B'
//
// A length of 0 or the end of the file is the end of the data. Source: FileTxnLog of 3.8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "wire/crc32.h"
#include "wire/ids.h"
#include "wire/result.h"

namespace zabra::wire {

inline constexpr std::size_t log_header_bytes = 16;
inline constexpr std::size_t log_record_overhead = 8 + 4 + 1;

void append_log_header(std::string& out);
Outcome check_log_header(std::string_view bytes);

std::uint32_t append_log_record(std::string& out, std::string_view entry);  // the entry's checksum

struct LogRecord { std::string_view entry; std::size_t consumed = 0; };  // a whole record with the right checksum
struct LogEnd {};                                                        // a length of zero or no bytes at all
struct LogDamage { std::string reason; };                                // cut off, bad length, bad checksum, no 'B'
using LogCut = std::variant<LogRecord, LogEnd, LogDamage>;
// What stands at the front of `bytes`, the rest of a log file. `entry_max`: longer entries are damage.
LogCut cut_log_record(std::string_view bytes, std::size_t entry_max);

// Which of the first `starts` offsets is the first where a whole record begins, one that ends within `bytes`: is there
// something valid behind a damaged place?
std::optional<std::size_t> find_log_record(std::string_view bytes, std::size_t starts, std::size_t entry_max);

std::string log_file_name(Zxid first);                             // "log.100000001"
std::optional<Zxid> parse_log_file_name(std::string_view name);    // nothing for any other name

std::uint32_t adler32(std::string_view bytes, std::uint32_t start = 1);

}  // namespace zabra::wire
