// Entries of a log, and what reading one log file gives.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/log_reader.h"
#include "wire/log_format.h"
#include "wire/txn.h"

namespace zabra::storage {

inline constexpr std::uint64_t entry_bytes_max = 1 << 20;

inline Zxid zxid_of(std::int64_t value) { return Zxid::from_wire(value); }

// A create of /n<zxid> with `bytes` bytes of data.
inline std::string entry_at(std::int64_t zxid, std::size_t bytes = 10) {
  const std::string path = "/n" + std::to_string(zxid), data(bytes, 'x');
  wire::Txn txn;
  txn.header.zxid = zxid_of(zxid);
  txn.header.type = OpCode::create;
  txn.body = wire::CreateTxn{path, data, {}, false, 1};
  std::string entry;
  wire::append_txn(entry, txn);
  return entry;
}

inline std::string records_of(std::int64_t first, std::int64_t last, std::size_t bytes = 10) {
  std::string records;
  for (std::int64_t zxid = first; zxid <= last; ++zxid) wire::append_log_record(records, entry_at(zxid, bytes));
  return records;
}

// The zxids of a file's records; a negative one at the end says that something else than the end came behind them.
inline std::vector<std::int64_t> zxids_in(Files& files, const std::string& path) {
  std::vector<std::int64_t> zxids;
  auto reader = LogReader::open(files, path, entry_bytes_max);
  if (!reader) return {-1};
  for (;;) {
    const auto step = reader->next();
    EXPECT_TRUE(step);
    if (const auto* record = std::get_if<ReadRecord>(&*step)) {
      zxids.push_back(wire::decode_txn_header(record->entry)->zxid.to_wire());
      continue;
    }
    if (std::holds_alternative<ReadDamage>(*step)) zxids.push_back(-2);
    return zxids;
  }
}

}  // namespace zabra::storage
