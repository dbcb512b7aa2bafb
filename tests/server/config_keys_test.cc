#include "server/config_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "server/config.h"
#include "tests/support/temporary_directory.h"
#include "wire/properties.h"

namespace zabra::server {
namespace {

using ::testing::IsEmpty;

std::string conf_file(const std::string& name) {
  return std::string(ZABRA_CONF_DIRECTORY) + "/" + name;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The sample with the lines that show defaults switched on: "#key=value" without a space behind the "#".
std::string sample_with_defaults_switched_on() {
  return std::regex_replace(content_of(conf_file("zoo_sample.cfg")), std::regex("(^|\n)#([^ \n])"), "$1$2");
}

std::string family_of(const std::string& key) {
  for (const std::string family : {"server.", "group.", "weight."}) {
    if (key.starts_with(family)) return family;
  }
  return key;
}

std::set<std::string> keys_in(const std::string& text) {
  std::set<std::string> keys;
  const auto properties = wire::parse_properties(text);
  EXPECT_TRUE(properties);
  for (const wire::Property& property : *properties) keys.insert(family_of(property.key));
  return keys;
}

// ---- conf/README.md -------------------------------------------------------------------------------------------------

std::map<std::string, std::string> uses_in_readme() {
  std::map<std::string, std::string> uses;
  const std::regex row(R"(^\| `([^`]+)` \| ([a-z ]+) \| .*\|$)");
  std::istringstream lines(content_of(conf_file("README.md")));
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    EXPECT_TRUE(uses.emplace(match[1], match[2]).second) << "twice: " << match[1];
  }
  return uses;
}

std::string readme_name(const KnownKey& key) {
  static const std::set<std::string_view> numbered{"server.", "group.", "weight."};
  const std::string name(key.name);
  if (!key.is_family()) return name;
  return name + (numbered.contains(key.name) ? "N" : "*");
}

TEST(ConfigKeys, TheReadmeSaysWhatTheCodeDoes) {
  std::map<std::string, std::string> expected;
  for (const KnownKey& key : known_keys()) expected.emplace(readme_name(key), to_string(key.use));
  EXPECT_EQ(uses_in_readme(), expected);
}

// ---- conf/zoo_sample.cfg --------------------------------------------------------------------------------------------

TEST(ConfigSample, IsAWorkingConfigurationWithoutWarnings) {
  const auto config = read_config_file(conf_file("zoo_sample.cfg"));
  ASSERT_TRUE(config) << config.fault().line;
  EXPECT_THAT(config->warnings, IsEmpty());
  EXPECT_EQ(config->data_dir, "./data");
  EXPECT_EQ(config->client_port, 2181);
  EXPECT_EQ(config->client_address, "127.0.0.1");
  EXPECT_EQ(config->replica.tick_ms, 2000);
  EXPECT_TRUE(config->words_allowed.contains("ruok"));
}

TEST(ConfigSample, ShowsEveryKeyThatIsActedOnAndNoOther) {
  std::set<std::string> acted;
  for (const KnownKey& key : known_keys()) {
    if (key.use == KeyUse::acted) acted.emplace(key.name);
  }
  EXPECT_EQ(keys_in(sample_with_defaults_switched_on()), acted);
}

TEST(ConfigSample, TheValuesInCommentsAreTheDefaults) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/zoo.cfg";
  std::ofstream(path) << sample_with_defaults_switched_on();
  const auto shown = read_config_file(path);
  const auto plain = read_config_file(conf_file("zoo_sample.cfg"));
  ASSERT_TRUE(shown) << shown.fault().line;
  ASSERT_TRUE(plain) << plain.fault().line;
  const auto figures = [](const Config& c) {
    return std::tuple(c.data_dir, c.data_log_dir, c.create_directories, c.client_address, c.client_port, c.backlog,
                      c.tcp_keep_alive, c.connections_per_address_max, c.connections_max, c.frame_max,
                      c.log_extent_bytes, c.log_roll_bytes, c.log_batch_bytes_max, c.log_room_low, c.purge_retain_count,
                      c.purge_interval_ms, c.io_threads, c.log.level, c.log.file, c.words_allowed);
  };
  const auto replica_figures = [](const replica::Settings& r) {
    return std::tuple(r.server, r.tick_ms, r.session_timeout_min_ms, r.session_timeout_max_ms, r.sessionless_timeout_ms,
                      r.outstanding_max, r.container_check_ms, r.container_per_minute_max, r.container_never_used_ms,
                      r.super_digest, r.digest_algorithm, r.state.extended_types, r.state.enforce_quota,
                      r.state.skip_acl, r.state.digest_scheme, r.state.reconfig_enabled, r.state.txn_bytes_max);
  };
  EXPECT_EQ(figures(*shown), figures(*plain));
  EXPECT_EQ(replica_figures(shown->replica), replica_figures(plain->replica));
}

// ---- the table ------------------------------------------------------------------------------------------------------

TEST(ConfigKeys, EachStandsOnce) {
  std::set<std::string_view> names;
  for (const KnownKey& key : known_keys()) EXPECT_TRUE(names.insert(key.name).second) << key.name;
}

TEST(ConfigKeys, WhatIsNotActedOnSaysWhy) {
  for (const KnownKey& key : known_keys()) EXPECT_EQ(key.note.empty(), key.use == KeyUse::acted) << key.name;
}

TEST(ConfigKeys, AnExactNameWinsOverItsFamilyAndTheLongestFamilyOverOthers) {
  EXPECT_EQ(find_key("nio.sessionlessCnxnTimeout")->use, KeyUse::acted);
  EXPECT_EQ(find_key("nio.shutdownTimeout")->name, "nio.");
  EXPECT_EQ(find_key("quorum.auth.enableSasl")->name, "quorum.auth.");
  EXPECT_EQ(find_key("server.12")->name, "server.");
  EXPECT_EQ(find_key("connection_throttle_tokens")->name, "connection_throttle_");
  EXPECT_EQ(find_key("server"), nullptr);
  EXPECT_EQ(find_key("ticktime"), nullptr);
}

TEST(ConfigKeys, TheNearestKeyIsFoundForATypo) {
  EXPECT_EQ(nearest_key("ticktime"), "tickTime");
  EXPECT_EQ(nearest_key("tickTme"), "tickTime");
  EXPECT_EQ(nearest_key("globalOutstandngLimitt"), "globalOutstandingLimit");
  EXPECT_EQ(nearest_key("datDir"), "dataDir");
}

TEST(ConfigKeys, NothingIsNearToWhatIsFar) {
  for (const std::string_view name : {"", "x", "abc", "leadr", "my.own.setting", "tickTimeInSeconds"}) {
    EXPECT_EQ(nearest_key(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace zabra::server
