// A whole server in this process, with sockets in its loop's thread and in threads of their own.
#include "server/server.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/server/running_server.h"
#include "tests/support/temporary_directory.h"

namespace zabra::server {
namespace {

using test::RawClient;
using test::RunningServer;

class ServerWith : public testing::TestWithParam<std::size_t> {
 protected:
  Config config() const { return test::config_in(directory_.path(), GetParam()); }
  test::TemporaryDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(IoThreads, ServerWith, testing::Values(0, 2),
                         [](const auto& which) { return std::to_string(which.param); });

TEST_P(ServerWith, AFourLetterWordIsAnsweredAndTheConnectionClosed) {
  RunningServer server(config());
  EXPECT_EQ(test::ask(server.port(), "ruok"), "imok");
  EXPECT_NE(test::ask(server.port(), "srvr").find("Mode: standalone"), std::string::npos);
}

TEST_P(ServerWith, AWordThatIsNotAllowedIsRefused) {
  Config careful = config();
  careful.words_allowed = {"srvr"};
  RunningServer server(careful);
  EXPECT_NE(test::ask(server.port(), "ruok").find("not in the whitelist"), std::string::npos);
}

TEST_P(ServerWith, ClientsGetSessionsOfTheirOwn) {
  RunningServer server(config());
  const RawClient first(server.port()), second(server.port());
  EXPECT_EQ(first.timeout_ms(), 10'000);
  EXPECT_FALSE(first.session().is_none());
  EXPECT_NE(first.session(), second.session());
}

TEST_P(ServerWith, WhatWasCreatedIsThereAfterARestart) {
  {
    RunningServer server(config());
    RawClient client(server.port());
    EXPECT_EQ(client.create("/kept"), 0);
    EXPECT_EQ(client.exists("/kept"), 0);
  }
  RunningServer server(config());
  RawClient client(server.port());
  EXPECT_EQ(client.exists("/kept"), 0);
  EXPECT_EQ(client.exists("/other"), -101);
}

TEST_P(ServerWith, AStopEndsItAlthoughClientsAreConnected) {
  RunningServer server(config());
  RawClient client(server.port());
  server.stop();
  EXPECT_TRUE(server.log.said("stopped"));
  EXPECT_THROW(client.exists("/"), std::runtime_error);
}

// ---- starts that fail ----

class ServerStart : public testing::Test {
 protected:
  StartFailure start_fails(const Config& config) {
    Server server(config, log_);
    const auto started = server.start();
    if (!started) return started.fault();
    ADD_FAILURE() << "the server started";
    return {};
  }
  test::TemporaryDirectory directory_;
  Config config_ = test::config_in(directory_.path());
  test::CollectedLog log_;
};

TEST_F(ServerStart, OnADirectoryInUseIsRefused) {
  RunningServer first(config_);
  const StartFailure failure = start_fails(config_);
  EXPECT_EQ(failure.code, ExitCode::data_directory);
  EXPECT_NE(failure.line.find("in use by another server"), std::string::npos) << failure.line;
}

TEST_F(ServerStart, OnADirectoryWithoutOurFilesIsRefused) {
  std::filesystem::create_directories(config_.data_dir + "/version-2");
  std::ofstream(config_.data_dir + "/version-2/snapshot.0") << "of somebody else";
  const StartFailure failure = start_fails(config_);
  EXPECT_EQ(failure.code, ExitCode::data_directory);
  EXPECT_NE(failure.line.find("snapshot.0"), std::string::npos) << failure.line;
}

TEST_F(ServerStart, OnTheDiskOfAnotherServerIsAMistakeOfTheConfiguration) {
  { RunningServer first(config_); }
  config_.replica.server = ServerId{2};
  EXPECT_EQ(start_fails(config_).code, ExitCode::usage);
}

TEST_F(ServerStart, OnATakenPortNamesAddressAndPort) {
  RunningServer first(config_);
  Config second = test::config_in(directory_.path() + "/second");
  second.client_port = first.port();
  const StartFailure failure = start_fails(second);
  EXPECT_EQ(failure.code, ExitCode::unexpected);
  EXPECT_NE(failure.line.find("127.0.0.1 port " + std::to_string(first.port())), std::string::npos) << failure.line;
}

// ---- of a server of an ensemble, whose quorum port is taken ----

class EnsembleStart : public ServerStart {
 protected:
  // Alone in its ensemble.
  Config on_port(std::uint16_t taken, const std::string& tries) {
    std::filesystem::create_directories(directory_.path() + "/second");
    std::ofstream(directory_.path() + "/second/myid") << "1";
    const std::string file = directory_.path() + "/zoo.cfg";
    std::ofstream(file) << "dataDir=" << directory_.path() << "/second\nclientPort=0\nstandaloneEnabled=false\n"
                        << "server.1=127.0.0.1:" << taken << ":1\nelectionPortBindRetry=" << tries << "\n";
    auto config = read_config_file(file);
    if (!config) throw std::runtime_error(config.fault().line);
    config->ensemble->election_listen = {{"127.0.0.1", 0}};  // any free one
    return *std::move(config);
  }
  RunningServer first_{config_};
};

TEST_F(EnsembleStart, GivesUpAfterAsManyTriesAsElectionPortBindRetrySays) {
  const StartFailure failure = start_fails(on_port(first_.port(), "1"));
  EXPECT_EQ(failure.code, ExitCode::unexpected);
  EXPECT_NE(failure.line.find("quorum port: "), std::string::npos) << failure.line;
}

TEST_F(EnsembleStart, TriesATakenPortAgainUntilItIsFree) {
  const std::uint16_t taken = first_.port();
  Server second(on_port(taken, "0"), log_);
  std::thread starting([&] {
    EXPECT_TRUE(second.start());
    second.run();
  });
  log_.await("the next in a second");
  first_.stop();
  log_.await("listening for servers on 127.0.0.1:" + std::to_string(taken));
  second.request_stop();
  starting.join();
}

TEST_F(EnsembleStart, AStopWhileItTriesEndsItWithoutAFault) {
  Server second(on_port(first_.port(), "0"), log_);
  std::thread starting([&] {
    const auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.fault().code, ExitCode::ok);
  });
  log_.await("the next in a second");
  second.request_stop();
  starting.join();
}

TEST_F(ServerStart, ThatFailedAtThePortLeavesADirectoryThatStarts) {
  {
    RunningServer first(config_);
    Config second = test::config_in(directory_.path() + "/second");
    second.client_port = first.port();
    start_fails(second);
  }
  RunningServer server(test::config_in(directory_.path() + "/second"));
  EXPECT_EQ(test::ask(server.port(), "ruok"), "imok");
}

TEST_F(ServerStart, AStopRequestedBeforeItEndsItAtOnce) {
  Server server(config_, log_);
  server.request_stop();
  ASSERT_TRUE(server.start());
  server.run();
  EXPECT_TRUE(log_.said("stopped"));
}

}  // namespace
}  // namespace zabra::server
