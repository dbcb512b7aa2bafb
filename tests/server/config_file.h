// zoo.cfg files for tests, and what reading them gives: a configuration, the faults, the warnings.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "server/config.h"
#include "tests/support/temporary_directory.h"

namespace zabra::server {

// A configuration file, with what every one needs, in a directory of its own.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& lines, bool with_necessary = true) {
    write("zoo.cfg", (with_necessary ? "dataDir=" + data_dir() + "\nclientPort=2181\n" : "") + lines);
  }
  void write(const std::string& name, const std::string& content) {
    const std::filesystem::path file = std::filesystem::path(directory_.path()) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }
  std::string path(const std::string& name = "zoo.cfg") const { return directory_.path() + "/" + name; }
  std::string data_dir() const { return path("data"); }
  Result<Config, ConfigFault> read() const { return read_config_file(path()); }

  Config config() const {
    auto config = read();
    EXPECT_TRUE(config) << config.fault().line;
    return config ? *config : Config{};
  }
  // Without the directory, which is another in each run.
  std::string fault() const {
    const auto config = read();
    EXPECT_FALSE(config);
    return config ? "" : shortened(config.fault().line);
  }
  std::vector<std::string> warnings() const {
    std::vector<std::string> lines = config().warnings;
    for (std::string& line : lines) line = shortened(line);
    return lines;
  }

 protected:
  std::string shortened(std::string line) const {
    const std::string gone = directory_.path() + "/";
    for (auto at = line.find(gone); at != std::string::npos; at = line.find(gone)) line.erase(at, gone.size());
    return line;
  }

 private:
  test::TemporaryDirectory directory_;
};

inline Config config_of(const std::string& lines) {
  return ConfigFile(lines).config();
}
inline std::string fault_of(const std::string& lines) {
  return ConfigFile(lines).fault();
}
inline std::vector<std::string> warnings_of(const std::string& lines) {
  return ConfigFile(lines).warnings();
}

}  // namespace zabra::server
