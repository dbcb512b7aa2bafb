// What `zabra bench` takes, and what it refuses with one line.
#include "cli/bench/bench_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace zabra::cli::bench {
namespace {

using Arguments = std::vector<std::string>;

BenchOptions parsed(const Arguments& arguments) {
  const ParsedOptions options = parse_bench_options(arguments);
  const auto* exit = std::get_if<ExitWith>(&options);
  EXPECT_EQ(exit, nullptr) << exit->text;
  return exit == nullptr ? std::get<BenchOptions>(options) : BenchOptions{};
}

ExitWith exit_of(const Arguments& arguments) {
  const ParsedOptions options = parse_bench_options(arguments);
  EXPECT_TRUE(std::holds_alternative<ExitWith>(options)) << testing::PrintToString(arguments);
  return std::holds_alternative<ExitWith>(options) ? std::get<ExitWith>(options) : ExitWith{-1, ""};
}

std::vector<std::string> servers_of(const std::string& text) {
  std::vector<std::string> servers;
  for (const wire::HostPort& server : parsed({text}).servers) servers.push_back(server.host + " " + std::to_string(server.port));
  return servers;
}

TEST(BenchOptions, WithNothingTheLocalServerIsLoadedAsTheBudgetsSay) {
  const BenchOptions options = parsed({});
  EXPECT_THAT(servers_of("127.0.0.1:2181"), testing::ElementsAre("127.0.0.1 2181"));
  EXPECT_EQ(options.servers.size(), 1U);
  EXPECT_EQ(options.mode, Mode::mixed);
  EXPECT_EQ(options.connections, 64U);
  EXPECT_EQ(options.outstanding, 16U);
  EXPECT_EQ(options.size, 100U);
  EXPECT_EQ(options.share_of_reads(), 0.9);
}

TEST(BenchOptions, EveryOptionIsTaken) {
  const BenchOptions options = parsed({"h:1",
                                       "-m",
                                       "read",
                                       "-c",
                                       "3",
                                       "-o",
                                       "4",
                                       "-s",
                                       "5",
                                       "--read-ratio",
                                       "0.25",
                                       "-k",
                                       "6",
                                       "-n",
                                       "7",
                                       "--children",
                                       "8",
                                       "-d",
                                       "9",
                                       "-w",
                                       "0.5",
                                       "-r",
                                       "11",
                                       "--session-timeout",
                                       "12000",
                                       "--root",
                                       "/r/s",
                                       "--keep",
                                       "--seed",
                                       "13",
                                       "--server-pid",
                                       "14",
                                       "--json",
                                       "-q",
                                       "--echo-server",
                                       "15"});
  EXPECT_EQ(options.servers_text, "h:1");
  EXPECT_EQ(options.mode, Mode::read);
  EXPECT_EQ((std::vector{options.connections, options.outstanding, options.size, options.keys, options.count,
                         options.children}),
            (std::vector<std::uint32_t>{3, 4, 5, 6, 7, 8}));
  EXPECT_EQ((std::vector{options.read_ratio, options.duration, options.warm_up, options.rate}),
            (std::vector{0.25, 9.0, 0.5, 11.0}));
  EXPECT_EQ(options.session_timeout_ms, 12'000);
  EXPECT_EQ(options.root, "/r/s");
  EXPECT_EQ(options.seed, 13U);
  EXPECT_EQ(options.server_pid, 14);
  EXPECT_TRUE(options.keep && options.json && options.quiet);
  EXPECT_EQ(options.echo_port, 15);
}

TEST(BenchOptions, EveryModeHasItsName) {
  for (const Mode mode : {Mode::read, Mode::write, Mode::mixed, Mode::create, Mode::fill, Mode::verify}) {
    EXPECT_EQ(parsed({"--mode", std::string(name(mode))}).mode, mode);
  }
}

TEST(BenchOptions, TheShareOfReadsIsThatOfTheMode) {
  EXPECT_EQ(parsed({"--mode", "read", "--read-ratio", "0.5"}).share_of_reads(), 1);
  EXPECT_EQ(parsed({"--mode", "write", "--read-ratio", "0.5"}).share_of_reads(), 0);
  EXPECT_EQ(parsed({"--mode", "mixed", "--read-ratio", "0.5"}).share_of_reads(), 0.5);
}

TEST(BenchOptions, TheLastOfAnOptionCounts) {
  EXPECT_EQ(parsed({"-c", "3", "-c", "4"}).connections, 4U);
}

TEST(BenchOptions, ServersAreAConnectionString) {
  EXPECT_THAT(servers_of("a:1,b,[::1]:3,[::2]"), testing::ElementsAre("a 1", "b 2181", "::1 3", "::2 2181"));
}

TEST(BenchOptions, HelpNamesEveryModeAndIsNoFailure) {
  const ExitWith help = exit_of({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* word : {"read", "write", "mixed", "create", "fill", "verify", "--json", "--echo-server", "--rate"}) {
    EXPECT_THAT(help.text, testing::HasSubstr(word));
  }
}

class BadOption : public testing::TestWithParam<Arguments> {};

TEST_P(BadOption, EndsWithTwoAndOneLine) {
  const ExitWith exit = exit_of(GetParam());
  EXPECT_EQ(exit.code, 2);
  EXPECT_THAT(exit.text, testing::StartsWith("zabra bench: "));
  EXPECT_EQ(std::count(exit.text.begin(), exit.text.end(), '\n'), 1) << exit.text;
  EXPECT_EQ(exit.text.back(), '\n');
}

INSTANTIATE_TEST_SUITE_P(
    All, BadOption,
    testing::Values(Arguments{"--mode", "delete"}, Arguments{"--mode"}, Arguments{"--connections", "0"},
                    Arguments{"--connections", "60001"}, Arguments{"--connections", "many"},
                    Arguments{"--connections", "-1"}, Arguments{"--outstanding", "0"},
                    Arguments{"--outstanding", "65537"}, Arguments{"--size", "1000001"}, Arguments{"--size", "-1"},
                    Arguments{"--read-ratio", "1.1"}, Arguments{"--read-ratio", "-0.1"},
                    Arguments{"--read-ratio", "nan"}, Arguments{"--keys", "0"}, Arguments{"--keys", "1000000001"},
                    Arguments{"--count", "0"}, Arguments{"--children", "0"}, Arguments{"--children", "10000000"},
                    Arguments{"--duration", "0"}, Arguments{"--duration", "nan"}, Arguments{"--duration", "-nan"},
                    Arguments{"--duration", "604801"}, Arguments{"--warm-up", "-1"}, Arguments{"--rate", "-1"},
                    Arguments{"--rate", "1e9"}, Arguments{"--rate", "nan"}, Arguments{"--session-timeout", "999"},
                    Arguments{"--session-timeout", "3600001"}, Arguments{"--root", "a"}, Arguments{"--root", "/"},
                    Arguments{"--root", "/a/"}, Arguments{"--root", "/a//b"}, Arguments{"--root", ""},
                    Arguments{"--seed", "x"}, Arguments{"--server-pid", "0"}, Arguments{"--echo-server", "65536"},
                    Arguments{"--echo-server", "x"}, Arguments{"--no-such-option"}, Arguments{"host:1", "host:2"},
                    Arguments{"--mode", "fill", "--rate", "5"}, Arguments{"--mode", "verify", "--rate", "5"},
                    Arguments{"host:port"}, Arguments{"host:"}, Arguments{":2181"}, Arguments{"a:1,,b:2"},
                    Arguments{"a:1,"}, Arguments{"[::1:2181"}, Arguments{"host:123456"}, Arguments{"host:99999"},
                    Arguments{"host:0"}, Arguments{"[::1]2181"}, Arguments{"::1"}, Arguments{""}));

}  // namespace
}  // namespace zabra::cli::bench
