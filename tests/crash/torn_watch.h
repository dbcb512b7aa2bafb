// Hears what recovery says about torn tails: from then on the saved file is promised.
#pragma once

#include <string>
#include <string_view>

#include "base/log.h"
#include "storage/files.h"
#include "tests/crash/ledger.h"

namespace zabra::test {

class TornWatch final : public Log {
 public:
  TornWatch(storage::Files& files, Ledger& ledger) : files_(files), ledger_(ledger) {}
  void write(LogLevel, std::string_view line) override {
    for (const std::string_view key : {" saved_as=", " moved_to="}) {
      const std::size_t at = line.find(key);
      if (at == std::string_view::npos) continue;
      const std::string path(line.substr(at + key.size()));
      if (const auto bytes = storage::read_small_file(files_, path, 1 << 20)) ledger_.on_torn_saved(path, *bytes);
    }
  }

 private:
  storage::Files& files_;
  Ledger& ledger_;
};

}  // namespace zabra::test
