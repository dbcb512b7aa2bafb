// `zabra server`: what it says and what it ends with when there is nothing to serve.
#include "server/command.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/server/running_server.h"
#include "tests/support/temporary_directory.h"

namespace zabra::server {
namespace {

class ServerCommand : public testing::Test {
 protected:
  // Ends with the command's exit code; what it said is in said_.
  int run(const std::vector<std::string>& arguments) {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    const int code = server_command(arguments);
    printed_ = testing::internal::GetCapturedStdout();
    said_ = testing::internal::GetCapturedStderr();
    return code;
  }
  std::string file_with(const std::string& lines) {
    const std::string path = directory_.path() + "/zoo.cfg";
    std::ofstream(path) << lines;
    return path;
  }
  std::string data_dir() const { return directory_.path() + "/data"; }

  test::TemporaryDirectory directory_;
  std::string said_, printed_;
};

TEST_F(ServerCommand, HelpTellsTheExitCodes) {
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_NE(printed_.find("Exit codes"), std::string::npos) << printed_;
}

TEST_F(ServerCommand, AnUnknownOptionIsAMistake) {
  EXPECT_EQ(run({"--nonsense"}), 2);
  EXPECT_NE(said_.find("--nonsense"), std::string::npos) << said_;
}

TEST_F(ServerCommand, AMissingFileIsAMistake) {
  EXPECT_EQ(run({directory_.path() + "/absent.cfg"}), 2);
  EXPECT_NE(said_.find("absent.cfg"), std::string::npos) << said_;
}

TEST_F(ServerCommand, ABadValueIsNamedWithItsLine) {
  EXPECT_EQ(run({file_with("dataDir=" + data_dir() + "\ntickTime=fast\n")}), 2);
  EXPECT_NE(said_.find("zoo.cfg:2"), std::string::npos) << said_;
  EXPECT_NE(said_.find("tickTime"), std::string::npos) << said_;
}

TEST_F(ServerCommand, ADirectoryOfSomebodyElseIsRefusedWithACodeOfItsOwn) {
  std::filesystem::create_directories(data_dir() + "/version-2");
  std::ofstream(data_dir() + "/version-2/snapshot.0") << "of somebody else";
  EXPECT_EQ(run({file_with("dataDir=" + data_dir() + "\nclientPort=0\nclientPortAddress=127.0.0.1\n")}), 3);
  EXPECT_NE(said_.find("snapshot.0"), std::string::npos) << said_;
}

TEST_F(ServerCommand, ATakenPortEndsItAlthoughItsThreadsRun) {
  test::RunningServer other(test::config_in(directory_.path() + "/other"));
  const std::string at = "clientPortAddress=127.0.0.1\nclientPort=" + std::to_string(other.port()) + "\n";
  EXPECT_EQ(run({file_with("dataDir=" + data_dir() + "\n" + at)}), 1);
  EXPECT_NE(said_.find("127.0.0.1 port"), std::string::npos) << said_;
}

}  // namespace
}  // namespace zabra::server
