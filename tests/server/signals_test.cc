// SIGTERM and SIGINT of a real process.
#include "server/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <future>

#include "tests/support/collected_log.h"

namespace zabra::server {
namespace {

TEST(Signals, TheFirstAsksForACleanEnd) {
  test::CollectedLog log;
  std::promise<void> asked;
  const Signals signals(log, [&asked] { asked.set_value(); });
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(asked.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
  EXPECT_TRUE(log.said("SIGTERM: ending"));
}

TEST(Signals, TheSecondEndsTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto twice = [] {
    test::CollectedLog log;
    std::promise<void> asked;
    const Signals signals(log, [&asked] { asked.set_value(); });
    ::kill(::getpid(), SIGINT);
    asked.get_future().wait();
    ::kill(::getpid(), SIGINT);
    for (;;) ::pause();
  };
  EXPECT_EXIT(twice(), testing::ExitedWithCode(1), "");
}

TEST(Signals, OneForNobodyInParticularChangesNothing) {
  test::CollectedLog log;
  std::promise<void> asked;
  const Signals signals(log, [&asked] { asked.set_value(); });
  ::kill(::getpid(), SIGUSR1);
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(asked.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
}

}  // namespace
}  // namespace zabra::server
