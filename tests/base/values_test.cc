// Time and log lines.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <string>

#include "base/log_spdlog.h"
#include "base/time.h"
#include "tests/support/temporary_directory.h"

namespace zabra {
namespace {

TEST(MonotonicTime, MovesByMillisecondsAndKnowsItsOrder) {
  constexpr MonotonicTime start{1000};
  EXPECT_EQ(start + 500, MonotonicTime{1500});
  EXPECT_EQ((start + 500) - start, 500);
  EXPECT_LT(start, start + 1);
  EXPECT_GT(start, start + -1);
}

TEST(LogText, IsPutTogetherFromPieces) {
  EXPECT_EQ(text("session=", std::string("0x1"), " timeout_ms=", 4000, " left=", std::int64_t{-1}),
            "session=0x1 timeout_ms=4000 left=-1");
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(LogFile, HoldsALineForEachFromItsLevelOnAndKeepsWhatWasThere) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/zabra.log";
  for (const char* line : {"first", "second"}) {
    const auto log = open_log({.level = LogLevel::info, .file = path});
    ASSERT_TRUE(log);
    (*log)->debug("not this");
    (*log)->warning(line);
  }
  const std::string time = R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3})";
  EXPECT_TRUE(std::regex_match(content_of(path), std::regex(time + " WARN  - first\n" + time + " WARN  - second\n")))
      << content_of(path);
}

TEST(LogFile, ThatCannotBeOpenedIsAFault) {
  const test::TemporaryDirectory directory;
  EXPECT_FALSE(open_log({.level = LogLevel::info, .file = directory.path()}));
}

}  // namespace
}  // namespace zabra
