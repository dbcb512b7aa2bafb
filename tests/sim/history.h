// What clients asked for and what they were told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/codec.h"
#include "tests/sim/schedule.h"

namespace zabra::sim {

// One write within an operation: a multi has several.
struct Written {
  std::string path{}, data{};
  std::int32_t version = -1;  // what the reply said
  std::int64_t mzxid = 0;
};

struct Operation {
  int client = 0;
  std::int64_t session = 0;
  Op op{};
  std::string path{}, data{};
  bool sequential = false, ephemeral = false, watch = false;
  bool is_quiet = false;  // a close that nobody but its server need hear of: no transaction
  std::int32_t expected_version = -1;
  std::vector<Written> writes{};  // of set_data and multi
  std::int64_t floor = 0;       // the answer must show at least this zxid
  Micros invoked = 0, answered = -1;
  // ---- of the answer ----
  std::int32_t error = 0;
  std::int64_t zxid = 0;
  std::string result{};  // a path, or data
  NodeStat stat{};

  bool is_write() const {
    return op != Op::exists && op != Op::get_data && op != Op::sync && op != Op::get_children && !is_quiet;
  }
  bool is_ok() const { return answered >= 0 && error == 0; }
};

}  // namespace zabra::sim
