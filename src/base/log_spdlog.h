// The log of a real process: lines to standard output or to a file. May be written from several threads.
//
//   2026-11-24 05:04:50,123 INFO  - session=0x100000a1b2c30000 opened …
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "wire/result.h"

namespace zabra {

struct LogSettings {
  LogLevel level = LogLevel::info;
  std::string file;  // appended to; empty: standard output
};

Result<std::unique_ptr<Log>> open_log(const LogSettings& settings);

}  // namespace zabra
